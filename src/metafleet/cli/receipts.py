"""`metafleet receipts`: verify a deployment receipt that somebody holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, say, say_json
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Verify deployment receipts.", no_args_is_help=True)


@app.callback()
def _is_a_group() -> None:
    """Verify deployment receipts."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The receipt, as it was downloaded.")],
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the installation signed this receipt; exit code 1 when it did not."""
    try:
        receipt = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{file} holds no receipt ({error}). Download it from the EA's page.") from error
    if not isinstance(receipt, dict):
        raise Refused(f"{file} holds no receipt: expected a JSON object.")
    with asking(url, email, password) as api:
        verdict = api.post("/api/receipts/verify", {"receipt": receipt})
    if as_json:
        say_json(verdict)
    elif verdict["isGenuine"]:
        say(f"{verdict['detail']} Key {verdict['keyId']}.")
    if not verdict["isGenuine"]:
        raise Refused(verdict["detail"])
