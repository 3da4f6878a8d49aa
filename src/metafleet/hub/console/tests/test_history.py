"""Performance, runs and connected time, on screens and as files."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.fleet.history import POINTS
from metafleet.hub.fleet.models import EAInstance, EAPerformance, Receipt, Run, Terminal, TradingSession
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def instance(alice: Person) -> EAInstance:
    row: EAInstance = deploy(alice, connect(alice))
    return row


def sampled(person: Person, row: EAInstance, resolution: str, at: datetime, equity: int) -> None:
    with tenant_scope(person.tenant_id):
        EAPerformance.objects.create(
            tenant_id=person.tenant_id,
            instance=row,
            resolution=resolution,
            at=at,
            balance=10_000,
            equity=equity,
            profit=equity - 10_000,
            trades=3,
            cpu_percent=2.5,
            memory_mb=61.0,
        )


@pytest.mark.parametrize(("hours", "resolution"), [(24, "raw"), (24 * 7, "raw"), (24 * 8, "minute")])
def test_performance_comes_in_the_finest_resolution_that_is_kept(
    alice: Person, instance: EAInstance, hours: int, resolution: str
) -> None:
    for kind, equity in (("raw", 10_001), ("minute", 10_002), ("hour", 10_003)):
        sampled(alice, instance, kind, NOW - HOUR, equity)
        sampled(alice, instance, kind, NOW - timedelta(days=400), 1)
    found = alice.client.get(f"/api/instances/{instance.id}/performance?hours={hours}").json()
    assert found["resolution"] == resolution
    assert [one["equity"] for one in found["samples"]] == [{"raw": 10_001, "minute": 10_002}[resolution]]
    assert found["samples"][0]["cpuPercent"] == 2.5
    assert found["samples"][0]["trades"] == 3


def test_a_long_series_is_thinned_to_the_last_of_each_step(alice: Person, instance: EAInstance) -> None:
    with tenant_scope(alice.tenant_id):
        EAPerformance.objects.bulk_create(
            EAPerformance(
                tenant_id=alice.tenant_id,
                instance=instance,
                resolution="raw",
                at=NOW - timedelta(seconds=30 * back),
                equity=10_000 + back,
            )
            for back in range(2880)
        )
    found = alice.client.get(f"/api/instances/{instance.id}/performance?hours=24").json()["samples"]
    assert POINTS - 1 <= len(found) <= POINTS + 1
    assert [one["at"] for one in found] == sorted(one["at"] for one in found)
    assert found[-1]["equity"] == 10_000


def test_an_ea_that_began_minutes_ago_has_its_curve(alice: Person, instance: EAInstance) -> None:
    for back in range(4):
        sampled(alice, instance, "raw", NOW - timedelta(seconds=30 * back), 10_000 + back)
    found = alice.client.get(f"/api/instances/{instance.id}/performance?hours=24").json()["samples"]
    assert [one["equity"] for one in found] == [10_003, 10_002, 10_001, 10_000]


def test_no_years_longer_than_five_are_asked_for(alice: Person, instance: EAInstance) -> None:
    answer = alice.client.get(f"/api/instances/{instance.id}/performance?hours=999999")
    assert answer.status_code == 400
    assert "hours" in answer.json()["detail"]


def test_runs_tell_version_driver_host_and_why_they_ended(alice: Person, instance: EAInstance) -> None:
    with tenant_scope(alice.tenant_id):
        for generation, ended in ((1, NOW - HOUR), (2, None)):
            Run.objects.create(
                tenant_id=alice.tenant_id,
                instance=instance,
                generation=generation,
                version=instance.version,
                state="ended" if ended else "running",
                intent="run",
                driver="process",
                host="berlin-1",
                started_at=NOW - 2 * HOUR,
                ended_at=ended,
                end_reason="=killed by SIGKILL" if ended else "",
            )
    shown = alice.client.get(f"/api/instances/{instance.id}").json()["runs"]
    assert [(run["generation"], run["driver"], run["host"]) for run in shown] == [
        (2, "process", "berlin-1"),
        (1, "process", "berlin-1"),
    ]
    assert shown[1]["version"] == instance.version.version
    lines = rows_of(alice, f"/api/instances/{instance.id}/runs.csv")
    assert [line["generation"] for line in lines] == ["2", "1"]
    # A spreadsheet is not to run what a broker or an EA wrote.
    assert lines[1]["end_reason"] == "'=killed by SIGKILL"


def session(person: Person, row: EAInstance, began: datetime, ended: datetime | None) -> None:
    with tenant_scope(person.tenant_id):
        terminal = Terminal.objects.filter(account=row.account).first()
        assert terminal is not None
        TradingSession.objects.create(
            tenant_id=person.tenant_id,
            account=row.account,
            terminal=terminal,
            started_at=began,
            last_heartbeat_at=ended or NOW,
            ended_at=ended,
            end_reason="No heartbeat for 90 seconds" if ended else "",
        )


def test_connected_time_counts_what_lies_within_the_days_and_tells_of_gaps(
    alice: Person, instance: EAInstance
) -> None:
    session(alice, instance, NOW - 40 * HOUR, NOW - 23 * HOUR)  # an hour of it lies within the day
    session(alice, instance, NOW - 12 * HOUR, NOW - 10 * HOUR)
    session(alice, instance, NOW - 11 * HOUR, NOW - 9 * HOUR)  # half of it at the same time as another
    session(alice, instance, NOW - HOUR, None)
    session(alice, instance, NOW - 90 * HOUR, NOW - 80 * HOUR)
    found = alice.client.get(f"/api/accounts/{instance.account_id}/connected-time?days=1").json()
    assert found["connectedS"] == (1 + 3 + 1) * 3600
    assert [one["seconds"] / 3600 for one in found["sessions"]] == [1, 2, 2, 17]
    assert found["sessions"][0]["endedAt"] is None
    assert found["sessions"][0]["terminal"] == instance.name
    lines = rows_of(alice, f"/api/accounts/{instance.account_id}/sessions.csv?days=1")
    assert [line["seconds"] for line in lines] == ["3600", "7200", "7200", "61200"]


def rows_of(person: Person, address: str) -> list[dict[str, str]]:
    answer = person.client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode().removeprefix("\ufeff"))))


def test_more_instances_cost_the_list_no_more_queries(alice: Person, instance: EAInstance) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert alice.client.get("/api/instances").status_code == 200
        return len(asked)

    queries()  # the first request notes where the session is
    alone = queries()
    for symbol in ("GBPUSD", "USDJPY"):
        deploy(alice, instance.account, symbol=symbol)
    assert len(alice.client.get("/api/instances").json()) == 3
    assert queries() == alone


def shown(person: Person, address: str, name: str) -> tuple[list[float], int]:
    found = person.client.get(address).json()
    return [one[name] for one in found["items"]], found["total"]


@pytest.mark.parametrize(
    ("asked", "hours", "total"),
    [
        ("", [1, 2, 3, 5], 4),
        ("&pageSize=2", [1, 2], 4),
        ("&pageSize=2&page=2", [3, 5], 4),
        ("&pageSize=2&page=3", [], 4),
        ("&state=open", [1], 1),
        ("&state=ended&sort=started_at", [5, 3, 2], 3),
        ("&sort=-seconds", [5, 3, 2, 1], 4),
        ("&sort=seconds&page=2&pageSize=3", [5], 4),
    ],
)
def test_sessions_are_paged_sorted_and_filtered(
    alice: Person, instance: EAInstance, asked: str, hours: list[int], total: int
) -> None:
    session(alice, instance, NOW - 20 * HOUR, NOW - 15 * HOUR)
    session(alice, instance, NOW - 10 * HOUR, NOW - 7 * HOUR)
    session(alice, instance, NOW - 6 * HOUR, NOW - 4 * HOUR)
    session(alice, instance, NOW - HOUR, None)
    session(alice, instance, NOW - 90 * HOUR, NOW - 80 * HOUR)  # not of these days
    address = f"/api/accounts/{instance.account_id}/sessions?days=1{asked}"
    seconds, found = shown(alice, address, "seconds")
    assert ([one / 3600 for one in seconds], found) == (hours, total)


@pytest.mark.parametrize(
    ("asked", "generations", "total"),
    [
        ("", [4, 3, 2, 1], 4),
        ("pageSize=3&page=2", [1], 4),
        ("sort=generation&pageSize=2", [1, 2], 4),
        ("state=living", [4], 1),
        ("state=ended", [3, 2, 1], 3),
        ("state=crashed&sort=generation", [2, 3], 2),
        ("sort=-lived", [3, 2, 1, 4], 4),
        ("sort=lived", [1, 2, 3, 4], 4),
        ("sort=-memory_mb", [1, 2, 4, 3], 4),
        ("sort=cpu_percent", [4, 2, 1, 3], 4),
    ],
)
def test_runs_are_paged_sorted_and_filtered(
    alice: Person, instance: EAInstance, asked: str, generations: list[int], total: int
) -> None:
    with tenant_scope(alice.tenant_id):
        began = NOW - 9 * HOUR
        for generation, outcome, memory in (
            (1, "clean", 90),
            (2, "crash", 80),
            (3, "permanent", None),
            (4, "", 70),
        ):
            Run.objects.create(
                tenant_id=alice.tenant_id, instance=instance, generation=generation, outcome=outcome,
                state="ended" if outcome else "running", intent="run", driver="process", started_at=began,
                ended_at=NOW - (9 - generation) * HOUR if outcome else None,
                memory_mb=memory, cpu_percent=memory,
            )  # fmt: skip
    address = f"/api/instances/{instance.id}/runs?{asked}"
    assert shown(alice, address, "generation") == (generations, total)


@pytest.mark.parametrize("asked", ["sort=host", "state=lost", "page=0", "pageSize=201"])
def test_a_page_that_there_is_not_is_refused(alice: Person, instance: EAInstance, asked: str) -> None:
    for address in (f"instances/{instance.id}/runs", f"accounts/{instance.account_id}/sessions"):
        assert alice.client.get(f"/api/{address}?{asked}").status_code == 400


@pytest.mark.parametrize("what", ["performance", "performance.csv", "runs", "runs.csv"])
def test_a_stranger_finds_no_record_of_an_ea(charlie: Person, instance: EAInstance, what: str) -> None:
    assert charlie.client.get(f"/api/instances/{instance.id}/{what}").status_code == 404


def test_runs_say_which_crashed_and_which_has_a_receipt(
    alice: Person, charlie: Person, instance: EAInstance
) -> None:
    words = ("server", "symbol", "expert", "version", "contentHash", "driver", "host", "limits")
    instants = dict.fromkeys(("startedAt", "firstTickAt", "firstHeartbeatAt"), NOW.isoformat())
    document = {"generation": 1, "login": 1, "pid": None} | dict.fromkeys(words, "x") | instants
    with tenant_scope(alice.tenant_id):
        for generation, outcome in ((1, "crash"), (2, "clean"), (3, "")):
            run = Run.objects.create(
                tenant_id=alice.tenant_id, instance=instance, generation=generation, outcome=outcome,
                state="ended" if outcome else "running", intent="run", driver="process", started_at=NOW,
            )  # fmt: skip
            if generation == 1:
                Receipt.objects.create(tenant_id=alice.tenant_id, run=run, document=document)
    shown = alice.client.get(f"/api/instances/{instance.id}").json()["runs"]
    assert [(run["generation"], run["isCrash"], run["hasReceipt"]) for run in shown] == [
        (3, False, False),
        (2, False, False),
        (1, True, True),
    ]
    receipt = f"/api/instances/{instance.id}/receipt"
    assert alice.client.get(f"{receipt}?generation=1").json() == document
    assert alice.client.get(f"{receipt}?generation=2").status_code == 404
    assert charlie.client.get(f"{receipt}?generation=1").status_code == 404
