"""Accounts with a history: trade past bars in-process, then hand all to a broker that starts afterwards.

    source = open_source("sample", seed=7)
    feed = open_feed(source, clock="live", wall_msc=now_msc, past_minutes=5 * 1440, seed=7)
    with Store(folder) as store:                       # the broker must not be running
        quotes, tickets = Quotes(feed.specs), store.tickets()
        past = PastMarket(feed, quotes)
        account = NewAccount(login=store.next_login(), name="Demo", deposit=Decimal(10_000))
        ledger = None
        for tick in past:                              # draws the charts, moves the quotes
            ledger = ledger or open_ledger(account, quotes, tickets, tick.time_msc)
            deals = ledger.on_tick(tick)               # ... and let an EA send orders to the ledger
        seed_account(store, ledger, password)
        seed_market(store, past)

The broker started on that folder with the same source and seed goes on from there, at the same prices.
Several ledgers may share the quotes and the tickets; give each its own login.
"""

from __future__ import annotations

from collections.abc import Iterator

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.passwords import hash_password
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.store import KEPT_BARS, Store
from metafleet.engine.market.feed import Feed
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import series_of


class PastMarket:
    """The past of a feed: iterate it once for its ticks, up to the feed's now. Raises BarFileRefused."""

    def __init__(self, feed: Feed, quotes: Quotes) -> None:
        self.feed = feed
        self.quotes = quotes
        self._series = {spec.name: series_of(spec, KEPT_BARS) for spec in feed.specs}

    def __iter__(self) -> Iterator[Tick]:
        """Yield each tick of the past after it was applied to quotes and charts."""
        for tick in self.feed:
            if tick.time_msc >= self.feed.now_msc:
                break
            self.quotes.apply(tick)
            self._series[tick.symbol].add(tick)
            yield tick

    def bars(self, symbol: str, count: int) -> list[Bar]:
        """Return the last M1 bars, oldest first, the forming one last."""
        return self._series[symbol].last(count)


def seed_account(store: Store, ledger: Ledger, password: str) -> None:
    """Store an account that has traded already: its login, deals, balance and open positions.

    The ledger must have been opened with `store.tickets()`, which all ledgers of one seeding share, and a
    login of `store.next_login()` or above. Raises sqlite3.IntegrityError when a login or ticket is taken.
    """
    store.save_account(ledger, hash_password(password))


def seed_market(store: Store, past: PastMarket) -> None:
    """Store where the past ended, with its last prices and bars, for a broker to go on from."""
    bars = {spec.name: past.bars(spec.name, KEPT_BARS) for spec in past.feed.specs}
    store.save_market(past.feed.cursor_at(past.feed.now_msc), past.quotes.all(), bars)
