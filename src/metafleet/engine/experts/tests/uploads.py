"""Sources of EAs as somebody might upload them."""

from __future__ import annotations

BREAKOUT = '''"""Trade the break of a range."""

from __future__ import annotations

from metafleet.engine.experts import Bar, Expert, Input


class Breakout(Expert):
    """One position at a time, with the break."""

    slug, name, version = "breakout", "Breakout", "1.0.0"
    summary = "Buys the break of the highest high."
    risk_note = "Loses in ranges."
    category = "Trend"
    symbols = ("EURUSD", "GBPUSD")

    lookback: int = Input(30, ge=5, le=300, unit="bars")
    volume: float = Input(0.1, gt=0.0, le=1.0, unit="lots")
    side: str = Input("both", choices=("both", "long"))

    def on_bar(self, bar: Bar) -> None:
        """Enter on a close beyond the range."""
        past = self.bars(self.lookback + 2)[:-2]
        if past and bar.close > max(p.high for p in past) and not self.positions:
            self.buy(self.volume, sl=bar.close - 0.0010, tp=bar.close + 0.0020)
            self.log("entered")
'''
"""A good one. It trades on the shipped sample market."""


def breakout(*, version: str = "1.0.0", slug: str = "breakout", body: str = "", head: str = "") -> bytes:
    """Return the good EA with another number, more at its head, or another `on_bar`."""
    text = BREAKOUT.replace('"1.0.0"', f'"{version}"').replace('"breakout"', f'"{slug}"')
    if body:
        start = text.index("        past = ")
        text = text[:start] + "".join(f"        {line}\n" for line in body.splitlines())
    if head:
        text = text.replace("\n\nclass ", f"\n{head}\n\n\nclass ", 1)
    return text.encode()
