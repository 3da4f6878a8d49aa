"""Bring one EA instance closer to what is wanted of it.

1. Claim: one conditional update takes the lease; who finds it taken goes away.
2. Look: the row, its newest run, and the driver's sight of the runtime.
3. Decide: `steps.next_step`, pure.
4. Act, if the look still counts, and write what is so and when to look again.

A crash between any two of these leaves a lease that runs out and a row that is
due: the next look starts from what is then so. Nothing slow happens inside a
transaction.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from metafleet.hub.fleet import commands, leases, pauses, receipts, starting, steps
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.drivers.contract import Driver, DriverError
from metafleet.hub.fleet.endings import end
from metafleet.hub.fleet.leases import Claim
from metafleet.hub.fleet.looks import Look, look
from metafleet.hub.fleet.models import EAInstance, InstanceState, Receipt, Run, RunState
from metafleet.hub.kernel import clock, live
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.vault.errors import MasterKeyRefused

MOST_STEPS = 6
"""Steps taken under one claim before the row goes back in line."""
ACTOR = "system:fleet"

_log = logging.getLogger(__name__)


def reconcile(*, tenant_id: UUID, instance_id: UUID) -> list[str]:
    """Take steps until the instance needs nothing just now.

    Returns the names of the steps; none where somebody else is at it.
    """
    claim = leases.claim(tenant_id=tenant_id, instance_id=instance_id, now=clock.now())
    if claim is None:
        return []
    runtime = driver(settings.FLEET_DRIVER)
    again_at: datetime | None = clock.now() + steps.SOON
    taken: list[str] = []
    try:
        for _ in range(MOST_STEPS):
            looked = look(claim, runtime, clock.now())
            step = steps.next_step(looked.seen, clock.now())
            again_at = _act(claim, runtime, looked, step, clock.now())
            taken.append(type(step).__name__)
            has_begun = isinstance(step, steps.Start) and again_at is not None and again_at > clock.now()
            if has_begun or isinstance(step, steps.Settle):
                break
    except leases.Outdated:
        again_at = clock.now()
    except DriverError as error:
        # Nothing is known of the runtime then, so nothing is decided: it may well be trading.
        again_at = clock.now() + steps.LOOK_AGAIN
        _say(claim, f"Its machine cannot be asked: {error}")
        taken.append("Unseen")
    except MasterKeyRefused as error:
        # Nothing was started, and no start was used up.
        again_at = clock.now() + steps.LONGEST_BACK_OFF
        _say(claim, f"Its password cannot be opened for the moment: {error}")
        _log.warning("no password can be opened: %s", error)
        taken.append("Shut")
    except receipts.SigningKeyUnusable as error:
        again_at = clock.now() + steps.LONGEST_BACK_OFF
        _say(claim, str(error))
        _log.error("no receipt can be signed: %s", error)
    except Exception:
        # A poisoned row must not spin: it is looked at again a while later.
        again_at = clock.now() + steps.LONGEST_BACK_OFF
        raise
    finally:
        leases.release(claim, again_at)
    return taken


def _act(claim: Claim, runtime: Driver, looked: Look, step: steps.Step, now: datetime) -> datetime | None:
    match step:
        case steps.Start():
            return _start(claim, runtime, looked, step, now)
        case steps.Kill():
            return _kill(claim, runtime, looked, step, now)
        case steps.Ask():
            return _ask(claim, looked, step, now)
        case steps.RecordEnd():
            return _record_end(claim, looked, step, now)
        case steps.Confirm():
            return _confirm(claim, looked, now)
        case steps.Settle():
            return _settle(claim, looked, step, now)
        case _:
            assert_never(step)


def _start(claim: Claim, runtime: Driver, looked: Look, step: steps.Start, now: datetime) -> datetime:
    """Start a run, and show it. The next look is later then; at once where there is more to decide."""
    try:
        with tenant_scope(claim.tenant_id):
            instance = leases.hold(claim, looked.seen)
            prepared = starting.prepare(instance, step.intent, runtime.name, now)
    except starting.PasswordUnusable as error:
        with tenant_scope(claim.tenant_id):
            end(leases.hold(claim), None, str(error), "permanent", now)
        return now
    run_id = prepared.spec.run_id
    try:
        started = runtime.start(prepared.spec)
    except DriverError as error:
        with tenant_scope(claim.tenant_id):
            end(
                leases.hold(claim), run_id, str(error), "permanent" if error.permanent else "not started", now
            )
        return now
    with tenant_scope(claim.tenant_id):
        Run.objects.filter(id=run_id).update(
            handle=started.handle, host=started.host, limits=started.limits, started_at=now
        )
        if step.intent == "flatten":
            return now
        _show(claim, instance, "deploying", steps.STARTED)
    return now + steps.SOON


def _kill(claim: Claim, runtime: Driver, looked: Look, step: steps.Kill, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = leases.hold(claim, looked.seen)
        run = _run(instance, looked)
        # Not among what the runner reports: its next heartbeat would write over it.
        Run.objects.filter(id=run.id).update(end_reason=step.reason)
    runtime.stop(instance.id, run.handle, force=True)
    if step.permanent:
        with tenant_scope(claim.tenant_id):
            end(leases.hold(claim), run.id, step.reason, "permanent", now)
    return now + timedelta(milliseconds=100)


def _ask(claim: Claim, looked: Look, step: steps.Ask, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = leases.hold(claim, looked.seen)
        payload: dict[str, Any] = {}
        if step.command == "STOP":
            payload = {"closePositions": instance.close_on_stop}
        if step.command == "PAUSE":
            payload = dict(pauses.payload(instance))
        contrary = {"PAUSE", "RESUME"} - {step.command}
        commands.withdraw(
            terminal=instance.terminal, types=contrary, why=f"{step.command} is wanted now", now=now
        )
        commands.queue(terminal=instance.terminal, type=step.command, payload=payload, actor=ACTOR, now=now)
    return now + steps.SOON


def _record_end(claim: Claim, looked: Look, step: steps.RecordEnd, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance, unrenewed = leases.hold(claim, looked.seen), looked.unrenewed_since
        still = {"renewed_at": unrenewed.at} if unrenewed else None
        end(instance, looked.run_id, step.reason, step.outcome, now, still=still)
    return now


def _confirm(claim: Claim, looked: Look, now: datetime) -> datetime:
    with tenant_scope(claim.tenant_id):
        instance = leases.hold(claim, looked.seen)
        run = _run(instance, looked)
        Receipt.objects.get_or_create(
            tenant_id=claim.tenant_id, run=run, defaults={"document": receipts.issue(instance, run)}
        )
        Run.objects.filter(id=run.id).update(state=RunState.RUNNING)
        EAInstance.objects.filter(id=instance.id).update(next_attempt_at=None)
    return now


def _settle(claim: Claim, looked: Look, step: steps.Settle, now: datetime) -> datetime | None:
    with tenant_scope(claim.tenant_id):
        instance = leases.hold(claim, looked.seen)
        if looked.seen.no_room and instance.wanted_at is not None:
            # A deployment's minute begins when there is a host for it.
            EAInstance.objects.filter(id=instance.id).update(wanted_at=now)
        text = step.text[: EAInstance._meta.get_field("status_text").max_length]
        if (instance.state, instance.status_text) != (step.state, text):
            if step.state in {"running", "paused", "stopped"}:
                EAInstance.objects.filter(id=instance.id).update(last_error="")
            _show(claim, instance, step.state, text)
    return step.again_at


def _show(claim: Claim, instance: EAInstance, state: str, text: str) -> None:
    """Write what is so, while the claim holds."""
    mine = EAInstance.objects.filter(id=instance.id, lease_until=claim.lease_until)
    mine.update(state=InstanceState(state), status_text=text, updated_at=timezone.now())
    live.publish_on_commit(claim.tenant_id, "instance", id=instance.id, accountId=instance.account_id)


def _say(claim: Claim, text: str) -> None:
    """Show why no step was taken; the state stays what it was."""
    text = text[: EAInstance._meta.get_field("status_text").max_length]
    with tenant_scope(claim.tenant_id):
        mine = EAInstance.objects.filter(id=claim.instance_id, lease_until=claim.lease_until)
        mine.exclude(status_text=text).update(status_text=text)


def _run(instance: EAInstance, looked: Look) -> Run:
    assert looked.run_id is not None  # noqa: S101 - such a step is only taken of a run
    return instance.runs.get(id=looked.run_id)
