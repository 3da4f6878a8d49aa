"""The command line: `metafleet up`, `down`, `status`, `migrate`, and what asks a running platform.

Every command imports what it needs when it runs, so that help and refusals are quick.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli import (
    accounts,
    agent,
    audit,
    eas,
    hosts,
    journal,
    machines,
    operators,
    people,
    receipts,
    rollouts,
    terminals,
    vault,
)
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings, read_settings

REFUSED = 1
"""Exit code of a command that could not do what it was asked; the reason is on stderr."""

app = typer.Typer(
    name="metafleet",
    help="Host, run, watch and journal MetaTrader trading algorithms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(accounts.app, name="accounts")
app.add_typer(agent.app, name="agent")
app.add_typer(audit.app, name="audit")
app.add_typer(terminals.app, name="terminals")
app.add_typer(journal.app, name="journal")
app.add_typer(eas.app, name="eas")
app.add_typer(hosts.app, name="hosts")
app.add_typer(machines.app, name="machines")
app.add_typer(operators.app, name="operators")
app.add_typer(people.app, name="people")
app.add_typer(receipts.app, name="receipts")
app.add_typer(rollouts.app, name="rollouts")
app.add_typer(vault.app, name="vault")


def main() -> None:
    """Run the command line; a refusal is one sentence on stderr and exit code 1."""
    try:
        app()
    except Refused as refusal:
        print(f"metafleet: {refusal}", file=sys.stderr)
        sys.exit(REFUSED)


@app.command()
def up() -> None:
    """Start everything and stay until Ctrl-C."""
    from metafleet.cli.up import run_up

    run_up(_settings(), os.environ, _say)


@app.command()
def down() -> None:
    """Stop a running installation from another shell."""
    from metafleet.cli.down import run_down

    run_down(_settings(), _say)


@app.command()
def status() -> None:
    """Show every process of the installation; exit code 1 when it does not run."""
    from metafleet.cli.status import print_status

    if not print_status(_settings(), _say):
        raise typer.Exit(REFUSED)


@app.command()
def migrate() -> None:
    """Migrate the database, without starting anything that stays."""
    from metafleet.cli.migrate import run_migrate

    run_migrate(_settings(), os.environ, _say)


@app.command()
def check(
    deploy: Annotated[bool, typer.Option(help="Also name what is unsafe where strangers reach it.")] = False,
) -> None:
    """See whether the installation can run; exit code 1 when something must be mended."""
    from metafleet.cli.check import run_check

    run_check(_settings(), os.environ, _say, deploy=deploy)


@app.command()
def simulate(  # noqa: PLR0913, PLR0917 - each is an option of its own
    terminals: Annotated[int, typer.Option(help="How many terminals.")] = 100,
    minutes: Annotated[float, typer.Option(help="How long; Ctrl-C ends it sooner.")] = 1.0,
    chaos: Annotated[
        str, typer.Option(help="all, none, or kinds with commas between; see docs/guides/simulate.md.")
    ] = "none",
    seed: Annotated[int, typer.Option(help="The same seed, the same histories.")] = 1,
    speed: Annotated[float, typer.Option(help="How many times faster than life.")] = 1.0,
    rate: Annotated[float, typer.Option(help="Executions in each batch of a terminal.")] = 4.0,
    commands: Annotated[float, typer.Option(help="Commands a second, over the whole fleet.")] = 2.0,
    connections: Annotated[
        int, typer.Option(help="Connections that the terminals share; 0: one each, as far as files allow.")
    ] = 0,
    keep: Annotated[bool, typer.Option(help="Leave the simulation's rows in the database.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures and verdict as JSON.")] = False,
) -> None:
    """Run a fleet of simulated terminals and prove that the journal has what they did.

    Exit code 1 when anything differs.
    """
    from metafleet.cli.simulator.command import Manner, run_simulate
    from metafleet.cli.simulator.plan import Plan, read_chaos

    plan = Plan(
        terminals=terminals,
        minutes=minutes,
        chaos=read_chaos(chaos),
        seed=seed,
        speed=speed,
        rate=rate,
        commands_per_s=commands,
        connections=connections,
    )
    manner = Manner(as_json=as_json, keep=keep, say=_remark if as_json else _say)
    if not run_simulate(_settings(), os.environ, plan, manner):
        raise typer.Exit(REFUSED)


def _settings() -> Settings:
    return read_settings(os.environ, Path.cwd())


def _remark(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _say(text: str) -> None:
    # A closed terminal must not keep an installation from being stopped in order.
    with contextlib.suppress(OSError):
        print(text, flush=True)
