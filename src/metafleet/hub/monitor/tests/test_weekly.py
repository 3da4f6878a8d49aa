"""The weekly report: right figures, one mail for each week, and what a kill does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.core import mail

from metafleet.hub.fleet.models import EAInstance, Run, TradingAccount
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import EquityPoint, Trade
from metafleet.hub.journal.tests.deals import deposit, record, round_trip
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import deliveries, incidents
from metafleet.hub.monitor.models import Channel, EventKind
from metafleet.hub.monitor.tests.incidents import PLAIN, add, announce, rows, send_due
from metafleet.hub.monitor.tests.sink import Sink
from metafleet.hub.monitor.weekly import schedule
from metafleet.hub.monitor.weekly.figures import Week, figures, week_of
from metafleet.hub.monitor.weekly.letter import worded
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.django_db(transaction=True)
BERLIN = "Europe/Berlin"
WEEK = Week(date(2026, 2, 23), BERLIN)
MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""Eight o'clock in Berlin, after the week."""


class Mailbox:
    """What a real server on this machine was sent."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        from email import message_from_bytes
        from email.policy import default

        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.SENDS_MAIL = True
    yield box
    server.stop()


def trade(account: TradingAccount, number: int, profit: str, at: datetime, **facts: Any) -> None:
    with tenant_scope(account.tenant_id):
        Trade.objects.create(
            tenant_id=account.tenant_id,
            account=account,
            position_id=number,
            symbol="EURUSD",
            side="buy",
            **{"state": "closed", **facts},
            volume=Decimal("0.10"),
            closed_volume=Decimal("0.10"),
            entered_at=at - timedelta(hours=1),
            exited_at=at,
            profit=Decimal(profit),
            commission=Decimal(0),
            swap=Decimal(0),
            fee=Decimal(0),
            net_profit=Decimal(profit),
        )


def told(person: Person, week: Week = WEEK, now: datetime = MONDAY) -> dict[str, Any]:
    with tenant_scope(person.tenant_id):
        return figures(tenant_id=person.tenant_id, desk="Night desk", week=week, now=now)


def mailing(person: Person, sink: Sink, **options: Any) -> Channel:
    channel = add(person, sink, PLAIN, kind="email", to=person.email)
    with tenant_scope(person.tenant_id):
        wish = {"hour": 8, "timezone": BERLIN, "now": MONDAY - timedelta(days=3), **options}
        schedule.keep(channel=channel, actor=person.email, **wish)
    return channel


def queue_due(now: datetime) -> int:
    return sum(
        schedule.send_due(tenant_id=tenant_id, report_id=report_id, now=now) is not None
        for tenant_id, report_id in schedule.due(now=now)
    )


def test_a_week_is_monday_to_sunday_on_the_reports_own_clock(alice: Person) -> None:
    account = connect(alice)
    first = datetime(2026, 2, 22, 23, 0, tzinfo=UTC)
    for number, at in enumerate((first - timedelta(seconds=1), first, first + timedelta(days=7))):
        trade(account, number, str(10**number), at)
    assert told(alice)["accounts"][0]["profit"] == "10.00"
    assert told(alice, Week(date(2026, 2, 16), BERLIN))["accounts"][0]["profit"] == "1.00"
    assert week_of(first, BERLIN) == WEEK
    assert week_of(first, "UTC") == Week(date(2026, 2, 16), "UTC")


def test_a_week_with_a_clock_change_has_an_hour_less() -> None:
    spring = Week(date(2026, 3, 23), BERLIN)
    assert spring.ends_at.astimezone(UTC) - spring.begins_at.astimezone(UTC) == timedelta(days=7, hours=-1)


def test_profits_wins_and_falls_are_by_account_and_currency(alice: Person, charlie: Person) -> None:
    good, bad = connect(alice, 5001, "Good"), connect(alice, 5002, "Bad")
    in_week = datetime(2026, 2, 25, 12, tzinfo=UTC)
    for number, profit in enumerate(("30", "-10", "5.50")):
        trade(good, number, profit, in_week)
    trade(bad, 1, "-100", in_week)
    trade(bad, 2, "999", in_week, state="open")
    trade(connect(charlie, 6001), 1, "7777", in_week)
    with tenant_scope(alice.tenant_id):
        for hour, equity in enumerate(("1000", "1100", "990", "1050")):
            EquityPoint.objects.create(
                tenant_id=alice.tenant_id, account=bad, at=in_week + timedelta(hours=hour),
                balance=Decimal(1000), equity=Decimal(equity),
            )  # fmt: skip
    found = told(alice)
    assert [(one["label"], one["profit"], one["trades"], one["wins"]) for one in found["accounts"]] == [
        ("Good", "25.50", 3, 2),
        ("Bad", "-100.00", 1, 0),
    ]
    assert [one["drawdown"] for one in found["accounts"]] == [None, pytest.approx(0.1)]
    (total,) = found["totals"]
    assert (total["currency"], total["profit"], total["trades"], total["wins"]) == ("USD", "-74.50", 4, 2)
    assert (found["best"]["profit"], found["best"]["account"]) == ("30.00", "Good")
    assert (found["worst"]["profit"], found["worst"]["account"]) == ("-100.00", "Bad")


def test_a_fall_of_the_balance_is_told_where_nobody_saw_the_equity(alice: Person) -> None:
    account = register(alice)
    in_week = datetime(2026, 2, 25, 12, tzinfo=UTC)
    record(
        account,
        deposit(1, in_week - timedelta(days=9), 1000),
        *round_trip(1, in_week, 100, commission=0),
        *round_trip(2, in_week + timedelta(hours=2), -220, commission=0),
        deposit(90, in_week + timedelta(hours=3), 5000),
        *round_trip(3, in_week + timedelta(hours=4), -110, commission=0),
    )
    (found,) = told(alice)["accounts"]
    assert found["drawdown"] == pytest.approx(330 / 1100)


def test_incidents_are_there_with_what_was_done_and_eas_that_were_down(
    alice: Person, catalogue: None
) -> None:
    at = datetime(2026, 2, 26, 12, tzinfo=UTC)
    announce(alice, severity="warning", now=at)
    grave = announce(alice, severity="critical", now=at).incident
    announce(alice, now=at - timedelta(days=7))
    crashed = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        incidents.note(
            incident=grave, kind=EventKind.ACTED, text="Paused 3 EAs.", actor=incidents.SYSTEM, now=at
        )
        incidents.resolve(tenant_id=alice.tenant_id, incident_id=grave.id, actor=alice.email, text="", now=at)
        for generation, outcome in enumerate(("crash", "clean", "crash"), 1):
            Run.objects.create(
                tenant_id=alice.tenant_id, instance=crashed, generation=generation, state="ended",
                intent="run", ended_at=at, outcome=outcome,
            )  # fmt: skip
        EAInstance.objects.filter(id=crashed.id).update(state="error", last_error="No history.")
    found = told(alice)
    assert {name: found["incidents"][name] for name in ("opened", "resolved", "stillOpen", "critical")} == {
        "opened": 2,
        "resolved": 1,
        "stillOpen": 2,
        "critical": 1,
    }
    first = found["incidents"]["shown"][0]
    assert (first["severity"], first["isResolved"], first["done"]) == ("critical", True, ["Paused 3 EAs."])
    (down,) = found["down"]
    assert (down["crashes"], down["isDown"], down["error"]) == (2, True, "No history.")


def test_the_mail_says_it_in_html_and_in_text_and_runs_nothing(alice: Person) -> None:
    account = connect(alice, label="<script>alert(1)</script>")
    trade(account, 1, "1234.5", datetime(2026, 2, 25, 12, tzinfo=UTC))
    found = worded(told(alice))
    assert found.subject == "Night desk, 23 February – 1 March 2026: +1,234.50 USD"
    assert "<script>" not in found.html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in found.html
    assert "http" not in found.html
    for text in ("+1,234.50 USD", "1 trade", "100% won"):
        assert text in found.text
        assert text in found.html
    assert "{" not in found.text


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 2, 27, 12, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)),
        (datetime(2026, 3, 2, 6, 59, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)),
        (datetime(2026, 3, 2, 7, 0, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 3, 25, 12, tzinfo=UTC), datetime(2026, 3, 30, 6, tzinfo=UTC)),
    ],
)
def test_it_goes_on_mondays_by_the_clock_there(now: datetime, due: datetime) -> None:
    assert schedule.next_due(8, BERLIN, now) == due


def test_one_mail_goes_for_each_week(alice: Person, sink: Sink, mailbox: Mailbox) -> None:
    mailing(alice, sink)
    trade(connect(alice), 1, "10", datetime(2026, 2, 25, 12, tzinfo=UTC))
    assert queue_due(MONDAY - timedelta(seconds=1)) == 0
    assert [queue_due(MONDAY + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]
    send_due(sink, MONDAY + timedelta(minutes=3))
    send_due(sink, MONDAY + timedelta(days=1))
    (sent,) = mailbox.mails
    (row,) = rows(alice)
    assert (sent["To"], sent["Message-ID"]) == (alice.email, f"<{row.id}@metafleet>")
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html"]
    assert "23 February – 1 March 2026" in sent["Subject"]
    assert (row.purpose, row.state) == ("report", "sent")
    assert queue_due(MONDAY + timedelta(days=7)) == 1


def test_after_weeks_without_a_worker_the_last_week_alone_is_sent(
    alice: Person, sink: Sink, mailbox: Mailbox
) -> None:
    mailing(alice, sink)
    now = MONDAY + timedelta(days=24)
    assert queue_due(now) == 1
    assert queue_due(now) == 0
    assert "16–22 March 2026" in str(rows(alice)[0].message["title"])


def test_two_workers_queue_one_report(alice: Person, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing(alice, sink)
    counts = schedule.message_of

    def meanwhile(*what: Any) -> dict[str, Any]:
        """While this worker counts, another has the report done."""
        monkeypatch.setattr(schedule, "message_of", counts)
        assert schedule.send_due(tenant_id=tenant_id, report_id=report_id, now=MONDAY)
        return counts(*what)

    ((tenant_id, report_id),) = schedule.due(now=MONDAY)
    monkeypatch.setattr(schedule, "message_of", meanwhile)
    assert schedule.send_due(tenant_id=tenant_id, report_id=report_id, now=MONDAY) is None
    assert len(rows(alice)) == 1


def test_what_the_mail_server_did_not_take_comes_again_under_the_same_id(
    alice: Person, sink: Sink, mailbox: Mailbox
) -> None:
    mailing(alice, sink)
    queue_due(MONDAY)
    mailbox.refusals = 1
    send_due(sink, MONDAY)
    assert mailbox.mails == []
    send_due(sink, MONDAY + deliveries.BACK_OFF[0])
    assert [one["Message-ID"] for one in mailbox.mails] == [f"<{rows(alice)[0].id}@metafleet>"]


def test_a_worker_that_dies_while_it_sends_sends_it_again_under_the_same_id(
    alice: Person, sink: Sink, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing(alice, sink)
    queue_due(MONDAY)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(deliveries, "_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            send_due(sink, MONDAY)
    send_due(sink, MONDAY + deliveries.LEASE)
    assert len(mailbox.mails) == 2
    assert len({one["Message-ID"] for one in mailbox.mails}) == 1


def test_a_channel_that_is_off_or_switched_off_gets_none(alice: Person, sink: Sink) -> None:
    channel = mailing(alice, sink)
    with tenant_scope(alice.tenant_id):
        Channel.objects.filter(id=channel.id).update(is_enabled=False)
    assert queue_due(MONDAY) == 0
    with tenant_scope(alice.tenant_id):
        Channel.objects.filter(id=channel.id).update(is_enabled=True)
        schedule.stop(channel=channel, actor=alice.email, now=MONDAY)
    assert queue_due(MONDAY + timedelta(days=30)) == 0
    assert mail.outbox == []


def test_only_a_mail_brings_it(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink)
    with tenant_scope(alice.tenant_id), pytest.raises(schedule.NoMail):
        schedule.keep(channel=channel, hour=8, timezone="UTC", actor=alice.email, now=MONDAY)


def test_a_clock_that_nobody_has_is_refused(alice: Person, sink: Sink) -> None:
    with pytest.raises(Malformed, match="There is no time zone Mars/Base"):
        mailing(alice, sink, timezone="Mars/Base")
