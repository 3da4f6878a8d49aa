"""`metafleet brain`: models, from the command line."""

from __future__ import annotations

import typer

from metafleet.cli.brain import exporting, registering, showing, training

app = typer.Typer(help="Models that say which way.", no_args_is_help=True)
app.command()(training.train)
app.command()(showing.show)
app.command()(exporting.export)
app.command()(registering.register)
app.command()(registering.models)
