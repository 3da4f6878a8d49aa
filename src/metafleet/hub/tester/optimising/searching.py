"""An optimisation as the engine thinks of it, from its row."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.job import MarketRef
from metafleet.engine.tester.optimising.optimising import Task, periods_of
from metafleet.engine.tester.optimising.sources import ExpertRef
from metafleet.engine.tester.optimising.windows import Window, windows_of
from metafleet.hub.tester.models import Optimisation
from metafleet.hub.tester.optimising.records import Search
from metafleet.hub.tester.optimising.spaces import space_for
from metafleet.hub.tester.records import Data


@dataclass(frozen=True, slots=True)
class Sought:
    """An optimisation. test: its inputs are those that are fixed."""

    search: Search
    test: Test
    data: Data


def sought(row: Optimisation) -> Sought:
    """Return what was asked for."""
    return Sought(
        search=msgspec.convert(row.search, Search),
        test=msgspec.convert(row.setup | {"inputs": row.inputs}, Test, strict=False),
        data=msgspec.convert(row.data, Data),
    )


def task_of(row: Optimisation, asked: Sought) -> Task:
    """Return the engine's task. Raises Malformed, ReleaseMissing where the EA is not here any more."""
    search = asked.search
    return Task(
        expert=ExpertRef(name=row.version.template.slug, sha256=row.content_hash),
        market=MarketRef(source=asked.data.name or asked.data.source, specs={}, sha256=row.market_hash),
        test=msgspec.structs.replace(asked.test, inputs={}),
        space=space_for(row.version, search.ranges, asked.test.inputs),
        criterion=Criterion(search.criterion, fewest_trades=search.fewest_trades),
        method=search.method,
        tries=search.tries,
        seed=search.seed,
    )


def windows_in(search: Search, test: Test) -> list[Window]:
    """Return the windows of the walk-forward, which ends where the forward period begins.

    Raises WindowsRefused.
    """
    before, _ = periods_of(test)
    if not search.windows or before.from_s is None or before.to_s is None:
        return []
    return windows_of(before.from_s, before.to_s, search.windows, manner=search.manner, ratio=search.ratio)
