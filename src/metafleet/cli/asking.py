"""What the commands that ask the platform have in common: their options, their output, finding an account."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from metafleet.cli.api_client import Api

Url = Annotated[str | None, typer.Option(help="Where metafleet is; METAFLEET_URL.", show_default=False)]
Email = Annotated[str | None, typer.Option(help="Who asks; METAFLEET_EMAIL.", show_default=False)]
Password = Annotated[
    str | None,
    typer.Option(
        help="METAFLEET_PASSWORD, which other people of this machine cannot see.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, in the words of the API.")]
Login = Annotated[int, typer.Option("--account", min=1, metavar="LOGIN", help="The account's login.")]
Server = Annotated[
    str | None, typer.Option(help="The account's server, where a login is at several.", show_default=False)
]


def asking(url: str | None, email: str | None, password: str | None) -> AbstractContextManager[Api]:
    """Sign in for one command. Raises Refused."""
    from metafleet.cli.api_client import here, read_access, signed_in

    environ, cwd = here()
    return signed_in(read_access(environ, cwd, url=url, email=email, password=password))


def find_account(api: Api, login: int, server: str | None) -> dict[str, Any]:
    """Return the account of this login. Raises Refused where there is none or more than one."""
    found = [
        account
        for account in api.get("/api/accounts")
        if account["login"] == login and server in {None, account["server"]}
    ]
    if not found:
        at = f" at {server}" if server else ""
        raise Refused(
            f"No account has the login {login}{at}. "
            f"Register it with `metafleet accounts add --login {login} --server …`."
        )
    if len(found) > 1:
        servers = ", ".join(sorted(account["server"] for account in found))
        raise Refused(f"The login {login} is at several servers: {servers}. Say which with --server.")
    account: dict[str, Any] = found[0]
    return account


def say(text: str) -> None:
    print(text, flush=True)


def remark(text: str) -> None:
    """Say something to the person that is no part of the command's output."""
    print(text, file=sys.stderr, flush=True)


def say_json(document: Any) -> None:
    say(json.dumps(document, indent=2, ensure_ascii=False))


def say_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print columns as wide as what is in them; nothing else than the heads where there are no rows."""
    lines = [[*heads], *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    for line in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    text = f"{value:,.2f}" if isinstance(value, float) else str(value)
    # What came from elsewhere must not draw on the terminal.
    return "".join(character if character.isprintable() else "?" for character in text)
