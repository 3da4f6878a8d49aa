"""What a symbol is, and the four that the demo's market quotes; `symbolfile` has them all.

Names and meanings follow MetaTrader 5's symbol properties (SYMBOL_*); the values are
those of a usual retail account with raw spreads and a commission per lot.
"""

from __future__ import annotations

from typing import Final

import msgspec

CALC_FOREX: Final = 0
CALC_FUTURES: Final = 1
CALC_CFD: Final = 2
CALC_CFD_INDEX: Final = 3
CALC_CFD_LEVERAGE: Final = 4
CALC_FOREX_NO_LEVERAGE: Final = 5
CALC_EXCHANGE_STOCKS: Final = 32
CALC_EXCHANGE_FUTURES: Final = 33
CALC_EXCHANGE_OPTIONS: Final = 34
CALC_EXCHANGE_OPTIONS_MARGIN: Final = 36
CALC_EXCHANGE_BONDS: Final = 37
CALC_EXCHANGE_STOCKS_MOEX: Final = 38
CALC_EXCHANGE_BONDS_MOEX: Final = 39
CALC_COLLATERAL: Final = 64
"""SYMBOL_CALC_MODE: by which formulas a symbol's margin and profit are reckoned (`broker.formulas`)."""

TRADE_DISABLED: Final = 0
TRADE_LONG_ONLY: Final = 1
TRADE_SHORT_ONLY: Final = 2
TRADE_CLOSE_ONLY: Final = 3
TRADE_FULL: Final = 4

EXECUTION_REQUEST: Final = 0
EXECUTION_INSTANT: Final = 1
EXECUTION_MARKET: Final = 2
EXECUTION_EXCHANGE: Final = 3

CHART_BID: Final = 0
CHART_LAST: Final = 1
"""SYMBOL_CHART_MODE: of which prices bars are made."""

FILLS_FOK: Final = 1
FILLS_IOC: Final = 2
FILLS_BOC: Final = 4
"""Bits of `filling_flags`; their numbers are not ORDER_FILLING's. RETURN has no bit."""

ORDERS_CLOSE_BY: Final = 64
"""A bit of `order_flags`: one position may close another."""

SWAP_DISABLED: Final = 0
SWAP_POINTS: Final = 1
SWAP_CURRENCY_SYMBOL: Final = 2
SWAP_CURRENCY_MARGIN: Final = 3
SWAP_CURRENCY_DEPOSIT: Final = 4
SWAP_INTEREST_CURRENT: Final = 5
SWAP_INTEREST_OPEN: Final = 6
SWAP_REOPEN_CURRENT: Final = 7
SWAP_REOPEN_BID: Final = 8
"""SYMBOL_SWAP_MODE: what swap_long and swap_short are in (`broker.rollover`)."""

WEDNESDAY: Final = 3
"""DAY_OF_WEEK_WEDNESDAY: the night that is charged three times, for settlement in two days."""


FOREX_WEEK: Final = ((86_400, 6 * 86_400),)
"""Monday 00:00 to Friday 24:00 by the server's clock, in seconds of the week."""

_WIRE_NAMES: Final = {"swap_long": "swap_long_points", "swap_short": "swap_short_points"}
"""As clients of before know them."""


class SymbolSpec(msgspec.Struct, frozen=True, kw_only=True, rename=_WIRE_NAMES):
    """One symbol's trading conditions.

    point: smallest price step, 10^-digits. contract_size: units of the base currency (ounces for
    gold) in one lot. Volumes in lots; volume_limit bounds one direction of an account, 0 = none.
    *_level_points and spread_points in points; spread_points is the usual spread in the London session.
    margin_hedged: the contract size charged for covered volume. sessions: when it trades, (begin, end) in
    seconds of the week by the server's clock, which begins on Sunday 00:00; ascending.

    swap_long, swap_short: a night's swap of one lot, in what swap_mode says: points, money, or percent a
    year. swap_days: how often a night of each weekday is charged, Sunday first; empty: once, three times on
    swap_rollover3days, and never at weekends.

    execution, chart_mode, gtc_mode and swap_mode: MetaTrader's numbers (SYMBOL_TRADE_EXECUTION,
    SYMBOL_CHART_MODE, order_gtc_mode, SYMBOL_SWAP_MODE). filling_flags, expiration_flags,
    order_flags: its bit masks.
    margin_initial, margin_maintenance: money of the margin currency a lot, 0 for by formula; the second is
    charged for what is open. margin_hedged is then such money, too. margin_rates: what margins are
    multiplied by, by ORDER_TYPE (buy, sell, and the six pending ones). maintenance_rates: those of open
    longs and shorts, 0 for margin_rates' one.
    tick_value: profit currency that one lot makes a tick, of futures and indices; 0: by the contract.
    face_value, accrued_interest: of bonds. liquidity_rate: the share of its price that a collateral is worth.
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
    swap_long: float
    swap_short: float
    swap_rollover3days: int = WEDNESDAY
    spread_points: int
    sessions: tuple[tuple[int, int], ...] = FOREX_WEEK
    path: str = ""
    execution: int = EXECUTION_MARKET
    filling_flags: int = FILLS_FOK | FILLS_IOC
    expiration_flags: int = 15
    order_flags: int = 127
    gtc_mode: int = 0
    chart_mode: int = CHART_BID
    margin_initial: float = 0.0
    margin_maintenance: float = 0.0
    margin_rates: tuple[float, ...] = (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    maintenance_rates: tuple[float, float] = (0.0, 0.0)
    hedged_by_larger_leg: bool = False
    swap_mode: int = SWAP_POINTS
    swap_days: tuple[float, ...] = ()
    tick_value: float = 0.0
    face_value: float = 0.0
    accrued_interest: float = 0.0
    liquidity_rate: float = 0.0

    @property
    def stops_at_last(self) -> bool:
        """Whether stop orders and the levels of positions look at the last price, not at bid and ask."""
        return self.chart_mode == CHART_LAST and self.execution == EXECUTION_EXCHANGE


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
        swap_long=swaps[0],
        swap_short=swaps[1],
        spread_points=spread,
        path=f"Forex\\{name}",
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
    swap_long=-42.0,
    swap_short=18.5,
    spread_points=18,
    sessions=tuple((day * 86_400 + 3_600, (day + 1) * 86_400) for day in range(1, 6)),
    path="Metals\\XAUUSD",
)

SYMBOLS: Final[dict[str, SymbolSpec]] = {spec.name: spec for spec in (EURUSD, GBPUSD, USDJPY, XAUUSD)}
"""Every symbol that the demo's market quotes, by name: those that an EA can be deployed on."""
