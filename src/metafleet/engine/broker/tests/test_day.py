"""The last quote and its day: what changes with a tick is shown, and only then."""

from __future__ import annotations

from metafleet.engine.broker.day import Day
from metafleet.engine.market.arrays import RATES, empty
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD

DAY_MSC = 86_400_000


def test_an_ask_that_moves_alone_is_shown() -> None:
    day = Day(EURUSD)
    day.take(Tick("EURUSD", DAY_MSC + 5, 1.1, 1.1001))
    before = day.quote()
    assert before is day.quote()
    day.take(Tick("EURUSD", DAY_MSC + 5, 1.1, 1.1004))
    after = day.quote()
    assert after is not None
    assert (after.ask, after.ask_high, after.ask_low) == (1.1004, 1.1004, 1.1001)


def test_a_day_closes_at_its_last_bid() -> None:
    day = Day(EURUSD)
    day.begin(empty(RATES), empty(RATES), DAY_MSC)
    day.take(Tick("EURUSD", DAY_MSC + 5, 1.1, 1.1001))
    day.take(Tick("EURUSD", DAY_MSC + 9, 1.3, 1.3001))
    day.take(Tick("EURUSD", 2 * DAY_MSC, 1.2, 1.2001))
    quote = day.quote()
    assert quote is not None
    assert (quote.session_open, quote.session_close, quote.bid_high) == (1.2, 1.3, 1.2)
