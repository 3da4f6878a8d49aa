"""Verbs on backtests: ask, claim, tell how far, finish, cancel, remove. One transaction each.

Whoever runs one holds its lease and proves it with each write; a row that was cancelled, removed or
claimed by another meanwhile is not theirs any more, and nothing is written.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.contract import Test
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.catalogue import operations as catalogue
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.errors import PlanLimitReached, SymbolUnknown, TemplateNotInPlan
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.kernel import live, nudges
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.tester import foretelling, queries
from metafleet.hub.tester.models import UNDER_WAY, Backtest, BacktestState
from metafleet.hub.tester.records import Data, Measured, ModelUsed

LEASE: Final = timedelta(seconds=20)
"""Renewed twice a second: a worker that was killed is noticed when it has run out."""
MOST_ATTEMPTS: Final = 2
YEAR_S: Final = 366 * 86_400
MOST_TICKS: Final = 150_000_000
"""Of one test: about what the processor time of a run is enough for."""
_TICKS_OF_DAY: Final = {"ohlc": 4 * 1_440, "every": 100_000}
_WEEKDAYS: Final = 5 / 7


class NotRunnable(Refused):
    """It is over already, or the subscription lets nothing run."""


class NoReport(Refused):
    """There is nothing to show yet, or nothing came of it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for. instance: whose inputs and version are tested, None for a template.

    model: the version whose signals it is given; without one the Brain is silent.
    """

    version: EAVersion
    test: Test
    data: Data
    instance: EAInstance | None = None
    model: UUID | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one until the lease ends, renewed by each word. attempt: from 1."""

    tenant_id: UUID
    backtest_id: UUID
    attempt: int
    slug: str
    source: str
    test: Test
    data: Data
    model: ModelUsed | None


def ask(*, tenant_id: UUID, actor: str, wish: Wish, now: datetime) -> Backtest:
    """Queue a backtest. Raises TemplateNotInPlan, PlanLimitReached, NotRunnable, NotReleased, ReleaseMissing,
    SymbolUnknown, Malformed naming what of the setup or the inputs cannot be.
    """
    plan = billing.lock_plan(tenant_id=tenant_id)
    inputs = checked_inputs(wish)
    test = checked(plan, wish, inputs, now)
    model = _model(plan, wish, test)
    have = queries.kept(tenant_id=tenant_id)
    if have >= plan.backtests.kept:
        raise PlanLimitReached(
            plan, "kept backtests", plan.backtests.kept, have, "Delete some, or change the plan."
        )
    row = Backtest(
        tenant_id=tenant_id,
        version=wish.version,
        content_hash=wish.version.content_hash,
        instance=wish.instance,
        symbol=test.symbol,
        timeframe=test.timeframe,
        setup={name: value for name, value in msgspec.to_builtins(test).items() if name != "inputs"},
        inputs=test.inputs,
        data=msgspec.to_builtins(wish.data),
        model=None if model is None else msgspec.to_builtins(model),
        message="Waiting for its turn",
        asked_by=actor,
        due_at=now,
    )
    row.save(force_insert=True)
    detail = {"symbol": row.symbol, "timeframe": row.timeframe, "data": wish.data.source}
    _record(row, actor, "backtest.asked", now, detail)
    _nudge(row.tenant_id, row.id)
    _tell(row)
    return row


def _model(plan: Plan, wish: Wish, test: Test) -> ModelUsed | None:
    if wish.model is None:
        return None
    begin_s = wish.data.from_s if test.from_s is None else test.from_s
    return foretelling.used(plan, wish.model, test, begin_s=begin_s, end_s=test.to_s or begin_s)


def checked_inputs(wish: Wish) -> dict[str, InputValue]:
    """Return the inputs, defaults filled in. Raises Malformed, ReleaseMissing."""
    version = wish.version
    return catalogue.check_inputs(template=version.template, version=version, inputs=dict(wish.test.inputs))


def checked(plan: Plan, wish: Wish, inputs: dict[str, InputValue], now: datetime) -> Test:
    """Return the test as it will run, defaults filled in. inputs: as somebody has checked them.

    Raises TemplateNotInPlan, NotRunnable, NotReleased, SymbolUnknown, Malformed.
    """
    template, version, test = wish.version.template, wish.version, wish.test
    if plan.rank < PLANS[PlanCode(template.required_plan)].rank:
        raise TemplateNotInPlan(template.name, plan, PLANS[PlanCode(template.required_plan)].name)
    if plan.backtests.at_once == 0:
        raise NotRunnable("Your subscription has ended, so nothing is tested. Choose a plan first.")
    if wish.instance is None:
        catalogue.check_released(version)
    if test.symbol not in template.symbols:
        raise SymbolUnknown(test.symbol, template.symbols)
    timeframe = test.timeframe or str(inputs.get("timeframe", template.timeframe))
    if timeframe not in BY_NAME:
        raise Malformed(Fault("/timeframe", f"{timeframe!r} is no timeframe. Choose {', '.join(BY_NAME)}."))
    whole = msgspec.structs.replace(test, inputs=inputs, timeframe=timeframe)
    _check_data(whole, wish.data)
    return _within(plan, whole, wish.data, now)


def _check_data(test: Test, data: Data) -> None:
    if test.ticks == "every" and data.timeframe:
        raise Malformed(
            Fault(
                "/ticks", f"These prices are bars of {data.timeframe}, not ticks. Choose another tick model."
            )
        )
    if data.timeframe and PERIODS_S[BY_NAME[data.timeframe]] > PERIODS_S[BY_NAME[test.timeframe]]:
        raise Malformed(
            Fault(
                "/timeframe", f"The prices are bars of {data.timeframe}: choose that or a longer timeframe."
            )
        )


def _within(plan: Plan, test: Test, data: Data, now: datetime) -> Test:
    """Return the test with its dates within the data, and the whole no longer than the plan allows."""
    last_s = data.to_s or int(now.timestamp())
    from_s = data.from_s if test.from_s is None else max(test.from_s, data.from_s)
    to_s = last_s if test.to_s is None else min(test.to_s, last_s)
    if from_s >= to_s:
        raise Malformed(
            Fault("/from", "There are no prices between these dates. Choose dates within the data.")
        )
    if test.forward_s is not None and not from_s < test.forward_s < to_s:
        raise Malformed(
            Fault("/forward", "The forward period must begin between the first and the last day.")
        )
    years = plan.backtests.years
    if to_s - from_s > years * YEAR_S:
        raise Malformed(
            Fault(
                "/from",
                f"The {plan.name} plan tests up to {years} years at once. Choose fewer, or change it.",
            )
        )
    ticks = ticks_of(test, to_s - from_s)
    if ticks > MOST_TICKS:
        millions = (f"{ticks / 1e6:.0f} million ticks", f"{MOST_TICKS / 1e6:.0f} million")
        raise Malformed(
            Fault(
                "/ticks",
                f"That would be about {millions[0]}, and {millions[1]} is the most. "
                "Choose fewer years or a coarser tick model.",
            )
        )
    # From the data's own beginning on the first bars are only history: that is what None says.
    begins = None if from_s == data.from_s else from_s
    return msgspec.structs.replace(test, from_s=begins, to_s=to_s)


def ticks_of(test: Test, length_s: int) -> int:
    """Return about how many ticks a test has. length_s: by the clock, weekends included."""
    days = math.ceil(length_s / 86_400 * _WEEKDAYS)
    if test.ticks == "open":
        return days * max(1, 86_400 // PERIODS_S[BY_NAME[test.timeframe]])
    if test.ticks == "m1":
        return days * 1_440 * test.ticks_per_bar
    return days * _TICKS_OF_DAY[test.ticks]


def claim(*, tenant_id: UUID, backtest_id: UUID, now: datetime) -> Claim | None:
    """Take the lease; None where it is not due, or as many run as the plan allows.

    One whose worker was killed is begun anew, once; after that it has failed.
    """
    plan = billing.lock_plan(tenant_id=tenant_id)
    row = _lock(tenant_id, backtest_id)
    if row is None or row.state not in UNDER_WAY or row.due_at is None or row.due_at > now:
        return None
    if row.attempts >= MOST_ATTEMPTS:
        _end(row, BacktestState.FAILED, now, "What ran it was stopped twice in the middle. Start it again.")
        return None
    running = Backtest.objects.filter(tenant_id=tenant_id, state=BacktestState.RUNNING, lease_until__gt=now)
    if running.exclude(id=row.id).count() >= plan.backtests.at_once:
        return None
    row.state, row.progress, row.message = BacktestState.RUNNING, 0.0, ""
    row.attempts += 1
    row.started_at = now
    row.lease_until = row.due_at = now + LEASE
    row.save(
        update_fields=(
            *("state", "progress", "message", "attempts"),
            *("started_at", "lease_until", "due_at", "updated_at"),
        )
    )
    _tell(row)
    return Claim(
        tenant_id=tenant_id,
        backtest_id=row.id,
        attempt=row.attempts,
        slug=row.version.template.slug,
        source=row.version.source,
        test=msgspec.convert(row.setup | {"inputs": row.inputs}, Test, strict=False),
        data=msgspec.convert(row.data, Data),
        model=None if row.model is None else msgspec.convert(row.model, ModelUsed),
    )


def note_progress(held: Claim, progress: float, *, now: datetime) -> bool:
    """Write how far it is and renew the lease; False where it is not ours any more."""
    done = min(max(progress, 0.0), 1.0) if math.isfinite(progress) else 0.0
    changed = _held(held).update(progress=done, lease_until=now + LEASE, due_at=now + LEASE, updated_at=now)
    if changed:
        said = {"state": BacktestState.RUNNING, "progress": round(done, 3)}
        live.publish_on_commit(held.tenant_id, "backtest", id=held.backtest_id, **said)
    return bool(changed)


def finish(held: Claim, *, figures: Any, report: bytes, measured: Measured, now: datetime) -> Backtest | None:
    """Write what came out. report: the document, JSON. None where it is not ours any more."""
    row = _held(held).select_for_update().first()
    if row is None:
        return None
    row.figures, row.report = figures, zlib.compress(report)
    row.measured = msgspec.to_builtins(measured)
    _end(row, BacktestState.DONE, now, "")
    return row


def fail(held: Claim, why: str, *, measured: Measured | None, now: datetime) -> Backtest | None:
    """Write why nothing came out. None where it is not ours any more."""
    row = _held(held).select_for_update().first()
    if row is None:
        return None
    row.measured = msgspec.to_builtins(measured) if measured else None
    _end(row, BacktestState.FAILED, now, why)
    return row


def cancel(*, tenant_id: UUID, backtest_id: UUID, actor: str, now: datetime) -> Backtest:
    """End it; what runs it hears so within a second and kills the process. A second time changes nothing.

    Raises NotFound, NotRunnable for one that has ended by itself.
    """
    row = _lock(tenant_id, backtest_id)
    if row is None:
        raise NotFound("backtest")
    if row.state == BacktestState.CANCELLED:
        return row
    if row.state not in UNDER_WAY:
        raise NotRunnable("This backtest is over already, so there is nothing to cancel.")
    _end(row, BacktestState.CANCELLED, now, f"Cancelled by {actor}")
    _record(row, actor, "backtest.cancelled", now)
    return row


def remove(*, tenant_id: UUID, backtest_id: UUID, actor: str, now: datetime) -> None:
    """Delete it with its report; one that runs is ended by that. Raises NotFound."""
    row = _lock(tenant_id, backtest_id)
    if row is None:
        raise NotFound("backtest")
    _record(row, actor, "backtest.removed", now)
    _tell(row)
    row.delete()


def report_of(row: Backtest) -> bytes:
    """Return the report document, JSON. Raises NoReport."""
    if row.report is None:
        raise NoReport(row.message or "This backtest has no report yet.")
    return zlib.decompress(bytes(row.report))


def _end(row: Backtest, state: BacktestState, now: datetime, message: str) -> None:
    row.state, row.message = state, message[:400]
    row.progress = 1.0 if state == BacktestState.DONE else row.progress
    row.due_at = row.lease_until = None
    row.finished_at = now
    row.save(
        update_fields=(
            *("state", "message", "progress", "due_at", "lease_until", "finished_at"),
            *("figures", "report", "measured", "updated_at"),
        )
    )
    _tell(row)
    # A place has become free: whoever waits longest.
    waiting = Backtest.objects.filter(tenant_id=row.tenant_id, state=BacktestState.QUEUED, due_at__lte=now)
    for backtest_id in waiting.order_by("due_at").values_list("id", flat=True)[:1]:
        _nudge(row.tenant_id, backtest_id)


def _lock(tenant_id: UUID, backtest_id: UUID) -> Backtest | None:
    return (
        Backtest.objects.select_for_update(of=("self",))
        .select_related("version__template")
        .filter(tenant_id=tenant_id, id=backtest_id)
        .first()
    )


def _held(held: Claim) -> QuerySet[Backtest]:
    return Backtest.objects.filter(
        tenant_id=held.tenant_id, id=held.backtest_id, state=BacktestState.RUNNING, attempts=held.attempt
    )


def _nudge(tenant_id: UUID, backtest_id: UUID) -> None:
    nudges.enqueue_on_commit("tester.run", tenant_id=str(tenant_id), backtest_id=str(backtest_id))


def _tell(row: Backtest) -> None:
    live.publish_on_commit(row.tenant_id, "backtest", id=row.id, state=row.state, progress=row.progress)


def _record(
    row: Backtest, actor: str, action: str, now: datetime, detail: dict[str, Any] | None = None
) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=f"{row.version.template.name} {row.symbol} {row.timeframe}",
        subject_id=row.id,
        now=now,
        detail=detail,
    )
