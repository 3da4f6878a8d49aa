"""The study of docs/concepts/study.md, made again: what is to be found in real hours of eight symbols.

The bars are the developer data set's, which lies beside the repository as ../shared/data; without it this
says so and ends.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from metafleet.brain.model import LabelSpec
from metafleet.brain.model.card import Card, Estimate
from metafleet.brain.training import Study, train
from metafleet.brain.training.bars import read_bars
from metafleet.engine.market.symbolfile import known_symbols

DATA: Final = Path(__file__).resolve().parents[1] / ".." / "shared" / "data" / "bars"
CACHE: Final = Path.home() / ".cache" / "metafleet"
SYMBOLS: Final = ("EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCAD", "USDCHF", "EURJPY", "XAUUSD")

QUESTIONS: Final = (
    ("a day, barriers", LabelSpec(horizon_bars=24)),
    ("a week, barriers", LabelSpec(horizon_bars=120)),
)
"""Written down before either was looked at; the second is deflated for the first."""


def main() -> int:
    if not DATA.exists():
        print(f"There are no real bars: {DATA} is not there. Nothing was studied.")
        return 0
    known = known_symbols()
    bars = read_bars(DATA, {name: known[name] for name in SYMBOLS}, "H1", cache=CACHE / "market")
    print(f"{sum(map(len, bars.values())):,} bars of {', '.join(bars)}")
    for place, (words, label) in enumerate(QUESTIONS):
        began_s = time.monotonic()
        study = Study(
            name=words, bars=bars, specs=known, timeframe="H1", label=label, trials_before=2 * place
        )
        card = train(study, work=CACHE / "training").card
        print(f"\n{words} ({time.monotonic() - began_s:.0f} s): {card.gate.verdict}")
        _tell(card)
    return 0


def _tell(card: Card) -> None:
    for check in card.gate.checks:
        print(f"  {'yes' if check.passed else 'NO '} {check.text}")
    for metric in card.metrics:
        other = "" if metric.baseline is None else _shown(metric.baseline)
        print(f"  {metric.title:<34}{_shown(metric.model):<32}{other}")
    symbols = (f"{one.symbol} {one.trades} {_shown(one.net_mean_bps)}" for one in card.by_symbol)
    families = (f"{one.name} {_shown(one.loss)}" for one in card.group_importance[:5])
    print(f"  by symbol: {'; '.join(symbols)}\n  families: {'; '.join(families)}", flush=True)


def _shown(one: Estimate) -> str:
    if one.value is None:
        return "-"
    return f"{one.value:.3f}" + ("" if one.low is None else f" ({one.low:.3f} to {one.high:.3f})")


if __name__ == "__main__":
    sys.exit(main())
