"""Terminal4.mqh, function by function, on a terminal whose books are written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.harness.machine import MqlError
from connectors.tests.given import EURUSD, Given, bar
from connectors.tests.probing import Probe

MOST = 200
T = 1_757_200_000
PERIODS = {"M1": 1, "M5": 5, "M15": 15, "M30": 30, "H1": 60, "H4": 240, "D1": 1_440, "?": 1_440}


@pytest.fixture
def probe(probe4: Path, tmp_path: Path) -> Probe:
    made = Probe(probe4, tmp_path, "mql4")
    made.terminal = Given()
    return made


def given(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def order(ticket: int, kind: int = 0, **more: Any) -> dict[str, Any]:
    return {"ticket": ticket, "type": kind, "symbol": "EURUSD", "lots": 0.5, "open_time": T, **more}


def closed(ticket: int, after_s: int, kind: int = 0, **more: Any) -> dict[str, Any]:
    return order(ticket, kind, close_time=T + after_s, **more)


def test_an_account_is_told_as_it_is(probe: Probe) -> None:
    terminal = given(probe)
    figures = ("BALANCE", "EQUITY", "MARGIN", "MARGIN_FREE", "MARGIN_LEVEL", "PROFIT", "LEVERAGE")
    terminal.account |= {f"ACCOUNT_{name}": 10 + place for place, name in enumerate(figures)}
    [said] = probe.live(("account",))
    assert said["accountInfo"] == {
        "login": 5_001_234, "server": "Broker-Demo", "currency": "0", "leverage": 16, "balance": 10,
        "equity": 11, "margin": 12, "freeMargin": 13, "marginLevel": 14, "floatingPnl": 15,
        "marginMode": "hedging",
        "tradeAllowed": True,
    }  # fmt: skip
    terminal.program = {}
    assert probe.live(("account",))[0]["accountInfo"]["tradeAllowed"] is False


def test_what_waits_for_its_price_is_no_position(probe: Probe) -> None:
    held = {
        "open_price": 1.123456, "close_price": 1.1, "profit": -3.5, "swap": -0.1, "stop_loss": 1.2,
        "take_profit": 1.0, "magic": 9, "comment": "a",
    }  # fmt: skip
    given(probe).orders = [order(1, 2), order(2, 1, **held), order(3, is_gone=True), order(4, 5)]
    [said] = probe.live(("positions",))
    assert said["count"] == 1
    assert said["positions"] == [
        {"ticket": 2, "symbol": "EURUSD", "type": "SELL", "volume": 0.5, "openPrice": 1.12346,
         "currentPrice": 1.1, "profit": -3.5, "swap": -0.1, "openTime": T, "stopLoss": 1.2, "takeProfit": 1.0,
         "magic": 9, "comment": "a"},
    ]  # fmt: skip
    given(probe).orders = [order(5)]
    assert probe.live(("positions",))[0]["positions"][0]["type"] == "BUY"


def test_closed_orders_go_in_batches_as_they_closed(probe: Probe) -> None:
    terminal = given(probe)
    terminal.history = [closed(1_000 - number, number) for number in range(MOST + 2)]
    # Two of the same second go by their tickets.
    terminal.history += [closed(2_001, MOST + 5), closed(2_000, MOST + 5)]
    early = probe.live(("deals", 0, T + MOST + 6))
    assert (early[0]["count"], early[0]["time"]) == (0, T + MOST + 6)
    first, second = probe.live(("deals", 0, 0), ("deals", 1_000 - MOST + 1, T + MOST - 1))
    assert [one["ticket"] for one in first["trades"]] == [1_000 - number for number in range(MOST)]
    assert (first["count"], int(first["ticket"]), first["time"]) == (MOST, 1_000 - MOST + 1, T + MOST - 1)
    assert [one["ticket"] for one in second["trades"]] == [800, 799, 2_000, 2_001]
    last, nothing = probe.live(("deals", 2_000, T + MOST + 5), ("deals", 2_001, T + MOST + 5))
    assert ([one["ticket"] for one in last["trades"]], last["count"]) == ([2_001], 1)
    assert (nothing["trades"], nothing["count"], int(nothing["ticket"])) == ([], 0, 2_001)
    asked = [("has deals", ticket, T + MOST + 5) for ticket in (2_000, 2_001)]
    assert probe.live(*asked, ("has deals", 9_999, T + MOST + 4)) == [True, False, True]


def test_what_was_deleted_before_it_opened_is_nothing(probe: Probe) -> None:
    terminal = given(probe)
    money = {"symbol": "", "lots": 0.0, "profit": 50.0, "comment": "Deposit"}
    terminal.history = [closed(1, 1, 2), closed(2, 2, 6, **money), closed(3, 3, 7, **money), closed(4, 4, 5)]
    [said] = probe.live(("deals", 0, 0))
    assert said["trades"] == [
        {"ticket": ticket, "dealType": kind, "openTime": T, "profit": 50.0, "comment": "Deposit"}
        for ticket, kind in ((2, 2), (3, 3))
    ]
    terminal.history = [closed(4, 4, 5)]
    assert probe.live(("has deals", 0, 0)) == [False]


def test_a_closed_order_is_told_whole(probe: Probe) -> None:
    told = {"comment": "to #8", "magic": 7, "commission": -0.7, "swap": 0.25, "profit": 12.5}
    prices = {"open_price": 1.123456789, "close_price": 1.2, "stop_loss": 1.1, "take_profit": 1.3}
    given(probe).history = [closed(7, 60, 1, **told, **prices), closed(8, 61, 0)]
    one, other = probe.live(("deals", 0, 0))[0]["trades"]
    assert one == {
        **told, "ticket": 7, "symbol": "EURUSD", "type": "SELL", "volume": 0.5, "openPrice": 1.12345679,
        "closePrice": 1.2, "stopLoss": 1.1, "takeProfit": 1.3, "openTime": T, "closeTime": T + 60,
    }  # fmt: skip
    assert other["type"] == "BUY"


def test_it_goes_on_an_hour_before_where_it_stood(probe: Probe) -> None:
    asked = [("begin after", known, kept) for known, kept in ((0, T), (5, T), (5, 3_600), (5, 3_601))]
    assert probe.live(*asked, ("own cursor",)) == ["0 0", f"0 {T - 3_600}", "0 0", "0 1", True]


def test_the_oldest_is_of_both_pools(probe: Probe) -> None:
    terminal = given(probe)
    assert probe.live(("oldest",)) == [0]
    terminal.history = [closed(1, 9, open_time=T + 5), closed(2, 9, open_time=T + 3)]
    assert probe.live(("oldest",)) == [T + 3]
    terminal.orders = [order(3, open_time=T + 4), order(4, open_time=T + 2)]
    assert probe.live(("oldest",)) == [T + 2]


def test_bars_are_those_of_their_name_and_closed(probe: Probe) -> None:
    for place, number in enumerate(dict.fromkeys(PERIODS.values())):
        given(probe).bars["EURUSD", number] = [bar(1_000 * place + minute) for minute in range(4)]
    asked = probe.live(*(("bars", "EURUSD", name, 2) for name in PERIODS))
    assert asked == [1, 1_001, 2_001, 3_001, 4_001, 5_001, 6_001, 6_001]
    given(probe).bars["EURUSD", 1] = [bar(60 * minute, 1.123456) for minute in range(9_100)]
    few, most, none = probe.live(
        ("candles", "EURUSD", 60, 120), ("candles", "EURUSD", 0, 10**9), ("candles", "NOSUCH", 0, 1)
    )
    told = {"open": 1.12346, "high": 1.12446, "low": 1.12246, "close": 1.12346, "volume": 100}
    assert (few["count"], few["candles"][0]) == (2, {"time": 60, **told})
    assert (most["count"], len(most["candles"]), none["count"]) == (9_000, 9_000, -1)


def test_an_order_is_bought_at_the_ask_and_sold_at_the_bid(probe: Probe) -> None:
    terminal = given(probe)
    opened = probe.live(
        ("open", "EURUSD", "buy", 0.3, 1.05, 1.2, 12, 99, "mf:1"), ("open", "EURUSD", "sell", 0.1)
    )
    assert terminal.sent == [
        ["send", "EURUSD", "0", "0.3", "1.1002", "12", "1.05", "1.2", "mf:1", "99"],
        ["send", "EURUSD", "1", "0.1", "1.1", "0", "0", "0", "", "0"],
    ]
    assert [(one["done"], one["result"]) for one in opened] == [(True, {"order": 601})] * 2
    terminal.orders = [order(1), order(2, 1)]
    done = probe.live(("close", 1, 0.2), ("close", 2, 0), ("close", 2, 0.5), ("close", 2, 0.7))
    assert [one[1:4] for one in terminal.sent[2:]] == [["1", "0.2", "1.1"], *[["2", "0.5", "1.1002"]] * 3]
    assert [one["result"]["order"] for one in done] == [1, 2, 2, 2]


@pytest.mark.parametrize("error", [1, 2, 4, 6, 128, 129, 130, 134, 4_109])
def test_what_the_broker_answers_means(probe: Probe, error: int) -> None:
    terminal = given(probe)
    terminal.orders = [order(5)]
    terminal.answers = [MqlError(error)] * 3
    outcomes = probe.live(("open", "EURUSD", "buy", 0.1), ("modify", 5, 1.0), ("close", 5))
    assert {(one["done"], one["unknown"]) for one in outcomes} == {(False, error in {2, 6, 128})}
    assert {one["error"] for one in outcomes} == {f"The broker answered with error {error}."}


def test_what_is_not_there_is_said_and_nothing_is_sent(probe: Probe) -> None:
    terminal = given(probe)
    terminal.symbols["NOPRICE"] = EURUSD | {"SYMBOL_BID": 0.0, "SYMBOL_ASK": 0.0}
    terminal.history = [closed(5, 9)]
    calls = ("open", "NOSUCH", "buy", 0.1), ("open", "NOPRICE", "sell", 0.1), ("modify", 5, 1.0), ("close", 5)
    outcomes = probe.live(*calls, ("modify", 6, 1.0), ("close", 6))
    assert [one["error"] for one in outcomes] == [
        *("The terminal has no price of NOSUCH.", "The terminal has no price of NOPRICE."),
        *("There is no position 5.",) * 2,
        *("There is no position 6.",) * 2,
    ]
    assert terminal.sent == []
    assert probe.live(("position at", 5), ("position at", 6)) == ["none", "none"]
    terminal.orders = [order(7), order(8, 1)]
    assert probe.live(("position at", 7), ("position at", 8)) == [f"buy {T}", f"sell {T}"]


def test_a_level_that_is_not_named_stays(probe: Probe) -> None:
    terminal = given(probe)
    terminal.orders = [order(5, open_price=1.1, stop_loss=1.0, take_profit=1.2)]
    done = probe.live(("modify", 5, 1.05, ""), ("modify", 5, "", 1.15), ("modify", 5, 0, 0))
    assert [one[1:] for one in terminal.sent] == [
        ["5", "1.1", "1.05", "1.2"],
        ["5", "1.1", "1", "1.15"],
        ["5", "1.1", "0", "0"],
    ]
    assert all(one["done"] for one in done)


def test_positions_are_chosen_by_magic_and_symbol(probe: Probe) -> None:
    given(probe).orders = [
        *(order(1, magic=1), order(2, symbol="GBPUSD", magic=1), order(3, 1), order(4, 2, magic=1)),
        order(5, is_gone=True, magic=1),
    ]
    calls = ("tickets", "", ""), ("tickets", 1, ""), ("tickets", 0, ""), ("tickets", 1, "GBPUSD")
    assert probe.live(*calls, ("tickets", "", "EURUSD")) == [" 1 2 3", " 1 2", " 3", " 2", " 1 3"]


def test_a_mark_is_looked_for_before_an_order_is_sent_again(probe: Probe) -> None:
    terminal = given(probe)
    terminal.orders = [order(1, comment="a mf:1"), order(2, comment="mf:2 x")]
    terminal.history = [closed(6, 9), closed(4, 9), closed(3, 9, comment="mf:3[tp]")]
    found = probe.live(("marked", "mf:1"), ("marked", "mf:2"), ("marked", "mf:3"))
    assert found[::2] == [0, 1, 1]
    assert [one["result"] for one in found[1::2]] == [None, {"order": 2}, {"order": 3}]
    assert all(one["done"] for one in found[3::2])
    # A closing bears no mark: whether its order is closed says it.
    closings = probe.live(("marked", "mf:9", 1), ("marked", "mf:9", 4), ("marked", "mf:9", 5))
    assert closings[::2] == [0, 1, -1]
    assert closings[3]["result"] == {"order": 4}
    terminal.terminal["TERMINAL_CONNECTED"] = 0
    assert probe.live(("marked", "mf:2"))[0] == -1
