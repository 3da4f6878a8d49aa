"""An account's marks, carried on by what is seen of it; and whether what is seen can be believed yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from metafleet.engine.programmes import marks as carrying
from metafleet.engine.programmes.marks import Marks, Seen
from metafleet.engine.programmes.terms import DayClock, Programme
from metafleet.hub.monitor.judge.sight import Flow, Kept, Sighting

WAITS_FOR_DEAL: Final = timedelta(seconds=3)
"""How long a balance that has moved with the equity waits for the deal that would explain it."""
KEEPS_ASKING: Final = timedelta(days=2)
_BEATS_CROSS: Final = timedelta(seconds=5)
"""A deal may be recorded so long before a heartbeat whose balance does not have it yet."""
_A_MOMENT: Final = timedelta(microseconds=1)
_BACKWARDS: Final = timedelta(minutes=1)
_ALIKE: Final = Decimal("0.1")
"""Of a move of the balance: how far the equity may have moved otherwise, by what is open."""
_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Carried:
    """An account's marks after a look, and what is remembered beside them.

    is_in_doubt: this look looks like money that was paid in or out, of which no deal says anything.
    explains: since when the balance had moved by what a deal now explains; None: there was nothing.
    """

    sighting: Sighting
    marks: Marks
    clock: DayClock
    flows: Decimal
    flow_wanted_since: datetime | None
    is_in_doubt: bool = False
    explains: datetime | None = None


def clock_of(sighting: Sighting, programme: Programme | None) -> DayClock:
    """Return whose midnight counts: the programme's; without one the broker's, as its server shows it."""
    if programme is not None:
        return programme.clock
    if sighting.timezone:
        try:
            return DayClock(ZoneInfo(sighting.timezone))
        except (LookupError, ValueError, OSError):
            pass
    if not sighting.utc_offset_s:
        return DayClock(UTC)
    return DayClock(timezone(timedelta(seconds=sighting.utc_offset_s)))


def asks_for_flows(sighting: Sighting) -> datetime | None:
    """Return since when trading would explain it, where the journal has to be asked what was paid in and
    out because the balance has moved; else None."""
    kept = sighting.kept
    if kept is None:
        return sighting.at
    if kept.flow_wanted_since is None and sighting.balance == kept.marks.last.balance:
        return None
    return kept.marks.last.at - _BEATS_CROSS


def carry(
    sighting: Sighting,
    programme: Programme | None,
    flow: Flow | None,
    *,
    doubted_since: datetime | None,
    now: datetime,
) -> Carried:
    """Return the marks after this look.

    flow: where it was asked for. doubted_since: since when this account's newest look is in doubt.
    """
    clock, kept = clock_of(sighting, programme), sighting.kept
    seen = Seen(sighting.at, sighting.balance, sighting.equity)
    if kept is None or _is_new_phase(sighting, kept):
        begun = carrying.begin(clock, seen, sighting.initial_balance)
        return Carried(sighting, begun, clock, _ZERO, None)
    known = flow.total if flow else kept.flows
    marks = _not_ahead(_with_first(kept, sighting.initial_balance), sighting.at)
    paid = known - kept.flows
    wanted = _wanted_since(kept, sighting, paid, is_traded=bool(flow and flow.is_traded), now=now)
    is_new = wanted is not None and kept.flow_wanted_since is None
    is_late = bool(paid) and kept.flow_wanted_since is not None
    return Carried(
        sighting,
        carrying.carry_on(marks, clock, replace(seen, flow=paid, is_late=is_late)),
        clock,
        known,
        wanted,
        explains=kept.flow_wanted_since if paid else None,
        is_in_doubt=is_new and now - (doubted_since or now) < WAITS_FOR_DEAL,
    )


def row(carried: Carried, *, days_traded: int, verdict: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written of it, by the names of its columns."""
    marks = carried.marks
    return {
        "account": carried.sighting.id,
        "since": marks.since,
        "first_balance": marks.first_balance,
        "day": marks.day,
        "day_began_at": carried.clock.began_at(marks.day),
        "day_balance": marks.day_balance,
        "day_equity": marks.day_equity,
        "day_low": marks.day_low,
        "day_high": marks.day_high,
        "peak_equity": marks.peak_equity,
        "peak_balance": marks.peak_balance,
        "eod_peak": marks.eod_peak,
        "last_balance": marks.last.balance,
        "last_equity": marks.last.equity,
        "observed_at": carried.sighting.at,
        "days_traded": days_traded,
        "best_day": marks.best_day,
        "verdict": verdict,
        "initial_balance": carried.sighting.initial_balance,
        "flows": carried.flows,
        "flow_wanted_since": carried.flow_wanted_since,
    }


def _is_new_phase(sighting: Sighting, kept: Kept) -> bool:
    return sighting.phase_since is not None and sighting.phase_since > kept.marks.since


def _with_first(kept: Kept, initial: Decimal | None) -> Marks:
    if initial is None or initial == kept.initial_balance:
        return kept.marks
    return replace(kept.marks, first_balance=initial)


def _not_ahead(marks: Marks, at: datetime) -> Marks:
    """A clock was wrong, and what was seen last lies in the future: what is seen now comes after it."""
    if marks.last.at - at < _BACKWARDS:
        return marks
    return replace(marks, last=replace(marks.last, at=at - _A_MOMENT))


def _wanted_since(
    kept: Kept, sighting: Sighting, paid: Decimal, *, is_traded: bool, now: datetime
) -> datetime | None:
    """Return since when money has moved that no deal explains. What trading moves leaves the equity
    where it was: closing a loss moves it from what is open into the balance."""
    since = kept.flow_wanted_since
    if paid:
        return None
    if since is not None:
        return since if now - since < KEEPS_ASKING else None
    if is_traded:
        return None
    last = kept.marks.last
    moved, equity = sighting.balance - last.balance, sighting.equity - last.equity
    is_paid = moved != 0 and abs(equity - moved) <= abs(moved) * _ALIKE
    return sighting.at if is_paid else None
