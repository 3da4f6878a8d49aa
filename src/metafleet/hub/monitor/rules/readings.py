"""Readings that several kinds share."""

from __future__ import annotations

from metafleet.hub.monitor.rules.contract import Reading, Unit

_HYSTERESIS = 0.9
"""An incident is over below this part of its limit, so that a value at the limit opens one, not twenty."""


def used(value: float, limit: float, unit: Unit, text: str) -> Reading:
    """Return the reading of something that must not reach its limit. limit: above 0."""
    percent = max(0.0, value / limit * 100)
    return Reading(
        value=value,
        limit=limit,
        unit=unit,
        percent=percent,
        is_beyond=value >= limit,
        is_clear=value < limit * _HYSTERESIS,
        text=text,
    )


def money(amount: float, currency: str) -> str:
    """Return an amount as people read it: "-1,000.00 USD"."""
    return f"{amount:,.2f} {currency}"
