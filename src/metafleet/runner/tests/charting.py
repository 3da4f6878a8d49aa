"""An EA on M5 that writes down all it sees, as somebody might upload it; and the market that it is shown."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

from metafleet.engine.market.arrays import Array

SOURCE = '''"""Trade crossings of averages, and write down every number."""

from __future__ import annotations

from metafleet.engine.experts import Bar, Deal, Expert, Input
from metafleet.engine.experts.indicators import ATR, EMA, RSI


class Scribe(Expert):
    """Turns its position with each crossing, under a stop and a target."""

    slug, name, version = "scribe", "Scribe", "1.0.0"
    summary = "Writes down what it sees."
    risk_note = "Loses in ranges."
    category = "Trend"
    symbols = ("EURUSD",)
    timeframe = "M5"

    fast: int = Input(5, ge=2, le=100, unit="bars")
    other: str = Input("EURUSD")
    hours: str = Input("H1")
    is_waking: bool = Input(False)

    def on_start(self) -> None:
        """Ask for charts and lines."""
        chart = self.chart
        self.lines = [chart.add(EMA(self.fast)), chart.add(EMA(21)), chart.add(RSI(9)), chart.add(ATR(14))]
        self.crossed = chart.crossing(self.lines[0], self.lines[1])
        self.turned = chart.crossing(self.lines[2], 50)
        self.long = self.chart_of(self.hours, self.other)
        self.lines.append(self.long.add(EMA(8)))
        if self.is_waking:
            self.wake(self.crossed)
        self.log(f"start {self.desk.now_msc()} {len(chart)} {len(self.long)} {self.fast}")

    def on_bar(self, bar: Bar) -> None:
        """Write, and trade."""
        shown = [line[-1].hex() for line in self.lines]
        hour = self.long[-1] if len(self.long) else None
        self.log(f"bar {bar} {hour} {len(self.long)} {' '.join(shown)} {self.turned[-1]} {self.crossed[-1]}")
        side = self.crossed[-1]
        if side:
            for held in self.positions:
                self.close(held)
            reach = 3 * self.lines[3][-1]
            quote = self.quote
            if side > 0:
                why = {"tag": "crossing", "note": f"fast above slow at {bar.close}"}
                self.buy(0.1, quote.bid - 0.4 * reach, quote.bid + 0.6 * reach, **why)
            else:
                self.sell(0.1, sl=quote.ask + 0.4 * reach, tp=quote.ask - 0.6 * reach)

    def on_trade(self, deal: Deal) -> None:
        """Write, and follow what was stopped."""
        self.log(f"deal {deal.entry} {deal.price} {deal.reason} {deal.time_msc} {len(self.positions)}")
        if deal.reason == 4 and not self.positions:
            self.buy(0.2, sl=deal.price - 0.0010)
'''


def write_bars(rates: Array, file: Path) -> Path:
    """Write RATES as a market file."""
    with gzip.open(file, "wt", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(("time", "open", "high", "low", "close", "tick_volume", "spread"))
        rows.writerows(row[:7] for row in rates.tolist())
    return file
