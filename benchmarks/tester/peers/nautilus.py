"""nautilus_trader: bars, a hedging account, no log, no risk engine, no analysis.

What is sent in `on_bar` is filled at once, at the bar's close, which is what its book has then; the next bar
is executed as open, extremes, close, the nearer extreme first (`bar_adaptive_high_low_ordering`). Bars carry
the time of their open, so that trades have the bars' times.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import pandas as pd  # type: ignore[import-untyped]
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, RiskEngineConfig
from nautilus_trader.model.currencies import EUR, USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import CurrencyPair
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.persistence.wranglers import BarDataWrangler
from nautilus_trader.trading.strategy import Strategy

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.signals import Signals, signals

VENUE: Final = Venue("SIM")
INSTRUMENT: Final = CurrencyPair(
    instrument_id=InstrumentId(Symbol("EUR/USD"), VENUE),
    raw_symbol=Symbol("EUR/USD"),
    base_currency=EUR,
    quote_currency=USD,
    price_precision=5,
    size_precision=0,
    price_increment=Price.from_str("0.00001"),
    size_increment=Quantity.from_int(1),
    ts_event=0,
    ts_init=0,
    margin_init=Decimal("0.01"),
    margin_maint=Decimal("0.01"),
)
"""Without fees."""
BAR_TYPE: Final = BarType.from_str(f"{INSTRUMENT.id}-1-MINUTE-LAST-EXTERNAL")
CASH: Final = 1_000_000


class Signalled(Strategy):
    """Is given the signals of all bars, and counts bars."""

    def __init__(self, given: Signals) -> None:
        super().__init__()
        self.crossed = given.crossed.tolist()
        self.levels = given.stop, given.target
        self.place = -1
        self.quantity = INSTRUMENT.make_qty(rules.VOLUME_UNITS)

    def on_start(self) -> None:
        self.subscribe_bars(BAR_TYPE)


class Reversal(Signalled):
    def on_bar(self, _bar: Bar) -> None:
        self.place += 1
        crossed = self.crossed[self.place]
        if crossed == 0:
            return
        for position in self.cache.positions_open():
            self.close_position(position)
        side = OrderSide.BUY if crossed > 0 else OrderSide.SELL
        self.submit_order(self.order_factory.market(INSTRUMENT.id, side, self.quantity))


class Stops(Signalled):
    def on_bar(self, _bar: Bar) -> None:
        self.place += 1
        crossed = self.crossed[self.place]
        if crossed == 0 or self.cache.positions_open_count() > 0:
            return
        stop, target = (Price(levels[self.place], 5) for levels in self.levels)
        bracket = self.order_factory.bracket(
            INSTRUMENT.id,
            OrderSide.BUY if crossed > 0 else OrderSide.SELL,
            self.quantity,
            sl_trigger_price=stop,
            tp_price=target,
            tp_post_only=False,
        )
        self.submit_order_list(bracket)


def _prepare(bars: Bars) -> tuple[list[Bar], Bars]:
    index = pd.to_datetime(bars["time"], unit="s", utc=True)
    names = ("open", "high", "low", "close")
    frame = pd.DataFrame({name: bars[name] for name in names}, index)
    return BarDataWrangler(BAR_TYPE, INSTRUMENT).process(frame), bars


def _run(prepared: tuple[list[Bar], Bars], strategy: type[Signalled]) -> Any:
    data, bars = prepared
    config = BacktestEngineConfig(
        logging=LoggingConfig(bypass_logging=True),
        risk_engine=RiskEngineConfig(bypass=True),
        run_analysis=False,
    )
    engine = BacktestEngine(config)
    engine.add_venue(
        VENUE,
        OmsType.HEDGING,
        AccountType.MARGIN,
        [Money(CASH, USD)],
        base_currency=USD,
        default_leverage=Decimal(100),
        bar_adaptive_high_low_ordering=True,
    )
    engine.add_instrument(INSTRUMENT)
    engine.add_data(data, validate=False, sort=False)
    engine.add_strategy(strategy(signals(bars)))
    engine.run()
    return engine


def _trades(done: Any, _bars: Bars) -> Iterable[Trade]:
    for position in done.cache.positions_closed():
        side = 1 if position.entry == OrderSide.BUY else -1
        yield Trade(
            position.ts_opened // 1_000_000_000,
            position.ts_closed // 1_000_000_000,
            side,
            position.avg_px_open,
            position.avg_px_close,
            position.realized_pnl.as_double(),
        )


def _entry(strategy: type[Signalled]) -> Entry:
    return Entry(_prepare, lambda prepared: _run(prepared, strategy), _trades)


if __name__ == "__main__":
    contest.enter("nautilus_trader", {"reversal": _entry(Reversal), "stops": _entry(Stops)})
