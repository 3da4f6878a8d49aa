"""Our trades beside those of backtesting.py and nautilus_trader, one by one; every difference has a rule.

What they traded is in `peers/`, recorded by `python -m benchmarks.tester.record` where they are installed.
The strategies are written down in `benchmarks/tester/rules.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np
import pytest

from metafleet.engine.experts import Bar, Expert
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec
from metafleet.engine.market.timeframes import M1
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.averaged import Reversal, Stops
from metafleet.engine.tester.tests.recorded import Trade, bars, bars_sha256, recording

BARS: Final = bars()
UNITS: Final = 10_000
"""0.1 lot."""
FREE: Final = msgspec.structs.replace(SYMBOLS["EURUSD"], stops_level_points=0)
"""Takes levels as near as a point: the others know no least distance."""

Loop = Literal["striding", "ticking", "declared"]

needs_numba = pytest.mark.skipif(not compiling.is_there(), reason="metafleet[fast] is not installed")
loops = pytest.mark.parametrize("loop", ["striding", "ticking", pytest.param("declared", marks=needs_numba)])


class Levels(NamedTuple):
    stop: float
    target: float


class Ours(NamedTuple):
    """asked: the levels of each entry that was wanted, by the bar to enter at, refused or not."""

    trades: list[Trade]
    asked: dict[int, Levels]


@loops
def test_each_turn_is_that_of_backtesting_py(loop: Loop) -> None:
    mine = ours(Reversal, loop).trades
    assert len(mine) == 45
    assert mine == theirs("backtesting.py", "reversal")


@loops
def test_each_turn_is_that_of_nautilus_trader_but_at_the_next_open(loop: Loop) -> None:
    mine, its = ours(Reversal, loop).trades, theirs("nautilus_trader", "reversal")
    assert its == [_left_at_close_before(_entered_at_close_before(trade)) for trade in mine]
    # The rule is at work: it is another bar for each of them, and for most another price.
    assert not {trade.entered_s for trade in mine} & {trade.entered_s for trade in its}
    assert sum(one.entry_price != other.entry_price for one, other in zip(mine, its, strict=True)) > 30


@loops
def test_stops_and_targets_are_those_of_backtesting_py_but_by_two_rules(loop: Loop) -> None:
    mine, its = ours(Stops, loop), theirs("backtesting.py", "stops")
    assert _rules(mine, {trade.entered_s: trade for trade in its}, _by_backtesting) == {
        "the same": 40,
        "takes the stop in a bar that reaches both": 4,
        "enters at an open that is beyond a level": 2,
    }


@loops
def test_stops_and_targets_are_those_of_nautilus_trader_but_by_four_rules(loop: Loop) -> None:
    mine, its = ours(Stops, loop), theirs("nautilus_trader", "stops")
    by_next_open = {_after(trade.entered_s): trade for trade in its}
    assert _rules(mine, by_next_open, _by_nautilus) == {
        "the same, entered at the close before": 34,
        "fills at the level though the bar opens beyond": 7,
        "takes the extreme nearer to the open first": 3,
        "enters before an open that is beyond a level": 2,
    }


def test_a_brokers_least_distance_of_stops_refuses_what_the_others_enter() -> None:
    least = 30
    strict = msgspec.structs.replace(FREE, stops_level_points=least)
    mine = ours(Stops, "striding", strict)
    entered = {trade.entered_s for trade in mine.trades}
    for at_s, levels in mine.asked.items():
        opened = _price("open", at_s)
        nearest = min(round(abs(level - opened) * 1e5) for level in levels)
        is_taken = nearest >= least and _lies_between(levels, opened)
        assert (at_s in entered) == is_taken
    assert 0 < len(entered) < len(mine.asked)


def _rules(
    mine: Ours, its: dict[int, Trade], rule_of: Callable[[Trade | None, Trade, Levels], str]
) -> Counter[str]:
    """Return how many of their trades differ from ours by which rule. its: by the bar that we enter at."""
    own = {trade.entered_s: trade for trade in mine.trades}
    assert own.keys() <= its.keys()
    assert its.keys() <= mine.asked.keys()
    assert len(mine.asked.keys() - its.keys()) <= 1, "what is open after the last bar is no trade"
    return Counter(rule_of(own.get(at_s), trade, mine.asked[at_s]) for at_s, trade in its.items())


def _by_backtesting(mine: Trade | None, its: Trade, levels: Levels) -> str:
    """Return the rule by which its trade is what it is, having reckoned that by the rule it is this one."""
    if mine is None:
        opened = _price("open", its.entered_s)
        assert not _lies_between(levels, opened)
        assert its == Trade(its.entered_s, its.entered_s, its.side, opened, opened, 0.0)
        return "enters at an open that is beyond a level"
    if its == mine:
        return "the same"
    assert _reaches_both(levels, mine.exited_s)
    assert mine.exit_price == levels.target
    assert its == _left(mine, mine.exited_s, levels.stop)
    return "takes the stop in a bar that reaches both"


def _by_nautilus(mine: Trade | None, its: Trade, levels: Levels) -> str:
    """As `_by_backtesting`."""
    if mine is None:
        left_s = _after(its.entered_s)
        opened = _price("open", left_s)
        assert not _lies_between(levels, opened)
        entered = Trade(its.entered_s, 0, its.side, _price("close", its.entered_s), 0.0, 0.0)
        assert its == _left(entered, left_s, _passed(levels, opened))
        return "enters before an open that is beyond a level"
    entered = _entered_at_close_before(mine)
    if its == entered:
        return "the same, entered at the close before"
    opened = _price("open", mine.exited_s)
    if not _lies_between(levels, opened):
        assert mine.exit_price == opened
        assert its == _left(entered, mine.exited_s, _passed(levels, opened))
        return "fills at the level though the bar opens beyond"
    assert _reaches_both(levels, mine.exited_s)
    is_low_nearer = opened - _price("low", mine.exited_s) <= _price("high", mine.exited_s) - opened
    assert its == _left(entered, mine.exited_s, min(levels) if is_low_nearer else max(levels))
    return "takes the extreme nearer to the open first"


def ours(expert: type[Expert], loop: Loop, spec: SymbolSpec = FREE) -> Ours:
    """Return what our tester trades, on four ticks a bar, without a spread and other costs."""
    asked: dict[int, Levels] = {}

    class Asking(expert):  # type: ignore[valid-type,misc]
        def levels(self, side: int, bar: Bar) -> tuple[float, float]:
            levels: tuple[float, float] = super().levels(side, bar)
            asked[_after(bar.time_s)] = Levels(*levels)
            return levels

    test = Test(
        symbol="EURUSD",
        timeframe="M1",
        from_s=int(BARS["time"][0]),
        inputs={"is_waking": loop != "ticking"},
        deposit=Decimal(1_000_000),
        spread_points=0,
        commission=Decimal(0),
        with_swaps=False,
        close_at_end=False,
    )
    done = run_test(
        Asking,
        test,
        {"EURUSD": KeptSupply(spec, BARS, M1)},
        every_tick=loop == "ticking",
        kernel_cache=KERNEL_CACHE if loop == "declared" else None,
    )
    if loop == "declared":  # whose on_bar is asked on a stretch alone
        assert any("Run by what the EA declares" in note for note in done.notes), done.notes
        asked = ours(expert, "striding", spec).asked
    entries = {deal.position_id: deal for deal in done.deals if deal.symbol and deal.entry == 0}
    trades = []
    for left in done.deals:
        if left.symbol and left.entry == 1:
            entered = entries[left.position_id]
            side = 1 if entered.type == 0 else -1
            entered_s, left_s = (_bar_of(deal.time_msc) for deal in (entered, left))
            trades.append(Trade(entered_s, left_s, side, entered.price, left.price, float(left.profit)))
    return Ours(sorted(trades), asked)


def theirs(peer: str, strategy: str) -> list[Trade]:
    """Return what a peer traded, on these very bars."""
    found = recording(peer, strategy)
    assert (found.peer, found.strategy, found.bars_sha256) == (peer, strategy, bars_sha256())
    return found.trades


def _entered_at_close_before(trade: Trade) -> Trade:
    """Return the trade as of who executes at the close at which it is decided."""
    at_s = _before(trade.entered_s)
    entered = trade._replace(entered_s=at_s, entry_price=_price("close", at_s))
    return _left(entered, trade.exited_s, trade.exit_price)


def _left_at_close_before(trade: Trade) -> Trade:
    at_s = _before(trade.exited_s)
    return _left(trade, at_s, _price("close", at_s))


def _left(trade: Trade, exited_s: int, price: float) -> Trade:
    """Return the trade with another end."""
    profit = round(trade.side * (price - trade.entry_price) * UNITS, 2)
    return trade._replace(exited_s=exited_s, exit_price=price, profit=profit)


def _lies_between(levels: Levels, price: float) -> bool:
    return min(levels) < price < max(levels)


def _passed(levels: Levels, price: float) -> float:
    """Return the level that a price outside has passed."""
    return min(levels) if price <= min(levels) else max(levels)


def _reaches_both(levels: Levels, at_s: int) -> bool:
    return _price("low", at_s) <= min(levels) and _price("high", at_s) >= max(levels)


def _price(name: str, at_s: int) -> float:
    return float(BARS[name][_place(at_s)])


def _before(at_s: int) -> int:
    return int(BARS["time"][_place(at_s) - 1])


def _after(at_s: int) -> int:
    return int(BARS["time"][_place(at_s) + 1])


def _bar_of(time_msc: int) -> int:
    """Return when the bar opened in which this was."""
    return time_msc // 60_000 * 60


def _place(at_s: int) -> int:
    return int(np.searchsorted(BARS["time"], at_s))
