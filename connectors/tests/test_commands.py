"""Commands.mqh and the platforms' orders: what a command does, and what is said of one that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.harness.mt4 import Mt4Terminal
from connectors.tests.desk import Desk


def done(desk: Desk, kind: str, **payload: Any) -> dict[str, Any]:
    """Return what a connector answers to one command."""
    command = desk.hub.ask(kind, **payload)
    desk.live(4)
    [answer] = command.answers
    assert answer["terminalId"] == "t"
    return answer


@pytest.mark.parametrize(
    ("kind", "payload", "says"),
    [
        ("PAUSE", {}, "no EA of its own: it cannot serve PAUSE"),
        ("OPEN", {"symbol": "EURUSD", "side": "up", "volume": 0.1}, "side: must be buy or sell"),
        ("OPEN", {"symbol": "NOSUCH", "side": "buy", "volume": 0.1}, "no price of NOSUCH"),
        ("OPEN", {"symbol": "EURUSD", "side": "buy", "volume": 0.001}, "The broker answered"),
        ("CLOSE", {"ticket": 12345}, "There is no position 12345"),
        ("MODIFY", {"ticket": 12345, "stopLoss": 1.0}, "There is no position 12345"),
        ("FETCH_CANDLES", {"symbol": "NOSUCH", "from": 1, "to": 2, "tradeId": "x"}, "no bars of NOSUCH"),
    ],
)
def test_what_it_cannot_do_it_says(desk: Desk, kind: str, payload: dict[str, Any], says: str) -> None:
    answer = done(desk, kind, **payload)
    assert answer["status"] == "failed"
    assert says in answer["error"]
    assert desk.hands.held() == []


def test_what_came_too_late_is_not_done(desk: Desk) -> None:
    desk.hub.expires_in_s = -5
    answer = done(desk, "OPEN", symbol="EURUSD", side="buy", volume=0.1)
    assert (answer["status"], answer["error"]) == ("failed", "It came after it had expired.")
    desk.hub.expires_in_s = 30
    assert done(desk, "OPEN", symbol="EURUSD", side="buy", volume=0.1)["status"] == "done"
    assert len(desk.hands.held()) == 1


def test_one_that_only_reports_trades_nothing(desk: Desk) -> None:
    held = desk.hands.open("EURUSD", is_buy=True, lots=0.1)
    desk.may_trade = False
    for kind, payload in (
        ("OPEN", {"symbol": "EURUSD", "side": "buy", "volume": 0.1}),
        ("CLOSE", {"ticket": held}),
        ("CLOSE_ALL", {}),
        ("MODIFY", {"ticket": held, "stopLoss": 0.9}),
    ):
        assert "InpMayTrade is false" in done(desk, kind, **payload)["error"]
    assert done(desk, "PING") == {"terminalId": "t", "status": "done", "result": {}}
    assert [one.ticket for one in desk.hands.held()] == [held]


def test_an_order_is_what_was_asked_for(desk: Desk) -> None:
    payload = {"symbol": "GBPUSD", "side": "SELL", "volume": "0.2", "stopLoss": 1.9, "takeProfit": 0.5}
    answer = done(desk, "OPEN", **payload, magic=77, comment="a comment")
    assert answer["status"] == "done", answer
    [held] = desk.hands.held()
    assert (held.symbol, held.is_buy, held.lots) == ("GBPUSD", False, 0.2)
    stop, target, magic, comment = _terms(desk, held.ticket)
    assert (stop, target, magic, len(comment)) == (1.9, 0.5, 77, 25)
    assert comment.startswith("mf:")
    assert comment[15:] == " a comment"


def test_a_comment_is_as_long_as_a_server_keeps(desk: Desk) -> None:
    """31 characters: the package for Python alone takes no more than 29."""
    done(desk, "OPEN", symbol="EURUSD", side="buy", volume=0.1, comment="0123456789ABCDEF")
    [held] = desk.hands.held()
    comment = _terms(desk, held.ticket)[3]
    assert (comment[:3], comment[15:], len(comment)) == ("mf:", " 0123456789ABCDE", 31)
    assert done(desk, "CLOSE", ticket=held.ticket)["status"] == "done"


def test_what_is_not_named_is_not_changed(desk: Desk) -> None:
    done(desk, "OPEN", symbol="EURUSD", side="buy", volume=0.1, stopLoss=0.8, takeProfit=1.9)
    [held] = desk.hands.held()
    assert done(desk, "MODIFY", ticket=held.ticket, stopLoss=0.9)["status"] == "done"
    assert _terms(desk, held.ticket)[:2] == (0.9, 1.9)
    assert done(desk, "MODIFY", ticket=held.ticket, takeProfit=0)["status"] == "done"
    assert _terms(desk, held.ticket)[:2] == (0.9, 0)


def test_all_are_those_that_fit(desk: Desk) -> None:
    for symbol, magic in (("EURUSD", 1), ("EURUSD", 2), ("GBPUSD", 1), ("GBPUSD", 0)):
        done(desk, "OPEN", symbol=symbol, side="buy", volume=0.1, magic=magic)
    assert done(desk, "CLOSE_ALL", magic=1, symbol="EURUSD")["result"] == {"closed": 1}
    assert done(desk, "CLOSE_ALL", magic=0)["result"] == {"closed": 1}
    assert sorted(one.symbol for one in desk.hands.held()) == ["EURUSD", "GBPUSD"]
    assert done(desk, "CLOSE_ALL")["result"] == {"closed": 2}
    assert done(desk, "CLOSE_ALL")["result"] == {"closed": 0}
    desk.live(5)
    desk.check()


def test_deals_are_sent_again_when_they_are_asked_for(desk: Desk) -> None:
    desk.hands.open("EURUSD", is_buy=True, lots=0.1)
    desk.hands.close(desk.hands.held()[0])
    desk.live(5)
    desk.check()
    with desk.begin() as life:
        life.init()
        life.pass_time(5)
        desk.hub.deals.clear()
        desk.hub.ask("SYNC_TRADES")
        life.pass_time(6)
    desk.check()


def test_bars_of_a_trade_are_sent(desk: Desk) -> None:
    desk.machine.advance_to(desk.machine.now_msc() + 3 * 3_600_000)
    end_s = desk.machine.now_msc() // 1000 - 3_600 + 3 * 3_600
    answer = done(desk, "FETCH_CANDLES", symbol="EURUSD", **{"from": end_s - 600, "to": end_s}, tradeId="t1")
    bodies = [body for _, address, body in desk.machine.requests if address.endswith("/candles")]
    assert answer["result"]["candles"] in {10, 11}
    assert len(bodies) == 1
    assert b'"tradeId":"t1"' in bodies[0]


def _terms(desk: Desk, ticket: int) -> tuple[float, float, int, str]:
    if isinstance(desk.terminal, Mt4Terminal):
        order = desk.terminal.pool[ticket]
        return order.stop_loss, order.take_profit, order.magic, order.comment
    [held] = desk.terminal.api.positions_get(ticket=ticket) or ()
    return held.sl, held.tp, held.magic, held.comment
