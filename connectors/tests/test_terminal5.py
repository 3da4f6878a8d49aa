"""Terminal5.mqh, function by function, on a terminal whose books are written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.harness.machine import MqlError
from connectors.tests.given import EURUSD, Given, bar
from connectors.tests.probing import Probe
from connectors.tests.stores import slot_of

MOST = 200
A_DAY_S = 86_400


@pytest.fixture
def probe(probe5: Path, tmp_path: Path) -> Probe:
    made = Probe(probe5, tmp_path)
    made.terminal = Given()
    return made


def given(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def test_an_account_is_told_as_it_is(probe: Probe) -> None:
    terminal = given(probe)
    terminal.account |= {
        "ACCOUNT_CURRENCY": "EUR",
        "ACCOUNT_LEVERAGE": 30,
        "ACCOUNT_BALANCE": 1_000.004,
        "ACCOUNT_EQUITY": 1_010.5,
        "ACCOUNT_MARGIN": 20.25,
        "ACCOUNT_MARGIN_FREE": 990.25,
        "ACCOUNT_MARGIN_LEVEL": 4_990.12,
        "ACCOUNT_PROFIT": 10.5,
        "ACCOUNT_MARGIN_MODE": 2,
        "ACCOUNT_TRADE_EXPERT": 1,
    }
    [said] = probe.live(("account",))
    assert said["accountInfo"] == {
        "login": 5_001_234,
        "server": "Broker-Demo",
        "currency": "EUR",
        "leverage": 30,
        "balance": 1_000.0,
        "equity": 1_010.5,
        "margin": 20.25,
        "freeMargin": 990.25,
        "marginLevel": 4_990.12,
        "floatingPnl": 10.5,
        "marginMode": "hedging",
        "tradeAllowed": True,
    }
    for mode in (0, 1):
        terminal.account["ACCOUNT_MARGIN_MODE"] = mode
        assert probe.live(("account",))[0]["accountInfo"]["marginMode"] == "netting"


@pytest.mark.parametrize("off", ["TERMINAL_TRADE_ALLOWED", "MQL_TRADE_ALLOWED", "ACCOUNT_TRADE_EXPERT"])
def test_trading_is_allowed_where_all_three_allow_it(probe: Probe, off: str) -> None:
    terminal = given(probe)
    terminal.account["ACCOUNT_TRADE_EXPERT"] = 1
    for switches in (terminal.account, terminal.terminal, terminal.program):
        if off in switches:
            switches[off] = 0
    assert probe.live(("account",))[0]["accountInfo"]["tradeAllowed"] is False


def test_positions_are_told_and_one_that_is_gone_is_not(probe: Probe) -> None:
    held = {
        "POSITION_TICKET": 2**63 - 1, "POSITION_SYMBOL": "EURUSD", "POSITION_TYPE": 1,
        "POSITION_VOLUME": 0.12345678, "POSITION_PRICE_OPEN": 1.123456, "POSITION_PRICE_CURRENT": 1.1,
        "POSITION_PROFIT": -3.5,
        "POSITION_SWAP": -0.1, "POSITION_TIME": 1_757_000_000, "POSITION_SL": 1.2, "POSITION_TP": 1.0,
        "POSITION_MAGIC": 9, "POSITION_COMMENT": "a",
    }  # fmt: skip
    given(probe).positions = [{"POSITION_TICKET": 0}, held]
    [said] = probe.live(("positions",))
    assert said["count"] == 2
    [told] = said["positions"]
    assert int(told.pop("ticket")) == 2**63 - 1
    assert told == {
        "symbol": "EURUSD", "type": "SELL", "volume": 0.12345678, "openPrice": 1.12346,
        "currentPrice": 1.1, "profit": -3.5, "swap": -0.1, "openTime": 1_757_000_000, "stopLoss": 1.2,
        "takeProfit": 1.0,
        "magic": 9, "comment": "a",
    }  # fmt: skip
    held["POSITION_TYPE"] = 0
    assert probe.live(("positions",))[0]["positions"][0]["type"] == "BUY"


def deal(ticket: int, **more: Any) -> dict[str, Any]:
    return {"DEAL_TICKET": ticket, "DEAL_TIME": 1_757_200_000 + ticket, "DEAL_SYMBOL": "EURUSD", **more}


def test_deals_go_in_batches_by_their_tickets(probe: Probe) -> None:
    terminal = given(probe)
    terminal.deals = [deal(ticket) for ticket in (*range(205, 104, -1), *range(105), 300)]
    first, second, third = probe.live(("deals", 0), ("deals", MOST), ("deals", 300))
    assert [int(one["ticket"]) for one in first["trades"]] == list(range(1, MOST + 1))
    assert (first["count"], int(first["ticket"]), first["time"]) == (MOST, MOST, 0)
    assert [int(one["ticket"]) for one in second["trades"]] == [201, 202, 203, 204, 205, 300]
    assert (third["count"], third["trades"], int(third["ticket"])) == (0, [], 300)
    now_s = probe.machine.now_msc() // 1000
    assert terminal.selections[0] == (0, now_s + 2 * A_DAY_S)
    terminal.has_history = False
    assert [one["count"] for one in probe.live(("deals", 5, 7))] == [-1]
    assert terminal.selections[-1][0] == 7


def test_a_trades_deal_and_one_of_money_are_told_apart(probe: Probe) -> None:
    terms = {"DEAL_TYPE": 1, "DEAL_ENTRY": 3, "DEAL_POSITION_ID": 44, "DEAL_TIME": 1_757_200_000}
    money = {"DEAL_COMMISSION": -0.35, "DEAL_SWAP": 0.1, "DEAL_FEE": -0.02, "DEAL_PROFIT": 7.25}
    rest = {"DEAL_COMMENT": "tp", "DEAL_ORDER": 45, "DEAL_MAGIC": 46, "DEAL_REASON": 5}
    prices = {"DEAL_VOLUME": 0.5, "DEAL_PRICE": 1.123456789, "DEAL_SL": 1.2, "DEAL_TP": 1.0}
    whole = {**terms, **money, **rest, **prices, "DEAL_TIME_MSC": 1_757_200_000_123}
    given(probe).deals = [deal(1) | whole, deal(2, DEAL_TYPE=2, DEAL_SYMBOL="")]
    sold, deposit = probe.live(("deals", 0))[0]["trades"]
    assert int(sold.pop("ticket")) == 1
    assert sold == {
        "symbol": "EURUSD", "type": "SELL", "entryType": 3, "positionId": 44, "volume": 0.5,
        "price": 1.12345679, "time": 1_757_200_000, "timeMsc": 1_757_200_000_123, "commission": -0.35,
        "swap": 0.1,
        "fee": -0.02, "profit": 7.25, "comment": "tp", "orderId": 45, "magic": 46, "reason": 5,
        "stopLoss": 1.2,
        "takeProfit": 1.0,
    }  # fmt: skip
    assert deposit["dealType"] == 2
    assert not {"type", "entryType", "positionId"} & set(deposit)


def test_a_deal_is_told_with_the_offset_of_its_day(probe: Probe) -> None:
    kept = {"utcOffset": 7_200, "offsets": [{"until": 1_757_200_002, "offset": -12_600}]}
    (probe.machine.folder / "i-terminal.b").write_bytes(slot_of(1, json.dumps(kept)))
    given(probe).deals = [deal(1, DEAL_TIME_MSC=1_757_200_001_042), deal(2, DEAL_TIME_MSC=1_757_200_002_007)]
    before, after = probe.live(("identity", "i"), ("deals", 0))[-1]["trades"]
    assert before["time"] == "2025-09-06T23:06:41.042-03:30"
    assert "timeMsc" not in before
    assert (after["time"], after["timeMsc"]) == (1_757_200_002, 1_757_200_002_007)


def test_only_a_deal_after_the_cursor_is_new(probe: Probe) -> None:
    terminal = given(probe)
    now_s = probe.machine.now_msc() // 1000
    terminal.deals = [deal(8, DEAL_TIME=now_s - 100), deal(9, DEAL_TIME=now_s)]
    assert probe.live(("has deals", 7), ("has deals", 8), ("has deals", 9)) == [True, True, False]
    assert terminal.selections[0] == (now_s - 3 * A_DAY_S, now_s + 2 * A_DAY_S)
    terminal.has_history = False
    assert probe.live(("has deals", 0), ("oldest",)) == [False, 0]
    terminal.has_history = True
    assert probe.live(("oldest",), ("begin after", 5, 9), ("own cursor",)) == [now_s - 100, "5 0", False]
    terminal.deals = []
    assert probe.live(("oldest",)) == [0]


def test_bars_are_those_of_their_name_and_closed(probe: Probe) -> None:
    names = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 16_385, "H4": 16_388, "D1": 16_408, "?": 16_408}
    for place, number in enumerate(names.values()):
        given(probe).bars["EURUSD", number] = [bar(1_000 * place + minute) for minute in range(4)]
    asked = probe.live(*(("bars", "EURUSD", name, 2) for name in names))
    assert asked == [1, 1_001, 2_001, 3_001, 4_001, 5_001, 7_001, 7_001]
    assert probe.live(("bars", "GBPUSD", "M1", 2)) == [-1]


def test_candles_are_a_minutes_and_not_without_end(probe: Probe) -> None:
    terminal = given(probe)
    terminal.bars["EURUSD", 1] = [bar(60 * minute, 1.123456) for minute in range(9_100)]
    few, most, none = probe.live(
        ("candles", "EURUSD", 60, 120), ("candles", "EURUSD", 0, 10**9), ("candles", "NOSUCH", 0, 1)
    )
    assert few["count"] == 2
    told = {"open": 1.12346, "high": 1.12446, "low": 1.12246, "close": 1.12346, "volume": 100}
    assert few["candles"][0] == {"time": 60, **told}
    assert (most["count"], len(most["candles"]), most["candles"][-1]["time"]) == (9_000, 9_000, 60 * 8_999)
    assert (none["count"], "candles" in none) == (-1, False)


@pytest.mark.parametrize(("modes", "filling"), [(1, 0), (2, 1), (3, 1), (0, 2)])
def test_an_order_is_filled_as_its_symbol_may(probe: Probe, modes: int, filling: int) -> None:
    terminal = given(probe)
    terminal.symbols = {"EURUSD": EURUSD | {"SYMBOL_FILLING_MODE": modes}}
    assert probe.live(("open", "EURUSD", "buy", 0.3, 1.05, 1.2, 12, 99, "mf:1"))[0]["done"] is True
    assert terminal.sent == [
        ["send", "1", "99", "0", "EURUSD", "0.3", "1.1002", "1.05", "1.2", "12", "0", str(filling), "0",
         "mf:1", "0", "0"],
    ]  # fmt: skip


def test_an_order_is_bought_at_the_ask_and_sold_at_the_bid(probe: Probe) -> None:
    terminal = given(probe)
    probe.live(("open", "EURUSD", "sell", 0.1))
    assert (terminal.sent[0][6], terminal.sent[0][10]) == ("1.1", "1")
    terminal.positions = [
        {"POSITION_TICKET": ticket, "POSITION_SYMBOL": "EURUSD", "POSITION_TYPE": kind,
         "POSITION_VOLUME": 0.5, "POSITION_MAGIC": 6}
        for ticket, kind in ((1, 0), (2, 1))
    ]  # fmt: skip
    probe.live(("close", 1, 0.2, "c"), ("close", 2, 0, "d"), ("close", 2, 0.5), ("close", 2, 0.7))
    closings = [(one[5], one[6], one[10], one[14]) for one in terminal.sent[1:]]
    assert closings == [("0.2", "1.1", "1", "1"), *[("0.5", "1.1002", "0", "2")] * 3]
    assert [one[2] for one in terminal.sent[1:]] == ["6"] * 4, "a closing keeps the magic"
    assert (terminal.sent[1][9], terminal.sent[1][13]) == ("50", "c")


@pytest.mark.parametrize(
    ("answer", "done", "unknown"),
    [
        *(([code, 5, 6, 0.1, 1.1, ""], True, False) for code in (10_008, 10_009, 10_010)),
        *(([code, 0, 0, 0.0, 0.0, "No"], False, code == 10_012) for code in (10_004, 10_012, 10_019, 10_031)),
        ([0, 0, 0, 0.0, 0.0, ""], False, False),
        (MqlError(4_756), False, False),
    ],
)
def test_what_the_broker_answers_means(probe: Probe, answer: Any, done: bool, unknown: bool) -> None:
    given(probe).answers = [answer]
    [outcome] = probe.live(("open", "EURUSD", "buy", 0.1))
    assert (outcome["done"], outcome["unknown"]) == (done, unknown)
    if done:
        told = {name: float(value) for name, value in outcome["result"].items()}
        assert told == {"retcode": answer[0], "deal": 5, "order": 6, "price": 1.1, "volume": 0.1}
    else:
        code = 0 if isinstance(answer, MqlError) else answer[0]
        assert outcome["error"].startswith(f"The broker answered {code} ")
        assert outcome["result"] is None


def test_what_is_not_there_is_said_and_nothing_is_sent(probe: Probe) -> None:
    calls = ("open", "NOSUCH", "buy", 0.1), ("modify", 5, 1.0), ("close", 5, 0.1)
    outcomes = probe.live(*calls)
    gone = "There is no position 5."
    assert [one["error"] for one in outcomes] == ["The terminal has no price of NOSUCH.", gone, gone]
    assert not any(one["done"] for one in outcomes)
    assert given(probe).sent == []


def test_a_level_that_is_not_named_stays(probe: Probe) -> None:
    terminal = given(probe)
    terminal.positions = [
        {"POSITION_TICKET": 5, "POSITION_SYMBOL": "EURUSD", "POSITION_SL": 1.0, "POSITION_TP": 1.2}
    ]
    probe.live(("modify", 5, 1.05, ""), ("modify", 5, "", 1.15), ("modify", 5, 0, 0))
    assert [(one[1], one[4], one[7], one[8], one[14]) for one in terminal.sent] == [
        ("6", "EURUSD", "1.05", "1.2", "5"),
        ("6", "EURUSD", "1", "1.15", "5"),
        ("6", "EURUSD", "0", "0", "5"),
    ]


def test_positions_are_chosen_by_magic_and_symbol(probe: Probe) -> None:
    given(probe).positions = [
        {"POSITION_TICKET": ticket, "POSITION_SYMBOL": symbol, "POSITION_MAGIC": magic, "POSITION_TIME": 50}
        for ticket, symbol, magic in ((0, "EURUSD", 1), (1, "EURUSD", 1), (2, "GBPUSD", 1), (3, "EURUSD", 0))
    ]
    calls = ("tickets", "", ""), ("tickets", 1, ""), ("tickets", 0, ""), ("tickets", 1, "GBPUSD")
    assert probe.live(*calls, ("tickets", "", "EURUSD")) == [" 1 2 3", " 1 2", " 3", " 2", " 1 3"]
    assert probe.live(("position at", 2), ("position at", 9)) == ["buy 50", "none"]
    given(probe).positions[2]["POSITION_TYPE"] = 1
    assert probe.live(("position at", 2)) == ["sell 50"]


def test_a_mark_is_looked_for_before_an_order_is_sent_again(probe: Probe) -> None:
    terminal = given(probe)
    now_s = probe.machine.now_msc() // 1000
    assert probe.live(("marked", "mf:1"))[0] == 0
    assert terminal.selections == [(now_s - 3 * A_DAY_S, now_s + 2 * A_DAY_S)]
    terminal.deals = [
        deal(1, DEAL_TIME=now_s, DEAL_COMMENT="a mf:1"),
        deal(2, DEAL_TIME=now_s, DEAL_COMMENT="mf:1 x", DEAL_ORDER=3, DEAL_PRICE=1.1, DEAL_VOLUME=0.2),
    ]
    found, outcome = probe.live(("marked", "mf:1"))
    assert (found, outcome["done"]) == (1, True)
    assert {name: float(value) for name, value in outcome["result"].items()} == {
        "deal": 2, "order": 3, "price": 1.1, "volume": 0.2,
    }  # fmt: skip
    assert probe.live(("marked", "mf:2"))[0] == 0
    terminal.orders = [{"ORDER_TICKET": 4, "ORDER_COMMENT": "mf:1 x"}, {"ORDER_TICKET": 0}]
    assert probe.live(("marked", "mf:1"))[0] == -1, "one that still waits says nothing yet"
    assert probe.live(("marked", "mf:2"))[0] == 0
    terminal.has_history = False
    assert probe.live(("marked", "mf:2"))[0] == -1
    terminal.has_history, terminal.terminal["TERMINAL_CONNECTED"] = True, 0
    assert probe.live(("marked", "mf:2"))[0] == -1
