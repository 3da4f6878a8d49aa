"""The prices of an optimisation on this machine: where its processes find them, and what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from metafleet.engine.experts.expert import Expert
from metafleet.engine.market import generator
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.store import open_kept
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.jobs import Supplied, open_supplied, spec_of
from metafleet.engine.tester.layout import warm_up_of
from metafleet.engine.tester.optimising.baking import bake
from metafleet.engine.tester.optimising.spans import dated
from metafleet.hub.tester import market_data
from metafleet.hub.tester.records import Data

_STRETCH = 1 << 18


@dataclass(frozen=True, slots=True)
class Prices:
    """supplies: those that are kept. made: by symbol, the files of those that are made.

    sha256: of what they hold over the tested time and the warm-up before it: the same on every machine.
    """

    supplies: list[Supplied]
    made: dict[str, str]
    sha256: str


def timed(data: Data, test: Test) -> Test:
    """Return the test with its time said, as windows need it. Raises DataGone, TestRefused."""
    supplied = market_data.supplied(data, test.currency)
    return dated(Expert, test, _opened(supplied))


def of(data: Data, test: Test) -> Prices:
    """Return the prices of a test whose time is said; a machine makes what is made once. Raises DataGone."""
    assert test.from_s is not None  # noqa: S101 - `timed` has said it
    assert test.to_s is not None  # noqa: S101
    from_s, to_s = test.from_s - warm_up_of(test.timeframe), test.to_s
    supplied = market_data.supplied(data, test.currency)
    whole = hashlib.sha256(msgspec.json.encode((from_s, to_s)))
    made: dict[str, str] = {}
    try:
        for one in supplied:
            whole.update(msgspec.json.encode(spec_of(one.symbol)))
            if one.path:
                whole.update(_hash(Path(one.path), from_s, to_s).encode())
            else:
                whole.update(f"{one.seed} {_generator()}".encode())
                made[one.symbol] = _made(one, from_s, to_s)
    except (MarketFileRefused, OSError) as gone:
        raise market_data.DataGone(f"The prices of {data.symbol} cannot be read: {gone}"[:400]) from gone
    return Prices([one for one in supplied if one.path], made, whole.hexdigest())


def _opened(supplied: list[Supplied]) -> Mapping[str, Supply]:
    try:
        return open_supplied(supplied)
    except (MarketFileRefused, OSError) as gone:
        raise market_data.DataGone(f"The prices cannot be read: {gone}"[:400]) from gone


def _made(one: Supplied, from_s: int, to_s: int) -> str:
    (supply,) = open_supplied([one]).values()
    by = f"{_generator()}, seed {one.seed}"
    return str(bake(supply, from_s, to_s, folder=market_data.cache_folder(), made_by=by))


@lru_cache(maxsize=1)
def _generator() -> str:
    whole = hashlib.sha256()
    for path in sorted(Path(generator.__file__).parent.glob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _hash(path: Path, from_s: int, to_s: int) -> str:
    """Of bars, what they are in that time. Of ticks, which are many, of what file they were made.

    Twenty years of minutes take half a second, so it is asked anew for each batch.
    """
    opened = open_kept(path)
    if opened.about.kind == "ticks":
        return opened.about.sha256
    begin, end = np.searchsorted(opened.rows["time"], [from_s, to_s])
    whole = hashlib.sha256()
    for first in range(int(begin), int(end), _STRETCH):
        rows = opened.rows[first : min(first + _STRETCH, int(end))]
        whole.update(np.ascontiguousarray(rows).tobytes())
    return whole.hexdigest()
