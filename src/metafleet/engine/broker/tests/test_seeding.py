"""A demo account with a past: traded in-process, then served."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import SERVER_NAME, OrderRequest
from metafleet.engine.broker.seeding import PastMarket, seed_account, seed_market
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import market_order
from metafleet.engine.broker.tests.process import BrokerProcess
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.sources import open_source

WALL_MSC = 1_795_000_012_345


def trade_the_past(folder: Path) -> tuple[Ledger, PastMarket]:
    feed = open_feed(open_source("sample", 7), clock="live", wall_msc=WALL_MSC, past_minutes=600, seed=7)
    with Store(folder) as store:
        quotes, tickets = Quotes(feed.specs), store.tickets()
        past = PastMarket(feed, quotes)
        account = NewAccount(login=store.next_login(), name="Demo", deposit=Decimal(10_000))
        ledger: Ledger | None = None
        for number, tick in enumerate(past):
            ledger = ledger or open_ledger(account, quotes, tickets, tick.time_msc)
            ledger.on_tick(tick)
            if number % 500 == 400 and tick.symbol == "EURUSD":
                held = ledger.positions()
                order = OrderRequest(action="close", position=held[0].ticket) if held else None
                ledger.order_send(order or market_order("buy", 0.1))
        assert ledger is not None
        ledger.order_send(market_order("sell", 0.2))
        seed_account(store, ledger, "demo-password")
        seed_market(store, past)
        return ledger, past


def test_a_broker_goes_on_where_the_past_ended(tmp_path: Path) -> None:
    ledger, past = trade_the_past(tmp_path)
    last = past.quotes.last("EURUSD")
    assert last is not None
    assert WALL_MSC - 61_000 < last.time_msc < WALL_MSC
    assert len(ledger.deals) > 3
    with BrokerProcess(tmp_path) as broker, broker.client() as client:
        info = client.login(ledger.book.login, "demo-password", SERVER_NAME)
        assert info.balance == ledger.book.balance
        assert client.deals() == ledger.deals
        assert [held.ticket for held in client.positions()] == [p.ticket for p in ledger.book.positions]
        bars = client.bars("EURUSD", 5_000)
        assert bars[:500] == past.bars("EURUSD", 5_000)[:500]
        assert abs(bars[-1].close / last.bid - 1) < 0.002
        opened = client.order_send(market_order("buy", 0.1))
        assert (opened.order, opened.deal) == (ledger.deals[-1].order + 1, ledger.deals[-1].ticket + 1)
