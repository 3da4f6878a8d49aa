"""What a call of the MetaTrader5 module takes, on a paper terminal in this process.

A private market of four symbols, and one account, with nothing else open or with ten positions. The clock
stands still while one function is called again and again, as it does for a program between two ticks; then
each call is made at new prices, which is the worst that can happen. Beside each median stands what a bare
Python call takes in the same run, and the ratio. Requests alternate: a position is opened, and closed by the
next one. Counted is the thread's processor time: what else the machine does is not the module's.

`python -m benchmarks.mt5 [rounds]`
"""

from __future__ import annotations

import datetime as dt
import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, Final

from metafleet.engine import mt5
from metafleet.engine.mt5.configuration import Configuration, MarketTerms
from metafleet.engine.mt5.local import Paper
from metafleet.engine.mt5.terminal import Terminal

ROUNDS: Final = 400
CALLS: Final = 25
"""Calls that are timed together, so that the clock's own time does not count."""

BEGIN: Final = dt.datetime(2024, 3, 5, 10, tzinfo=dt.UTC)
STEP_MSC: Final = 5_000
"""More than two ticks of a symbol are apart."""


Measured = tuple[tuple[str, float | None, Callable[[], object]], ...]
"""What is called, by name, and how many microseconds it may take."""


class Moved:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.at_msc = int(BEGIN.timestamp() * 1000)

    def now_msc(self) -> int:
        return self.at_msc


def main(rounds: int) -> None:
    clock = Moved()
    symbols = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")
    paper = Paper(Configuration(market=MarketTerms(begin=BEGIN, symbols=symbols)), clock)
    terminal = Terminal(paper.open)
    assert terminal.initialize()
    for symbol in symbols:
        assert terminal.symbol_info_tick(symbol) is not None
        assert terminal.copy_rates_from_pos(symbol, mt5.TIMEFRAME_M1, 0, 1_000) is not None
    tick = terminal.symbol_info_tick("EURUSD")
    request: dict[str, Any] = {
        "action": mt5.TRADE_ACTION_DEAL,
        "symbol": "EURUSD",
        "volume": 0.01,
        "type": mt5.ORDER_TYPE_BUY,
        "price": tick.ask if tick else 0.0,
        "deviation": 20,
        "magic": 7,
        "comment": "benchmark",
        "type_filling": mt5.ORDER_FILLING_FOK,
    }
    bare_us = _median_us(_nothing, rounds, 40 * CALLS)
    print(
        f"the MetaTrader5 module in process, medians of {rounds * CALLS} calls, a bare call {bare_us:.3f} us"
    )
    alone: Measured = (("order_send", 25, _trading(terminal, request)),)
    _measure(alone, clock, terminal, bare_us, rounds)
    terminal.Close("EURUSD")
    for _ in range(10):
        assert terminal.order_send(request)
    measured: Measured = (
        ("symbol_info_tick", 3, lambda: terminal.symbol_info_tick("EURUSD")),
        ("copy_rates_from_pos 1000", 20, lambda: terminal.copy_rates_from_pos("EURUSD", 1, 0, 1_000)),
        ("positions_get, 10 open", 15, terminal.positions_get),
        ("positions_get by symbol", 15, lambda: terminal.positions_get(symbol="EURUSD")),
        ("order_send, 10 open", None, _trading(terminal, request)),
        ("order_check", None, lambda: terminal.order_check(request)),
        ("account_info", None, terminal.account_info),
        ("symbol_info", None, lambda: terminal.symbol_info("EURUSD")),
        ("order_calc_margin", None, lambda: terminal.order_calc_margin(0, "EURUSD", 1.0, 1.1)),
    )
    _measure(measured, clock, terminal, bare_us, rounds)


def _measure(measured: Measured, clock: Moved, terminal: Terminal, bare_us: float, rounds: int) -> None:
    for name, aim, call in measured:
        held_us = _median_us(call, rounds)
        moved_us = _moving_us(call, clock, terminal, rounds)
        wanted = f"(aim {aim:.0f})" if aim else ""
        print(f"  {name:<26} {held_us:8.2f} us {wanted:<9} {held_us / bare_us:7.0f} bare calls", end="")
        print(f"   at a new tick {moved_us:8.2f} us")


def _trading(terminal: Terminal, request: dict[str, Any]) -> Callable[[], object]:
    """Return what opens a position and closes it at the next call."""
    opened: list[int] = []

    def trade() -> object:
        if opened:
            return terminal.order_send(request | {"type": mt5.ORDER_TYPE_SELL, "position": opened.pop()})
        result = terminal.order_send(request)
        assert result is not None
        assert result.retcode == mt5.TRADE_RETCODE_DONE, result
        opened.append(result.order)
        return result

    return trade


def _nothing() -> None:
    pass


def _median_us(call: Callable[[], object], rounds: int, calls: int = CALLS) -> float:
    taken = []
    gc.collect()
    for _ in range(rounds):
        began = time.thread_time_ns()
        for _ in range(calls):
            call()
        taken.append((time.thread_time_ns() - began) / calls / 1000)
    return statistics.median(taken)


def _moving_us(call: Callable[[], object], clock: Moved, terminal: Terminal, rounds: int) -> float:
    """Return the median of single calls, each the first at new prices; the market has moved on before."""
    taken = []
    for _ in range(rounds):
        clock.at_msc += STEP_MSC
        terminal.symbol_info_tick("GBPUSD")
        began = time.thread_time_ns()
        call()
        taken.append((time.thread_time_ns() - began) / 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
