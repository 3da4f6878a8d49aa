"""The four symbols that the paper market quotes, with their full specifications.

Names and meanings follow MetaTrader 5's symbol properties (SYMBOL_*); the values are
those of a usual retail account with raw spreads and a commission per lot.
"""

from __future__ import annotations

from typing import Final

import msgspec

CALC_FOREX: Final = 0
"""SYMBOL_CALC_MODE_FOREX: margin = lots x contract / leverage, in the margin currency."""

CALC_CFD_LEVERAGE: Final = 4
"""SYMBOL_CALC_MODE_CFDLEVERAGE: margin = lots x contract x price / leverage."""

TRADE_DISABLED: Final = 0
TRADE_LONG_ONLY: Final = 1
TRADE_SHORT_ONLY: Final = 2
TRADE_CLOSE_ONLY: Final = 3
TRADE_FULL: Final = 4

WEDNESDAY: Final = 3
"""DAY_OF_WEEK_WEDNESDAY: the night that is charged three times, for settlement in two days."""


class SymbolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's trading conditions.

    point: smallest price step, 10^-digits. contract_size: units of the base currency (ounces for
    gold) in one lot. Volumes in lots; volume_limit bounds one direction of an account, 0 = none.
    *_level_points, swap_*_points and spread_points in points; spread_points is the usual spread in the
    London session. margin_hedged: the contract size charged for covered volume. daily_break: the
    symbol rests from 17:00 to 18:00 New York time.
    """

    name: str
    description: str
    digits: int
    point: float
    tick_size: float
    contract_size: float
    currency_base: str
    currency_profit: str
    currency_margin: str
    calc_mode: int = CALC_FOREX
    trade_mode: int = TRADE_FULL
    volume_min: float = 0.01
    volume_max: float = 100.0
    volume_step: float = 0.01
    volume_limit: float = 500.0
    stops_level_points: int = 10
    freeze_level_points: int = 0
    margin_hedged: float
    swap_long_points: float
    swap_short_points: float
    swap_rollover3days: int = WEDNESDAY
    spread_points: int
    daily_break: bool = False


def _forex(name: str, description: str, digits: int, swaps: tuple[float, float], spread: int) -> SymbolSpec:
    return SymbolSpec(
        name=name,
        description=description,
        digits=digits,
        point=round(10.0**-digits, digits),
        tick_size=round(10.0**-digits, digits),
        contract_size=100_000.0,
        currency_base=name[:3],
        currency_profit=name[3:],
        currency_margin=name[:3],
        margin_hedged=100_000.0,
        swap_long_points=swaps[0],
        swap_short_points=swaps[1],
        spread_points=spread,
    )


EURUSD: Final = _forex("EURUSD", "Euro vs US Dollar", 5, (-7.2, 2.9), 8)
GBPUSD: Final = _forex("GBPUSD", "Pound Sterling vs US Dollar", 5, (-3.4, -1.6), 12)
USDJPY: Final = _forex("USDJPY", "US Dollar vs Japanese Yen", 3, (11.5, -21.8), 10)
XAUUSD: Final = SymbolSpec(
    name="XAUUSD",
    description="Gold vs US Dollar",
    digits=2,
    point=0.01,
    tick_size=0.01,
    contract_size=100.0,
    currency_base="XAU",
    currency_profit="USD",
    currency_margin="USD",
    calc_mode=CALC_CFD_LEVERAGE,
    volume_max=50.0,
    volume_limit=200.0,
    stops_level_points=20,
    margin_hedged=100.0,
    swap_long_points=-42.0,
    swap_short_points=18.5,
    spread_points=18,
    daily_break=True,
)

SYMBOLS: Final[dict[str, SymbolSpec]] = {spec.name: spec for spec in (EURUSD, GBPUSD, USDJPY, XAUUSD)}
"""Every symbol that the market knows, by name."""
