"""`metafleet brain show`: a model's card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli.asking import AsJson
from metafleet.cli.refusal import Refused


def show(
    model: Annotated[Path, typer.Argument(metavar="MODEL.mfm", help="A model's file.")],
    card: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write its card there.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model is of, what it was worth, and whether it may serve."""
    from metafleet.brain.model import Model, ModelRefused
    from metafleet.cli.brain.training import tell

    try:
        loaded = Model.load(model)
    except ModelRefused as refusal:
        raise Refused(f"{model}: {str(refusal).rstrip('.')}.") from refusal
    tell(loaded, model, card, as_json=as_json)
