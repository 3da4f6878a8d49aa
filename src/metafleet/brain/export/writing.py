"""Writes what MetaTrader needs of a model into a folder: the graph, the features, and what both are."""

from __future__ import annotations

import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import msgspec

from metafleet.brain import features
from metafleet.brain.export import adapter
from metafleet.brain.export.graph import INPUT, IR_VERSION, OPSET, OPSET_ML, OUTPUT, import_onnx, onnx_of
from metafleet.brain.export.header import file_name, header_of, prefix
from metafleet.brain.model import Model

FORMAT: Final = 1


class NotPromoted(ValueError):
    """The model's gate did not let it pass; the text is the gate's sentence."""


class Exported(msgspec.Struct, frozen=True):
    """What was written. adapter: None for a model that the EA MetafleetOnnx does not run."""

    graph: Path
    header: Path
    about: Path
    adapter: Path | None


def export(model: Model, folder: Path, *, even_if_unpromoted: bool = False) -> Exported:
    """Write NAME.onnx, NAME.mqh and NAME.json into a folder, which is made, and MetafleetModel.mqh beside
    them, by which the EA MetafleetOnnx runs this model; replaces what is there.

    Raises NotPromoted, OnnxMissing, NotExportable, UnknownFeature, OSError; nothing is written then.
    """
    gate = model.card.gate
    if not gate.promoted and not even_if_unpromoted:
        raise NotPromoted(gate.verdict)
    name = file_name(model)
    contents = {f"{name}.onnx": onnx_of(model), f"{name}.mqh": header_of(model).encode("ascii")}
    if adapted := adapter.adapter_of(model):
        contents[adapter.NAME] = adapted.encode("ascii")
    about = about_of(model, contents)
    contents[f"{name}.json"] = (json.dumps(about, indent=1) + "\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in contents.items():
        (folder / file).write_bytes(content)
    graph, header, described = (folder / f"{name}.{ending}" for ending in ("onnx", "mqh", "json"))
    return Exported(graph, header, described, folder / adapter.NAME if adapted else None)


def about_of(model: Model, files: dict[str, bytes]) -> dict[str, Any]:
    """Return the metadata: what an EA must know, and by what the files are known again."""
    spec, card = model.spec, model.card
    return {
        "format": FORMAT,
        "model": spec.name,
        "sha256": model.content_hash,
        "dataHash": card.data_hash,
        "symbols": list(spec.symbols),
        "beside": list(spec.beside),
        "timeframe": spec.timeframe,
        "features": [_feature(name) for name in spec.features],
        "lookBack": features.look_back(spec.features),
        "label": msgspec.to_builtins(spec.label),
        "horizonBars": spec.horizon_bars,
        "threshold": spec.threshold,
        "fullAt": spec.full_at,
        "calibration": msgspec.to_builtins(spec.calibration),
        "trainingBegin": card.begin,
        "trainingEnd": card.end,
        "promoted": card.gate.promoted,
        "verdict": card.gate.verdict,
        "graph": {
            "input": {"name": INPUT, "type": "float32", "shape": [1, len(spec.features)]},
            "output": {"name": OUTPUT, "type": "float32", "shape": [1, 1], "is": "probability of a rise"},
            "opset": OPSET,
            "opsetMl": OPSET_ML,
            "irVersion": IR_VERSION,
        },
        "functions": {name: prefix(model) + name for name in ("Features", "Side", "Size")},
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
        "madeWith": {"metafleet": metadata.version("metafleet"), "onnx": import_onnx().__version__},
    }


def _feature(name: str) -> dict[str, Any]:
    feature = features.about(name)
    return {
        "name": name,
        "unit": feature.unit,
        "lookBack": feature.look_back,
        "needs": list(feature.needs),
        "help": feature.help,
    }
