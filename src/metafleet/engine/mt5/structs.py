"""The results of the MetaTrader5 package: struct sequences, field by field and in the package's order.

A struct sequence (as `os.stat_result`) is a tuple whose items have names. CPython makes them in C only, so
these are tuples with the same descriptors that a named tuple has, and with a struct sequence's manners:
no `_fields` and no `_replace`, a constructor that takes one sequence, and no subclasses.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar, Self

__all__ = [
    "AccountInfo",
    "BookInfo",
    "OrderCheckResult",
    "OrderSendResult",
    "SymbolInfo",
    "TerminalInfo",
    "Tick",
    "TradeDeal",
    "TradeOrder",
    "TradePosition",
    "TradeRequest",
]


class StructSequence(tuple[Any, ...]):
    """A tuple whose items have the names that its class annotates, in that order."""

    __slots__ = ()
    n_fields: ClassVar[int]
    n_sequence_fields: ClassVar[int]
    n_unnamed_fields: ClassVar[int]
    __match_args__: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        base = cls.__bases__[0]
        if base is not StructSequence:
            raise TypeError(f"type '{base.__name__}' is not an acceptable base type")
        names = tuple(cls.__annotations__)
        # A named tuple's descriptors read an item in C.
        row: Any = namedtuple(cls.__name__, names)  # type: ignore[misc]
        for name in names:
            setattr(cls, name, vars(row)[name])
        cls.n_fields = cls.n_sequence_fields = len(names)
        cls.n_unnamed_fields = 0
        cls.__match_args__ = names  # type: ignore[misc]

    def __new__(cls, sequence: Iterable[Any], dict: dict[str, Any] | None = None) -> Self:  # noqa: A002
        """Take exactly as many values as there are fields. dict: taken and not used, as in C."""
        try:
            values = tuple(sequence)
        except TypeError:
            raise TypeError("constructor requires a sequence") from None
        if dict is not None and not isinstance(dict, _DICT):
            raise TypeError(f"{cls.__name__}() takes a dict as second arg, if any")
        if len(values) != cls.n_fields:
            raise TypeError(
                f"{cls.__name__}() takes a {cls.n_fields}-sequence ({len(values)}-sequence given)"
            )
        return tuple.__new__(cls, values)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self.__match_args__, self, strict=True))
        return f"{type(self).__name__}({fields})"

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by name; a struct within stays one."""
        return dict(zip(self.__match_args__, self, strict=True))


_DICT = dict


class AccountInfo(StructSequence):
    """The account at this moment. Money in its currency; margin_level: percent, 0 without margin."""

    __slots__ = ()

    login: int
    trade_mode: int
    leverage: int
    limit_orders: int
    margin_so_mode: int
    trade_allowed: bool
    trade_expert: bool
    margin_mode: int
    currency_digits: int
    fifo_close: bool
    balance: float
    credit: float
    profit: float
    equity: float
    margin: float
    margin_free: float
    margin_level: float
    margin_so_call: float
    margin_so_so: float
    margin_initial: float
    margin_maintenance: float
    assets: float
    liabilities: float
    commission_blocked: float
    name: str
    server: str
    currency: str
    company: str


class TerminalInfo(StructSequence):
    """The terminal. ping_last: microseconds. trade_allowed: its AutoTrading button."""

    __slots__ = ()

    community_account: bool
    community_connection: bool
    connected: bool
    dlls_allowed: bool
    trade_allowed: bool
    tradeapi_disabled: bool
    email_enabled: bool
    ftp_enabled: bool
    notifications_enabled: bool
    mqid: bool
    build: int
    maxbars: int
    codepage: int
    ping_last: int
    community_balance: float
    retransmission: float
    company: str
    name: str
    language: str
    path: str
    data_path: str
    commondata_path: str


class SymbolInfo(StructSequence):
    """A symbol's terms, its last tick and its day so far."""

    __slots__ = ()

    custom: bool
    chart_mode: int
    select: bool
    visible: bool
    session_deals: int
    session_buy_orders: int
    session_sell_orders: int
    volume: int
    volumehigh: int
    volumelow: int
    time: int
    digits: int
    spread: int
    spread_float: bool
    ticks_bookdepth: int
    trade_calc_mode: int
    trade_mode: int
    start_time: int
    expiration_time: int
    trade_stops_level: int
    trade_freeze_level: int
    trade_exemode: int
    swap_mode: int
    swap_rollover3days: int
    margin_hedged_use_leg: bool
    expiration_mode: int
    filling_mode: int
    order_mode: int
    order_gtc_mode: int
    option_mode: int
    option_right: int
    bid: float
    bidhigh: float
    bidlow: float
    ask: float
    askhigh: float
    asklow: float
    last: float
    lasthigh: float
    lastlow: float
    volume_real: float
    volumehigh_real: float
    volumelow_real: float
    option_strike: float
    point: float
    trade_tick_value: float
    trade_tick_value_profit: float
    trade_tick_value_loss: float
    trade_tick_size: float
    trade_contract_size: float
    trade_accrued_interest: float
    trade_face_value: float
    trade_liquidity_rate: float
    volume_min: float
    volume_max: float
    volume_step: float
    volume_limit: float
    swap_long: float
    swap_short: float
    margin_initial: float
    margin_maintenance: float
    session_volume: float
    session_turnover: float
    session_interest: float
    session_buy_orders_volume: float
    session_sell_orders_volume: float
    session_open: float
    session_close: float
    session_aw: float
    session_price_settlement: float
    session_price_limit_min: float
    session_price_limit_max: float
    margin_hedged: float
    price_change: float
    price_volatility: float
    price_theoretical: float
    price_greeks_delta: float
    price_greeks_theta: float
    price_greeks_gamma: float
    price_greeks_vega: float
    price_greeks_rho: float
    price_greeks_omega: float
    price_sensitivity: float
    basis: str
    category: str
    currency_base: str
    currency_profit: str
    currency_margin: str
    bank: str
    description: str
    exchange: str
    formula: str
    isin: str
    name: str
    page: str
    path: str


class Tick(StructSequence):
    """A symbol's last quote. time: Unix seconds of the server's clock."""

    __slots__ = ()

    time: int
    bid: float
    ask: float
    last: float
    volume: int
    time_msc: int
    flags: int
    volume_real: float


class TradeOrder(StructSequence):
    """An order. Times: seconds of the server's clock; volumes: lots."""

    __slots__ = ()

    ticket: int
    time_setup: int
    time_setup_msc: int
    time_done: int
    time_done_msc: int
    time_expiration: int
    type: int
    type_time: int
    type_filling: int
    state: int
    magic: int
    position_id: int
    position_by_id: int
    reason: int
    volume_initial: float
    volume_current: float
    price_open: float
    sl: float
    tp: float
    price_current: float
    price_stoplimit: float
    symbol: str
    comment: str
    external_id: str


class TradePosition(StructSequence):
    """An open position. profit, swap: money of the account's currency."""

    __slots__ = ()

    ticket: int
    time: int
    time_msc: int
    time_update: int
    time_update_msc: int
    type: int
    magic: int
    identifier: int
    reason: int
    volume: float
    price_open: float
    sl: float
    tp: float
    price_current: float
    swap: float
    profit: float
    symbol: str
    comment: str
    external_id: str


class TradeDeal(StructSequence):
    """An execution, or an operation on the balance, whose amount is its profit."""

    __slots__ = ()

    ticket: int
    order: int
    time: int
    time_msc: int
    type: int
    entry: int
    magic: int
    position_id: int
    reason: int
    volume: float
    price: float
    commission: float
    swap: float
    profit: float
    fee: float
    symbol: str
    comment: str
    external_id: str


class TradeRequest(StructSequence):
    """What was asked for, as it was understood."""

    __slots__ = ()

    action: int
    magic: int
    order: int
    symbol: str
    volume: float
    price: float
    stoplimit: float
    sl: float
    tp: float
    deviation: int
    type: int
    type_filling: int
    type_time: int
    expiration: int
    comment: str
    position: int
    position_by: int


class OrderSendResult(StructSequence):
    """What became of a request: retcode is a TRADE_RETCODE."""

    __slots__ = ()

    retcode: int
    deal: int
    order: int
    volume: float
    price: float
    bid: float
    ask: float
    comment: str
    request_id: int
    retcode_external: int
    request: TradeRequest


class OrderCheckResult(StructSequence):
    """What a request would lead to: retcode 0 when it would be executed."""

    __slots__ = ()

    retcode: int
    balance: float
    equity: float
    profit: float
    margin: float
    margin_free: float
    margin_level: float
    comment: str
    request: TradeRequest


class BookInfo(StructSequence):
    """A level of the depth of market. type: a BOOK_TYPE."""

    __slots__ = ()

    type: int
    price: float
    volume: int
    volume_dbl: float


# What makes each of them out of a tuple that is known to have every field: nothing but C is run.
account_info = partial(tuple.__new__, AccountInfo)
terminal_info = partial(tuple.__new__, TerminalInfo)
symbol_info = partial(tuple.__new__, SymbolInfo)
tick = partial(tuple.__new__, Tick)
trade_order = partial(tuple.__new__, TradeOrder)
trade_position = partial(tuple.__new__, TradePosition)
trade_deal = partial(tuple.__new__, TradeDeal)
trade_request = partial(tuple.__new__, TradeRequest)
order_send_result = partial(tuple.__new__, OrderSendResult)
order_check_result = partial(tuple.__new__, OrderCheckResult)
book_info = partial(tuple.__new__, BookInfo)
