"""A past that EAs have really traded, handed to a broker."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.seeding import PastMarket, seed_account, seed_market
from metafleet.engine.broker.store import Store
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.offline import Entrant, NotEnoughBars, trade_past
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.sources import open_source
from metafleet.engine.market.ticks import FAST_TICKS

NOW_MSC = 1_795_000_000_000


def past_market(minutes: int) -> PastMarket:
    feed = open_feed(
        open_source("generator", 7),
        clock="live",
        wall_msc=NOW_MSC,
        ticks_per_bar=FAST_TICKS,
        seed=7,
        past_minutes=minutes,
    )
    return PastMarket(feed, Quotes(feed.specs))


def entrant(slug: str, symbol: str, magic: int, login: int) -> Entrant:
    account = NewAccount(login=login, name="Demo", deposit=Decimal(10_000))
    return Entrant(cls=EXPERTS[slug], symbol=symbol, magic=magic, account=account)


def test_the_demos_eas_trade_the_past_and_a_store_keeps_it(tmp_path: Path) -> None:
    past = past_market(1_800)
    with Store(tmp_path) as store:
        first = store.next_login()
        entrants = [
            entrant("trend-following", "EURUSD", 1, first),
            entrant("grid", "GBPUSD", 2, first + 1),
            entrant("grid", "EURUSD", 3, first + 1),
        ]
        ledgers = trade_past(past, entrants, store.tickets(), warm_up_minutes=600)
        for ledger in ledgers.values():
            seed_account(store, ledger, "a password")
        seed_market(store, past)
    assert list(ledgers) == [first, first + 1]
    for ledger in ledgers.values():
        assert ledger.book.balance == sum(deal.net for deal in ledger.deals)
    assert {deal.magic for deal in ledgers[first + 1].deals} == {0, 2, 3}
    times = [deal.time_msc for deal in ledgers[first + 1].deals]
    assert times == sorted(times)
    assert NOW_MSC - 1_300 * 60_000 < times[0] < times[-1] < NOW_MSC


def test_a_past_shorter_than_the_warm_up_is_refused() -> None:
    with pytest.raises(NotEnoughBars, match="within the warm-up of 600 minutes"):
        trade_past(past_market(60), [], Tickets(), warm_up_minutes=600)
