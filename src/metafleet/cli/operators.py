"""`metafleet operators`: who runs or audits the installation. Only who has its data folder can say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal, TypeVar

import typer

from metafleet.cli.asking import AsJson, remark, say_json, say_table
from metafleet.cli.refusal import Refused

Answer = TypeVar("Answer")
Role = Literal["operator", "auditor"]
Address = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]

app = typer.Typer(help="Say who operates or audits the installation.", no_args_is_help=True)


class NotDone(Refused):
    """There is no such person."""


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
        from django.db import transaction

        from metafleet.cli.installation import who_is_here
        from metafleet.hub.audit import operations as audit
        from metafleet.hub.identity import operators
        from metafleet.hub.identity.rights import PlatformRole
        from metafleet.hub.kernel import clock

        with transaction.atomic():
            person = operators.set_role(email=email, role=PlatformRole(role) if role else None)
            audit.record_of_platform(
                actor=who_is_here(),
                action=f"{role}.appointed" if role else "operator.dismissed",
                subject=person.email,
                subject_id=person.id,
                now=clock.now(),
            )

    _ask(change)


def _ask(question: Callable[[], Answer]) -> Answer:
    """Ask the installation's database. Raises NotDone in words."""
    from metafleet.cli.installation import asked_of_the_hub

    with asked_of_the_hub():
        from metafleet.hub.kernel.errors import NotFound

        try:
            return question()
        except NotFound as refusal:
            raise NotDone(f"{refusal.detail} They sign up first; then try again.") from None
