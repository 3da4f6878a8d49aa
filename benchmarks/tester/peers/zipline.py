"""zipline-reloaded: minute bars, signals given, a fill at the open by a slippage model, no metrics; reversal.

None of its calendars breaks at the hours of currencies, and each minute of theirs is lived through: bars are
given the minutes of a calendar that never closes, and get their own times back afterwards. Its store keeps
three digits, so that prices are a hundred times as high and volumes a hundredth. To prepare is to ingest a
bundle, which each run loads.
"""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pandas as pd  # type: ignore[import-untyped]
from zipline import api, run_algorithm
from zipline.data import bundles
from zipline.finance.commission import PerTrade
from zipline.finance.slippage import SlippageModel
from zipline.utils.calendar_utils import get_calendar

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.signals import signals

BEGIN: Final = pd.Timestamp("2020-01-01")
MINUTE: Final = pd.Timedelta(minutes=1)
"""A bar has the time of its end."""
DAY_MINUTES: Final = 1_440
SCALE: Final = 100
UNITS: Final = rules.VOLUME_UNITS // SCALE
CASH: Final = 1e9
SYMBOL: Final = "EURUSD"


class Prepared(NamedTuple):
    bars: Bars
    bundle: str
    root: dict[str, str]
    days: int


class AtOpen(SlippageModel):
    """Fills an order whole, at the open of the bar, and keeps the fills: minute, size, price."""

    def __init__(self) -> None:
        super().__init__()
        self.fills: list[tuple[Any, int, float]] = []

    def process_order(self, data: Any, order: Any) -> tuple[float, int]:
        price = data.current(order.asset, "open")
        self.fills.append((data.current_dt, order.amount, price))
        return price, order.amount


def _prepare(bars: Bars) -> Prepared:
    root = {**os.environ, "ZIPLINE_ROOT": tempfile.mkdtemp(prefix="mf-zipline-", dir=_FOLDER.name)}
    minutes = pd.date_range(BEGIN + MINUTE, periods=len(bars), freq="min")
    names = ("open", "high", "low", "close")
    frame = pd.DataFrame({name: bars[name] * SCALE for name in names}, minutes).assign(volume=1_000_000)
    days = -(-len(bars) // DAY_MINUTES)
    sessions = pd.date_range(BEGIN, periods=days)
    kinds = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    daily = frame.set_index(minutes - MINUTE).resample("D").agg(kinds)

    def ingest(
        _environ: Any, assets: Any, minute_bars: Any, daily_bars: Any, adjustments: Any, *_: Any
    ) -> None:
        asset = {
            "symbol": SYMBOL,
            "asset_name": SYMBOL,
            "start_date": sessions[0],
            "end_date": sessions[-1],
            "exchange": "FX",
        }
        exchanges = pd.DataFrame([{"exchange": "FX", "canonical_name": "FX", "country_code": "US"}])
        assets.write(equities=pd.DataFrame([asset]), exchanges=exchanges)
        minute_bars.write([(0, frame)])
        daily_bars.write([(0, daily)])
        adjustments.write()

    name = f"bars-{len(bars)}"
    bundles.register(
        name,
        ingest,
        calendar_name="24/7",
        start_session=sessions[0],
        end_session=sessions[-1],
        minutes_per_day=DAY_MINUTES,
    )
    with contextlib.redirect_stderr(io.StringIO()):
        bundles.ingest(name, root, show_progress=False)
    return Prepared(bars, name, root, days)


def _run(prepared: Prepared) -> AtOpen:
    crossed = iter(signals(prepared.bars).crossed.tolist())
    at_open = AtOpen()

    def initialize(context: Any) -> None:
        context.asset, context.held = api.symbol(SYMBOL), 0
        api.set_slippage(at_open)
        api.set_commission(PerTrade(0.0))

    def handle_data(context: Any, _data: Any) -> None:
        side = next(crossed, 0)
        if side != 0:
            api.order(context.asset, side * UNITS - context.held)
            context.held = side * UNITS

    sessions = pd.date_range(BEGIN, periods=prepared.days)
    run_algorithm(
        start=sessions[0],
        end=sessions[-1],
        initialize=initialize,
        handle_data=handle_data,
        capital_base=CASH,
        data_frequency="minute",
        bundle=prepared.bundle,
        trading_calendar=get_calendar("24/7"),
        metrics_set="none",
        benchmark_returns=pd.Series(0.0, sessions),
        environ=prepared.root,
    )
    return at_open


def _trades(done: AtOpen, bars: Bars) -> Iterable[Trade]:
    fills = done.fills
    for (entered, size, entry), (left, _, price) in pairwise(fills):
        places = _place(entered), _place(left)
        yield contest.closed_trade(bars, places, 1 if size > 0 else -1, (entry / SCALE, price / SCALE))


def _place(minute: Any) -> int:
    return int((minute.tz_localize(None) - BEGIN - MINUTE) / MINUTE)


_FOLDER: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="mf-zipline-")

if __name__ == "__main__":
    with _FOLDER:
        contest.enter("zipline-reloaded", {"reversal": Entry(_prepare, _run, _trades)})
