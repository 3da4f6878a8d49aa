"""The command line: `metafleet up`, `down`, `status`, `migrate`.

Every command imports what it needs when it runs, so that help and refusals are quick.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import typer

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


def _settings() -> Settings:
    return read_settings(os.environ, Path.cwd())


def _say(text: str) -> None:
    # A closed terminal must not keep an installation from being stopped in order.
    with contextlib.suppress(OSError):
        print(text, flush=True)
