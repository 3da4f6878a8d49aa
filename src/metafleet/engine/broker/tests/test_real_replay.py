"""A ledger over real bars; the developer data set lies beside the repository and is never part of it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.broker.tests.bench import account, market, market_order
from metafleet.engine.broker.tests.test_ledger_properties import check
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.sources import open_source

FILE = Path(__file__).resolve().parents[5] / ".." / "shared/data/bars/EURUSD_M1_2018-2019.csv.gz"


@pytest.mark.skipif(
    not FILE.exists(), reason="the developer data set ../shared/data is not beside the repository"
)
def test_a_month_of_real_prices_leaves_the_books_balanced() -> None:
    ledger = account(market(0))
    feed = open_feed(open_source(str(FILE), 7), clock="source", wall_msc=0)
    for number, tick in enumerate(islice(feed, 120_000)):
        ledger.on_tick(tick)
        if number % 600 == 0:
            sign = 1 if number % 1_200 else -1
            sl, tp = tick.bid - sign * 0.0015, tick.bid + sign * 0.002
            ledger.order_send(market_order("buy" if sign > 0 else "sell", 0.1, sl=sl, tp=tp))
        if number % 5_000 == 4_999:
            for held in ledger.positions():
                ledger.order_send(OrderRequest(action="close", position=held.ticket, volume=0.04))
            check(ledger)
    reasons = {deal.reason for deal in ledger.deals}
    assert reasons == {0, 3, 4, 5}
    assert any(deal.swap for deal in ledger.deals)
    assert len(ledger.deals) > 300
