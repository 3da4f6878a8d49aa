"""When a test begins and ends that names no time of its own."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from metafleet.engine.experts.expert import Expert
from metafleet.engine.market.supplies import Supply
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.contract import WARM_UP_BARS, NoBars, Test, TestRefused
from metafleet.engine.tester.layout import timeframe_of, warm_up_of
from metafleet.engine.tester.optimising.job import MarketRef


def dated(cls: type[Expert], test: Test, supplies: Mapping[str, Supply]) -> Test:
    """Return the test with its time said: windows and shares are reckoned from it.

    Where none was named it is all there is, after a warm-up of no more than half of it, as in `run_test`.
    Raises TestRefused, InputRefused.
    """
    if test.symbol not in supplies:
        raise TestRefused(
            f"there are no prices of {test.symbol}; there are of {', '.join(supplies) or 'none'}"
        )
    supply = supplies[test.symbol]
    begin_s, end_s = test.from_s, test.to_s
    if end_s is None:
        if supply.last_s is None:
            raise TestRefused("a made-up market has no end: say where the test ends")
        end_s = supply.last_s + max(1, PERIODS_S.get(supply.timeframe, 1))
    if begin_s is None:
        # Five days of a week have bars.
        warm_up_s = WARM_UP_BARS * PERIODS_S[BY_NAME[timeframe_of(cls, test)]] * 7 // 5
        begin_s = min(supply.first_s + warm_up_s, (supply.first_s + end_s) // 2)
    if begin_s >= end_s:
        raise NoBars(test.symbol)
    return msgspec.structs.replace(test, from_s=begin_s, to_s=end_s)


def made_over(cls: type[Expert], test: Test, market: MarketRef) -> MarketRef:
    """Return the market with what is needed of it, should it be one that is made: warm-up and test.

    Raises TestRefused, InputRefused.
    """
    if test.from_s is None or test.to_s is None:
        return market
    warm_up_s = warm_up_of(timeframe_of(cls, test))
    return msgspec.structs.replace(market, from_s=test.from_s - warm_up_s, to_s=test.to_s)
