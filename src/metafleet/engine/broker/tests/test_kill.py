"""kill -9 in the middle of trading: nothing is lost, nothing is there twice, and time goes on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path

from metafleet.engine.broker.client import BrokerClient, BrokerUnavailable
from metafleet.engine.broker.records import (
    REASON_SL,
    AccountInfo,
    Deal,
    DealEvent,
    OrderRequest,
    OrderResult,
    TickEvent,
)
from metafleet.engine.broker.tests.bench import market_order
from metafleet.engine.broker.tests.process import READY_S, BrokerProcess, events_until

ROUNDS = 3
ORDERS_BEFORE_KILL = 40


class Trader:
    """Trades as fast as the broker answers until it goes away, and remembers everything it was told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.opened: dict[str, OrderResult] = {}
        self.told: dict[int, Deal] = {}
        self.latest_msc = 0
        self.stops = 0
        self.enough = threading.Event()

    def trade(self, client: BrokerClient) -> None:
        try:
            client.subscribe(["EURUSD", "GBPUSD"])
            done, stops = 0, self.stops
            while True:
                self._open(client)
                for held in client.positions()[:-60]:
                    client.order_send(OrderRequest(action="close", position=held.ticket))
                self._listen(client)
                done += 1
                if done >= ORDERS_BEFORE_KILL and self.stops > stops:
                    self.enough.set()
        except BrokerUnavailable:
            return

    def _open(self, client: BrokerClient) -> None:
        name = f"order {len(self.sent)}"
        bars = client.bars("EURUSD", 1)
        sign = 1 if len(self.sent) % 2 else -1
        sl = bars[-1].close - sign * 0.0003
        self.sent.append(name)
        result = client.order_send(market_order("buy" if sign > 0 else "sell", 0.01, sl=sl, comment=name))
        if result.retcode == 10009:
            self.opened[name] = result

    def _listen(self, client: BrokerClient) -> None:
        for event in client.poll(0.05):
            if isinstance(event, DealEvent):
                self.stops += event.deal.reason == REASON_SL
                assert self.told.setdefault(event.deal.ticket, event.deal) == event.deal
                self.latest_msc = max(self.latest_msc, event.deal.time_msc)
            elif isinstance(event, TickEvent):
                self.latest_msc = max(self.latest_msc, event.time_msc)


def all_deals(client: BrokerClient) -> list[Deal]:
    deals: list[Deal] = []
    while page := client.deals(deals[-1].ticket if deals else 0, limit=200):
        deals += page
    return deals


def snapshot(client: BrokerClient) -> tuple[list[Deal], AccountInfo, set[int]]:
    """Return deals, account and open tickets of one moment: no deal was made between the questions."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        deals = all_deals(client)
        info, held = client.account(), {position.ticket for position in client.positions()}
        if not client.deals(deals[-1].ticket):
            return deals, info, held
    raise AssertionError("the account never kept still")


def check(client: BrokerClient, trader: Trader) -> None:
    deals, info, held = snapshot(client)
    tickets = [deal.ticket for deal in deals]
    assert tickets == sorted(set(tickets))
    by_ticket = {deal.ticket: deal for deal in deals}
    # Everything that was pushed or answered is there, as it was told.
    assert {ticket: by_ticket.get(ticket) for ticket in trader.told} == trader.told
    entries = Counter(deal.comment for deal in deals if deal.entry == 0 and deal.symbol)
    assert {name for name in trader.opened if entries[name] != 1} == set()
    for name, result in trader.opened.items():
        deal = by_ticket[result.deal]
        assert (deal.order, deal.price, deal.volume, deal.comment) == (
            result.order,
            result.price,
            result.volume,
            name,
        )
    # An order whose answer was lost happened once or not at all, and its comment says which.
    assert all(count == 1 for count in entries.values())
    assert set(entries) <= set(trader.sent)
    assert info.balance == sum((deal.net for deal in deals), Decimal(0))
    closed = Counter(deal.position_id for deal in deals if deal.entry == 1)
    assert all(count == 1 for count in closed.values())
    assert held == {deal.position_id for deal in deals if deal.symbol and deal.entry == 0} - set(closed)


def test_a_killed_broker_goes_on_with_nothing_lost_and_nothing_twice(tmp_path: Path) -> None:
    trader = Trader()
    with BrokerProcess(tmp_path, "--speed", "900", "--ticks-per-bar", "10") as broker:
        login = broker.new_account().login
        for _ in range(ROUNDS):
            trader.enough.clear()
            with broker.signed_in(login) as client:
                thread = threading.Thread(target=trader.trade, args=(client,))
                thread.start()
                assert trader.enough.wait(READY_S), "the trader did not get on"
                broker.kill()
                thread.join(READY_S)
                assert not thread.is_alive()
            broker.start()
            with broker.signed_in(login) as client:
                check(client, trader)
                client.subscribe(["EURUSD", "GBPUSD"])
                ticks = [e for e in events_until(client, 3, TickEvent) if isinstance(e, TickEvent)]
                assert min(tick.time_msc for tick in ticks) >= trader.latest_msc
        assert len(trader.opened) >= ROUNDS * ORDERS_BEFORE_KILL - ROUNDS
        assert trader.stops >= ROUNDS
