"""`metafleet brain`: models, from the command line."""

from __future__ import annotations

import typer

from metafleet.cli.brain import exporting

app = typer.Typer(help="Models that say which way.", no_args_is_help=True)
app.command()(exporting.export)


@app.callback()
def _group() -> None:
    """Keep the commands' names where there is one only."""
