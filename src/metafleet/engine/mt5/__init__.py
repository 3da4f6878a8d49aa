"""The MetaTrader5 package's functions over the paper broker, for programs written for the original.

    import metafleet.engine.mt5 as mt5

has every name that `import MetaTrader5 as mt5` has. Its functions are those of one `Terminal` of the process.
"""

from __future__ import annotations

from typing import Final

from metafleet.engine.mt5 import constants, structs
from metafleet.engine.mt5.constants import *  # noqa: F403 -- all 223, which have no other public name beside
from metafleet.engine.mt5.structs import *  # noqa: F403 -- the 11 types
from metafleet.engine.mt5.terminal import Terminal

__version__: Final = "5.0.6231"
"""The original's, which this is written after."""

__author__: Final = "MetaQuotes Ltd."

DEFAULT: Final = Terminal()
"""The terminal of this process whose methods the functions below are."""

__all__ = list(structs.__all__)
__all__ += [name for name in vars(constants) if not name.startswith("_")]
__all__ += ["account_info", "initialize", "last_error", "login", "shutdown", "terminal_info", "version"]
__all__ += ["symbol_info", "symbol_info_tick", "symbol_select", "symbols_get", "symbols_total"]
__all__ += ["market_book_add", "market_book_get", "market_book_release"]
__all__ += [
    "copy_rates_from",
    "copy_rates_from_pos",
    "copy_rates_range",
    "copy_ticks_from",
    "copy_ticks_range",
]
__all__ += ["orders_get", "orders_total", "positions_get", "positions_total"]
__all__ += ["history_deals_get", "history_deals_total", "history_orders_get", "history_orders_total"]
__all__ += ["Buy", "Close", "Sell", "order_calc_margin", "order_calc_profit", "order_check", "order_send"]

initialize = DEFAULT.initialize
login = DEFAULT.login
shutdown = DEFAULT.shutdown
version = DEFAULT.version
last_error = DEFAULT.last_error
terminal_info = DEFAULT.terminal_info
account_info = DEFAULT.account_info
symbols_total = DEFAULT.symbols_total
symbols_get = DEFAULT.symbols_get
symbol_info = DEFAULT.symbol_info
symbol_info_tick = DEFAULT.symbol_info_tick
symbol_select = DEFAULT.symbol_select
market_book_add = DEFAULT.market_book_add
market_book_get = DEFAULT.market_book_get
market_book_release = DEFAULT.market_book_release
copy_rates_from = DEFAULT.copy_rates_from
copy_rates_from_pos = DEFAULT.copy_rates_from_pos
copy_rates_range = DEFAULT.copy_rates_range
copy_ticks_from = DEFAULT.copy_ticks_from
copy_ticks_range = DEFAULT.copy_ticks_range
orders_total = DEFAULT.orders_total
orders_get = DEFAULT.orders_get
positions_total = DEFAULT.positions_total
positions_get = DEFAULT.positions_get
history_orders_total = DEFAULT.history_orders_total
history_orders_get = DEFAULT.history_orders_get
history_deals_total = DEFAULT.history_deals_total
history_deals_get = DEFAULT.history_deals_get
order_calc_margin = DEFAULT.order_calc_margin
order_calc_profit = DEFAULT.order_calc_profit
order_check = DEFAULT.order_check
order_send = DEFAULT.order_send
Buy = DEFAULT.Buy
Sell = DEFAULT.Sell
Close = DEFAULT.Close
_RawOrder = DEFAULT._RawOrder
