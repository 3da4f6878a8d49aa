"""What is to be told is told: once by each channel, again when it failed, to whom it concerns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import deliveries
from metafleet.hub.monitor.models import Channel, Delivery
from metafleet.hub.monitor.tests.incidents import PLAIN, add, announce, rows, send_due
from metafleet.hub.monitor.tests.sink import Sink
from tests.cast import NOW, Person, sign_up

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every nudge is lost, as one may be: what is due is found all the same."""
    lost: list[str] = []
    monkeypatch.setattr(deliveries, "enqueue_on_commit", lambda name, **_: lost.append(name))
    return lost


def test_an_event_is_told_once_by_each_channel(alice: Person, sink: Sink, nudges: list[str]) -> None:
    add(alice, sink)
    add(alice, sink, replace(PLAIN, name="Second"))
    event = announce(alice)
    with tenant_scope(alice.tenant_id):
        deliveries.announce(incident=event.incident, event=event, now=NOW)
    assert nudges == ["monitor.deliver"] * 2
    assert send_due(sink, NOW) == 2
    assert send_due(sink, NOW + timedelta(hours=1)) == 0
    assert {one.headers["webhook-id"] for one in sink.came} == {str(row.id) for row in rows(alice)}
    assert [(row.state, row.reply, row.due_at) for row in rows(alice)] == [("sent", "200 ok", None)] * 2


def test_what_failed_is_tried_again_later_and_later(alice: Person, sink: Sink) -> None:
    add(alice, sink)
    announce(alice)
    sink.answers += [(500, "no")] * 7
    now = NOW
    for wait in deliveries.BACK_OFF:
        assert send_due(sink, now) == 1
        assert send_due(sink, now + wait - timedelta(seconds=1)) == 0
        now += wait
    assert send_due(sink, now) == 1
    (row,) = rows(alice)
    assert (row.state, row.attempt, row.error, row.due_at) == ("failed", 7, "500 no", None)
    assert len({one.headers["webhook-id"] for one in sink.came}) == 1
    assert row.channel.is_enabled


def test_a_permanent_error_switches_the_channel_off_and_tells_it_elsewhere(alice: Person, sink: Sink) -> None:
    first = add(alice, sink)
    announce(alice)
    add(alice, sink, replace(PLAIN, name="Second"))
    sink.answers.append((410, "gone"))
    send_due(sink, NOW)
    with tenant_scope(alice.tenant_id):
        first.refresh_from_db()
        entry = AuditEntry.objects.get(tenant_id=alice.tenant_id, action="channel.disabled")
    assert (first.is_enabled, first.disabled_reason) == (False, "410 gone")
    assert (entry.subject, entry.detail) == ("Desk", {"reason": "410 gone"})
    assert send_due(sink, NOW) == 1
    assert sink.came[1].body["data"]["title"] == "Channel Desk was switched off"
    announce(alice, severity="critical")
    assert [row.channel.name for row in rows(alice) if row.due_at] == ["Second"]


@pytest.mark.parametrize(("least", "told"), [("info", True), ("warning", True), ("critical", False)])
def test_what_is_less_grave_than_a_channel_wants_is_not_told(
    alice: Person, sink: Sink, least: str, told: bool
) -> None:
    add(alice, sink, replace(PLAIN, min_severity=least))
    announce(alice, severity="warning")
    assert bool(rows(alice)) == told


def test_a_channel_for_escalation_hears_of_what_is_escalated(alice: Person, sink: Sink) -> None:
    add(alice, sink, replace(PLAIN, is_for_escalation=True))
    announce(alice)
    assert rows(alice) == []
    announce(alice, escalation=1)
    assert len(rows(alice)) == 1


def test_nobody_is_told_of_what_is_muted(alice: Person, sink: Sink) -> None:
    add(alice, sink)
    announce(alice, is_muted=True)
    assert rows(alice) == []


QUIET = replace(PLAIN, quiet_from=time(22), quiet_to=time(7), timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("severity", "now", "due"),
    [
        ("warning", datetime(2026, 3, 2, 23, 0, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)),
        ("warning", datetime(2026, 3, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)),
        ("warning", datetime(2026, 3, 3, 6, 0, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)),
        ("critical", datetime(2026, 3, 3, 2, 0, tzinfo=UTC), datetime(2026, 3, 3, 2, 0, tzinfo=UTC)),
    ],
)
def test_what_is_not_critical_waits_until_the_quiet_hours_end(
    alice: Person, sink: Sink, severity: str, now: datetime, due: datetime
) -> None:
    add(alice, sink, QUIET)
    announce(alice, severity=severity, now=now)
    assert [row.due_at for row in rows(alice)] == [due]


def test_two_workers_do_not_both_send(alice: Person, sink: Sink) -> None:
    add(alice, sink)
    announce(alice)
    (row,) = rows(alice)

    def meanwhile() -> None:
        deliveries.deliver(tenant_id=alice.tenant_id, delivery_id=row.id, now=NOW, outside=sink.outside())
        connection.close()

    sink.before_answer = meanwhile
    send_due(sink, NOW)
    assert len(sink.came) == 1


def test_the_log_is_bounded(alice: Person, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "KEPT", 3)
    add(alice, sink)
    for minute in range(5):
        announce(alice, now=NOW + timedelta(minutes=minute))
        send_due(sink, NOW + timedelta(minutes=minute))
    assert len(sink.came) == 5
    assert len(rows(alice)) == 3


_WORKER = """
import django; django.setup()
import sys
from ipaddress import ip_network
from uuid import UUID
from datetime import datetime
from metafleet.hub.monitor import deliveries
from metafleet.hub.monitor.outgoing import Outside
deliveries.deliver(tenant_id=UUID(sys.argv[1]), delivery_id=UUID(sys.argv[2]),
    now=datetime.fromisoformat(sys.argv[3]), outside=Outside(networks=(ip_network("127.0.0.0/8"),)))
"""


def _worker(row: Delivery) -> subprocess.Popen[bytes]:
    one = connection.settings_dict
    url = f"postgresql://{quote(one['USER'])}@/{one['NAME']}?{urlencode({'host': one['HOST']})}"
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", _WORKER, str(row.tenant_id), str(row.id), NOW.isoformat()],
        env={
            **os.environ,
            "DATABASE_URL": url,
            "METAFLEET_DATA_DIR": str(settings.DATA_DIR),
            "DJANGO_SETTINGS_MODULE": "metafleet.hub.config.settings",
        },
    )


def test_a_worker_killed_while_it_sends_loses_and_doubles_nothing(sink: Sink) -> None:
    """The receiver has the message and the worker is dead: the repeat carries the same id."""
    alice = sign_up("alice@example.com")
    add(alice, sink)
    announce(alice)
    (row,) = rows(alice)
    arrived, killed = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        assert killed.wait(30)

    sink.before_answer = hold
    worker = _worker(row)
    assert arrived.wait(30)
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.wait(30) == -signal.SIGKILL
    killed.set()
    sink.before_answer = None
    assert [(one.state, one.attempt) for one in rows(alice)] == [("queued", 1)]
    assert send_due(sink, NOW + deliveries.LEASE - timedelta(seconds=1)) == 0
    assert send_due(sink, NOW + deliveries.LEASE) == 1
    assert send_due(sink, NOW + timedelta(days=1)) == 0
    assert [one.headers["webhook-id"] for one in sink.came] == [str(row.id)] * 2
    assert [(one.state, one.attempt) for one in rows(alice)] == [("sent", 2)]


def test_a_disabled_channels_queue_is_not_sent(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink)
    announce(alice)
    with tenant_scope(alice.tenant_id):
        Channel.objects.filter(id=channel.id).update(is_enabled=False)
    send_due(sink, NOW)
    assert sink.came == []
    assert [(row.state, row.error) for row in rows(alice)] == [("failed", "The channel is off.")]
