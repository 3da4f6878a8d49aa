"""What importing does to the journal, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal import intake, items
from metafleet.hub.journal.imports import operations, tickets
from metafleet.hub.journal.imports.errors import FileTooLarge, NotAHistory, UnknownTimezone, WrongState
from metafleet.hub.journal.imports.orders import DERIVED_BELOW
from metafleet.hub.journal.imports.tests import samples
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import Deal, Import, Trade, TradeCandles
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

UPLOAD = operations.Upload("ReportHistory.html", samples.mt5_html().encode())


def preview(person: Person, account: TradingAccount, upload: operations.Upload = UPLOAD, **at: Any) -> Import:
    with tenant_scope(person.tenant_id):
        return operations.preview(
            account=account, actor=person.email, import_id=uuid4(), upload=upload, now=at.get("now", NOW)
        )


def confirm(person: Person, row: Import, now: datetime = NOW) -> Import:
    with tenant_scope(person.tenant_id):
        return operations.confirm(tenant_id=person.tenant_id, import_id=row.id, actor=person.email, now=now)


def undo(person: Person, row: Import) -> Import:
    with tenant_scope(person.tenant_id):
        return operations.undo(tenant_id=person.tenant_id, import_id=row.id, actor=person.email, now=NOW)


def imported(person: Person, account: TradingAccount, upload: operations.Upload = UPLOAD) -> Import:
    return confirm(person, preview(person, account, upload))


def report(person: Person, account: TradingAccount, deals: list[dict[str, Any]], offset_s: int = 0) -> None:
    """Record deals as if a terminal had reported them."""
    raw = [msgspec.Raw(msgspec.json.encode(deal)) for deal in deals]
    read = items.read_deals(raw, offset_s)
    good: Any = read.good
    made = [deal for _, found in good for deal in found]
    with tenant_scope(person.tenant_id), connection.cursor() as cursor:
        batch = intake.DealBatch(deals=intake.prepare(made), account_id=account.id)
        intake.record_in_tenant(cursor, [batch], NOW)


def deals_of(person: Person, account: TradingAccount) -> dict[int, Deal]:
    with tenant_scope(person.tenant_id):
        return {deal.ticket: deal for deal in Deal.objects.filter(account_id=account.id)}


def trades_of(person: Person, account: TradingAccount) -> list[tuple[int, str, Decimal]]:
    with tenant_scope(person.tenant_id):
        found = Trade.objects.filter(account_id=account.id).order_by("position_id")
        return [(trade.position_id, trade.state, trade.net_profit) for trade in found]


def told(**changed: Any) -> dict[str, Any]:
    """Deal 9001 of the report, as a terminal says it."""
    return {
        "ticket": 9001, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "price": 1.08, "orderId": 5001,
        "positionId": 5001, "entryType": 0, "commission": -0.7, "time": "2024-03-04T09:15:02Z", **changed,
    }  # fmt: skip


def test_a_preview_says_everything_and_records_nothing(alice: Person) -> None:
    account = register(alice)
    summary = preview(alice, account).summary
    assert deals_of(alice, account) == {}
    assert trades_of(alice, account) == []
    with tenant_scope(alice.tenant_id):
        assert not TradeCandles.objects.exists()
        assert not AuditEntry.objects.filter(action__startswith="import.").exists()
    assert summary["account_match"]["ok"] is True
    assert summary["found"] == {
        "deals": 5, "trades": 2, "balance_operations": 1, "open_positions": 0, "cancelled_orders": 1,
    }  # fmt: skip
    assert (summary["new"], summary["known"], summary["conflicting"]) == (5, 0, 0)
    figures = {figure["name"]: figure for figure in summary["figures"]}
    assert figures["Net profit"] == {"name": "Net profit", "printed": 8.5, "journal": 8.5, "matches": True}
    assert figures["Gross profit"]["matches"] is True
    assert figures["Balance"]["journal"] == 1008.5
    assert [trade["position_id"] for trade in summary["sample"]] == ["5001", "5002"]


def test_confirming_records_once_and_says_who_did(alice: Person) -> None:
    account = register(alice)
    row = preview(alice, account)
    first, second = confirm(alice, row), confirm(alice, row, NOW + timedelta(minutes=1))
    assert (first.state, second.state, second.finished_at) == ("done", "done", NOW)
    assert second.content is None
    assert len(deals_of(alice, account)) == 5
    assert trades_of(alice, account) == [
        (5001, "closed", Decimal("64.20")),
        (5002, "closed", Decimal("-55.70")),
    ]
    with tenant_scope(alice.tenant_id):
        (entry,) = AuditEntry.objects.filter(action="import.confirmed")
    assert (entry.actor, entry.detail["new"], entry.detail["file"]) == (alice.email, 5, "ReportHistory.html")


def test_undoing_leaves_the_journal_as_it_was(alice: Person) -> None:
    account = register(alice)
    row = imported(alice, account)
    assert undo(alice, row).state == "undone"
    assert undo(alice, row).state == "undone"
    assert deals_of(alice, account) == {}
    assert trades_of(alice, account) == []
    with tenant_scope(alice.tenant_id):
        assert not TradeCandles.objects.exists()
        assert AuditEntry.objects.filter(action="import.undone").count() == 1
        with pytest.raises(WrongState, match="Upload the file again"):
            operations.confirm(tenant_id=alice.tenant_id, import_id=row.id, actor="x", now=NOW)


def test_what_a_terminal_reported_before_stands_and_stays(alice: Person) -> None:
    account = register(alice)
    report(alice, account, [told(commission=-0.9, magic=7)])
    row = imported(alice, account)
    assert (row.summary["new"], row.summary["known"]) == (4, 1)
    assert row.summary["conflicts"] == [{"ticket": 9001, "field": "amount", "file": -0.7, "journal": -0.9}]
    assert (deals_of(alice, account)[9001].commission, deals_of(alice, account)[9001].magic) == (
        Decimal("-0.90"),
        7,
    )
    undo(alice, row)
    assert set(deals_of(alice, account)) == {9001}
    assert trades_of(alice, account) == [(5001, "open", Decimal("-0.90"))]


def test_what_a_terminal_reports_after_an_import_makes_no_double(alice: Person) -> None:
    account = register(alice)
    imported(alice, account)
    report(alice, account, [told()])
    assert len(deals_of(alice, account)) == 5
    assert trades_of(alice, account)[0] == (5001, "closed", Decimal("64.20"))


def test_a_closed_order_of_mt4_meets_the_one_that_a_terminal_reported(alice: Person) -> None:
    account = register(alice, platform="mt4")
    report(
        alice,
        account,
        [
            {
                "ticket": 201, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "openPrice": 1.08,
                "closePrice": 1.09, "openTime": "2024-03-04T09:00:00Z", "closeTime": "2024-03-05T09:00:00Z",
                "commission": -0.7, "swap": -0.2, "fee": -0.1, "profit": 100, "comment": "grid[tp]",
            }
        ],
    )  # fmt: skip
    row = imported(alice, account, operations.Upload("a.htm", samples.mt4_html().encode()))
    assert (row.summary["new"], row.summary["known"], row.summary["conflicting"]) == (7, 2, 0)
    assert {figure["matches"] for figure in row.summary["figures"]} <= {True, None}
    # 202 was closed in part and went on as 203: one position.
    assert [(position, state) for position, state, _ in trades_of(alice, account)] == [
        (201, "closed"),
        (202, "closed"),
        (205, "open"),
    ]


def test_two_files_that_overlap_share_what_both_hold(alice: Person) -> None:
    account = register(alice)
    january = imported(
        alice, account, operations.Upload("1.html", samples.mt5_html(deals=samples.DEALS[:3]).encode())
    )
    both = imported(alice, account)
    assert (both.summary["new"], both.summary["known"]) == (2, 3)
    undo(alice, january)
    assert len(deals_of(alice, account)) == 5
    assert {deal.import_id for deal in deals_of(alice, account).values()} == {both.id}
    undo(alice, both)
    assert deals_of(alice, account) == {}


def test_times_are_read_in_the_servers_zone_summer_and_winter(alice: Person) -> None:
    account = register(alice, timezone="Europe/Athens")
    summer = [
        (cells[0].replace("2024.03", "2024.07"), str(int(cells[1]) + 100), *cells[2:])
        for cells in samples.DEALS
    ]
    deals = [*samples.DEALS, *summer]
    row = imported(alice, account, operations.Upload("a.html", samples.mt5_html(deals=deals).encode()))
    found = deals_of(alice, account)
    assert row.timezone == "Europe/Athens"
    assert found[9001].executed_at == datetime(2024, 3, 4, 7, 15, 2, tzinfo=UTC)
    assert found[9101].executed_at == datetime(2024, 7, 4, 6, 15, 2, tzinfo=UTC)


def test_the_zone_of_the_upload_goes_before_the_accounts(alice: Person) -> None:
    row = imported(
        alice, account := register(alice, timezone="Europe/Athens"), replace(UPLOAD, timezone="UTC")
    )
    assert (row.timezone, deals_of(alice, account)[9001].executed_at.hour) == ("UTC", 9)


def test_the_live_feed_tells_the_offset_where_nobody_does(alice: Person) -> None:
    account = register(alice)
    report(alice, account, [told(time="2024-03-04T07:15:02Z")])
    row = imported(alice, account)
    assert row.timezone == "Etc/GMT-2"
    assert "UTC+2 h" in row.summary["notes"][0]
    assert deals_of(alice, account)[9003].executed_at == datetime(2024, 3, 5, 9, 40, 31, tzinfo=UTC)


def test_a_zone_that_the_live_feed_contradicts_stands_and_is_said(alice: Person) -> None:
    account = register(alice)
    report(alice, account, [told(time="2024-03-04T07:15:02Z")])
    row = preview(alice, account, replace(UPLOAD, timezone="Asia/Tokyo"))
    assert row.timezone == "Asia/Tokyo"
    assert "not Asia/Tokyo" in row.summary["notes"][0]


def test_a_file_of_another_account_is_said(alice: Person) -> None:
    match = preview(alice, register(alice, login=42, currency="EUR")).summary["account_match"]
    assert match["ok"] is False
    assert match["detail"] == "The file says login 9000001, not 42; currency USD, not EUR. Is it of Imported?"


def test_a_file_of_the_other_platform_is_refused(alice: Person) -> None:
    with pytest.raises(NotAHistory, match="MetaTrader 5 account"):
        preview(alice, register(alice), operations.Upload("a.htm", samples.mt4_html().encode()))
    with pytest.raises(NotAHistory, match="MetaTrader 4 account"):
        preview(alice, register(alice, platform="mt4", login=7))


def test_a_file_that_begins_in_the_middle_ends_with_its_own_balance(alice: Person) -> None:
    content = samples.mt5_html(deals=samples.DEALS[3:]).encode()
    summary = preview(alice, register(alice), operations.Upload("a.html", content)).summary
    balance = next(figure for figure in summary["figures"] if figure["name"] == "Balance")
    assert (summary["start_balance"], balance["journal"], balance["matches"]) == (998.6, 1008.5, True)
    assert "begins in the middle" in summary["notes"][-1]


def test_a_positions_journal_is_known_where_the_deals_are(alice: Person) -> None:
    account = register(alice)
    imported(alice, account)
    row = imported(alice, account, operations.Upload("a.csv", samples.FTMO.encode()))
    assert (row.summary["new"], row.summary["known"]) == (0, 2)
    assert len(deals_of(alice, account)) == 5


def test_deals_take_the_place_of_what_was_derived_of_them(alice: Person) -> None:
    account = register(alice)
    imported(alice, account, operations.Upload("a.csv", samples.FTMO.encode()))
    row = imported(alice, account)
    assert row.summary["replaced"] == 2
    assert set(deals_of(alice, account)) == {9000, 9001, 9002, 9003, 9004}
    assert trades_of(alice, account)[0] == (5001, "closed", Decimal("64.20"))


def test_a_journal_of_ftmo_has_the_orders_tickets_on_mt4(alice: Person) -> None:
    account = register(alice, platform="mt4")
    imported(alice, account, operations.Upload("a.csv", samples.FTMO.encode()))
    assert set(deals_of(alice, account)) == {5001, -5001}


def test_derived_tickets_leave_the_highest_ticket_to_the_broker(alice: Person) -> None:
    account = register(alice)
    imported(alice, account, operations.Upload("a.csv", samples.SIGNAL.encode()))
    found = deals_of(alice, account)
    assert len(found) == 5
    assert max(found) < DERIVED_BELOW
    with tenant_scope(alice.tenant_id), connection.cursor() as cursor:
        batch = intake.DealBatch(deals=intake.prepare([]), account_id=account.id)
        (answer,) = intake.record_in_tenant(cursor, [batch], NOW)
    assert answer.known_ticket == 0


def test_previews_are_thrown_away_by_hand_by_time_and_by_number(alice: Person) -> None:
    account = register(alice)
    first = preview(alice, account)
    with tenant_scope(alice.tenant_id):
        operations.discard(tenant_id=alice.tenant_id, import_id=first.id)
        assert not Import.objects.exists()
    for _ in range(operations.MOST_PREVIEWS + 1):
        preview(alice, account)
    done = imported(alice, account)
    with tenant_scope(alice.tenant_id):
        assert Import.objects.filter(state="previewed").count() <= operations.MOST_PREVIEWS
        with pytest.raises(WrongState, match="can be undone"):
            operations.discard(tenant_id=alice.tenant_id, import_id=done.id)
        Import.objects.update(created_at=NOW - timedelta(hours=25))
        assert operations.purge_previews(tenant_id=alice.tenant_id, now=NOW) == operations.MOST_PREVIEWS - 1
        assert [row.id for row in Import.objects.all()] == [done.id]


def test_a_stranger_finds_no_import(alice: Person, charlie: Person) -> None:
    row = preview(alice, register(alice))
    with tenant_scope(charlie.tenant_id):
        for verb in (operations.confirm, operations.undo):
            with pytest.raises(NotFound):
                verb(tenant_id=charlie.tenant_id, import_id=row.id, actor="x", now=NOW)
        with pytest.raises(NotFound):
            operations.discard(tenant_id=charlie.tenant_id, import_id=row.id)


def test_a_file_that_is_too_large_is_refused(alice: Person) -> None:
    with pytest.raises(FileTooLarge, match="at most 10 MiB"):
        preview(alice, register(alice), operations.Upload("a", b" " * (operations.LARGEST + 1)))


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "Europe", "\x00"])
def test_a_zone_that_does_not_exist_is_refused(alice: Person, name: str) -> None:
    with pytest.raises(UnknownTimezone, match="no time zone"):
        preview(alice, register(alice), replace(UPLOAD, timezone=name))


def test_an_import_that_was_not_recorded_cannot_be_undone(alice: Person) -> None:
    with pytest.raises(WrongState, match="not recorded yet"):
        undo(alice, preview(alice, register(alice)))


def test_tickets_come_back_as_they_were_packed() -> None:
    some = [-(2**62), -5, 0, 3, 2**62]
    assert tickets.unpack(tickets.pack(reversed(some))) == some
    assert tickets.unpack(tickets.pack([])) == []
    assert len(tickets.pack(range(10**6, 10**6 + 200_000))) < 10_000


def test_the_name_of_a_file_is_kept_without_its_folder(alice: Person) -> None:
    row = preview(alice, register(alice), replace(UPLOAD, name="C:\\Users\\alice\\Report\x07.html"))
    assert row.file_name == "Report.html"
    assert isinstance(row.id, UUID)
