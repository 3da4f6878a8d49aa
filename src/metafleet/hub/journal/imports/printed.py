"""The figures that a report prints below its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from metafleet.hub.journal.imports.tables import Row
from metafleet.hub.journal.imports.values import BadCell, Conventions, is_number

Pair = tuple[str, str]

_BOTH: Final = re.compile(r"(\S[^()]*?)\s*\(\s*([^()]*?)\s*\)")
_ENDS: Final = (":", "：")
RESULTS: Final = (
    ("net_profit",), ("gross_profit",), ("gross_loss",), ("profit_factor",), ("expected_payoff",),
    ("recovery_factor",), ("sharpe_ratio",), ("drawdown_absolute",),
    ("drawdown_maximal", "drawdown_maximal_percent"), ("drawdown_relative_percent", "drawdown_relative"),
    ("trades",), ("short_trades", "short_won_percent"), ("long_trades", "long_won_percent"),
    ("profit_trades", "profit_trades_percent"), ("loss_trades", "loss_trades_percent"),
    ("largest_profit",), ("largest_loss",), ("average_profit",), ("average_loss",),
    ("most_wins", "most_wins_money"), ("most_losses", "most_losses_money"),
    ("best_run", "best_run_count"), ("worst_run", "worst_run_count"),
    ("average_wins",), ("average_losses",),
)  # fmt: skip
"""The results of a MetaTrader 5 report in its order, with what stands in brackets behind each."""


def pairs(row: Row) -> Iterator[Pair]:
    """Yield the (label, value) pairs of a row; a label ends with a colon in every language."""
    label = ""
    for text in row.filled():
        if text.endswith(_ENDS):
            label = text.rstrip(":： ")
        elif label:
            yield label, text
            label = ""


def amount(conventions: Conventions, text: str) -> Decimal | None:
    try:
        return conventions.number(text) if is_number(text) else None
    except BadCell:
        return None


def both(conventions: Conventions, text: str) -> tuple[Decimal | None, ...]:
    """Return the figure and what stands in brackets behind it, as in "274.42 (2.36%)"."""
    found = _BOTH.fullmatch(text)
    return tuple(amount(conventions, part) for part in (found.groups() if found else (text,)))


def results(rows: Sequence[Row], conventions: Conventions) -> dict[str, Decimal]:
    """Return the results of a MetaTrader 5 report by their places. {} where there are none.

    They start with the first row of three figures (net, gross profit, gross loss).
    """
    lines = [found for row in rows if (found := list(pairs(row)))]
    first = next((place for place, line in enumerate(lines) if len(line) == 3), len(lines))
    values = [value for line in lines[first:] for _, value in line]
    if len(values) not in (3, len(RESULTS)):
        values = values[:3]
    printed: dict[str, Decimal] = {}
    for names, value in zip(RESULTS, values, strict=False):
        for name, figure in zip(names, both(conventions, value), strict=False):
            if figure is not None:
                printed[name] = figure
    return printed


def balance(rows: Sequence[Row], conventions: Conventions) -> Decimal | None:
    """Return the balance that stands first among the account's totals."""
    for row in rows:
        for _, value in pairs(row):
            return amount(conventions, value)
    return None
