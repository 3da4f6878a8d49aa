"""kill -9 while many clients of many accounts order: whatever was answered is there afterwards."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

from metafleet.engine.broker.client import BrokerUnavailable
from metafleet.engine.broker.records import SERVER_NAME, OrderResult
from metafleet.engine.broker.requests import ACTION_REMOVE, TradeRequest
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.broker.tests.bench import deal, pending
from metafleet.engine.broker.tests.process import PASSWORD, READY_S, BrokerProcess

ACCOUNTS = 6
CLIENTS_OF_EACH = 3
ROUNDS = 3
ENOUGH = 150


class Answered:
    """What all clients were told was done, by account."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.deals: set[tuple[int, int]] = set()
        self.orders: set[tuple[int, int]] = set()
        self.removed: set[tuple[int, int]] = set()
        self.count = 0
        self.enough = threading.Event()

    def note(self, login: int, request: TradeRequest, result: OrderResult) -> None:
        if result.retcode != 10009:
            return
        with self.lock:
            if request.action == ACTION_REMOVE:
                self.removed.add((login, request.order))
            else:
                self.orders.add((login, result.order))
            if result.deal:
                self.deals.add((login, result.deal))
            self.count += 1
            if self.count % ENOUGH == 0:
                self.enough.set()


def trade(broker: BrokerProcess, login: int, answered: Answered) -> None:
    try:
        with TerminalClient("127.0.0.1", broker.port, timeout_s=READY_S) as client:
            client.login(login, PASSWORD, SERVER_NAME)
            bid = client.bars("EURUSD", 1)[-1].close
            while True:
                for request in (
                    deal(0, 0.01),
                    pending(2, round(bid - 0.01, 5), volume=0.01),
                    pending(3, round(bid + 0.01, 5), volume=0.01),
                ):
                    result = client.trade(request)
                    answered.note(login, request, result)
                for position in client.positions()[10:]:
                    request = deal(1, 0.01, position=position.ticket)
                    answered.note(login, request, client.trade(request))
                for order in (client.look(4).orders or [])[10:]:
                    request = TradeRequest(action=ACTION_REMOVE, order=order.ticket)
                    answered.note(login, request, client.trade(request))
    except BrokerUnavailable:
        return


def check(broker: BrokerProcess, logins: list[int], answered: Answered) -> None:
    for login in logins:
        with TerminalClient("127.0.0.1", broker.port, timeout_s=READY_S) as client:
            client.login(login, PASSWORD, SERVER_NAME)
            deals = client.history_deals(limit=5_000)
            finished = client.history_orders(limit=5_000)
            waiting = client.look(4).orders or []
            info, held = client.account(), client.positions()
        tickets = [one.ticket for one in deals]
        assert {ticket for who, ticket in answered.deals if who == login} <= set(tickets)
        known = Counter(one.ticket for one in (*finished, *waiting))
        assert set(known.values()) <= {1}
        assert {ticket for who, ticket in answered.orders if who == login} <= set(known)
        gone = {ticket for who, ticket in answered.removed if who == login}
        assert gone <= {one.ticket for one in finished}
        assert info.balance == sum(one.net for one in deals)
        closed = {one.position_id for one in deals if one.entry == 1}
        assert {one.identifier for one in held} == {
            one.position_id for one in deals if one.symbol and one.entry == 0
        } - closed


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    answered = Answered()
    with BrokerProcess(tmp_path) as broker:
        logins = [broker.new_account("100000").login for _ in range(ACCOUNTS)]
        for _ in range(ROUNDS):
            answered.enough.clear()
            threads = [
                threading.Thread(target=trade, args=(broker, login, answered))
                for login in logins * CLIENTS_OF_EACH
            ]
            for thread in threads:
                thread.start()
            assert answered.enough.wait(2 * READY_S), answered.count
            broker.kill()
            for thread in threads:
                thread.join(READY_S)
            broker.start()
            check(broker, logins, answered)
    assert len(answered.removed) > 0
