"""Files as rows and rows as deals, without a database."""

# ruff: noqa: DTZ001, E501 - a server's clock has no zone; rows of cells

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.engine.statements.folding import Deal, fold
from metafleet.hub.journal import items
from metafleet.hub.journal.imports import figures, formats, zones
from metafleet.hub.journal.imports.documents import open_document
from metafleet.hub.journal.imports.errors import FileTooLarge, NotAHistory
from metafleet.hub.journal.imports.history import History
from metafleet.hub.journal.imports.orders import DERIVED_BELOW
from metafleet.hub.journal.imports.tests import samples
from metafleet.hub.journal.imports.values import BadCell, Conventions, ticket


def read(content: str | bytes) -> History:
    return formats.read(content.encode() if isinstance(content, str) else content)[1]


def links(history: History) -> dict[int, int | None]:
    return {deal.ticket: deal.position_id for deal in history.deals if deal.kind < 2}


@pytest.mark.parametrize(
    ("mark", "cells", "number"),
    [
        (".", ["1 333.77"], "1333.77"),
        (".", ["1\u00a0333.77"], "1333.77"),
        (".", ["-1\u2009333.77"], "-1333.77"),
        (".", ["1'333.77"], "1333.77"),
        (".", ["1,333.77"], "1333.77"),
        (",", ["1.333,77"], "1333.77"),
        (",", ["0,97430"], "0.97430"),
        (",", ["12,5", "1.333"], "12.5"),
        (".", ["\u221214.5"], "-14.5"),
        (".", ["2.36%"], "2.36"),
        (".", ["5.8550627E7"], "58550627"),
    ],
)
def test_a_number_is_read_as_its_file_writes_numbers(mark: str, cells: list[str], number: str) -> None:
    conventions = Conventions.of(cells)
    assert conventions.decimal_mark == mark
    assert conventions.number(cells[0]) == Decimal(number)


def test_dates_are_no_evidence_for_a_decimal_mark() -> None:
    assert Conventions.of(["2024.03.04", "1,5", "04.03.2024 10:00"]).decimal_mark == ","


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2024.03.04 09:15:02", datetime(2024, 3, 4, 9, 15, 2)),
        ("2024.03.04 09:15", datetime(2024, 3, 4, 9, 15)),
        ("2024-03-04T09:15:02.250", datetime(2024, 3, 4, 9, 15, 2, 250000)),
        ("2024/3/4 9:15:02", datetime(2024, 3, 4, 9, 15, 2)),
        ("04.03.2024 09:15:02", datetime(2024, 3, 4, 9, 15, 2)),
        ("3/4/2024 9:15:02 PM", datetime(2024, 3, 4, 21, 15, 2)),
        ("2024.03.04", datetime(2024, 3, 4)),
    ],
)
def test_a_time_is_read_in_every_form(said: str, moment: datetime) -> None:
    assert Conventions().time(said) == moment


def test_slashes_say_the_day_first_where_one_date_can_be_nothing_else() -> None:
    conventions = Conventions.of(["3/4/2024 10:00", "23/4/2024 10:00"])
    assert conventions.time("3/4/2024 10:00") == datetime(2024, 4, 3, 10)


@pytest.mark.parametrize("said", ["", "yesterday", "2024.13.01 00:00", "2024.02.30", "2024.03.04 25:00"])
def test_what_is_no_time_is_refused_with_its_words(said: str) -> None:
    with pytest.raises(BadCell, match="expected a time"):
        Conventions().time(said)


@pytest.mark.parametrize(("said", "lots"), [("1.00 / 0.50", "0.5"), ("1.5K", "1500"), ("0.3", "0.3")])
def test_a_volume_is_what_was_done(said: str, lots: str) -> None:
    assert Conventions().volume(said) == Decimal(lots)


@pytest.mark.parametrize("said", ["0", "-1", "1.5", "9" * 30, "abc", ""])
def test_a_ticket_is_a_whole_number_above_zero(said: str) -> None:
    with pytest.raises(BadCell, match="expected a ticket"):
        ticket(said)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "gb18030"]
)
def test_a_report_is_read_in_every_encoding(encoding: str) -> None:
    name = "Иванов Иван" if encoding == "cp1251" else "账户持有人" if encoding == "gb18030" else "Zoë"
    text = samples.mt5_html().replace("<td>Alice</td>", f"<td>{name}</td>")
    history = read(text.encode(encoding))
    assert history.said.name == name
    assert [deal.ticket for deal in history.deals] == [9000, 9001, 9002, 9003, 9004]


@pytest.mark.parametrize("words", [samples.ENGLISH, samples.RUSSIAN], ids=["English", "Russian"])
def test_a_report_is_read_by_its_shapes(words: Mapping[str, Sequence[str]]) -> None:
    history = read(samples.mt5_html(words=words))
    assert history.said.login == 9000001
    assert (history.said.server, history.said.currency) == ("Broker-Demo", "USD")
    assert links(history) == {9001: 5001, 9002: 5002, 9003: 5001, 9004: 5002}
    first = history.deals[1]
    assert (first.stop_loss, first.take_profit) == (Decimal("1.07500"), Decimal("1.09000"))
    assert first.commission == Decimal("-0.70")
    assert history.deals[3].reason == 5
    assert history.cancelled_orders == 1
    assert history.start_balance is None
    assert history.printed["net_profit"] == Decimal("8.50")
    assert (history.unreadable, history.notes) == ([], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_the_spreadsheet_of_a_report_says_the_same_as_its_page(encoding: str) -> None:
    page, sheet = read(samples.mt5_html()), read(samples.xlsx(samples.mt5_rows(), encoding=encoding))
    assert sheet.deals == page.deals
    assert sheet.said == msgspec.structs.replace(page.said, name="")
    assert sheet.printed["net_profit"] == page.printed["net_profit"]


def test_a_report_with_more_columns_is_read_by_the_names_in_its_head() -> None:
    words: dict[str, Sequence[str]] = {
        **samples.ENGLISH,
        "deals": ("Note", *samples.ENGLISH["deals"][:-1], "Cost", "Comment"),
    }
    deals = [("", *row[:-1], "9.99", row[-1]) for row in samples.DEALS]
    # A first column without a name stands for nothing: the row begins with the second.
    moved = [(*row[1:-2], row[-2], row[-1]) for row in deals]
    words["deals"] = words["deals"][1:]
    history = read(samples.mt5_html(words=words, deals=moved))
    assert history.deals == read(samples.mt5_html()).deals


def test_a_report_whose_newest_deal_stands_first_says_the_same() -> None:
    turned = read(samples.mt5_html(deals=samples.DEALS[::-1]))
    assert sorted(turned.deals, key=lambda deal: deal.ticket) == read(samples.mt5_html()).deals
    assert (turned.start_balance, turned.notes) == (None, [])


def test_a_report_with_decimal_commas_says_the_same() -> None:
    text = samples.mt5_html()
    for old, new in (("1.08", "1,08"), ("1.07", "1,07"), ("1.09", "1,09"), ("0.10", "0,10"), ("0.00", "0,00"),
                     ("-0.70", "-0,70"), ("5.00", "5,00"), (".50", ",50"), (".30", ",30"), (".60", ",60")):  # fmt: skip
        text = text.replace(old, new)
    assert [deal.profit for deal in read(text).deals] == [
        deal.profit for deal in read(samples.mt5_html()).deals
    ]


def test_a_row_that_cannot_be_read_is_listed_and_spoils_no_other() -> None:
    broken = [*samples.DEALS[:1], (*samples.DEALS[1][:5], "a lot", *samples.DEALS[1][6:]), *samples.DEALS[2:]]
    history = read(samples.mt5_html(deals=broken))
    assert [deal.ticket for deal in history.deals] == [9000, 9002, 9003, 9004]
    assert [row.detail for row in history.unreadable] == ["expected a number, found 'a lot'"]


def test_a_report_that_begins_in_the_middle_says_its_first_balance_and_leaves_orphans() -> None:
    history = read(samples.mt5_html(deals=samples.DEALS[3:], positions=samples.POSITIONS))
    assert history.start_balance == Decimal("998.60")
    assert [(trade.position_id, trade.state) for trade in fold(history.deals)] == [
        (5001, "orphan"),
        (5002, "orphan"),
    ]


def test_a_gap_in_the_balances_is_said() -> None:
    history = read(samples.mt5_html(deals=[*samples.DEALS[:3], samples.DEALS[4]]))
    assert "deals may be missing" in history.notes[0]


def row(
    at: str, number: int, side: str, entry: str, lots: str, price: str, order: int, profit: str = "0.00"
) -> Any:
    return (f"2024.03.{at}", str(number), "USDCHF", side, entry, lots, price, str(order), "0.00", "0.00", "0.00",
            profit, "0.00", "")  # fmt: skip


def position(
    opened: str, number: int, side: str, lots: str, price: str, closed: str, end: str, profit: str
) -> Any:
    return (f"2024.03.{opened}", str(number), "USDCHF", side, lots, price, "", "", f"2024.03.{closed}", end,
            "0.00", "0.00", profit)  # fmt: skip


def test_without_a_table_of_positions_the_money_tells_what_a_close_closed() -> None:
    deals = [
        row("04 09:00:00", 1, "buy", "in", "1.00", "0.90000", 11),
        row("04 09:01:00", 2, "buy", "in", "1.00", "0.91000", 12),
        row("04 09:02:00", 3, "sell", "in", "1.00", "0.92000", 13),
        # Out of order: the second buy closes first.
        row("04 10:00:00", 4, "sell", "out", "1.00", "0.92000", 14, "1086.96"),
        row("04 10:01:00", 5, "sell", "out", "1.00", "0.92100", 15, "2280.13"),
        row("04 10:02:00", 6, "buy", "out", "1.00", "0.91500", 16, "546.45"),
    ]
    history = read(samples.mt5_html(positions=None, deals=deals, account="9 (USD, 1:100, Broker-Demo, demo)"))
    assert links(history) == {1: 11, 2: 12, 3: 13, 4: 12, 5: 11, 6: 13}


def test_a_position_that_closed_in_parts_gets_all_of_them() -> None:
    deals = [
        row("04 09:00:00", 1, "buy", "in", "1.00", "0.90000", 11),
        row("04 09:01:00", 2, "buy", "in", "1.00", "0.91000", 12),
        row("04 10:00:00", 3, "sell", "out", "0.40", "0.92000", 14, "869.57"),
        row("04 11:00:00", 4, "sell", "out", "1.00", "0.92000", 15, "1086.96"),
        row("04 12:00:00", 5, "sell", "out", "0.60", "0.93000", 16, "1935.48"),
    ]
    # One row stands for all parts, with the last time and the mean price.
    table = [
        position("04 09:00:00", 11, "buy", "1.00", "0.90000", "04 12:00:00", "0.92600", "2805.05"),
        position("04 09:01:00", 12, "buy", "1.00", "0.91000", "04 11:00:00", "0.92000", "1086.96"),
    ]
    assert links(read(samples.mt5_html(positions=table, deals=deals))) == {1: 11, 2: 12, 3: 11, 4: 12, 5: 11}


def test_what_closed_in_one_second_at_one_price_is_told_by_its_money() -> None:
    deals = [
        row("04 09:00:00", 1, "buy", "in", "1.00", "0.90000", 11),
        row("04 09:01:00", 2, "buy", "in", "1.00", "0.91000", 12),
        row("04 10:00:00", 3, "sell", "out", "1.00", "0.92000", 14, "1086.96"),
        row("04 10:00:00", 4, "sell", "out", "1.00", "0.92000", 15, "2173.91"),
    ]
    table = [
        position("04 09:00:00", 11, "buy", "1.00", "0.90000", "04 10:00:00", "0.92000", "2173.91"),
        position("04 09:01:00", 12, "buy", "1.00", "0.91000", "04 10:00:00", "0.92000", "1086.96"),
    ]
    assert links(read(samples.mt5_html(positions=table, deals=deals))) == {1: 11, 2: 12, 3: 12, 4: 11}


def test_a_report_of_which_only_the_positions_are_left_gives_their_trades() -> None:
    cells = [["Positions"], samples.ENGLISH["positions"], *samples.POSITIONS]
    page = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in cells)
    history = read(f"<table><tr><td>9 (USD, X, demo)</td></tr>{page}</table>")
    assert [(trade.position_id, trade.net_profit) for trade in fold(history.deals)] == [
        (5001, Decimal("64.20")),
        (5002, Decimal("-55.70")),
    ]
    assert "no table of deals" in history.notes[0]


def test_averages_of_a_currency_without_decimals_match_as_they_are_rounded() -> None:
    deals = read(samples.mt4_html()).deals
    placed_ = zones.placed(deals, zones.zone_of("UTC"))
    said = {"average_profit": Decimal(53), "trades": Decimal(3), "net_profit": Decimal(101)}
    found = figures.compare(placed_, said, platform="mt4", start=Decimal(0))
    assert {figure["name"] for figure in found if figure["matches"]} == {
        "Average profit trade",
        "Trades",
        "Net profit",
    }


def test_a_netting_account_keeps_one_position_through_its_reversal() -> None:
    deals = [
        row("04 09:00:00", 1, "buy", "in", "1.00", "0.90000", 11),
        row("04 09:01:00", 2, "buy", "in", "1.00", "0.91000", 12),
        row("04 09:02:00", 3, "sell", "in/out", "3.00", "0.92000", 13, "3260.87"),
        row("04 09:03:00", 4, "buy", "out", "1.00", "0.91000", 14, "1098.90"),
        row("04 09:04:00", 5, "buy", "in", "1.00", "0.91000", 15),
    ]
    said = "9 (USD, 1:100, Broker-Demo, demo)"
    history = read(samples.mt5_html(positions=None, deals=deals, account=said))
    assert links(history) == {1: 11, 2: 11, 3: 11, 4: 11, 5: 15}
    assert [trade.part for trade in fold(history.deals)] == [0, 1, 0]


def test_a_statement_is_read_with_all_its_rows() -> None:
    history = read(samples.mt4_html())
    by_ticket = {deal.ticket: deal for deal in history.deals}
    assert (history.said.login, history.said.currency, history.said.name) == (9000001, "USD", "Alice")
    assert set(by_ticket) == {100, 101, 201, -201, 202, -202, 203, -203, 205}
    assert (by_ticket[100].kind, by_ticket[101].kind) == (2, 12)
    assert (by_ticket[201].magic, by_ticket[201].comment) == (77, "grid[tp]")
    assert by_ticket[201].commission == Decimal("-0.70")
    assert (by_ticket[-201].fee, by_ticket[-201].swap) == (Decimal("-0.10"), Decimal("-0.20"))
    assert by_ticket[-201].reason == 5
    assert by_ticket[-202].comment == "to #203"
    assert (history.open_positions, history.cancelled_orders) == (1, 1)
    assert history.start_balance is None
    assert history.printed["gross_loss"] == Decimal("-4.00")
    assert history.printed["largest_loss"] == Decimal("-4.00")


def test_a_closed_order_makes_the_deals_that_the_gateway_makes_of_it() -> None:
    """An import and the live feed of one account meet on these tickets."""
    reported = {
        "ticket": 201, "symbol": "EURUSD", "type": "BUY", "volume": 0.1, "openPrice": 1.08, "closePrice": 1.09,
        "openTime": "2024-03-04T09:00:00Z", "closeTime": "2024-03-05T09:00:00Z", "commission": -0.7, "swap": -0.2,
        "fee": -0.1, "profit": 100, "magic": 77, "comment": "grid[tp]", "stopLoss": 1.07, "takeProfit": 1.09,
    }  # fmt: skip
    raw = msgspec.Raw(json.dumps(reported).encode())
    told = items.read_deals([raw], 0).good
    history = read(samples.mt4_html())
    made = [deal for deal in history.deals if abs(deal.ticket) == 201]
    assert _plain(_told_deals(told)) == _plain(made)


def _told_deals(told: Any) -> list[Deal]:
    found = [deal for _, deals in told for deal in deals]
    return [
        msgspec.structs.replace(deal, executed_at=deal.executed_at.replace(tzinfo=None)) for deal in found
    ]


def _plain(deals: Sequence[Deal]) -> list[dict[str, Any]]:
    return [
        {
            name: value.normalize() if isinstance(value := getattr(deal, name), Decimal) else value
            for name in deal.__struct_fields__
        }
        for deal in deals
    ]


def test_old_builds_put_the_comment_into_a_row_below() -> None:
    text = samples.mt4_html().replace(' title="#77 grid[tp]"', "")
    below = "<tr><td colspan=9>&nbsp;</td><td>&nbsp;</td><td colspan=3>#77 grid[tp]</td></tr>"
    place = text.index('<tr align=right><td title="to #203"')
    found = read(text[:place] + below + text[place:])
    assert {(deal.magic, deal.comment) for deal in found.deals if abs(deal.ticket) == 201} == {
        (77, "grid[tp]")
    }


def test_the_numbered_statement_of_the_first_builds_is_read() -> None:
    head = "".join(
        f"<td>{name}</td>"
        for name in ("N", "Ticket", "Open Time", "Type", "Lots", "Symbol", "Price", "S/L", "T/P", "Close Time",
                     "Price", "Commis", "Swap", "Trade P/L", "Comment")
    )  # fmt: skip
    line = "".join(
        f"<td>{cell}</td>"
        for cell in ("1", "200", "2006.07.27 13:27", "sell", "2.50", "eurusd", "1.2764", "0.0000", "0.0000",
                     "2006.07.27 13:34", "1.2768", "0.00", "0.00", "-100.00", "to #201")
    )  # fmt: skip
    page = f"<html><table><tr><td>A/C No: 42</td></tr><tr>{head}</tr><tr>{line}</tr></table></html>"
    history = read(page)
    assert history.said.login == 42
    assert [(deal.ticket, deal.profit, deal.comment) for deal in history.deals] == [
        (200, 0, "to #201"),
        (-200, Decimal("-100.00"), "to #201"),
    ]


def test_a_statement_of_a_part_of_the_history_says_what_it_began_with() -> None:
    assert (
        read(samples.mt4_html(summary=samples.MT4_SUMMARY.replace("1 100.50", "6 100.50"))).start_balance
        == 5000
    )


def api_files() -> dict[str, bytes]:
    """The same deals in every form that Python programs dump them in."""
    deals = samples.api_deals()
    names = list(deals[0])
    table = io.StringIO()
    writer = csv.DictWriter(table, ["", *names])
    writer.writeheader()
    writer.writerows({**deal, "": str(index)} for index, deal in enumerate(deals))
    sheet = [["", *names], *(["", *(f"={deal[name]}" if not isinstance(deal[name], str) else str(deal[name])
             for name in names)] for deal in deals)]  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("dump/deals.json", json.dumps(deals))
        archive.writestr("dump/positions.json", "[]")
        archive.writestr("__MACOSX/._deals.json", "x")
    columns = {name: {str(index): deal[name] for index, deal in enumerate(deals)} for name in names}
    return {
        "list": json.dumps(deals).encode(),
        "object": json.dumps({"deals": deals, "orders": []}).encode(),
        "columns": json.dumps(columns).encode(),
        "lines": "\n".join(json.dumps(deal) for deal in deals).encode(),
        "nan": json.dumps([{**deal, "external_id": float("nan")} for deal in deals]).encode(),
        "csv": table.getvalue().encode(),
        "xlsx": samples.xlsx(sheet),
        "zip": packed.getvalue(),
    }


@pytest.mark.parametrize("form", list(api_files()))
def test_a_dump_of_the_python_package_is_read_in_every_form(form: str) -> None:
    history = read(api_files()[form])
    assert [deal.ticket for deal in history.deals] == [9000, 9001, 9002, 9003, 9004]
    assert links(history) == {9001: 5001, 9002: 5002, 9003: 5001, 9004: 5002}
    exit_ = history.deals[3]
    assert (exit_.executed_at, exit_.profit, exit_.reason) == (
        datetime(2024, 3, 5, 11, 40, 31, 250000),
        Decimal(65),
        5,
    )
    assert {deal.magic for deal in history.deals} == {None, 7}


def test_dates_of_a_spreadsheet_are_told_by_their_style() -> None:
    styles = '<numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>' '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'  # fmt: skip
    head = ["ticket", "time", "type", "entry", "profit"]
    content = samples.xlsx([head, ["=1", "=1@45355.5", "=2", "=0", "=100"]], styles=styles)
    assert read(content).deals[0].executed_at == datetime(2024, 3, 4, 12)


def test_orders_beside_the_deals_give_their_stops() -> None:
    order = {"ticket": 5001, "type": 0, "time_setup": 1, "sl": 1.075, "tp": 0.0, "state": 4}
    content = json.dumps({"deals": samples.api_deals(), "orders": [order]}).encode()
    deal = read(content).deals[1]
    assert (deal.stop_loss, deal.take_profit) == (Decimal("1.075"), None)


def test_a_signal_gives_tickets_that_no_broker_gives_and_always_the_same() -> None:
    first, again = read(samples.SIGNAL), read(samples.SIGNAL)
    assert first.deals == again.deals
    assert len({deal.ticket for deal in first.deals}) == 5
    assert all(deal.ticket < DERIVED_BELOW for deal in first.deals)
    assert first.cancelled_orders == 1
    assert [trade.net_profit for trade in fold(first.deals)] == [Decimal("99.10")] * 2


def test_a_later_export_of_a_signal_gives_its_old_trades_their_old_tickets() -> None:
    head, *lines = samples.SIGNAL.splitlines()
    new = "2024.03.07 09:00:00;Sell;0.20;EURUSD.;1.08000;;;2024.03.08 09:00:00;1.07000;;;200.00;"
    later = read("\n".join([head, new, *lines]))
    assert {deal.ticket for deal in read(samples.SIGNAL).deals} < {deal.ticket for deal in later.deals}


def test_the_other_head_of_a_signal_is_read_and_its_empty_lines_are_none() -> None:
    history = read(samples.SIGNAL_POSITIONS)
    assert history.unreadable == []
    (trade,) = fold(history.deals)
    assert (trade.symbol, trade.entry_price, trade.exit_price) == (
        "XAUUSD",
        Decimal("2100.50"),
        Decimal("2099.50"),
    )


def test_the_journal_of_ftmo_names_positions_and_no_deals() -> None:
    history = read(samples.FTMO)
    (trade,) = fold(history.deals)
    assert (trade.position_id, trade.net_profit) == (5001, Decimal("64.2"))
    assert all(deal.ticket < DERIVED_BELOW for deal in history.deals)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "empty"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"%PDF-1.7", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old kind"),
        (b"PK\x03\x04 and then nothing", "damaged archive"),
        (samples.xlsx(samples.mt5_rows())[:40] + samples.xlsx(samples.mt5_rows())[90:], "damaged archive"),
        (b"<html><body><p>Hello</p></body></html>", "no table"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "no account history that we know"),
        (b"a;b;c\n1;2;3\n", "no account history that we know"),
        (b"<DATE>\t<TIME>\t<OPEN>\t<HIGH>\n2024.01.02\t00:00:00\t1.1\t1.2\n", "price bars"),
        (b'{"hello": 1}', "holds no deals"),
        (b"[" * 100_000, "."),
        (b"\x00\x01\x02\x03" * 50, "no text"),
        (samples.mt5_html(title="Strategy Tester Report").encode(), "Strategy Tester"),
        (samples.mt5_html(account="", deals=[("2024.03.04 09:00:00", "1", *samples.DEALS[0][2:])]).encode(), "Tester"),
        (samples.SIGNAL.splitlines()[0].encode(), "a head and no trades"),
        (samples.mt4_html("", open_="").replace("</td>", "</td>").encode(), "no transactions"),
        (json.dumps([{"ticket": 1, "type": 0, "time_setup": 1}]).encode(), "holds orders"),
    ],
)  # fmt: skip
def test_what_is_no_history_is_refused_with_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(NotAHistory, match=said):
        formats.read(content)


def test_a_report_of_open_positions_is_named() -> None:
    head = "".join(f"<td>{name}</td>" for name in ("Symbol", "Position", "Time", "Type", "Volume", "Price", "S / L",
                                                  "T / P", "Market", "Swap", "Profit", "Comment"))  # fmt: skip
    line = "<td>HK50</td><td>71048528</td><td>2020.09.01 04:37:48</td><td>buy</td><td>1</td><td>25140.50</td><td></td><td></td><td>25043.90</td><td>0.00</td><td>-12.46</td><td></td>"
    with pytest.raises(NotAHistory, match="report of open positions"):
        read(f"<html><table><tr>{head}</tr><tr>{line}</tr></table></html>")


def test_entities_of_a_spreadsheet_are_not_looked_at() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", laughs)
    with pytest.raises(NotAHistory, match="document type"):
        open_document(packed.getvalue())


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in range(11):
            archive.writestr(f"{part}.csv", b"0" * 10 * 1024 * 1024)
    assert len(packed.getvalue()) < 1024 * 1024
    with pytest.raises(FileTooLarge, match="unpacks to more than"):
        open_document(packed.getvalue())


def test_a_cell_at_the_far_corner_makes_no_empty_ones() -> None:
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert [row.texts for row in open_document(samples.xlsx([["a"]], cells=far)).rows] == [["a"]]


def test_merged_and_hidden_cells_keep_the_columns_below_their_head() -> None:
    page = (
        "<table><tr><td colspan=2>Volume</td><td>Price</td></tr>"
        '<tr><td colspan="2">1</td><td style="display: none">x</td><td title="a > b">2&nbsp;&amp; 3</td></tr></table>'
    )
    head, line = open_document(page.encode()).rows
    assert (head.columns, line.columns, line.texts) == ([0, 2], [0, 2], ["1", "2 & 3"])
    assert (line.title, line.hidden) == ("a > b", ["x"])


def test_a_page_with_more_rows_than_are_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metafleet.hub.journal.imports.tables.MOST_ROWS", 10)
    with pytest.raises(NotAHistory, match="more than 10 rows"):
        open_document(("<table>" + "<tr><td>1</td></tr>" * 11 + "</table>").encode())
