"""The pause contract: what a paused EA still does, who wants it so, why, and until when.

A pause is written on the instance; the runner keeps it (`metafleet.runner.pause_rules`). A
person's pause is lifted by a person, or at the time that the person set, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from metafleet.hub.fleet import places
from metafleet.hub.fleet.errors import PauseStands
from metafleet.hub.fleet.models import Command, CommandState, DesiredState, EAInstance, PauseMode, Run
from metafleet.hub.kernel.errors import Fault, Malformed

Lifter = Literal["person", "automation", "clock"]
"""Who resumes: the clock does at the time that the pause itself names."""

LONGEST: Final = timedelta(days=366)
FIELDS: Final = ("pause_mode", "paused_by", "paused_by_person", "pause_reason", "paused_until")
_STRICTNESS: Final = tuple(PauseMode)


@dataclass(frozen=True, slots=True)
class Wish:
    """A pause as somebody wants it. until: when it ends by itself; None: when somebody resumes it."""

    mode: PauseMode = PauseMode.HOLD
    reason: str = ""
    until: datetime | None = None
    is_person: bool = True


HOLD: Final = Wish()


def check(wish: Wish, now: datetime) -> None:
    """Raises Malformed for an end that has passed, or is further away than a year."""
    if wish.until is None:
        return
    if wish.until <= now:
        raise Malformed(Fault("/until", "This time has passed. Choose a later one, or leave it open."))
    if wish.until > now + LONGEST:
        raise Malformed(
            Fault("/until", "Choose a time within a year, or leave it open: it then lasts until you resume.")
        )


def put(instance: EAInstance, wish: Wish, actor: str) -> Wish:
    """Write the pause on the instance, unsaved; return what holds now.

    Automation that pauses what a person has paused can make it stricter. Whose it is and when it
    ends stays as the person said. What the plan has paused stays the plan's: it has no active place.
    """
    if instance.desired_state == DesiredState.PAUSED and instance.paused_by == places.PLAN:
        instance.pause_mode = wish.mode
        return replace(_standing(instance), mode=wish.mode)
    if not wish.is_person and instance.paused_by_person and instance.desired_state == DesiredState.PAUSED:
        wish = replace(
            _standing(instance), mode=max(PauseMode(instance.pause_mode), wish.mode, key=_STRICTNESS.index)
        )
        actor = instance.paused_by
    instance.pause_mode = wish.mode
    instance.paused_by, instance.paused_by_person = actor, wish.is_person
    instance.pause_reason, instance.paused_until = wish.reason, wish.until
    return wish


def clear(instance: EAInstance) -> None:
    """Take the pause off the instance, unsaved."""
    instance.pause_mode = instance.paused_by = instance.pause_reason = ""
    instance.paused_by_person, instance.paused_until = False, None


def check_may_lift(instance: EAInstance, lifter: Lifter, now: datetime) -> None:
    """Raises PauseStands where this is not for the lifter to end."""
    if lifter == "person":
        return
    if instance.desired_state != DesiredState.PAUSED:
        raise PauseStands(f"{instance.name} is not paused any more, so nothing is resumed.")
    is_due = instance.paused_until is not None and instance.paused_until <= now
    if is_due or (lifter == "automation" and not instance.paused_by_person):
        return
    who = instance.paused_by or "a person"
    raise PauseStands(f"{instance.name} was paused by {who} and stays so until its time or a person ends it.")


def said(wish: Wish) -> dict[str, str]:
    """Return the wish as the record of deeds has it."""
    told = {"mode": str(wish.mode)}
    if wish.reason:
        told["reason"] = wish.reason
    if wish.until:
        told["until"] = wish.until.isoformat()
    return told


def payload(instance: EAInstance) -> dict[str, str]:
    """Return what PAUSE tells the runner."""
    return {"mode": mode_of(instance)}


def mode_of(instance: EAInstance) -> Literal["hold", "tighten", "flatten", "freeze"]:
    """Return the mode in the protocol's words; an instance that has none holds."""
    match PauseMode(instance.pause_mode or PauseMode.HOLD):
        case PauseMode.HOLD:
            return "hold"
        case PauseMode.TIGHTEN:
            return "tighten"
        case PauseMode.FLATTEN:
            return "flatten"
        case PauseMode.FREEZE:
            return "freeze"


def is_mode_open(instance: EAInstance, run: Run | None, orders: Iterable[Command]) -> bool:
    """Whether the runner may be paused under another mode than is wanted.

    A run knows the mode of its start; every change since was queued as a PAUSE with it. So the newest
    PAUSE of the run says what the runner does, once it is done. orders: those of the run.
    """
    if run is None or instance.desired_state != DesiredState.PAUSED:
        return False
    told = [order for order in orders if order.type == "PAUSE" and order.created_at >= run.created_at]
    if not told:
        return False
    newest = max(told, key=lambda order: order.created_at)
    said: dict[str, Any] = newest.payload
    return newest.state != CommandState.DONE or said.get("mode", "hold") != mode_of(instance)


def _standing(instance: EAInstance) -> Wish:
    return Wish(
        mode=PauseMode(instance.pause_mode or PauseMode.HOLD),
        reason=instance.pause_reason,
        until=instance.paused_until,
        is_person=instance.paused_by_person,
    )
