"""What the registry keeps of a model's file: read once, when it comes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from metafleet.brain import features
from metafleet.brain.model import Model, ModelRefused, ModelSpec
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.signals.errors import FileRefused

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of a file: a model of a thousand trees takes about five, and its bytes are in the database."""


NUL: Final = b"\\u0000"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file that was read. spec, card: as they stand in it. is_promoted: what the card's gate says."""

    name: str
    content: bytes
    content_hash: str
    symbols: tuple[str, ...]
    timeframe: str
    spec: dict[str, Any]
    card: dict[str, Any]
    is_promoted: bool


def read(content: bytes) -> ModelFile:
    """Return what a file holds. Raises FileRefused."""
    if len(content) > MOST_BYTES:
        raise FileRefused(f"The file has more than {MOST_BYTES >> 20} MiB. Train a smaller model.")
    try:
        model = Model.load(content)
    except ModelRefused as refused:
        raise FileRefused(f"The file is no model that can be used: it {refused}."[:400]) from refused
    spec = model.spec
    _check(spec)
    if NUL in msgspec.json.encode([spec, model.card]):
        raise FileRefused("The file has a NUL character in one of its texts, which cannot be kept.")
    return ModelFile(
        name=spec.name,
        content=content,
        content_hash=hashlib.sha256(content).hexdigest(),
        symbols=spec.symbols,
        timeframe=spec.timeframe,
        spec=msgspec.to_builtins(spec),
        card=msgspec.to_builtins(model.card),
        is_promoted=model.card.gate.promoted,
    )


def _check(spec: ModelSpec) -> None:
    """Raises FileRefused for what no gateway could serve: whoever is promoted must be able to answer."""
    if spec.timeframe not in BY_NAME:
        raise FileRefused(f"The model is of {spec.timeframe!r}, which is no timeframe.")
    if unknown := sorted(set(spec.symbols) - known_symbols().keys()):
        raise FileRefused(f"The model is of {unknown[0]!r}, and nothing is known of that symbol here.")
    try:
        for name in spec.features:
            features.about(name)
    except features.UnknownFeature as unknown_feature:
        raise FileRefused(f"The model was made by another version: {unknown_feature}.") from None


def verdict_of(card: dict[str, Any]) -> str:
    """Return the sentence of a card's gate."""
    return str(card.get("gate", {}).get("verdict", "The card says nothing of a gate."))
