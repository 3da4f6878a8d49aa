"""Look at one EA instance: the row, its newest run, and the driver's sight of the runtime."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q

from metafleet.hub.fleet import fencing, pauses, placement, starting, steps
from metafleet.hub.fleet.drivers.contract import Driver, Sight
from metafleet.hub.fleet.leases import Claim, wanted
from metafleet.hub.fleet.models import Command, CommandState, EAInstance, Host, HostState, Run
from metafleet.hub.kernel.tenancy import tenant_scope

_UNDER_WAY = (CommandState.QUEUED, CommandState.LEASED)


@dataclass(frozen=True, slots=True)
class Unrenewed:
    """`at`: when the lease was last renewed, None where it never was."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Look:
    """What the decision goes by, and the run that it is about.

    `unrenewed_since`: it counts only while the run's trading lease was not renewed after this.
    """

    seen: steps.Seen
    run_id: UUID | None
    unrenewed_since: Unrenewed | None = None


def look(claim: Claim, runtime: Driver, now: datetime) -> Look:
    with tenant_scope(claim.tenant_id):
        instance, run = _rows(claim)
        if run is None or run.ended_at:
            return _without_run(runtime, instance, run, now)
    sight, is_host_gone = _sight(runtime, instance, run, now)
    with tenant_scope(claim.tenant_id):
        if sight.alive:
            Run.objects.filter(id=run.id).update(**_observed(run, sight))
        else:
            # A runner's last words may have come between the row and the sight of its end.
            instance, run = _rows(claim)
            if run is None or run.ended_at:
                return _without_run(runtime, instance, run, now)
        seen = _seen(instance, run, sight, now)
    assert seen.run is not None  # noqa: S101 - of a run that has not ended it is told
    if not (is_host_gone or sight.is_presumed):
        heard = replace(seen.run, hears_others=fencing.witness().hears_others())
        return Look(replace(seen, run=heard), run.id)
    lost = replace(
        seen.run,
        is_host_gone=is_host_gone,
        is_presumed=sight.is_presumed,
        may_trade_on=not fencing.witness().is_over(run.renewed_at),
    )
    return Look(replace(seen, run=lost), run.id, Unrenewed(run.renewed_at))


def _without_run(runtime: Driver, instance: EAInstance, run: Run | None, now: datetime) -> Look:
    seen = _seen(instance, run, Sight(alive=False), now)
    if seen.desired != "stopped":
        seen = replace(seen, no_room=placement.closed(runtime.name))
    return Look(seen, run.id if run else None)


def _sight(runtime: Driver, instance: EAInstance, run: Run, now: datetime) -> tuple[Sight, bool]:
    """Return what the driver sees, and whether the run's machine is gone for good.

    A host is called gone by who ended it, a person or its cloud: then nothing of it lives, whatever the
    driver can still say. One that is merely silent may go on trading. Raises DriverError.
    """
    if run.host and _is_gone(run, now):
        return Sight(alive=False), True
    return runtime.inspect(instance.id, run.handle), False


def _is_gone(run: Run, now: datetime) -> bool:
    """Whether the run's machine is gone: one of its name that was heard again, or on which the run began
    later, is another."""
    began = run.started_at or run.created_at
    return Host.objects.filter(
        name=run.host,
        state=HostState.GONE,
        seen_at__lt=now - steps.SILENT_AFTER,
        seen_at__gt=began - steps.SILENT_AFTER,
    ).exists()


def _rows(claim: Claim) -> tuple[EAInstance, Run | None]:
    instance = EAInstance.objects.select_related("account", "template", "version", "terminal").get(
        id=claim.instance_id
    )
    return instance, instance.runs.select_related("receipt", "version").order_by("-generation").first()


def _observed(run: Run, sight: Sight) -> dict[str, Any]:
    """What the driver sees, and what a worker that died right after the start did not write."""
    observed: dict[str, Any] = {"cpu_percent": sight.cpu_percent, "memory_mb": sight.memory_mb}
    if not run.handle and sight.started:
        started = sight.started
        observed |= {"handle": started.handle, "host": started.host, "limits": started.limits}
    if sight.host and sight.host != run.host:  # an engine that places may do so long after the start
        observed["host"] = sight.host
    return observed


def _seen(instance: EAInstance, run: Run | None, sight: Sight, now: datetime) -> steps.Seen:
    orders = _orders(instance, run)
    desired = wanted(instance)
    asked = [order for order in orders if order.type == "STOP" and _is_asked(order, instance)]
    under_way = {
        order.type
        for order in orders
        if order.state in _UNDER_WAY and order.expires_at is not None and order.expires_at > now
    }
    command, opposite = ("PAUSE", "RESUME") if desired == "paused" else ("RESUME", "PAUSE")
    return steps.Seen(
        desired=desired,
        close_on_stop=instance.close_on_stop,
        crash_count=instance.crash_count,
        next_attempt_at=instance.next_attempt_at,
        stop_asked_at=asked[0].created_at if asked else None,
        command_under_way=command in under_way,
        opposite_under_way=opposite in under_way,
        run=_run_seen(instance, run, sight, orders) if run else None,
        is_mode_open=pauses.is_mode_open(instance, run, orders),
    )


def _orders(instance: EAInstance, run: Run | None) -> list[Command]:
    """Return every PAUSE of this run, each STOP of it that was not dropped, and what is under way of
    PAUSE and RESUME, oldest first."""
    if run is None:
        return []
    stops = Q(type="STOP", created_at__gte=run.created_at) & ~Q(state=CommandState.DEAD)
    switches = Q(type__in=("PAUSE", "RESUME"), state__in=_UNDER_WAY)
    told = Q(type="PAUSE", created_at__gte=run.created_at)
    return list(instance.terminal.commands.filter(stops | switches | told).order_by("created_at"))


def _is_asked(stop: Command, instance: EAInstance) -> bool:
    """A stop that leaves positions open is not the one that is wanted where they are to be closed."""
    return not instance.close_on_stop or bool(stop.payload.get("closePositions"))


def _run_seen(instance: EAInstance, run: Run, sight: Sight, orders: list[Command]) -> steps.RunSeen:
    report = run.report or {}
    return steps.RunSeen(
        generation=run.generation,
        intent=cast(steps.Intent, run.intent),
        started_at=run.started_at or run.created_at,
        alive=sight.alive,
        ended=run.ended_at is not None,
        exit_code=sight.exit_code,
        heartbeat_at=run.heartbeat_at,
        first_heartbeat_at=run.first_heartbeat_at,
        has_first_tick=bool(report.get("firstTickAt")),
        may_trade=bool(instance.terminal.trade_allowed),
        has_receipt=hasattr(run, "receipt"),
        reported_status=run.reported_status,
        reported_error=run.reported_error,
        mismatch=starting.mismatch(instance, run) if run.report else "",
        has_closed=any(
            order.type == "STOP"
            and order.state == CommandState.DONE
            and bool(order.payload.get("closePositions"))
            for order in orders
        ),
        kill_reason=run.end_reason,
        driver_says=sight.reason,
        is_outdated=run.version_id is not None and run.version_id != instance.version_id,
        is_guarded=run.guard is not None and run.guard_told_at is None,
    )
