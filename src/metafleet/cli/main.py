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
    backup,
    brain,
    deploy,
    eas,
    export,
    hosts,
    imports,
    incidents,
    journal,
    machines,
    market,
    mcp,
    operators,
    paper,
    people,
    receipts,
    rollouts,
    shim,
    terminals,
    tester,
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
app.add_typer(backup.app, name="backup")
app.command()(backup.restore)
app.command()(backup.drill)
app.add_typer(brain.app, name="brain")
app.command()(deploy.deploy)
app.command()(deploy.validate)
app.command()(deploy.rollback)
app.command()(deploy.releases)
app.add_typer(terminals.app, name="terminals")
app.add_typer(journal.app, name="journal")
app.add_typer(eas.app, name="eas")
app.add_typer(export.app, name="export")
app.add_typer(hosts.app, name="hosts")
app.add_typer(imports.app, name="import")
app.add_typer(incidents.app, name="incidents")
app.add_typer(machines.app, name="machines")
app.add_typer(market.app, name="market")
app.command()(mcp.mcp)
app.add_typer(operators.app, name="operators")
app.add_typer(paper.app, name="paper")
app.add_typer(people.app, name="people")
app.add_typer(receipts.app, name="receipts")
app.add_typer(rollouts.app, name="rollouts")
app.add_typer(shim.app, name="shim")
app.add_typer(tester.app, name="tester")
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
def migrate(
    contract: Annotated[
        bool,
        typer.Option(
            help="Whether migrations may take away what the version before needs; "
            "with --no-contract it can be taken back."
        ),
    ] = True,
) -> None:
    """Migrate the database, without starting anything that stays."""
    from metafleet.cli.migrate import run_migrate

    run_migrate(_settings(), os.environ, _say, may_contract=contract)


@app.command(context_settings={"ignore_unknown_options": True})
def run(  # noqa: PLR0913, PLR0917 - each is an option of its own
    program: Annotated[
        str,
        typer.Argument(
            metavar="SCRIPT.py|PROGRAM",
            help="A program written for the MetaTrader5 package; or, for containers: "
            "broker, gateway, web, worker, judge or beat.",
        ),
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ARGUMENTS",
            help="The script's own. What is none of the options below is one; after -- everything is.",
        ),
    ] = None,
    data: Annotated[
        str, typer.Option(help="generator, sample, or a file or folder of bars or ticks.")
    ] = "generator",
    symbols: Annotated[str, typer.Option(help="With commas between; else all that the data has.")] = "",
    deposit: Annotated[str, typer.Option(help="What the account begins with.")] = "10000",
    currency: Annotated[str, typer.Option(help="The account's currency.")] = "USD",
    leverage: Annotated[int, typer.Option(help="100 is 1:100.")] = 100,
    mode: Annotated[str, typer.Option(help="hedging or netting.")] = "hedging",
    dealing: Annotated[
        str, typer.Option(help="off, realistic or hostile: slippage, requotes, refusals, partial fills.")
    ] = "off",
    speed: Annotated[
        str, typer.Option(help="1 is life; 60: an hour a minute; max: sleeps take no time.")
    ] = "1",
    ticks: Annotated[
        str,
        typer.Option(
            help="Made of each minute's bar, 4 being open, high, low and close; or real: the data is ticks."
        ),
    ] = "30",
    server_time: Annotated[
        str, typer.Option(help="The server's clock: UTC, UTC+2, Europe/Athens, America/New_York+7.")
    ] = "UTC",
    begin: Annotated[str, typer.Option("--from", help="Where the program's life begins, in UTC.")] = "",
    end: Annotated[str, typer.Option("--to", help="Where it ends at the latest.")] = "",
    seed: Annotated[int, typer.Option(help="The same seed, the same market.")] = 0,
    report: Annotated[str, typer.Option(metavar="FILE.html", help="Write the account's report there.")] = "",
    as_json: Annotated[str, typer.Option("--json", metavar="FILE", help="The same as JSON.")] = "",
    server: Annotated[
        str, typer.Option(help="Not on a terminal of its own, but on a paper server: paper://HOST:PORT.")
    ] = "",
) -> None:
    """Run a program written for the MetaTrader5 package, unmodified, against a paper terminal of its own.

    Without a script: become one of the programs that `up` starts, and prepare nothing: for containers.
    """
    from metafleet.cli.rehearsal.command import Typed, attach, is_script, rehearse

    if is_script(program):
        typed = Typed(
            data=data,
            symbols=symbols,
            deposit=deposit,
            currency=currency,
            leverage=leverage,
            mode=mode,
            dealing=dealing,
            speed=speed,
            ticks=ticks,
            server_time=server_time,
            begin=begin,
            end=end,
            seed=seed,
            report=report,
            json=as_json,
        )
        if server:
            attach(program, arguments or [], server, typed, os.environ)
        rehearse(program, arguments or [], typed, os.environ)
    if arguments:
        raise Refused(f"{program!r} takes no arguments; the name of a script ends in .py.")
    from metafleet.cli.run import run_program

    run_program(program, _settings(), os.environ)


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
    hosts: Annotated[
        int, typer.Option(help="How many machines they are on, each reported by a host agent; 0: none.")
    ] = 0,
    terminals_per_host: Annotated[
        int, typer.Option(help="With --hosts: how many on each, in --terminals' place.")
    ] = 5,
    losing: Annotated[int, typer.Option(help="How many accounts lose steadily, under a rule.")] = 0,
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
        terminals=hosts * terminals_per_host if hosts else terminals,
        hosts=hosts,
        losing=losing,
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
