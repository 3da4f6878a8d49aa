"""Models for tests, small and whole, as files that the registry takes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import connection

from metafleet.brain.model import Linear, Model, ModelSpec
from metafleet.brain.model.card import Card, Check, Gate
from metafleet.brain.model.tests.made import made_card, made_spec
from metafleet.hub.signals.models import ModelVersion
from tests.cast import NOW

FEATURES = ("return_1", "return_5", "atr_14")


def model_of(*, name: str = "eurusd-m15", tilt: float = 0.01, promoted: bool = True, **changes: Any) -> Model:
    """Return a linear model. tilt: its intercept, so that two of them are two files."""
    spec: ModelSpec = made_spec(**{"name": name, "timeframe": "M15", "features": FEATURES, **changes})
    width = len(spec.features)
    line = Linear(means=(0.0,) * width, scales=(1.0,) * width, weights=(0.25,) * width, intercept=tilt)
    return Model(spec, line, card_of(promoted=promoted, name=name))


def card_of(*, promoted: bool, **changes: Any) -> Card:
    """Return a card whose gate says so."""
    verdict = "It beat its baseline after costs." if promoted else "No edge found: it did not beat costs."
    check = Check(name="net", passed=promoted, text="Net of costs 0.4 bps.")
    return made_card(gate=Gate(promoted=promoted, verdict=verdict, checks=(check,)), **changes)


def file_of(**changes: Any) -> bytes:
    """Return such a model's file."""
    return model_of(**changes).to_bytes()


def keep_signal(terminal: Any, version: ModelVersion, *, issued: datetime = NOW, **changes: Any) -> UUID:
    """Write a signal of a terminal through the door that gateways write by; return its id."""
    row = {
        "i": 0, "t": str(terminal.id), "v": terminal.token_version, "id": str(uuid4()),
        "version": str(version.id), "server": "metafleet-Paper", "symbol": "EURUSD", "timeframe": "M15",
        "bar": "2026-03-02T11:30:00Z", "hash": "00" * 32,
        "features": np.arange(3, dtype="<f4").tobytes().hex(),
        "side": "buy", "probability": 0.6, "size": 0.5, "shadow": False, "until": "2026-03-02T12:15:00Z",
        "due": "2026-03-02T15:00:00Z", "bar_s": 1_772_451_000, **changes,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM signals_record(%s::jsonb, %s)", [json.dumps([row]), issued])
        found: UUID = cursor.fetchone()[0]
    return found
