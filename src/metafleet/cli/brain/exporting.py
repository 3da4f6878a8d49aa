"""`metafleet brain export`: a model for MetaTrader 5 alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metafleet.cli.asking import AsJson, say, say_json
from metafleet.cli.refusal import Refused


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL.mfm", help="A model's file.")],
    to: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to; it is made.")],
    unpromoted: Annotated[
        bool, typer.Option("--unpromoted", help="Also a model that did not pass its gate.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a model as MetaTrader 5 runs it: an ONNX graph, its features in MQL5, and what both are.

    The graph is then asked about 10,000 rows, and must say what the model says, to 1e-6.
    """
    from metafleet.brain import export as exporting
    from metafleet.brain.features import UnknownFeature
    from metafleet.brain.model import LibraryMissing, Model, ModelRefused

    try:
        loaded = Model.load(model)
        made = exporting.export(loaded, to, even_if_unpromoted=unpromoted)
        checked = exporting.check(loaded, made.graph)
    except exporting.NotPromoted as refusal:
        raise Refused(
            f"{model} did not pass its gate: {refusal} With --unpromoted it is exported nevertheless."
        ) from refusal
    except (ModelRefused, exporting.NotExportable, UnknownFeature) as refusal:
        raise Refused(f"{model}: {refusal}") from refusal
    except (exporting.OnnxMissing, LibraryMissing) as missing:
        raise Refused(str(missing)) from missing
    except OSError as error:
        raise Refused(f"{to}: cannot be written: {error.strerror or error}") from error
    if checked is not None and not checked.is_same:
        raise Refused(
            f"{made.graph} is not what the model says: of {checked.rows:,} rows one differs by "
            f"{checked.largest_difference:.3g}. Do not use it."
        )
    if as_json:
        say_json(
            {
                "graph": str(made.graph),
                "header": str(made.header),
                "about": str(made.about),
                "adapter": made.adapter and str(made.adapter),
                "rowsChecked": checked and checked.rows,
                "largestDifference": checked and checked.largest_difference,
            }
        )
        return
    for path in (made.graph, made.header, made.about, made.adapter):
        if path is not None:
            say(str(path))
    if made.adapter is None:
        say("MetafleetOnnx.mq5 does not run it: it wants a calendar of events. Write an EA around it.")
    say(
        "Not checked: ONNX Runtime is not installed (pip install 'metafleet[onnx]')."
        if checked is None
        else f"{checked.rows:,} rows: the graph is within {checked.largest_difference:.1e} of the model."
    )
