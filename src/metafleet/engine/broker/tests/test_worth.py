"""What positions are shown to be worth is what they are booked at, to the cent."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from metafleet.engine.broker.book import OpenPosition
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Side
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market_order
from metafleet.engine.broker.valuation import floating
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD, USDJPY

THING = msgspec.structs.replace(EURUSD, name="THING")

lots = st.integers(1, 9_999).map(lambda hundredths: hundredths / 100)
prices = st.integers(1, 400_000)


@given(
    st.sampled_from(["USD", "JPY", "EUR"]),
    st.integers(0, 6),
    st.sampled_from([1.0, 0.37, 1_000.0, 100_000.0]),
    st.lists(st.tuples(st.sampled_from(["buy", "sell"]), lots, prices), min_size=1, max_size=4),
    prices,
)
@example("USD", 5, 1.0, [("buy", 0.5, 100_000), ("sell", 0.5, 100_000)], 101_000)
def test_shown_profit_is_the_booked_one(
    currency: str, digits: int, size: float, held: list[tuple[Side, float, int]], now: int
) -> None:
    spec = msgspec.structs.replace(
        THING, digits=digits, point=round(10.0**-digits, digits), contract_size=size
    )
    quotes = Quotes([spec, EURUSD, USDJPY])
    quotes.apply(Tick("EURUSD", MONDAY_MSC, 1.1, 1.1002))
    quotes.apply(Tick("USDJPY", MONDAY_MSC, 150.01, 150.03))
    ledger = account(quotes, currency=currency)
    scale = 10**digits
    ledger.book = msgspec.structs.replace(
        ledger.book,
        positions=tuple(
            OpenPosition(
                ticket=ticket, identifier=ticket, symbol="THING", side=side, volume=volume,
                price_open=points / scale, sl=None, tp=None, swap=ZERO, time_msc=MONDAY_MSC,
                time_update_msc=MONDAY_MSC, magic=0, comment="", margin_per_lot=ZERO,
            )
            for ticket, (side, volume, points) in enumerate(held, start=1)
        ),
    )  # fmt: skip
    quotes.apply(Tick("THING", MONDAY_MSC, now / scale, (now + 3) / scale))
    booked = [floating(position, currency, quotes) for position in ledger.book.positions]
    assert [profit for _, _, profit in ledger.valued()] == list(map(float, booked))


def test_position_averaged_off_the_grid_is_worth_what_it_is_booked_at() -> None:
    quotes = Quotes([EURUSD])
    ledger = account(quotes, deposit="100000", margin_mode="netting")
    for volume, bid in ((0.01, 1.1), (0.02, 1.10001), (0.04, 1.10004)):
        quotes.apply(Tick("EURUSD", MONDAY_MSC, bid, round(bid + 0.0001, 5)))
        ledger.order_send(market_order("buy", volume, "EURUSD"))
    (position,) = ledger.book.positions
    assert position.price_open != round(position.price_open, 5)
    for points in range(110_000, 110_040):
        quotes.apply(Tick("EURUSD", MONDAY_MSC, points / 100_000, points / 100_000 + 0.0001))
        ((_, _, profit),) = ledger.valued()
        assert Decimal(repr(profit)) == floating(position, "USD", quotes)
