"""Results of tests to report on: one that an EA traded on the real ledger, and others of deals by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import AccountInfo, Deal
from metafleet.engine.experts.offline import OfflineRun
from metafleet.engine.experts.trend_following import TrendFollowing
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.records import Tick
from metafleet.engine.market.sources import open_source
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import bar_quotes
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.engine.tester.contract import Curve, Test, TestResult

MONDAY_S = 1_709_510_400  # 2024-03-04
HOUR_S = 3_600
WARM_UP = 1_500


@lru_cache
def traded(bars: int = 7_000) -> TestResult:
    """Trend Following on EURUSD M15 of the sample, on the broker's own ledger, equity seen at every tick."""
    minutes = list(islice(open_source("sample", 0).bars["EURUSD"].bars(), bars))
    quotes = Quotes(SYMBOLS.values())
    account = NewAccount(login=1, name="Alice", deposit=Decimal(10_000))
    ledger = open_ledger(account, quotes, Tickets(), minutes[WARM_UP].time_s * 1000)
    run = OfflineRun(TrendFollowing, ledger, "EURUSD", 7, {"bar_minutes": 15}, minutes[:WARM_UP])
    seen: dict[int, list[float]] = {}
    for bar in minutes[WARM_UP:]:
        for time_msc, bid, ask in bar_quotes(SYMBOLS["EURUSD"], bar, 60, 4, 0):
            tick = Tick("EURUSD", time_msc, bid, ask)
            ledger.on_tick(tick)
            run.take(tick)
            info = ledger.account()
            equity = float(info.equity)
            low = min(equity, seen.get(bar.time_s // 900 * 900, [0, 0, equity])[2])
            seen[bar.time_s // 900 * 900] = [float(info.balance), equity, low, float(info.margin)]
    run.finish(close_positions=True)
    columns = np.array(list(seen.values())).T
    columns[:2, -1] = float(ledger.account().equity)
    rates = np.array(
        [
            (one.time_s, one.open, one.high, one.low, one.close, one.tick_volume, one.spread, 0)
            for one in minutes[WARM_UP:]
        ],
        RATES,
    )
    names = ("balance", "equity", "low", "margin")
    return TestResult(
        test=Test(symbol="EURUSD", timeframe="M15", inputs={"bar_minutes": 15}),
        expert="Trend Following",
        version="1.0.0",
        inputs={"fast_period": 10, "slow_period": 30, "bar_minutes": 15, "direction": "both"},
        timeframe="M15",
        digits=5,
        account=ledger.account(),
        deals=list(ledger.deals),
        orders=[],
        positions=ledger.positions(),
        curve=Curve(times=np.array(list(seen), np.int64), **dict(zip(names, columns, strict=True))),
        bars=aggregated(rates, BY_NAME["M15"]),
        ticks=4 * (len(minutes) - WARM_UP),
        elapsed_s=1.25,
        log=run.desk.lines,
    )


def deal(ticket: int, hour: float, side: int, entry: int, price: float, **others: Any) -> Deal:
    """A deal of position 1 so many hours after Monday 00:00, of 0.1 lots of EURUSD."""
    money = {name: Decimal(str(others.pop(name, 0))) for name in ("profit", "commission", "swap", "fee")}
    said: dict[str, Any] = {
        "order": ticket,
        "position_id": 1,
        "symbol": "EURUSD",
        "volume": 0.1,
        "reason": 3,
        "comment": "",
    }
    return Deal(
        ticket=ticket,
        type=side,
        entry=entry,
        price=price,
        time_msc=int((MONDAY_S + hour * HOUR_S) * 1000),
        magic=7,
        **(said | money | others),
    )


DEPOSIT = deal(1, 0, 2, 0, 0.0, profit=1_000, symbol="", volume=0.0, position_id=0)


def hours_of(*prices: tuple[float, float, float, float], spread: int = 10) -> Array:
    """One bar an hour from Monday on: open, high, low, close."""
    return np.array(
        [(MONDAY_S + HOUR_S * at, *bar, 100, spread, 0) for at, bar in enumerate(prices)],
        RATES,
    )


def by_hand(
    *deals: Deal,
    equity: Sequence[float] = (1_000.0,),
    low: Sequence[float] | None = None,
    margin: Sequence[float] | None = None,
    bars: Array | None = None,
    step_s: int = HOUR_S,
    **test: Any,
) -> TestResult:
    """A test on H1 whose account began with 1,000; one value of each curve for every bar."""
    count = len(equity)
    lows = np.array(equity if low is None else low, np.float64)
    balance = Decimal(1_000) + sum((one.net for one in deals), Decimal(0))
    return TestResult(
        test=Test(symbol="EURUSD", timeframe="H1", **test),
        expert="by-hand",
        version="1",
        inputs={},
        timeframe="H1",
        digits=5,
        account=_account(balance, Decimal(str(equity[-1] if count else 1_000))),
        deals=[DEPOSIT, *deals],
        orders=[],
        positions=[],
        curve=Curve(
            times=MONDAY_S + step_s * np.arange(count, dtype=np.int64),
            balance=np.full(count, float(balance)),
            equity=np.array(equity, np.float64),
            low=lows,
            margin=np.array(margin or [0.0] * count, np.float64),
        ),
        bars=hours_of() if bars is None else bars,
        ticks=4 * count,
        elapsed_s=0.5,
        log=[],
    )


def _account(balance: Decimal, equity: Decimal) -> AccountInfo:
    return AccountInfo(
        login=1,
        name="Alice",
        server="metafleet-Paper",
        currency="USD",
        leverage=100,
        margin_mode="hedging",
        balance=balance,
        credit=Decimal(0),
        equity=equity,
        margin=Decimal(0),
        margin_free=equity,
        margin_level=None,
        profit=Decimal(0),
        trade_allowed=True,
    )
