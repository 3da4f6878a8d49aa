"""The MQL5 of every feature gives the bits that Python gives, compiled as C++.

Before they are rounded to float32, which would hide another order of additions nearly always: `float` is made
`double`, here as there. `export.tests.test_header` compares what models are given.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.features import mql
from metafleet.brain.features.contract import Bars
from metafleet.brain.features.strength import currencies
from metafleet.brain.features.tests.markets import SPEC, beside, calendar, walk
from metafleet.brain.features.tests.mql_compiled import MAIN, compiled

ALL = features.names()


def _wide(text: str) -> str:
    return text.replace("float", "double")


class Compiled:
    """The compiled features. Pairs and events that it was told stay."""

    def __init__(self, folder: Path) -> None:
        self._library = compiled(_wide(mql.source(ALL)), folder, _wide(MAIN))

    def tell(self, others: Mapping[str, NDArray[Any]], events: NDArray[Any]) -> None:
        for name in sorted(others):
            words = [word.encode() for word in (name, *currencies(name))]
            self._library.add_pair(*words, others[name].ctypes.data_as(ctypes.c_void_p), len(others[name]))
        self._library.add_events(events.ctypes.data_as(ctypes.c_void_p), len(events))

    def matrix(self, rates: NDArray[Any]) -> NDArray[np.float64]:
        made = np.full((len(rates), len(ALL)), np.nan)
        pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (rates, made)]
        words = [word.encode() for word in (SPEC.name, SPEC.currency_base, SPEC.currency_profit)]
        depth = features.look_back(ALL)
        point = ctypes.c_double(SPEC.point)
        self._library.features(pointers[0], len(rates), depth, point, *words, len(ALL), pointers[1])
        return made

    def refuses(self, rates: NDArray[Any]) -> bool:
        pointer = rates.ctypes.data_as(ctypes.c_void_p)
        return bool(self._library.refuses(pointer, len(rates), ctypes.c_double(SPEC.point)))


@pytest.fixture
def made(tmp_path: Path) -> Compiled:
    return Compiled(tmp_path)


def test_mql_gives_the_bits_that_python_gives(made: Compiled) -> None:
    rates = np.concatenate([walk(seed, 1_500) for seed in (1, 2, 3)])
    rates["time"] = walk(9, len(rates))["time"]
    others = {name: bars[bars["time"] <= rates["time"][-1]] for name, bars in beside(4, len(rates)).items()}
    events = calendar(4, rates, each=60)
    made.tell(others, events)
    bars = Bars(rates, SPEC, others, events)
    with np.errstate(all="ignore"):
        python = np.column_stack([features.about(name).compute(bars) for name in ALL])
    found = made.matrix(rates)
    rounded = features.matrix(ALL, rates, spec=SPEC, beside=others, calendar=events)
    assert rounded[features.look_back(ALL) :].tobytes() == (
        found[features.look_back(ALL) :].astype(np.float32).tobytes()
    )
    depth = features.look_back(ALL)
    for place, name in enumerate(ALL):
        one, other = (np.ascontiguousarray(all_of[depth - 1 :, place]) for all_of in (python, found))
        differ = np.flatnonzero(one.view(np.uint64) != other.view(np.uint64))
        assert not len(differ), (
            f"{name}: {len(differ)} bars, at {differ[0]} {one[differ[0]]!r} {other[differ[0]]!r}"
        )
    assert len(np.unique(python[depth - 1 :, ALL.index("strength_base_20")])) > 3_000


def test_a_bar_too_few_is_refused(made: Compiled) -> None:
    rates = walk(1, features.look_back(ALL))
    assert made.refuses(rates[1:])
    assert not made.refuses(rates)


def test_only_what_is_needed_is_written() -> None:
    text = mql.source(("return_1",))
    assert "MfReturn(" in text
    assert "MfSum" not in text
    assert "MfEvent" not in text
    assert "const string symbol" not in text
