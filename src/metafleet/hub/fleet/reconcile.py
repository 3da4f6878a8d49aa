"""Bring one EA instance closer to what is wanted of it.

1. Claim: one conditional update takes the lease; who finds it taken goes away.
2. Look: the row, its newest run, and the driver's sight of the runtime.
3. Decide: `steps.next_step`, pure.
4. Act, and write what is so and when to look again.

A crash between any two of these leaves a lease that runs out and a row that is
due: the next look starts from what is then so. Nothing slow happens inside a
transaction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from metafleet.hub.fleet import commands, starting, steps
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.drivers.contract import Driver, DriverError, Sight
from metafleet.hub.fleet.models import (
    CommandState,
    DesiredState,
    EAInstance,
    InstanceState,
    Receipt,
    Run,
    RunState,
)
from metafleet.hub.kernel import clock, live, nudges
from metafleet.hub.kernel.tenancy import tenant_scope

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)
"""Longer than any step takes, short enough that a dead worker's work is taken over soon."""
SWEEP_EVERY_S = 2.0
MOST_STEPS = 6
"""Steps taken under one claim before the row goes back in line."""
ACTOR = "system:fleet"


@dataclass(frozen=True, slots=True)
class Claim:
    tenant_id: UUID
    instance_id: UUID
    lease_until: datetime


def reconcile(*, tenant_id: UUID, instance_id: UUID) -> str:
    """Take steps until the instance needs nothing just now; return the last one's name."""
    claim = _claim(tenant_id, instance_id, clock.now())
    if claim is None:
        return "leased elsewhere"
    runtime = driver(settings.FLEET_DRIVER)
    again_at: datetime | None = clock.now() + steps.SOON
    name = ""
    try:
        for _ in range(MOST_STEPS):
            step = _decide(claim, runtime)
            name = type(step).__name__
            again_at = _act(claim, runtime, step, clock.now())
            if isinstance(step, steps.Settle):
                break
    except Exception:
        # A poisoned row must not spin: it is looked at again a while later.
        again_at = clock.now() + steps.LONGEST_BACK_OFF
        raise
    finally:
        _release(claim, again_at)
    return name


def _claim(tenant_id: UUID, instance_id: UUID, now: datetime) -> Claim | None:
    until = now + LEASE
    with tenant_scope(tenant_id):
        taken = (
            EAInstance.objects.filter(id=instance_id)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=now))
            .update(lease_until=until, reconcile_due_at=until)
        )
    return Claim(tenant_id, instance_id, until) if taken else None


def _release(claim: Claim, again_at: datetime | None) -> None:
    """Give the lease back. A due time that somebody set meanwhile is earlier news: it stays.

    What is due before the next sweep would see it is nudged.
    """
    with tenant_scope(claim.tenant_id):
        mine = EAInstance.objects.filter(id=claim.instance_id, lease_until=claim.lease_until)
        mine.filter(reconcile_due_at=claim.lease_until).update(reconcile_due_at=again_at)
        mine.update(lease_until=None)
        due_at = EAInstance.objects.values_list("reconcile_due_at", flat=True).get(id=claim.instance_id)
        wait_s = None if due_at is None else (due_at - clock.now()).total_seconds()
        if wait_s is not None and wait_s < SWEEP_EVERY_S:
            nudges.enqueue_on_commit(
                "fleet.reconcile",
                after_s=max(0.0, wait_s),
                tenant_id=str(claim.tenant_id),
                instance_id=str(claim.instance_id),
            )


def _decide(claim: Claim, runtime: Driver) -> steps.Step:
    with tenant_scope(claim.tenant_id):
        instance = _instance(claim)
        run = _newest_run(instance)
    sight = runtime.inspect(instance.id, run.handle) if run and not run.ended_at else Sight(alive=False)
    with tenant_scope(claim.tenant_id):
        if run and sight.alive:
            Run.objects.filter(id=run.id).update(cpu_percent=sight.cpu_percent, memory_mb=sight.memory_mb)
        return steps.next_step(_seen(instance, run, sight), clock.now())


def _act(claim: Claim, runtime: Driver, step: steps.Step, now: datetime) -> datetime | None:
    match step:
        case steps.Start():
            return _start(claim, runtime, step, now)
        case steps.Kill():
            return _kill(claim, runtime, step, now)
        case steps.Ask():
            return _ask(claim, step, now)
        case steps.RecordEnd():
            return _record_end(claim, step, now)
        case steps.Confirm():
            return _confirm(claim, now)
        case steps.Settle():
            return _settle(claim, step)
        case _:
            assert_never(step)


def _start(claim: Claim, runtime: Driver, step: steps.Start, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        prepared = starting.prepare(_instance(claim), step.intent, runtime.name, now)
    try:
        started = runtime.start(prepared.spec)
    except DriverError as error:
        with tenant_scope(claim.tenant_id):
            _end(claim, str(error), crashed=True, permanent=error.permanent, now=now)
        return now + steps.SOON
    with tenant_scope(claim.tenant_id):
        Run.objects.filter(id=prepared.spec.run_id).update(
            handle=started.handle, host=started.host, limits=started.limits, started_at=now
        )
    return now + steps.SOON


def _kill(claim: Claim, runtime: Driver, step: steps.Kill, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = _instance(claim)
        run = _newest_run(instance)
        if run is None:
            return now
        Run.objects.filter(id=run.id).update(reported_error=step.reason)
    runtime.stop(instance.id, run.handle, force=True)
    if step.permanent:
        with tenant_scope(claim.tenant_id):
            _end(claim, step.reason, crashed=True, permanent=True, now=now)
    return now + timedelta(milliseconds=100)


def _ask(claim: Claim, step: steps.Ask, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = _instance(claim)
        payload: dict[str, Any] = {}
        if step.command == "STOP":
            payload = {"closePositions": instance.close_on_stop}
        commands.queue(terminal=instance.terminal, type=step.command, payload=payload, actor=ACTOR, now=now)
    return now + steps.SOON


def _record_end(claim: Claim, step: steps.RecordEnd, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        _end(
            claim,
            step.reason,
            crashed=step.outcome != "clean",
            permanent=step.outcome == "permanent",
            now=now,
        )
    return now


def _end(claim: Claim, reason: str, *, crashed: bool, permanent: bool, now: datetime) -> None:
    """Close the newest run and write what follows from how it ended."""
    instance = EAInstance.objects.select_for_update().get(id=claim.instance_id)
    run = _newest_run(instance)
    if run is not None and run.ended_at is None:
        was_healthy = run.first_heartbeat_at is not None and (
            now - run.first_heartbeat_at > steps.HEALTHY_AFTER
        )
        Run.objects.filter(id=run.id).update(
            state=RunState.ENDED,
            ended_at=now,
            end_reason=reason,
            sealed_assignment=None,
            assignment_hash=None,
        )
        _drop_commands(instance, now)
        if was_healthy:
            instance.crash_count = 0
    if not crashed:
        instance.close_on_stop = False
        instance.last_error = ""
    else:
        instance.crash_count = steps.CRASHES_UNTIL_A_PERSON if permanent else instance.crash_count + 1
        instance.next_attempt_at = now + steps.back_off(instance.crash_count)
        instance.last_error = reason
    instance.save(
        update_fields=("crash_count", "next_attempt_at", "last_error", "close_on_stop", "updated_at")
    )


def _drop_commands(instance: EAInstance, now: datetime) -> None:
    """What the ended run did not answer is no longer meant: the next start has its own intent."""
    instance.terminal.commands.filter(
        state__in=(CommandState.QUEUED, CommandState.LEASED), type__in=("PAUSE", "RESUME", "STOP")
    ).update(state=CommandState.DEAD, error="The run ended first", finished_at=now)


def _confirm(claim: Claim, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = _instance(claim)
        run = _newest_run(instance)
        if run is not None:
            Receipt.objects.get_or_create(
                tenant_id=claim.tenant_id, run=run, defaults={"document": starting.receipt(instance, run)}
            )
            Run.objects.filter(id=run.id).update(state=RunState.RUNNING)
            EAInstance.objects.filter(id=instance.id).update(next_attempt_at=None)
    return now


def _settle(claim: Claim, step: steps.Settle) -> datetime | None:
    with tenant_scope(claim.tenant_id):
        instance = _instance(claim)
        if (instance.state, instance.status_text) != (step.state, step.text):
            instance.state = InstanceState(step.state)
            instance.status_text = step.text
            if step.state in {"running", "paused", "stopped"}:
                instance.last_error = ""
            instance.save(update_fields=("state", "status_text", "last_error", "updated_at"))
            live.publish_on_commit(claim.tenant_id, "instance", id=instance.id, accountId=instance.account_id)
    return step.again_at


def _instance(claim: Claim) -> EAInstance:
    return EAInstance.objects.select_related("account", "template", "version", "terminal").get(
        id=claim.instance_id
    )


def _newest_run(instance: EAInstance) -> Run | None:
    return instance.runs.select_related("receipt").order_by("-generation").first()


def _seen(instance: EAInstance, run: Run | None, sight: Sight) -> steps.Seen:
    stop = instance.terminal.commands.filter(
        type="STOP",
        state__in=(CommandState.QUEUED, CommandState.LEASED, CommandState.DONE, CommandState.FAILED),
    )
    asked = stop.filter(created_at__gte=run.created_at).order_by("created_at").first() if run else None
    wanted = "PAUSE" if instance.desired_state == DesiredState.PAUSED else "RESUME"
    return steps.Seen(
        desired=cast(steps.Desired, instance.desired_state),
        close_on_stop=instance.close_on_stop,
        crash_count=instance.crash_count,
        next_attempt_at=instance.next_attempt_at,
        stop_asked_at=asked.created_at if asked else None,
        command_under_way=commands.is_under_way(terminal=instance.terminal, type=wanted, now=clock.now()),
        run=_run_seen(instance, run, sight) if run else None,
    )


def _run_seen(instance: EAInstance, run: Run, sight: Sight) -> steps.RunSeen:
    report = run.report or {}
    return steps.RunSeen(
        generation=run.generation,
        intent=cast(steps.Intent, run.intent),
        started_at=run.started_at or run.created_at,
        alive=sight.alive,
        ended=run.ended_at is not None,
        exit_code=sight.exit_code,
        first_heartbeat_at=run.first_heartbeat_at,
        has_first_tick=bool(report.get("firstTickAt")),
        has_receipt=hasattr(run, "receipt"),
        reported_status=run.reported_status,
        reported_error=run.reported_error,
        mismatch=starting.mismatch(instance, run) if run.report else "",
    )
