"""The weekly report as people read it: a mail in HTML, and the same in plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string

MINUS: Final = "\u2212"


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    html: str
    text: str


def worded(figures: Mapping[str, Any]) -> Mail:
    """Return the mail of what `figures.figures` gave."""
    span = _span(date.fromisoformat(figures["from"]), date.fromisoformat(figures["to"]))
    zone = ZoneInfo(figures["timezone"])
    shown = {
        **figures,
        "span": span,
        "totals": [_counted(one) for one in figures["totals"]],
        "accounts": [_counted(one) for one in figures["accounts"]],
        "best": figures["best"] and _signed(figures["best"]),
        "worst": figures["worst"] and _signed(figures["worst"]),
        "incidents": {
            **figures["incidents"],
            "shown": [_dated(one, zone) for one in figures["incidents"]["shown"]],
        },
    }
    first = shown["totals"][0] if shown["totals"] else None
    result = f": {first['money']} {first['currency']}" if first else ""
    return Mail(
        subject=f"{figures['desk']}, {span}{result}",
        html=render_to_string("monitor/weekly_report.html", shown),
        text=render_to_string("monitor/weekly_report.txt", shown),
    )


def _counted(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_signed(one),
        "rate": f"{one['wins'] / one['trades']:.0%}" if one["trades"] else "–",
        "held": f"{Decimal(one['balance']):,.2f}" if one.get("balance") else "",
        "fall": "–" if one["drawdown"] is None else f"{one['drawdown']:.1%}",
    }


def _signed(one: Mapping[str, Any]) -> dict[str, Any]:
    amount = Decimal(one["profit"])
    sign = "+" if amount > 0 else MINUS if amount < 0 else ""
    return {**one, "money": f"{sign}{abs(amount):,.2f}", "isGain": amount > 0, "isLoss": amount < 0}


def _dated(one: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {**one, "when": f"{datetime.fromisoformat(one['at']).astimezone(zone):%a %H:%M}"}


def _span(first: date, last: date) -> str:
    """As "23–29 November 2026"."""
    if first.month == last.month:
        return f"{first.day}–{last.day} {last:%B %Y}"
    year = f" {first:%Y}" if first.year != last.year else ""
    return f"{first.day} {first:%B}{year} – {last.day} {last:%B %Y}"
