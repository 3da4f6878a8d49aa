"""Logs of EAs in CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import boto3
import pytest

from metafleet.hub.fleet.drivers.contract import Driver, DriverError, LogSlice
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.clouds import logs
from metafleet.hub.monitor.clouds.aws.logs import LONGEST_LINE, CloudWatchLogs
from metafleet.hub.monitor.clouds.contract import Line
from metafleet.hub.monitor.models import LogCursor
from metafleet.hub.vault.tests.amazon import REGION
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime.now(UTC).replace(microsecond=0)
"""CloudWatch takes nothing that is old."""
BEAT = timedelta(seconds=10)


@dataclass
class Runners:
    """The part of a driver that reads logs, from files, as the process driver does."""

    folder: Path
    broken: set[UUID] = field(default_factory=set)

    def write(self, instance_id: UUID, *lines: str) -> None:
        with (self.folder / str(instance_id)).open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def logs(self, instance_id: UUID, *, offset: int | None, most_bytes: int) -> LogSlice:
        if instance_id in self.broken:
            raise DriverError("no word from it", permanent=False)
        file = self.folder / str(instance_id)
        text = file.read_bytes() if file.exists() else b""
        chunk = text[offset or 0 :][:most_bytes]
        whole = chunk[: chunk.rfind(b"\n") + 1]
        return LogSlice(whole.decode().splitlines(), (offset or 0) + len(whole))


@pytest.fixture
def runners(tmp_path: Path) -> Runners:
    return Runners(tmp_path)


@pytest.fixture
def port(amazon: str) -> CloudWatchLogs:
    return CloudWatchLogs(REGION, "/metafleet/eas/")


def ship(port: CloudWatchLogs, runners: Runners, now: datetime = NOW) -> int:
    return logs.ship(logs=port, driver=cast("Driver", runners), now=now)


def line(text: str, second: int = 0) -> str:
    at = NOW - timedelta(minutes=1) + timedelta(seconds=second)
    return f"{at:%Y-%m-%dT%H:%M:%S}.250Z INFO    ea: {text}"


def arrived(instance: EAInstance) -> list[str]:
    found = boto3.client("logs", region_name=REGION).get_log_events(
        logGroupName=f"/metafleet/eas/{instance.tenant_id}",
        logStreamName=str(instance.id),
        startFromHead=True,
    )
    return [one["message"] for one in found["events"]]


def test_each_line_arrives_once_in_its_desks_group(
    port: CloudWatchLogs, runners: Runners, alice: Person, charlie: Person, catalogue: None
) -> None:
    hers, his = deploy(alice, connect(alice)), deploy(charlie, connect(charlie, login=6001))
    first, trace, second = line("opened"), "    Traceback: set in", line("closed", 5)
    runners.write(hers.id, first, trace)
    runners.write(his.id, line("other"))
    assert ship(port, runners) == 3
    assert ship(port, runners, NOW + BEAT) == 0
    runners.write(hers.id, second)
    assert ship(port, runners, NOW + 2 * BEAT) == 1
    assert arrived(hers) == [first, trace, second]
    assert arrived(his) == [line("other")]
    groups = boto3.client("logs", region_name=REGION).describe_log_groups()["logGroups"]
    assert {one["logGroupName"]: one["retentionInDays"] for one in groups} == {
        f"/metafleet/eas/{one.tenant_id}": 30 for one in (alice, charlie)
    }


def test_lines_carry_their_own_instants_and_never_go_back(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None
) -> None:
    ea = deploy(alice, connect(alice))
    runners.write(ea.id, "no instant", line("a", 5), "set in", line("clock set back", 2))
    ship(port, runners)
    found = boto3.client("logs", region_name=REGION).get_log_events(
        logGroupName=f"/metafleet/eas/{ea.tenant_id}", logStreamName=str(ea.id), startFromHead=True
    )["events"]
    said = (NOW - timedelta(seconds=55)).timestamp() * 1000 + 250
    assert [one["timestamp"] for one in found] == [said] * 4


def test_a_worker_that_dies_after_the_call_leaves_no_line_twice(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ea = deploy(alice, connect(alice))
    runners.write(ea.id, line("before"))
    ship(port, runners)
    runners.write(ea.id, line("one", 1), line("two", 2))
    sends = port.put

    def dies(*what: Any) -> None:
        sends(*what)
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(port, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            ship(port, runners, NOW + BEAT)
    runners.write(ea.id, line("three", 3))
    assert ship(port, runners, NOW + 2 * BEAT) == 0
    assert ship(port, runners, NOW + BEAT + logs.LEASE) == 1
    assert arrived(ea) == [line("before"), line("one", 1), line("two", 2), line("three", 3)]


def test_a_worker_that_dies_before_the_call_loses_no_line(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ea = deploy(alice, connect(alice))
    runners.write(ea.id, line("one", 1), line("two", 2))

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(port, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            ship(port, runners)
    assert ship(port, runners, NOW + logs.LEASE) == 2
    assert arrived(ea) == [line("one", 1), line("two", 2)]


def test_an_ea_that_writes_without_end_is_taken_some_at_a_time(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 500)
    ea = deploy(alice, connect(alice))
    lines = [line(f"line {number}", number) for number in range(20)]
    runners.write(ea.id, *lines)
    beats = list(_until_quiet(port, runners))
    assert len(beats) > 1
    assert arrived(ea) == lines


def _until_quiet(port: CloudWatchLogs, runners: Runners) -> Iterator[int]:
    now = NOW
    while sent := ship(port, runners, now):
        yield sent
        now += BEAT


def test_those_come_first_that_have_waited_longest(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_EAS", 1)
    eas = [deploy(alice, connect(alice, login=5001 + number)) for number in range(3)]
    for ea in eas:
        runners.write(ea.id, line("here"))
    assert [ship(port, runners, NOW + number * BEAT) for number in range(4)] == [1, 1, 1, 0]
    assert all(arrived(ea) == [line("here")] for ea in eas)


def test_a_log_that_cannot_be_read_holds_up_no_other(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None
) -> None:
    silent, speaks = deploy(alice, connect(alice, 5001)), deploy(alice, connect(alice, 5002))
    for ea in (silent, speaks):
        runners.write(ea.id, line("here"))
    runners.broken = {silent.id}
    assert ship(port, runners) == 1
    runners.broken = set()
    assert ship(port, runners, NOW + BEAT) == 1


def test_an_ea_that_is_long_stopped_is_not_looked_at(
    port: CloudWatchLogs, runners: Runners, alice: Person, catalogue: None
) -> None:
    ea = deploy(alice, connect(alice))
    runners.write(ea.id, line("last words"))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=ea.id).update(state="stopped", updated_at=NOW - timedelta(minutes=1))
    assert ship(port, runners) == 1
    runners.write(ea.id, line("from the grave"))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=ea.id).update(updated_at=NOW - logs.AFTER_ITS_END)
    assert ship(port, runners, NOW + BEAT) == 0
    with tenant_scope(alice.tenant_id):
        assert LogCursor.objects.get().lease_until is None


def test_what_amazon_would_refuse_is_cut(port: CloudWatchLogs, alice: Person) -> None:
    calls: list[int] = []
    port._client.meta.events.register(
        "provide-client-params.cloudwatch-logs.PutLogEvents",
        lambda params, **_: calls.append(len(params["logEvents"])),
    )
    ea = UUID(int=1)
    days_apart = [Line(NOW - timedelta(hours=hours), "x") for hours in (47, 30, 1)]
    port.put(alice.tenant_id, ea, days_apart)
    long = [Line(NOW, "é" * LONGEST_LINE)] * 6
    port.put(alice.tenant_id, ea, [Line(NOW, "")])
    port.put(alice.tenant_id, ea, long)
    port.put(alice.tenant_id, ea, [Line(NOW, "y")] * 10_001)
    assert calls[-1] == 1
    assert max(calls) == 10_000
    assert port.tail(alice.tenant_id, ea, 1) == ["y"]
