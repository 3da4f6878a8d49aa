"""What a programme says of an account, as it is kept beside the marks; and what of that is news. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from metafleet.engine.programmes.marks import Marks
from metafleet.engine.programmes.terms import Phase, Programme
from metafleet.engine.programmes.verdict import Limit, LimitKind, Verdict, judge

Event = Literal["warned", "broken", "calmed", "passed"]
WORDS: Final[Mapping[str, str]] = {"daily_loss": "Daily loss", "total_loss": "Total loss"}
ABOUT: Final = ("programme", "phase", "since")
"""What a verdict is about: one that differs in any of them says nothing of this one."""
_ROOM: Final = 10
"""Percent that a limit must fall below a stage before reaching it again is news."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that is news. limit: the one concerned; None for a phase that is passed. stage: percent."""

    event: Event
    limit: Limit | None
    stage: int = 0


def verdict(
    programme: Programme, phase: Phase, marks: Marks, days_traded: int, before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Piece]]:
    """Return the verdict as it is kept, and what of it is news since the one before.

    before: the one that is kept; what it says of another programme, phase or beginning does not count.
    The first breach stands, whatever comes after it.
    """
    found = judge(phase, marks, days_traded=days_traded)
    terms = f"{hash_of(programme)}:{phase.name}:{_when(marks.since)}:{marks.first_balance}"
    about = {
        "programme": f"{programme.firm} {programme.name}",
        "phase": phase.name,
        "since": _when(marks.since),
    }
    if any(before.get(name) != about[name] for name in ABOUT):
        before = {}
    told = {one["kind"]: one["stage"] for one in before.get("limits", ())}
    stages = {limit.kind: _stage(limit, told.get(limit.kind, 0)) for limit in found.limits}
    breach = before.get("breach")
    news = _of_limits(found, told, stages, is_over=breach is not None)
    if breach is None and found.broken is not None:
        breach = _breach(found.broken, marks)
        news.append(Piece("broken", found.broken, 100))
    is_passed = breach is None and found.is_passed
    if is_passed and not before.get("isPassed"):
        news.append(Piece("passed", None))
    document = {
        **about,
        "terms": terms,
        "limits": [_limit(limit, stages[limit.kind]) for limit in found.limits],
        "goals": [
            {
                "kind": goal.kind,
                "wanted": float(goal.wanted),
                "reached": float(goal.reached),
                "isMet": goal.is_met,
            }
            for goal in found.goals
        ],
        "isPassed": is_passed or (breach is None and bool(before.get("isPassed"))),
        "breach": breach,
    }
    return document, news


def left_behind(before: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """Return the kinds of limits of which an earlier phase, or an earlier beginning of it, has warned."""
    if all(before.get(name) == document.get(name) for name in ABOUT):
        return []
    return [one["kind"] for one in before.get("limits", ()) if one["stage"]]


def without_breach(before: Mapping[str, Any], since: datetime) -> Mapping[str, Any]:
    """Return a verdict without its breach, where that came at an instant or later: it was none."""
    breach = before.get("breach")
    if not breach or datetime.fromisoformat(breach["at"]) < since:
        return before
    return {**before, "breach": None}


@cache
def hash_of(programme: Programme) -> str:
    """Return what names a programme as it is: two that say the same have the same."""
    return sha256(msgspec.json.encode(programme, order="deterministic")).hexdigest()[:16]


def _of_limits(
    found: Verdict, told: Mapping[str, int], stages: Mapping[LimitKind, int], *, is_over: bool
) -> list[Piece]:
    """Warnings on the way to a limit, and that it is far again. After the breach there are none."""
    if is_over or found.broken is not None:
        return []
    news = []
    for limit in found.limits:
        before, stage = told.get(limit.kind, 0), stages[limit.kind]
        if stage > before:
            news.append(Piece("warned", limit, stage))
        elif before and not stage:
            news.append(Piece("calmed", limit))
    return news


def _stage(limit: Limit, told: int) -> int:
    return limit.stage if limit.stage > told or limit.percent < told - _ROOM else told


def _limit(limit: Limit, stage: int) -> dict[str, Any]:
    return {
        "kind": limit.kind,
        "limit": float(limit.allowed),
        "used": float(limit.used),
        "left": float(limit.left),
        "floor": float(limit.floor),
        "percent": round(float(limit.percent), 2),
        "isBreached": limit.is_broken,
        "stage": stage,
    }


def _breach(limit: Limit, marks: Marks) -> dict[str, Any]:
    return {
        "kind": limit.kind,
        "at": _when(marks.last.at),
        "equity": float(marks.last.equity),
        "floor": float(limit.floor),
        "limit": float(limit.allowed),
        "used": float(limit.used),
        "firedBy": "server",
    }


def _when(at: datetime) -> str:
    return at.isoformat()
