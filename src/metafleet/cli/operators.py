"""`metafleet operators`: who runs the installation. Only who has its data folder can say so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from metafleet.cli.asking import AsJson, remark, say_json, say_table
from metafleet.cli.refusal import Refused

Answer = TypeVar("Answer")
Address = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]

app = typer.Typer(help="Say who operates the installation.", no_args_is_help=True)


class NotDone(Refused):
    """The installation's database does not answer, or there is no such person."""


@app.command()
def add(email: Address) -> None:
    """Let a person who has signed up see hosts, scaling and costs, over all tenants."""
    _set(email, is_operator=True)
    remark(f"{email} is an operator now.")


@app.command()
def remove(email: Address) -> None:
    """Let a person operate no more."""
    _set(email, is_operator=False)
    remark(f"{email} is no operator any more.")


@app.command("list")
def list_operators(as_json: AsJson = False) -> None:
    """List the operators."""

    def emails() -> list[str]:
        from metafleet.hub.identity import operators

        return operators.emails()

    found = _ask(emails)
    if as_json:
        say_json(found)
    else:
        say_table(("EMAIL",), ((email,) for email in found))


def _set(email: str, *, is_operator: bool) -> None:
    def change() -> None:
        from metafleet.hub.identity import operators

        operators.set_operator(email=email, is_operator=is_operator)

    _ask(change)


def _ask(question: Callable[[], Answer]) -> Answer:
    """Ask the installation's database. Raises NotDone in words."""
    from metafleet.cli.installation import join
    from metafleet.cli.settings import read_settings

    join(read_settings(os.environ, Path.cwd()), os.environ)
    from django.db import DatabaseError

    from metafleet.hub.kernel.errors import Refused as HubRefused

    try:
        return question()
    except HubRefused as refusal:
        raise NotDone(f"{refusal.detail} They sign up first; then try again.") from None
    except DatabaseError:
        raise NotDone("the database does not answer. Start the installation with `metafleet up`.") from None
