"""Readings that several kinds share."""

from __future__ import annotations

from datetime import datetime

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


def silence(heard_at: datetime, after_s: float, now: datetime) -> Reading:
    """Return the reading of somebody who must be heard again within so many seconds."""
    silent = max(0.0, (now - heard_at).total_seconds())
    return Reading(
        value=silent,
        limit=after_s,
        unit="seconds",
        percent=silent / after_s * 100,
        is_beyond=silent >= after_s,
        is_clear=silent < after_s,
        text=f"Silent for {silent:,.0f} s; last heard {heard_at:%Y-%m-%d %H:%M:%S} UTC.",
    )


def money(amount: float, currency: str) -> str:
    """Return an amount as people read it: "-1,000.00 USD"."""
    return f"{amount:,.2f} {currency}"
