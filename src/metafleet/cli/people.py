"""`metafleet people`: who may sign in. Only who has the installation's data folder can say so."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from metafleet.cli.asking import remark

Address = Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the person signs in with.")]
Deed = Literal["disable", "enable", "sign-out", "drop-factors"]

app = typer.Typer(help="Say who may sign in, and end sessions.", no_args_is_help=True)


@app.command()
def disable(email: Address) -> None:
    """Let a person in no more; their sessions end. What they made stays."""
    ended = _do("disable", email)
    remark(f"{email} cannot sign in any more; {ended} sessions ended.")


@app.command()
def enable(email: Address) -> None:
    """Let a person in again."""
    _do("enable", email)
    remark(f"{email} can sign in again.")


@app.command("sign-out")
def sign_out(email: Address) -> None:
    """End all sessions of a person."""
    remark(f"{_do('sign-out', email)} sessions of {email} ended.")


@app.command("drop-factors")
def drop_factors(email: Address) -> None:
    """Forget the second factors and passkeys of who has lost them all and has proved who they are."""
    remark(f"{_do('drop-factors', email)} factors of {email} are forgotten; a password lets them in.")


def _do(deed: Deed, email: str) -> int:
    """Raises Refused in words."""
    from metafleet.cli.installation import asked_of_the_hub, who_is_here

    with asked_of_the_hub():
        from metafleet.hub.console.sign_in import rescue
        from metafleet.hub.kernel import clock

        actor, now = who_is_here(), clock.now()
        match deed:
            case "sign-out":
                return rescue.end_sessions(email=email, actor=actor, now=now)
            case "drop-factors":
                return rescue.drop_factors(email=email, actor=actor, now=now)
            case _:
                is_active = deed == "enable"
                return rescue.set_active(email=email, is_active=is_active, actor=actor, now=now)
