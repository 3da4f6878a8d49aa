"""`metafleet deploy`, `validate`, `rollback`, `releases`: versions of metafleet itself, by environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metafleet.cli.asking import AsJson, say_json, say_table
from metafleet.cli.refusal import Refused
from metafleet.wire import secret_setting

if TYPE_CHECKING:
    from metafleet.cli.releases.plan import AtAmazon, OneServer, Plan
    from metafleet.cli.releases.record import Attempt
    from metafleet.cli.releases.target import Target

Version = Annotated[str, typer.Argument(metavar="VERSION", help="The images' tag, as 1.4.0.")]
PlanFile = Annotated[
    Path,
    typer.Option("--plan", metavar="FILE", help="Which environments there are, and how each is released."),
]
_PLAN = Path("releases.toml")


def deploy(
    version: Version,
    to: Annotated[str, typer.Option("--to", metavar="ENVIRONMENT", help="Where it goes.")],
    plan: PlanFile = _PLAN,
    contract: Annotated[
        bool,
        typer.Option("--contract", help="Let it take away what the version before needs: no way back."),
    ] = False,
    unvalidated: Annotated[
        str, typer.Option("--unvalidated", metavar="WHY", help="Why it need not be validated before.")
    ] = "",
) -> None:
    """Bring a version into service beside the one before, watch it, go back when it fails."""
    from metafleet.cli.releases.record import alone
    from metafleet.cli.releases.releasing import Order
    from metafleet.cli.releases.releasing import deploy as bring

    found, environment = _read(plan, to)
    order = Order(
        plan=found,
        name=to,
        version=version,
        may_contract=contract,
        unvalidated=unvalidated,
    )
    with alone(found.record, to):
        attempt = bring(order, _target(environment, found), _say)
    _say(f"{to} runs {attempt.version} ({attempt.image}).")


def rollback(
    to: Annotated[str, typer.Option("--to", metavar="ENVIRONMENT", help="Where.")], plan: PlanFile = _PLAN
) -> None:
    """Bring the version before into service again."""
    from metafleet.cli.releases.record import alone
    from metafleet.cli.releases.releasing import Order, roll_back

    found, environment = _read(plan, to)
    order = Order(plan=found, name=to, version="")
    with alone(found.record, to):
        attempt = roll_back(order, _target(environment, found), _say)
    _say(f"{to} runs {attempt.version or 'what it ran before'} again ({attempt.image}).")


def validate(
    version: Version,
    on: Annotated[str, typer.Option("--on", metavar="ENVIRONMENT", help="Where it is in service.")],
    plan: PlanFile = _PLAN,
) -> None:
    """Try a version where it is in service, so that it may go on to the next environment."""
    from metafleet.cli.releases.validating import Trial
    from metafleet.cli.releases.validating import validate as try_out

    found, environment = _read(plan, on)
    trial = Trial(environment, _target(environment, found), _secret("METAFLEET_API_KEY"))
    try_out(found, on, version, trial, _say)
    _say(f"{version} is validated on {on}.")


def releases(
    of: Annotated[str, typer.Option("--of", metavar="ENVIRONMENT", help="Only these.")] = "",
    checklist: Annotated[
        int, typer.Option("--checklist", min=0, metavar="NUMBER", help="Show one's steps; needs --of.")
    ] = 0,
    plan: PlanFile = _PLAN,
    as_json: AsJson = False,
) -> None:
    """List what was deployed, validated and taken back, newest last."""
    from metafleet.cli.releases import record
    from metafleet.cli.releases.plan import read_plan

    read = read_plan(plan)
    names = [of] if of else list(read.environments)
    found = [attempt for name in names if read.of(name) for attempt in record.attempts(read.record, name)]
    if checklist:
        found = [attempt for attempt in found if attempt.number == checklist and of]
        if not found:
            raise Refused(
                f"There is no checklist {checklist} of {of or 'no environment: say one with --of'}."
            )
    if as_json:
        say_json([_document(attempt) for attempt in found])
    elif checklist:
        say_table(
            ("STEP", "END", "TOOK", "NOTE"),
            ((step.name, step.state, f"{step.took_s:.1f} s", step.note) for step in found[0].steps),
        )
    else:
        say_table(("ENVIRONMENT", "NO", "WHAT", "VERSION", "END", "BEGAN", "BY"), map(_row, found))


def _read(file: Path, name: str) -> tuple[Plan, OneServer | AtAmazon]:
    from metafleet.cli.releases.plan import read_plan

    plan = read_plan(file)
    return plan, plan.of(name)


def _target(environment: OneServer | AtAmazon, plan: Plan) -> Target:
    from metafleet.cli.releases.plan import AtAmazon

    if isinstance(environment, AtAmazon):
        from metafleet.cli.releases.amazon import AmazonTarget

        return AmazonTarget(environment, _secret("METAFLEET_METRICS_TOKEN"))
    from metafleet.cli.releases.one_server import one_server

    return one_server(environment, plan.folder)


def _secret(name: str) -> str:
    try:
        return secret_setting.read(os.environ, name) or ""
    except secret_setting.SecretUnreadable as error:
        raise Refused(str(error)) from error


def _row(attempt: Attempt) -> tuple[str, ...]:
    began = attempt.began_at.strftime("%Y-%m-%d %H:%M UTC")
    return (
        attempt.environment,
        str(attempt.number),
        attempt.verb,
        attempt.version or attempt.image,
        attempt.end,
        began,
        attempt.by,
    )


def _document(attempt: Attempt) -> object:
    import msgspec

    return msgspec.to_builtins(attempt)


def _say(text: str) -> None:
    print(text, flush=True)
