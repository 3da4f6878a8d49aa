"""How a model is trained again: on which bars of the record, and how strictly."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from metafleet.engine.broker.records import SERVER_NAME

FEWEST_BARS: Final = 1_000
MOST_BARS: Final = 500_000


class Recipe(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Symbols, timeframe, features, label and kind are those of the version that is trained anew.

    server: whose record. most_bars: the newest so many of each symbol. folds, confidence, seed: as of
    `brain.training.Study`.
    """

    server: str = SERVER_NAME
    most_bars: int = 100_000
    folds: int = 5
    confidence: float = 0.95
    seed: int = 0


def read(document: dict[str, Any] | None) -> Recipe:
    """Return the recipe of a row; the usual one where none was written."""
    return msgspec.convert(document or {}, Recipe)
