"""Real files, where they are at hand: every figure that they print comes out of our journal.

They were published by their owners without a licence, so they are no part of the repository.
METAFLEET_HISTORIES names the folder that they are in.
"""

from __future__ import annotations

import io
import os
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.imports import formats, operations
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import Deal, Import, Trade
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

FOLDER = Path(os.environ.get("METAFLEET_HISTORIES") or Path(__file__).parents[7] / "shared/data/accounts")
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no real account histories here: METAFLEET_HISTORIES names their folder"
)

# file: platform, deals, closed trades, cancelled orders, open positions, net profit, deposits, balance
HISTORIES: dict[str, tuple[str, int, int, int, int, str, str, str]] = {
    "mt5_history_hedging_2016_en.html": ("mt5", 18, 8, 3, 1, "1333.77", "10000.00", "11333.77"),
    "mt5_history_netting_2016_en.html": ("mt5", 7, 3, 0, 1, "-33.05", "100000.00", "99966.95"),
    "mt5_history_hedging_2020_zh-Hant.html": ("mt5", 77, 38, 6, 0, "3033.60", "1000.00", "4033.60"),
    "mt5_history_hedging_2025_en.xlsx": ("mt5", 18, 9, 7, 1, "-49.67", "50.00", "50.94"),
    "mt5_history_netting_2022_en.xlsx": ("mt5", 89, 41, 13, 0, "432.49", "100000.00", "100432.49"),
    "mt4_statement_all_sections_2016.htm": ("mt4", 5, 1, 1, 1, "-0.90", "99999.98", "999999.10"),
    "mt4_detailed_statement_2015-2016.htm": ("mt4", 1294, 636, 0, 21, "2138.16", "10000.00", "12138.16"),
    "mt4_detailed_statement_2013-2023.htm": ("mt4", 4307, 2089, 8, 3, "-1782.78", "1902.77", "119.99"),
    "mt4_detailed_statement_2017_eur.htm": ("mt4", 261, 130, 1, 0, "24.17", "500.00", "524.17"),
    "mt4_statement_2020_oanda.htm": ("mt4", 87, 42, 0, 0, "-266.19", "4997.46", "4731.27"),
    "mt5_api_cent_2025-2026/deals.json": ("mt5", 140, 68, 0, 0, "63.72", "5998.00", "6061.72"),
    "mt5_api_deals_2021_a.xlsx": ("mt5", 48, 20, 0, 0, "-1962.01", "100000.00", "98037.99"),
    "mql5_signal_history_2019-2021.csv": ("mt5", 843, 417, 64, 0, "357.36", "-250.00", "107.36"),
    "ftmo_journal_2022.csv": ("mt5", 54, 27, 0, 0, "5158.02", "0.00", "5158.02"),
}


def import_file(person: Person, account: TradingAccount, content: bytes, name: str = "file") -> Import:
    row = operations.preview(
        account=account,
        actor=person.email,
        import_id=uuid4(),
        upload=operations.Upload(name, content),
        now=NOW,
    )
    return operations.confirm(tenant_id=person.tenant_id, import_id=row.id, actor=person.email, now=NOW)


@pytest.mark.parametrize("name", HISTORIES)
def test_the_figures_that_a_file_prints_come_out_of_the_journal(alice: Person, name: str) -> None:
    platform, deals, closed, cancelled, held, net, deposits, balance = HISTORIES[name]
    account = register(alice, platform=platform)
    with tenant_scope(alice.tenant_id):
        row = import_file(alice, account, (FOLDER / name).read_bytes(), name)
        summary = row.summary
        figures: dict[str, Any] = {figure["name"]: figure for figure in summary["figures"]}
        wrong = [figure for figure in summary["figures"] if figure["matches"] is False]
        kept = Deal.objects.filter(account_id=account.id, import_id=row.id)
        exits = sum(deal.entry not in (None, 0) for deal in kept)
        money = sum((deal.profit + deal.commission + deal.swap + deal.fee for deal in kept), Decimal(0))
        start = Decimal(str(summary["start_balance"] or 0))
        trades = sum((trade.net_profit for trade in Trade.objects.filter(account_id=account.id)), Decimal(0))
    assert wrong == []
    assert summary["unreadable"] == []
    assert (kept_count := summary["new"]) == deals == summary["found"]["deals"], kept_count
    assert (summary["found"]["cancelled_orders"], summary["found"]["open_positions"]) == (cancelled, held)
    assert exits == closed == figures["Trades"]["journal"]
    assert figures["Net profit"]["journal"] == pytest.approx(float(net))
    assert figures["Deposits and withdrawals"]["journal"] == pytest.approx(float(deposits))
    assert figures["Balance"]["journal"] == pytest.approx(float(balance))
    assert start + money == Decimal(balance)
    assert trades == Decimal(net)


@pytest.mark.parametrize("name", HISTORIES)
def test_the_same_file_twice_changes_nothing(alice: Person, name: str) -> None:
    account = register(alice, platform=HISTORIES[name][0])
    content = (FOLDER / name).read_bytes()
    with tenant_scope(alice.tenant_id):
        import_file(alice, account, content)
        before = list(Deal.objects.filter(account_id=account.id).order_by("ticket").values())
        again = import_file(alice, account, content).summary
        after = list(Deal.objects.filter(account_id=account.id).order_by("ticket").values())
    assert (again["new"], again["known"], again["conflicting"]) == (0, len(before), 0)
    assert after == before


def test_every_printed_figure_of_a_report_is_compared() -> None:
    for name, expected in HISTORIES.items():
        _, history = formats.read((FOLDER / name).read_bytes())
        is_report = name.endswith(("html", "htm")) or ("history_" in name and name.endswith("xlsx"))
        full = 35 if expected[0] == "mt5" else 37
        least = 4 if "oanda" in name else full if is_report else 0
        assert len(history.printed) >= least, name


def test_a_dump_with_its_account_says_that_the_broker_archived_deals(alice: Person) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted((FOLDER / "mt5_api_cent_2025-2026").glob("*.json")):
            archive.write(part, part.name)
    account = register(alice)
    with tenant_scope(alice.tenant_id):
        row = import_file(alice, account, packed.getvalue(), "dump.zip")
    balance = next(figure for figure in row.summary["figures"] if figure["name"] == "Balance")
    assert balance == {"name": "Balance", "printed": 6047.22, "journal": 6061.72, "matches": False}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mt5_open_positions_report_2020_zh-Hant.html", "report of open positions"),
        ("mt5_strategy_tester_report_2016.html", "Strategy Tester"),
        ("mt5_api_orders_2021_a.xlsx", "holds orders"),
        ("mt5_api_cent_2025-2026/account.json", "holds no deals"),
        ("mt5_api_cent_2025-2026/rates.json", "holds no deals"),
        ("mt5_api_cent_2025-2026/positions.json", "holds no deals"),
    ],
)
def test_what_is_no_history_is_named_and_refused(name: str, said: str) -> None:
    with pytest.raises(NotAHistory, match=said):
        formats.read((FOLDER / name).read_bytes())
