"""What the kernel can run as the ledger would; all else is for the ordinary loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from metafleet.engine.broker.validation import snapped
from metafleet.engine.experts.expert import Expert
from metafleet.engine.market import symbols
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, DAY_S, PERIODS_S
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.declared.reel import Unfit

_CALC_MODES: Final = (
    symbols.CALC_FOREX,
    symbols.CALC_FOREX_NO_LEVERAGE,
    symbols.CALC_CFD,
    symbols.CALC_CFD_LEVERAGE,
    symbols.CALC_EXCHANGE_STOCKS,
)
_MARKET_STOP_TARGET: Final = 1 | 16 | 32
"""Bits of order_flags: what a symbol has to take."""


def declares(cls: type[Expert]) -> bool:
    """Say whether an EA has anything to declare."""
    return cls.declare is not Expert.declare


def check_fit(cls: type[Expert], test: Test, timeframe: str, spec: SymbolSpec, count: int) -> None:
    """Raise Unfit for the first thing that is not for the kernel. count: of symbols in the test."""
    for reason in (*_of_test(cls, test, timeframe, count), *_of_symbol(spec)):
        raise Unfit(reason)


def lots_of(volume: float, spec: SymbolSpec) -> float:
    """Return the volume as the broker deals it. Raises Unfit where it would refuse it."""
    most = min(spec.volume_max, spec.volume_limit or spec.volume_max)
    if not spec.volume_min <= volume <= most or abs(volume - snapped(volume, spec)) > 1e-9:
        raise Unfit(f"the broker takes no {volume} lots of {spec.name}")
    return snapped(volume, spec)


def _of_test(cls: type[Expert], test: Test, timeframe: str, count: int) -> Iterator[str]:
    if test.ticks not in ("ohlc", "open"):
        yield f"ticks are {test.ticks!r}, and it goes by ohlc or open"
    if test.dealing != "off" or test.latency_ms:
        yield "orders are not executed at once and at the quote"
    if test.mode != "hedging":
        yield f"the account is {test.mode}"
    if count != 1:
        yield "there are other symbols in the test"
    if cls.on_tick is not Expert.on_tick or cls.on_trade is not Expert.on_trade:
        yield "the EA has an on_tick or an on_trade"
    if PERIODS_S[BY_NAME[timeframe]] > DAY_S:
        yield f"bars of {timeframe} are longer than a day"


def _of_symbol(spec: SymbolSpec) -> Iterator[str]:
    name = spec.name
    if spec.execution != symbols.EXECUTION_MARKET or spec.chart_mode != symbols.CHART_BID:
        yield f"{name} is not dealt at market by bid and ask"
    if spec.trade_mode != symbols.TRADE_FULL or spec.order_flags & _MARKET_STOP_TARGET != _MARKET_STOP_TARGET:
        yield f"{name} does not take all orders"
    if spec.freeze_level_points or spec.tick_size > spec.point or spec.gtc_mode:
        yield f"{name} has a freeze level, ticks of several points or levels for a day"
    if spec.calc_mode not in _CALC_MODES:
        yield f"{name} is no currency pair, CFD or share"
    if spec.margin_maintenance or any(spec.maintenance_rates) or min(spec.margin_rates[:2]) <= 0:
        yield f"{name} has margins of its own for what is held"
