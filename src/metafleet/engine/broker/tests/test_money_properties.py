"""What holds for money in every calculation mode, swap mode and currency, whatever is traded."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import Charge
from metafleet.engine.broker.money import currency_digits
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.broker.rollover import DAY_MSC
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market_order
from metafleet.engine.market import symbols
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD, GBPUSD, USDJPY, SymbolSpec

CALC_MODES = [value for name, value in vars(symbols).items() if name.startswith("CALC_")]
SWAP_MODES = range(symbols.SWAP_REOPEN_BID + 1)

specs = st.builds(
    lambda calc, swap, fixed, held, hedged, larger, rate: msgspec.structs.replace(
        EURUSD,
        name="THING",
        contract_size=1_000.0,
        calc_mode=calc,
        swap_mode=swap,
        swap_long=-3.1,
        swap_short=1.7,
        margin_initial=fixed,
        margin_maintenance=held,
        margin_hedged=hedged,
        hedged_by_larger_leg=larger,
        margin_rates=(rate, rate, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0),
        tick_value=0.02,
        face_value=10.0,
        liquidity_rate=0.9,
    ),
    st.sampled_from(CALC_MODES),
    st.sampled_from(SWAP_MODES),
    st.sampled_from([0.0, 50.0]),
    st.sampled_from([0.0, 30.0]),
    st.sampled_from([0.0, 500.0, 1_000.0]),
    st.booleans(),
    st.sampled_from([0.5, 1.0, 2.0]),
)
steps = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 300)),
    st.tuples(st.just("sell"), st.integers(1, 300)),
    st.tuples(st.just("close"), st.integers(0, 9)),
    st.tuples(st.just("tick"), st.integers(-20_000, 20_000)),
    st.tuples(st.just("night"), st.integers(-500, 500)),
)
charges = (Charge(amount=Decimal("0.7")), Charge(amount=Decimal("0.003"), per="turnover", at_exit=False))


@settings(max_examples=120, deadline=None)
@given(
    specs,
    st.lists(steps, min_size=3, max_size=20),
    st.sampled_from(["USD", "EUR", "JPY", "GBP"]),
    st.sampled_from([1, 30, 1_000]),
    st.sampled_from(["300", "3000", "100000"]),
)
def test_the_account_adds_up_and_replaying_its_deals_gives_its_balance(
    spec: SymbolSpec, story: list[tuple[str, int]], currency: str, leverage: int, deposit: str
) -> None:
    quotes = Quotes([spec, EURUSD, GBPUSD, USDJPY])
    for name, price in (("EURUSD", 1.1), ("GBPUSD", 1.3), ("USDJPY", 150.0), ("THING", 1.1)):
        quotes.apply(Tick(name, MONDAY_MSC, price, price + 0.001))
    ledger = account(quotes, currency=currency, deposit=deposit, leverage=leverage)
    ledger.terms = Terms(commissions=charges, fees=(Charge(amount=Decimal("0.1"), per="deal"),))
    for action, number in story:
        held = ledger.book.positions
        if action in ("tick", "night"):
            passed = DAY_MSC if action == "night" else 1_000
            bid, spread = 1.1 + number / 100_000, number % 5 * 0.002
            now_msc = quotes.now_msc + passed
            ledger.on_tick(Tick("THING", now_msc, round(bid, 5), round(bid + spread, 5)))
        elif action == "close" and held:
            ledger.order_send(OrderRequest(action="close", position=held[number % len(held)].ticket))
        elif action != "close":
            done = ledger.order_send(
                market_order("buy" if action == "buy" else "sell", number / 100, "THING")
            )
            assert done.retcode == 10019 or ledger.account().margin_free >= 0
        info = ledger.account()
        watch = ledger.watch()
        assert ledger.watched_symbols() == (watch.symbols if watch else frozenset())
        shown = [(held.price_current, float(held.profit)) for held in ledger.positions()]
        assert [(price, profit) for _, price, profit in ledger.valued()] == shown
        swaps = sum((position.swap for position in ledger.positions()), Decimal(0))
        assert info.equity == info.balance + info.profit + swaps + info.assets - info.liabilities
        assert info.margin >= 0
        assert info.margin_free == info.equity - info.margin
        assert info.balance == sum(deal.net for deal in ledger.deals)
        assert info.balance == round(info.balance, currency_digits(currency))
        assert info.equity == round(info.equity, currency_digits(currency))
