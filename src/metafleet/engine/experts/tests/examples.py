"""A first EA: ten lines."""

from __future__ import annotations

from metafleet.engine.experts import Bar, Expert, Input


class FirstEa(Expert):
    """Buys a new high."""

    slug, name, symbols = "first", "First", ("EURUSD",)
    lookback: int = Input(30, ge=5, le=300, unit="bars")

    def on_bar(self, bar: Bar) -> None:
        top = max(past.high for past in self.bars(self.lookback + 1)[:-1])
        if bar.close >= top and not self.positions:
            self.buy(0.1, sl=bar.close - 0.0010, tp=bar.close + 0.0020)
