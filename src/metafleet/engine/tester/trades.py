"""The trades of a test: what each went through while it was open, and what it made of what it risked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from metafleet.engine.experts.reasons import Reason
from metafleet.engine.market.arrays import Array, count_before
from metafleet.engine.statements.folding import Closing, TradeRow, closings, fold
from metafleet.engine.statements.report import TradeLine, deal_of, entered, line_of
from metafleet.engine.tester.contract import TestResult

_TELLING_MONEY: Final = 1.0
"""A profit of a cent or two is rounded too much to say what a step of the price is worth."""

_FRESH: Final = 0.05
"""An entry within the first twentieth of a bar has the whole bar before it."""

_TAG_LENGTH: Final = 500
"""Characters of the EA's note of why."""


class TestTrade(TradeLine, frozen=True, rename="camel", kw_only=True):
    """A trade of a test. Money in the account's currency; None: cannot be said.

    mae, mfe: the most that it was behind (0 or less) and ahead (0 or more), before costs, by the prices of
    entry and exit and the extremes of the bars wholly between them: it may have been a little more.
    r: what it made by its price / the distance of its first stop from the entry. tag: the EA's note of why.
    """

    __test__ = False

    mae: float | None
    mfe: float | None
    r: float | None
    tag: str


@dataclass(frozen=True, slots=True)
class Trades:
    """Of a test, by entry: as the journal keeps them, and as the report shows them; the same places.

    closed: as MetaTrader counts them, a closing deal each, oldest first.
    """

    rows: Sequence[TradeRow]
    lines: Sequence[TestTrade]
    closed: Sequence[Closing]


def trades_of(result: TestResult) -> Trades:
    """Return the trades of a test, those that are still open too, by entry."""
    deals = [deal_of(deal) for deal in result.deals]
    rows = sorted(fold(deals), key=entered)
    prices = _Prices(result)
    usual = _usual_worth(rows)
    lines = []
    for row in rows:
        line = line_of(row)
        behind, ahead = prices.excursions(line) if line.symbol == result.test.symbol else (None, None)
        worth = _worth(row) or usual
        rate = None if worth is None else worth * float(row.volume)
        lines.append(
            TestTrade(
                **{name: getattr(line, name) for name in TradeLine.__struct_fields__},
                mae=_money(behind, rate),
                mfe=_money(ahead, rate),
                r=_multiple(row),
                tag=_text(result.reasons.get(row.position_id)),
            )
        )
    return Trades(rows, lines, closings(deals))


class _Prices:
    """The bars of the tested symbol, to look up how far a price went."""

    def __init__(self, result: TestResult) -> None:
        bars: Array = result.bars
        spread = np.asarray(bars["spread"], np.float64)
        if result.test.spread_points is not None:
            spread = np.full(len(bars), float(result.test.spread_points))
        # Columns of their own: a search in a column of a structured array copies all of it each time.
        self._times, self._high, self._low = (
            np.ascontiguousarray(bars[name]) for name in ("time", "high", "low")
        )
        self._ask = spread / 10.0**result.digits
        steps = np.diff(self._times)
        self._period_s = int(steps.min()) if len(steps) else 60

    def excursions(self, line: TradeLine) -> tuple[float | None, float | None]:
        """Return how far the price went against (0 or less) and for the trade (0 or more), from its entry.

        Bars are of the bid; a sell closes at the ask.
        """
        if line.entry_price is None or line.entered_msc is None:
            return None, None
        # Whole numbers: for a fraction all times would be converted.
        first = count_before(self._times, math.ceil(line.entered_msc / 1000 - _FRESH * self._period_s))
        until = len(self._times)
        if line.exited_msc is not None:
            until = count_before(self._times, line.exited_msc // 1000 - self._period_s + 1)
        seen = [line.entry_price] + ([] if line.exit_price is None else [line.exit_price])
        if until > first:
            ask = self._ask[first:until] if line.side == "sell" else 0.0
            seen += [
                float(np.max(self._high[first:until] + ask)),
                float(np.min(self._low[first:until] + ask)),
            ]
        up, down = max(seen) - line.entry_price, min(seen) - line.entry_price
        return (down, up) if line.side == "buy" else (-up, -down)


def _worth(row: TradeRow) -> float | None:
    """The account currency that a lot makes when the price rises by one, as the trade itself shows it."""
    if row.state != "closed" or row.entry_price is None or row.exit_price is None:
        return None
    moved = float((row.exit_price - row.entry_price) * row.volume)
    return abs(float(row.profit) / moved) if moved and abs(row.profit) >= _TELLING_MONEY else None


def _usual_worth(rows: Sequence[TradeRow]) -> float | None:
    found = [worth for row in rows if (worth := _worth(row)) is not None]
    return float(np.median(found)) if found else None


def _money(distance: float | None, rate: float | None) -> float | None:
    # Adding nothing makes a negative zero a plain one.
    return None if distance is None or rate is None else round(distance * rate, 2) + 0.0


def _multiple(row: TradeRow) -> float | None:
    """Return the multiple of R; None where no stop was set that loses. Source: Tharp, R multiples."""
    if row.state != "closed" or row.initial_stop is None or row.entry_price is None or row.exit_price is None:
        return None
    sign = 1 if row.side == "buy" else -1
    risked = sign * (row.entry_price - row.initial_stop)
    return float(sign * (row.exit_price - row.entry_price) / risked) if risked > 0 else None


def _text(reason: object) -> str:
    if reason is None:
        return ""
    if isinstance(reason, Reason):
        return ": ".join(filter(None, (reason.tag, reason.note)))
    said = reason if isinstance(reason, str) else msgspec.json.encode(reason, enc_hook=str).decode()
    return said[:_TAG_LENGTH]
