"""What is recorded of terminals and EAs: sessions, performance, and for how long it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest

from metafleet.hub.fleet import records, sessions
from metafleet.hub.fleet.drivers.contract import Driver, DriverError, Sight
from metafleet.hub.fleet.models import (
    AccountState,
    EAInstance,
    EAPerformance,
    Run,
    Terminal,
    TradingSession,
)
from metafleet.hub.journal.models import Trade
from metafleet.hub.journal.tasks import record_at
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")

A_MINUTE = timedelta(minutes=1)


class Meter:
    """Sees every runtime alive, with 12.5 % of a core and 61 MB."""

    name = "meter"
    is_away = False

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        if self.is_away:
            raise DriverError("The engine is away.", permanent=False)
        return set(handles)

    def inspect(self, instance_id: UUID, handle: dict[str, Any]) -> Sight:
        return Sight(alive=True, cpu_percent=12.5, memory_mb=61.0)


@pytest.fixture
def instance(alice: Person) -> EAInstance:
    """One that runs, has closed a trade with 25 and has one open."""
    row: EAInstance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.update(generation=1, state="running", reconcile_due_at=None)
        Run.objects.create(
            tenant_id=alice.tenant_id,
            instance=row,
            generation=1,
            state="running",
            intent="run",
            driver="meter",
            handle={"pid": 1},
            heartbeat_at=NOW,
        )
        AccountState.objects.update_or_create(
            account=row.account,
            defaults={
                "tenant_id": alice.tenant_id,
                "balance": 10_025,
                "equity": 10_020,
                "margin": 0,
                "free_margin": 10_020,
                "observed_at": NOW,
            },
        )
        for number, state in enumerate(("closed", "open")):
            Trade.objects.create(
                tenant_id=alice.tenant_id,
                account=row.account,
                position_id=number,
                symbol="EURUSD",
                side="buy",
                state=state,
                volume=1,
                closed_volume=0,
                profit=0,
                commission=0,
                swap=0,
                fee=0,
                net_profit=25 * (state == "closed"),
                magic=row.magic,
            )
    return row


def heard(person: Person, at: datetime) -> None:
    with tenant_scope(person.tenant_id):
        Terminal.objects.update(linked_at=at)
        Run.objects.update(heartbeat_at=at)


def sweep(at: datetime, meter: Meter | None = None) -> None:
    record_at(at, cast(Driver, meter or Meter()))


def spans(person: Person) -> list[tuple[datetime, datetime, datetime | None, str]]:
    with tenant_scope(person.tenant_id):
        rows = TradingSession.objects.order_by("started_at")
        return [(row.started_at, row.last_heartbeat_at, row.ended_at, row.end_reason) for row in rows]


def series(person: Person, resolution: str) -> list[EAPerformance]:
    with tenant_scope(person.tenant_id):
        return list(EAPerformance.objects.filter(resolution=resolution).order_by("at"))


def test_a_sample_says_how_the_ea_does(alice: Person, instance: EAInstance) -> None:
    sweep(NOW)
    (raw,) = series(alice, "raw")
    assert (raw.at, raw.balance, raw.equity) == (NOW, Decimal("10025.00"), Decimal("10020.00"))
    assert (raw.profit, raw.trades, raw.cpu_percent, raw.memory_mb) == (Decimal("25.00"), 1, 12.5, 61.0)


def test_minutes_and_hours_are_the_last_of_theirs_however_often_the_sweep_runs(
    alice: Person, instance: EAInstance
) -> None:
    for seconds in (0, 0, 30, 31, 60):
        at = NOW + timedelta(seconds=seconds)
        heard(alice, at)
        with tenant_scope(alice.tenant_id):
            AccountState.objects.update(equity=10_000 + seconds)
        sweep(at)
    equities = {
        name: [int(row.equity or 0) for row in series(alice, name)] for name in ("raw", "minute", "hour")
    }
    assert equities == {"raw": [10_000, 10_031, 10_060], "minute": [10_031, 10_060], "hour": [10_060]}


def test_an_ea_that_is_not_heard_is_not_sampled(alice: Person, instance: EAInstance) -> None:
    sweep(NOW + timedelta(minutes=2))
    assert series(alice, "raw") == []


def test_an_engine_that_is_away_costs_the_cpu_alone(alice: Person, instance: EAInstance) -> None:
    meter = Meter()
    meter.is_away = True
    sweep(NOW, meter)
    (raw,) = series(alice, "raw")
    assert (raw.cpu_percent, raw.trades) == (None, 1)


def test_raw_is_kept_a_week_minutes_a_quarter_and_hours_for_ever(alice: Person, instance: EAInstance) -> None:
    sweep(NOW)
    assert records.forget_old(now=NOW + timedelta(days=7)) == 0
    assert records.forget_old(now=NOW + timedelta(days=7, seconds=1)) == 1
    assert [len(series(alice, name)) for name in ("raw", "minute", "hour")] == [0, 1, 1]
    records.forget_old(now=NOW + timedelta(days=3_650))
    assert [len(series(alice, name)) for name in ("raw", "minute", "hour")] == [0, 0, 1]


def test_a_session_lasts_from_the_first_heartbeat_to_the_last(alice: Person, instance: EAInstance) -> None:
    for seconds in range(0, 300, 30):
        heard(alice, NOW + timedelta(seconds=seconds))
        sweep(NOW + timedelta(seconds=seconds + 1))
    last = NOW + timedelta(seconds=270)
    assert spans(alice) == [(NOW, last, None, "")]
    for _ in range(2):
        sweep(last + sessions.SILENCE + timedelta(seconds=1))
    assert spans(alice) == [(NOW, last, last, "No heartbeat for 90 seconds")]


def test_a_terminal_that_comes_back_begins_another_session(alice: Person, instance: EAInstance) -> None:
    back = NOW + timedelta(hours=1)
    heard(alice, NOW)
    sweep(NOW)
    heard(alice, back)  # nobody swept through the silence
    sweep(back)
    assert spans(alice) == [(NOW, NOW, NOW, "No heartbeat for 90 seconds"), (back, back, None, "")]


def test_a_revoked_terminal_ends_its_session(alice: Person, instance: EAInstance) -> None:
    heard(alice, NOW)
    sweep(NOW)
    with tenant_scope(alice.tenant_id):
        Terminal.objects.update(revoked_at=NOW)
    sweep(NOW + timedelta(seconds=5))
    assert spans(alice) == [(NOW, NOW, NOW, "The terminal was revoked")]


def test_what_fails_for_one_tenant_is_recorded_for_the_others(
    alice: Person, charlie: Person, instance: EAInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(charlie, connect(charlie))
    with tenant_scope(charlie.tenant_id):
        Terminal.objects.update(linked_at=NOW)
    heard(alice, NOW)
    record = sessions.record

    def stumble(*, tenant_id: UUID, now: datetime) -> None:
        if tenant_id == alice.tenant_id:
            raise RuntimeError("only hers")
        record(tenant_id=tenant_id, now=now)

    monkeypatch.setattr(sessions, "record", stumble)
    sweep(NOW)
    assert (len(spans(alice)), len(spans(charlie))) == (0, 1)
