"""What the journal adds up, over the API; and that it is what real reports print."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.journal.imports import formats, operations
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import EquityPoint
from metafleet.hub.journal.tests.deals import BUY, IN, OUT, SELL, deal, deposit, record, round_trip
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = NOW.replace(hour=0)  # the second of March 2026
REPORTS = Path(os.environ.get("METAFLEET_HISTORIES") or Path(__file__).parents[6] / "shared/data/accounts")

FIELDS = {
    "net_profit": "netProfit", "gross_profit": "grossProfit", "gross_loss": "grossLoss", "trades": "trades",
    "profit_factor": "profitFactor", "expected_payoff": "expectedPayoff", "recovery_factor": "recoveryFactor",
    "sharpe_ratio": "sharpeRatio", "drawdown_absolute": "balanceDrawdownAbsolute",
    "drawdown_maximal": "balanceDrawdownMaximal",
    "drawdown_maximal_percent": "balanceDrawdownMaximalPercent",
    "drawdown_relative": "balanceDrawdownRelative",
    "drawdown_relative_percent": "balanceDrawdownRelativePercent",
    "short_trades": "shortTrades", "short_won_percent": "shortWonPercent", "long_trades": "longTrades",
    "long_won_percent": "longWonPercent", "profit_trades": "profitTrades",
    "profit_trades_percent": "profitTradesPercent", "loss_trades": "lossTrades",
    "loss_trades_percent": "lossTradesPercent", "largest_profit": "largestProfit",
    "largest_loss": "largestLoss", "average_profit": "averageProfit", "average_loss": "averageLoss",
    "most_wins": "maxConsecutiveWins", "most_wins_money": "maxConsecutiveWinsMoney",
    "most_losses": "maxConsecutiveLosses", "most_losses_money": "maxConsecutiveLossesMoney",
    "best_run": "maximalConsecutiveProfit", "best_run_count": "maximalConsecutiveProfitCount",
    "worst_run": "maximalConsecutiveLoss", "worst_run_count": "maximalConsecutiveLossCount",
    "average_wins": "averageConsecutiveWins", "average_losses": "averageConsecutiveLosses",
}  # fmt: skip
"""What a report prints, and where our statistics have it."""


@pytest.fixture
def account(alice: Person) -> Any:
    return register(alice)


def get(person: Person, address: str, **query: Any) -> Any:
    answer = person.client.get(f"/api/journal/{address}", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.skipif(
    not REPORTS.is_dir(), reason="no real reports here: METAFLEET_HISTORIES names their folder"
)
@pytest.mark.parametrize(
    "name",
    [
        "mt4_detailed_statement_2013-2023.htm",
        "mt4_detailed_statement_2015-2016.htm",
        "mt4_detailed_statement_2017_eur.htm",
        "mt4_statement_all_sections_2016.htm",
        "mt5_history_hedging_2016_en.html",
        "mt5_history_hedging_2020_zh-Hant.html",
        "mt5_history_hedging_2025_en.xlsx",
        "mt5_history_netting_2016_en.html",
        "mt5_history_netting_2022_en.xlsx",
    ],
)
def test_the_statistics_are_what_a_real_report_prints(alice: Person, name: str) -> None:
    account = register(alice, platform=name[:3])
    content = (REPORTS / name).read_bytes()
    _, history = formats.read(content)
    with tenant_scope(alice.tenant_id):
        row = operations.preview(
            account=account, actor="x", import_id=uuid4(), upload=operations.Upload(name, content), now=NOW
        )
        operations.confirm(tenant_id=alice.tenant_id, import_id=row.id, actor="x", now=NOW)
    [made] = get(alice, "statistics", account=str(account.id))
    printed = {field: float(history.printed[key]) for key, field in FIELDS.items() if key in history.printed}
    assert len(printed) >= 30
    # A report rounds to the second decimal, and prints 0 for what would divide by nothing.
    assert {field: made[field] or 0 for field in printed} == pytest.approx(printed, abs=0.0051)


def test_money_of_two_currencies_is_never_added(alice: Person, account: Any) -> None:
    other = register(alice, login=2, currency="EUR")
    record(account, *round_trip(1, MONDAY, 10))
    record(other, *round_trip(1, MONDAY, -3))
    made = {row["currency"]: row for row in get(alice, "statistics")}
    assert {currency: row["netProfit"] for currency, row in made.items()} == {"USD": 10, "EUR": -3}
    assert {row["currency"]: row["netProfit"] for row in get(alice, "breakdown", by="symbol")} == {
        "USD": 10,
        "EUR": -3,
    }
    assert {
        row["currency"]: row["netProfit"] for row in get(alice, "calendar", month="2026-03")["totals"]
    } == {
        "USD": 10,
        "EUR": -3,
    }


def test_positions_are_counted_once_where_that_is_asked(alice: Person, account: Any) -> None:
    record(
        account,
        deal(1, BUY, IN, MONDAY, volume=2),
        deal(2, SELL, OUT, MONDAY + HOUR, 5),
        deal(3, SELL, OUT, MONDAY + 2 * HOUR, -1),
    )
    [by_deals], [by_trades] = get(alice, "statistics"), get(alice, "statistics", count="trades")
    assert [(row["counted"], row["trades"], row["positions"]) for row in (by_deals, by_trades)] == [
        ("deals", 2, 1),
        ("trades", 1, 1),
    ]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("symbol", {"EURUSD": 2, "GBPUSD": 1}),
        ("side", {"buy": 2, "sell": 1}),
        ("weekday", {"0": 1, "1": 1, "6": 1}),
        ("hour", {"1": 1, "9": 1, "23": 1}),
        ("month", {"2026-03": 3}),
        ("duration", {"4": 3}),
        ("tag", {"plan": 1, "fomo": 1}),
        ("session", {"asia": 1, "london": 1, "off": 1}),
        ("ea", {"magic:7": 1, "hand": 2}),
    ],
)
def test_breakdowns(alice: Person, account: Any, by: str, groups: dict[str, int]) -> None:
    record(
        account,
        *round_trip(1, MONDAY + HOUR, 10, magic=7),
        *round_trip(2, MONDAY + DAY + 9 * HOUR, -4, symbol="GBPUSD"),
        *round_trip(3, MONDAY - DAY + 23 * HOUR, 6, side=SELL),
    )
    first = next(t for t in alice.client.get("/api/trades").json()["items"] if t["positionId"] == 1)
    alice.client.put(
        f"/api/trades/{first['id']}/review", {"tags": ["plan", "FOMO"]}, content_type="application/json"
    )
    rows = get(alice, "breakdown", by=by)
    assert {row["key"]: row["trades"] for row in rows} == groups
    assert all(row["label"] and row["currency"] == "USD" for row in rows)


def test_a_group_has_its_rates(alice: Person, account: Any) -> None:
    record(
        account,
        *round_trip(1, MONDAY, 10, stop_loss="1.0"),
        *round_trip(2, MONDAY + DAY, -4),
        *round_trip(3, MONDAY + DAY, 3),
    )
    [group] = get(alice, "breakdown", by="account")
    assert (group["key"], group["label"]) == (str(account.id), "Imported")
    assert (group["wins"], group["losses"], group["winRate"]) == (2, 1, pytest.approx(2 / 3))
    assert (group["profitFactor"], group["expectedPayoff"], group["volume"]) == (13 / 4, 3, 3)
    assert group["averageR"] == 0


def test_hours_and_days_are_those_of_the_zone_that_is_asked_for(alice: Person, account: Any) -> None:
    record(account, *round_trip(1, MONDAY + 23 * HOUR + HOUR / 2, 10))
    assert [row["key"] for row in get(alice, "breakdown", by="hour", tz="Asia/Tokyo")] == ["8"]
    assert [row["key"] for row in get(alice, "breakdown", by="weekday", tz="Asia/Tokyo")] == ["1"]
    days = get(alice, "calendar", month="2026-03", tz="America/New_York")["days"]
    assert [(day["day"], day["trades"]) for day in days] == [("2026-03-02", 1)]
    assert [day["day"] for day in get(alice, "calendar", year=2026)["days"]] == ["2026-03-03"]


def test_a_session_is_where_its_markets_clock_says(alice: Person, account: Any) -> None:
    summer = MONDAY.replace(month=7, day=1)
    record(account, *round_trip(1, MONDAY + 7 * HOUR, 1), *round_trip(2, summer + 7 * HOUR, 1))
    found = alice.client.get("/api/trades", {"session": "london"}).json()["items"]
    assert [trade["positionId"] for trade in found] == [2]


def test_a_calendar_takes_a_month_or_a_year(alice: Person) -> None:
    for query in ("month=2026-13", "month=2026-01&year=2026"):
        answer = alice.client.get(f"/api/journal/calendar?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["pointer"] == "/month"


def test_a_curve_of_accounts_is_their_balance_and_one_of_chosen_trades_is_not(
    alice: Person, account: Any
) -> None:
    record(account, deposit(1, MONDAY, 1000, comment="Card"), *round_trip(1, MONDAY + DAY, 50))
    with tenant_scope(alice.tenant_id):
        EquityPoint.objects.create(
            tenant_id=alice.tenant_id, account=account, at=MONDAY + 2 * DAY, balance=1050, equity=1049
        )
    [whole] = get(alice, "curve", account=str(account.id))
    assert (whole["of"], whole["points"][-1]["balance"], whole["points"][-1]["equity"]) == (
        "balance",
        1050,
        1049,
    )
    assert [(flow["kind"], flow["amount"], flow["comment"]) for flow in whole["cashFlows"]] == [
        ("deposit", 1000, "Card")
    ]
    [chosen] = get(alice, "curve", symbol="EURUSD")
    assert (chosen["of"], [point["balance"] for point in chosen["points"]], chosen["cashFlows"]) == (
        "trades",
        [50],
        [],
    )


def test_cash_flows_are_listed_with_their_kind_the_newest_first(alice: Person, account: Any) -> None:
    record(
        account,
        deposit(1, MONDAY, 1000),
        deposit(2, MONDAY + DAY, -200),
        deal(3, 3, None, MONDAY + 2 * DAY, 50, volume=0, price=None),
        deal(4, 12, None, MONDAY + 3 * DAY, 1, volume=0, price=None),
    )
    page = get(alice, "cash-flows", pageSize=3)
    assert page["total"] == 4
    assert [(flow["ticket"], flow["kind"]) for flow in page["items"]] == [
        (4, "interest"),
        (3, "credit"),
        (2, "withdrawal"),
    ]


def test_two_symbols_side_by_side(alice: Person, account: Any) -> None:
    record(
        account,
        *round_trip(1, MONDAY, 10),
        *round_trip(2, MONDAY + DAY, 5),
        *round_trip(3, MONDAY, -4, symbol="GBPUSD"),
    )
    first, second = get(alice, "compare", by="symbol", keys="EURUSD,GBPUSD,XAUUSD")
    assert (first["key"], first["statistics"]["netProfit"]) == ("EURUSD", 15)
    assert [point["cumulative"] for point in first["curve"]] == [10, 15]
    assert (second["key"], second["statistics"]["trades"]) == ("GBPUSD", 1)


@pytest.mark.parametrize("keys", [",", ",".join("abcdefghi")])
def test_one_to_eight_are_compared(alice: Person, keys: str) -> None:
    answer = alice.client.get("/api/journal/compare", {"by": "symbol", "keys": keys})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/keys"


def test_nothing_traded_is_nothing_to_say(alice: Person) -> None:
    assert get(alice, "statistics") == []
    assert get(alice, "curve") == []
    assert get(alice, "breakdown", by="hour") == []
