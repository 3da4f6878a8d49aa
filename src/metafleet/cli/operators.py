"""`metafleet operators`: who runs or audits the installation. Only who has its data folder can say so."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import typer

from metafleet.cli.asking import AsJson, remark, say_json, say_table
from metafleet.cli.refusal import Refused

Answer = TypeVar("Answer")
Role = Literal["operator", "auditor"]
Address = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]

app = typer.Typer(help="Say who operates or audits the installation.", no_args_is_help=True)


class NotDone(Refused):
    """The installation's database does not answer, or there is no such person."""


@app.command()
def add(
    email: Address,
    role: Annotated[Role, typer.Option(help="An auditor sees the same and changes nothing.")] = "operator",
) -> None:
    """Let a person who has signed up see hosts, scaling and costs, over all tenants."""
    _set(email, role)
    remark(f"{email} is {_A[role]} now.")


@app.command()
def remove(email: Address) -> None:
    """Let a person operate or audit no more."""
    _set(email, None)
    remark(f"{email} is no operator or auditor any more.")


@app.command("list")
def list_operators(as_json: AsJson = False) -> None:
    """List the operators and auditors."""

    def roles() -> list[tuple[str, str]]:
        from metafleet.hub.identity import operators

        return [(email, role.value) for email, role in operators.roles()]

    found = _ask(roles)
    if as_json:
        say_json([{"email": email, "role": role} for email, role in found])
    else:
        say_table(("EMAIL", "ROLE"), found)


_A: Final = {"operator": "an operator", "auditor": "an auditor"}


def _set(email: str, role: Role | None) -> None:
    def change() -> None:
        from metafleet.hub.identity import operators
        from metafleet.hub.identity.rights import PlatformRole

        operators.set_role(email=email, role=PlatformRole(role) if role else None)

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
