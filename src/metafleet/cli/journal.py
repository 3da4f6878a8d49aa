"""`metafleet journal`: take the journal along as a file."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from metafleet.cli.asking import (
    AsJson,
    Email,
    Login,
    Password,
    Server,
    Url,
    asking,
    find_account,
    remark,
    say_json,
)
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Take the journal along as a file.", no_args_is_help=True)


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Kind(StrEnum):
    TRADES = "trades"
    DEALS = "deals"


@app.callback()
def _is_a_group() -> None:
    """Take the journal along as a file."""


@app.command()
def export(  # noqa: PLR0913, PLR0917 - each is an option of its own
    account: Login,
    output: Annotated[Path, typer.Option(help="The file to write; - for the standard output.")],
    format: Annotated[Format, typer.Option()] = Format.CSV,  # noqa: A002 - the option's word
    kind: Annotated[Kind, typer.Option(help="Trades, or the deals that they are folded from.")] = Kind.TRADES,
    server: Server = None,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Write an account's trades or deals to a file. One that is there is replaced when all of it has come."""
    with asking(url, email, password) as api:
        found = find_account(api, account, server)
        query = {"account": found["id"], "format": format.value, "kind": kind.value}
        with _target(output) as file:
            size = api.save("/api/journal/export", file, **query)
    if str(output) == "-":
        return
    if as_json:
        say_json({"file": str(output), "bytes": size, "account": found["id"], "format": format.value})
        return
    remark(f"{size:,} bytes of {found['label']}'s {kind.value} are in {output}.")


@contextmanager
def _target(output: Path) -> Iterator[IO[bytes]]:
    """Give a file that becomes the wanted one when everything went well. Raises Refused."""
    try:
        folder = None if str(output) == "-" else output.absolute().parent
        file = tempfile.NamedTemporaryFile(dir=folder, prefix=".metafleet-", delete=False)  # noqa: SIM115
    except OSError as error:
        raise Refused(f"{output} cannot be written: {error.strerror}.") from None
    part = Path(file.name)
    try:
        with file:
            yield file
            file.flush()
            file.seek(0)
            if str(output) == "-":
                _print(file)
        if str(output) != "-":
            part.chmod(0o666 & ~_umask())
            part.replace(output)
    except OSError as error:
        raise Refused(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _print(file: IO[bytes]) -> None:
    while chunk := file.read(256 * 1024):
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _umask() -> int:
    before = os.umask(0)
    os.umask(before)
    return before
