"""How many hosts a scaling group should have: a pure decision, and the sweep that carries it out.

1. Claim: one conditional update takes the group's lease.
2. Look: the cloud's machines, our rows of them, and which EAs live where.
3. Decide: `decide`, pure.
4. Act at the cloud, and write what was decided with its reason.

A crash between any two leaves a group that is due again when its lease runs out, and the next look
starts from what is then so: every verb of a cloud is safe to repeat.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from metafleet.hub.fleet.clouds import SIMULATED, cloud
from metafleet.hub.fleet.clouds.contract import Cloud, CloudError, CloudHost
from metafleet.hub.fleet.models import (
    DesiredState,
    EAInstance,
    Host,
    HostState,
    Run,
    ScalingDecision,
    ScalingGroup,
)
from metafleet.hub.kernel.tenancy import operator_scope

_log = logging.getLogger(__name__)
LOOK_EVERY: Final = timedelta(seconds=15)
AFTER_A_FAILURE: Final = timedelta(minutes=1)
LEASE: Final = timedelta(seconds=90)
"""Longer than a cloud's verbs take with their own retries."""
SAME_AGAIN_AFTER: Final = timedelta(hours=1)
"""A decision that is only repeated (a dry run's, a failure) is written again after so long."""
_NEW_YORK: Final = ZoneInfo("America/New_York")
_CLOSE_HOUR: Final = 17

Action = Literal["up", "down", "drain", "none"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A group's rule. `per_host`: EAs on one host; the others count hosts."""

    per_host: int
    buffer: int
    minimum: int
    maximum: int
    weekend_minimum: int | None = None


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A host of the group; `used`: EAs that live on it."""

    name: str
    used: int
    is_draining: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do: `wanted` hosts that take EAs, and which host goes or comes back, by name.

    action: "up" makes or takes back hosts, "drain" begins to empty some, "down" ends those that
    are empty; "down" may come with either of the others and is named only without them.
    """

    action: Action
    wanted: int
    reason: str
    drain: tuple[str, ...] = ()
    take_back: tuple[str, ...] = ()
    end: tuple[str, ...] = ()


def required(rule: Rule, active: int, now: datetime) -> tuple[int, str]:
    """Return how many hosts are required, and why, in words.

    ceil(active / per_host) + buffer, within minimum and maximum; while markets are closed the
    weekend's minimum counts instead, where there is one.
    """
    for_eas = math.ceil(active / rule.per_host)
    wished = for_eas + rule.buffer
    why = f"{active} EAs at {rule.per_host} a host are {for_eas}, and {rule.buffer} in reserve make {wished}"
    minimum, bound = rule.minimum, "the minimum"
    if rule.weekend_minimum is not None and are_markets_closed(now):
        minimum, bound = rule.weekend_minimum, "the weekend's minimum"
    if wished < minimum:
        return minimum, f"{why}; {bound} is {minimum}"
    if wished > rule.maximum:
        return rule.maximum, f"{why}; the maximum is {rule.maximum}"
    return wished, why


def are_markets_closed(now: datetime) -> bool:
    """Whether the currency market's weekend is on: Friday 17:00 to Sunday 17:00 in New York.

    Source: the trading week of spot FX, as brokers' sessions have it.
    """
    there = now.astimezone(_NEW_YORK)
    match there.isoweekday():
        case 5:
            return there.hour >= _CLOSE_HOUR
        case 6:
            return True
        case 7:
            return there.hour < _CLOSE_HOUR
        case _:
            return False


def decide(rule: Rule, active: int, hosts: Sequence[HostSeen], now: datetime) -> Decision:
    """Return what to do. Up at once: hosts that are being emptied are taken back before new ones are
    made. Down by draining the least used, and ending a host only once nothing lives on it."""
    wanted, why = required(rule, active, now)
    serving = sorted(
        (host for host in hosts if not host.is_draining), key=lambda host: (host.used, host.name)
    )
    leaving = sorted((host for host in hosts if host.is_draining), key=lambda host: (-host.used, host.name))
    if wanted > len(serving):
        back = leaving[: wanted - len(serving)]
        end = _empty(leaving[len(back) :])
        return Decision("up", wanted, why, take_back=tuple(host.name for host in back), end=end)
    end = _empty(leaving)
    if wanted < len(serving):
        least = serving[: len(serving) - wanted]
        return Decision("drain", wanted, why, drain=tuple(host.name for host in least), end=end)
    return Decision("down" if end else "none", wanted, why, end=end)


def _empty(leaving: Sequence[HostSeen]) -> tuple[str, ...]:
    return tuple(host.name for host in leaving if host.used == 0)


def scale_due(*, now: datetime) -> list[ScalingDecision]:
    """Look at every group that is due; return the decisions that were written."""
    due = ScalingGroup.objects.filter(Q(due_at__isnull=True) | Q(due_at__lte=now))
    written = [scale(group, now=now) for group in due.order_by("name")]
    return [decision for decision in written if decision is not None]


def scale(group: ScalingGroup, *, now: datetime) -> ScalingDecision | None:
    """Bring one group closer to its rule; None where somebody else is at it or nothing is to be said."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    until = now + LEASE
    taken = ScalingGroup.objects.filter(free, id=group.id).update(lease_until=until, due_at=until)
    if not taken:
        return None
    again_at = now + AFTER_A_FAILURE
    try:
        written, error = _look_and_act(group, now)
        again_at = now + (AFTER_A_FAILURE if error else LOOK_EVERY)
        return written
    finally:
        mine = ScalingGroup.objects.filter(id=group.id, lease_until=until)
        mine.update(lease_until=None, due_at=again_at)


def _look_and_act(group: ScalingGroup, now: datetime) -> tuple[ScalingDecision | None, str]:
    decision, seen, active, error = Decision("none", 0, "The cloud could not be asked"), 0, active_eas(), ""
    try:
        there = cloud(group.provider, group.name, dict(group.settings))
        machines = there.hosts()
        _sync(group, machines, now)
        hosts = _hosts(group, machines)
        seen = len(hosts)
        decision = decide(rule_of(group), active, hosts, now)
        if not group.is_dry_run:
            _act(group, there, decision, hosts, now)
        _keep(group, there)
    except CloudError as refusal:
        error = str(refusal)
        _log.warning("scaling group %s: %s", group.name, error)
    return _write(group, decision, active=active, hosts=seen, error=error, now=now), error


def rule_of(group: ScalingGroup) -> Rule:
    return Rule(group.per_host, group.buffer, group.minimum, group.maximum, group.weekend_minimum)


def active_eas() -> int:
    """Return how many EAs of all tenants need a place: those wanted running or paused."""
    with operator_scope():
        wanted = EAInstance.objects.filter(deleted_at__isnull=True)
        return wanted.exclude(desired_state=DesiredState.STOPPED).count()


def _sync(group: ScalingGroup, machines: Sequence[CloudHost], now: datetime) -> None:
    """Make our rows of the group's hosts what the cloud has. A dry run's cloud is looked at all the same."""
    rows = [
        Host(
            name=machine.name,
            driver=_driver_of(group),
            group=group.name,
            provider_id=machine.provider_id,
            cpu=machine.cpu,
            memory_mb=machine.memory_mb,
            usd_per_hour=machine.usd_per_hour,
            seen_at=now,
        )
        for machine in machines
        if machine.is_ready
    ]
    observed = ("driver", "group", "provider_id", "cpu", "memory_mb", "usd_per_hour", "seen_at")
    with transaction.atomic():
        Host.objects.bulk_create(rows, update_conflicts=True, unique_fields=["name"], update_fields=observed)
        ours = Host.objects.filter(group=group.name).exclude(state=HostState.GONE)
        ours.exclude(name__in=[machine.name for machine in machines]).update(
            state=HostState.GONE, state_reason="The cloud has it no more"
        )
        ours.filter(state=HostState.LOST, name__in=[row.name for row in rows]).update(
            state=HostState.ACTIVE, state_reason="The cloud has it still"
        )


def _driver_of(group: ScalingGroup) -> str:
    """A simulated host is no driver's: nothing is placed on it, and it costs nothing."""
    if group.provider == SIMULATED:
        return SIMULATED
    return str(group.settings.get("driver", "docker"))


def _hosts(group: ScalingGroup, machines: Sequence[CloudHost]) -> list[HostSeen]:
    """The group's machines as `decide` sees them: one that is being made already counts."""
    draining = set(
        Host.objects.filter(group=group.name, state=HostState.DRAINING).values_list("name", flat=True)
    )
    used: dict[str, int] = {}
    with operator_scope():
        for name in Run.objects.filter(ended_at__isnull=True).values_list("host", flat=True):
            used[name] = used.get(name, 0) + 1
    return [HostSeen(one.name, used.get(one.name, 0), one.name in draining) for one in machines]


def _act(
    group: ScalingGroup, there: Cloud, decision: Decision, hosts: Sequence[HostSeen], now: datetime
) -> None:
    ours = Host.objects.filter(group=group.name)
    ours.filter(name__in=decision.take_back, state=HostState.DRAINING).update(
        state=HostState.ACTIVE, state_reason="Needed again", drained_at=None
    )
    ours.filter(name__in=decision.drain, state=HostState.ACTIVE).update(
        state=HostState.DRAINING, state_reason=decision.reason[:300], drained_at=now
    )
    if decision.end:
        ids = ours.filter(name__in=decision.end).values_list("provider_id", flat=True)
        there.remove(list(ids))
        ours.filter(name__in=decision.end).update(
            state=HostState.GONE, state_reason="Ended: nothing lived on it"
        )
    if decision.action == "up":
        still_leaving = sum(host.is_draining for host in hosts) - len(decision.take_back) - len(decision.end)
        there.resize(decision.wanted + still_leaving)


def _keep(group: ScalingGroup, there: Cloud) -> None:
    if there.settings != group.settings:
        ScalingGroup.objects.filter(id=group.id).update(settings=there.settings)


def _write(
    group: ScalingGroup, decision: Decision, *, active: int, hosts: int, error: str, now: datetime
) -> ScalingDecision | None:
    """Write the decision where something changed or failed; the same again is not news."""
    if decision.action == "none" and not error:
        return None
    row = ScalingDecision(
        group=group,
        action=decision.action,
        active=active,
        hosts=hosts,
        wanted=decision.wanted,
        reason=_words(decision)[:300],
        error=error[:300],
    )
    if group.is_dry_run or error:
        last = group.decisions.order_by("-created_at").first()
        told = ("action", "active", "hosts", "wanted", "error")
        is_same = last is not None and all(getattr(last, name) == getattr(row, name) for name in told)
        if is_same and last is not None and now - last.created_at < SAME_AGAIN_AFTER:
            return None
    row.save(force_insert=True)
    return row


def _words(decision: Decision) -> str:
    """The reason, and which hosts it is about."""
    parts = [decision.reason]
    for verb, names in (
        ("draining", decision.drain),
        ("taking back", decision.take_back),
        ("ending", decision.end),
    ):
        if names:
            shown = ", ".join(names[:3])
            parts.append(f"{verb} {shown}" + (f" and {len(names) - 3} more" if len(names) > 3 else ""))
    return "; ".join(parts)
