"""Signals for a test: of a file, or what a model says of the prices that the test runs through."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from metafleet.cli.refusal import Refused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Signal
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.signalfile import SignalFileRefused, read_signals
from metafleet.hub.signals.foretelling import CannotForetell, foretell

if TYPE_CHECKING:
    from metafleet.brain.model import Model


class Foreseen(msgspec.Struct, frozen=True):
    """What a test is given of the Brain. notes: sentences for its report."""

    signals: list[Signal] = []
    notes: list[str] = []


def read_file(path: Path, symbol: str) -> Foreseen:
    """Return a file's signals. Raises Refused."""
    try:
        signals = read_signals(path, symbol)
    except SignalFileRefused as refused:
        raise Refused(f"{refused}.") from refused
    return Foreseen(signals, [f"Signals: {len(signals):,} of {path.name}."])


def load_model(path: Path, test: Test, timeframe: str) -> Model:
    """Return the model of a file, if it can say anything of this test. Raises Refused."""
    from metafleet.brain.model import Model, ModelRefused

    try:
        model = Model.load(path)
    except ModelRefused as refused:
        raise Refused(f"{path}: {refused}.") from refused
    spec = model.spec
    if test.symbol not in spec.symbols:
        raise Refused(f"{spec.name} is a model of {', '.join(spec.symbols)}, not of {test.symbol}.")
    if timeframe != spec.timeframe:
        raise Refused(f"{spec.name} is a model of {spec.timeframe}, and the test's bars are {timeframe}.")
    return model


def foresee(model: Model, cls: type[Expert], test: Test, supplies: Mapping[str, Supply]) -> Foreseen:
    """Return what the model says at the end of each bar that the test runs through, of what had closed then.

    supplies: as of the test, and those that the model needs beside. Raises TestRefused, Refused.
    """
    try:
        signals, begin_s = foretell(model, cls, test, supplies)
    except CannotForetell as fault:
        raise Refused(f"{fault}.") from fault
    return Foreseen(signals, _notes(model, begin_s))


def _notes(model: Model, begin_s: int) -> list[str]:
    card = model.card
    notes = [f"Signals: {model.spec.name} ({model.content_hash[:12]}). Its gate: {card.gate.verdict}"]
    trained_until = datetime.fromisoformat(card.end).replace(tzinfo=UTC)
    if begin_s < trained_until.timestamp():
        notes.append(
            f"The model was made of prices to {trained_until:%Y-%m-%d}: what it earns before then it has "
            "seen, and says nothing of what it is worth."
        )
    return notes
