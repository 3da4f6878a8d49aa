"""Stop losses, take profits and stop-outs."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.dealing import Dealing
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Side
from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market, market_order
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import EURUSD

SOON_MSC = MONDAY_MSC + 1_000


@pytest.mark.parametrize(
    ("side", "sl", "tp", "tick", "deal"),
    [
        ("buy", 1.09, 1.10, (1.09001, 1.09010), None),
        ("buy", 1.09, 1.10, (1.09000, 1.09010), (1.09000, 4, "[sl 1.09000]")),
        ("buy", 1.09, 1.10, (1.08500, 1.08510), (1.08500, 4, "[sl 1.09000]")),
        ("buy", 1.09, 1.10, (1.09999, 1.10010), None),
        ("buy", 1.09, 1.10, (1.10000, 1.10010), (1.10000, 5, "[tp 1.10000]")),
        ("buy", 1.09, 1.10, (1.10500, 1.10510), (1.10500, 5, "[tp 1.10000]")),
        ("sell", 1.10, 1.09, (1.09990, 1.09999), None),
        ("sell", 1.10, 1.09, (1.09990, 1.10000), (1.10000, 4, "[sl 1.10000]")),
        ("sell", 1.10, 1.09, (1.08990, 1.09001), None),
        ("sell", 1.10, 1.09, (1.08990, 1.09000), (1.09000, 5, "[tp 1.09000]")),
    ],
)
def test_levels_fire_on_their_side_of_the_market_and_gaps_fill_at_the_gap(
    side: Side, sl: float, tp: float, tick: tuple[float, float], deal: tuple[float, int, str] | None
) -> None:
    ledger = account(market())
    opened = ledger.order_send(market_order(side, 0.1, sl=sl, tp=tp, magic=9, comment="mine"))
    made = ledger.on_tick(Tick("EURUSD", SOON_MSC, *tick))
    assert [(d.price, d.reason, d.comment) for d in made] == ([] if deal is None else [deal])
    for closing in made:
        assert (closing.entry, closing.position_id, closing.magic) == (1, opened.order, 9)
        assert closing.time_msc == SOON_MSC
        assert (closing.sl, closing.tp) == (sl, tp)
        assert closing.order != opened.order
    assert len(ledger.positions()) == (0 if made else 1)


def test_another_symbols_tick_fires_nothing() -> None:
    ledger = account(market())
    ledger.order_send(market_order("buy", 0.1, sl=1.09))
    assert ledger.on_tick(Tick("GBPUSD", SOON_MSC, 1.0, 1.0001)) == []


def test_a_changed_stop_is_the_one_that_fires() -> None:
    ledger = account(market())
    ticket = ledger.order_send(market_order("buy", 0.1, sl=1.09)).order
    ledger.order_send(type(market_order("buy", 0.1))(action="sltp", position=ticket, sl=1.08))
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.0899, 1.09)) == []
    assert len(ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.0799, 1.08))) == 1


def test_one_tick_may_close_several_positions() -> None:
    ledger = account(market())
    for _ in range(3):
        ledger.order_send(market_order("buy", 0.1, sl=1.09))
    deals = ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08, 1.0801))
    assert [deal.position_id for deal in deals] == [1, 2, 3]
    assert [deal.ticket for deal in deals] == [5, 6, 7]


def test_a_stop_out_closes_the_largest_loss_first_until_the_level_is_above_half() -> None:
    ledger = account(market(), deposit="2000", commission="0")
    small = ledger.order_send(market_order("buy", 0.5)).order
    large = ledger.order_send(market_order("buy", 1.0)).order
    assert ledger.account().margin == Decimal("1637.28")
    # 1.5 lots lose 15 a point beyond the spread: at 1.08342 equity is 785, 47.95 % of the margin.
    deals = ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08342, 1.08350))
    assert [(deal.position_id, deal.reason) for deal in deals] == [(large, 6)]
    assert deals[0].comment == "[so 47.95%/785.00/1637.28]"
    assert [position.ticket for position in ledger.positions()] == [small]
    assert ledger.account().margin_level == Decimal("143.84")


def test_a_level_just_above_half_closes_nothing() -> None:
    ledger = account(market(), deposit="2000", commission="0")
    ledger.order_send(market_order("buy", 1.5))
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08365, 1.08370)) == []
    assert len(ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08363, 1.08370))) == 1


def test_a_fully_hedged_account_is_left_alone() -> None:
    ledger = account(market(), deposit="1130", commission="0")
    ledger.order_send(market_order("buy", 1.0))
    ledger.order_send(market_order("sell", 1.0))
    # The spread alone eats most of the equity.
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.09, 1.10000)) == []
    assert ledger.account().margin_level is not None
    assert len(ledger.positions()) == 2


def test_a_stop_out_comment_always_fits() -> None:
    ledger = account(market(), deposit="9000000", leverage=10, commission="0")
    for _ in range(7):
        assert ledger.order_send(market_order("buy", 100.0)).retcode in (10009, 10034)
    deals = ledger.on_tick(Tick("EURUSD", SOON_MSC, 0.96, 0.9601))
    assert deals
    assert all(deal.comment.startswith("[so ") and len(deal.comment) <= 31 for deal in deals)
    assert all(deal.comment.endswith("]") for deal in deals)


def test_a_stop_out_in_money_looks_at_free_margin() -> None:
    ledger = account(market(), deposit="2000", commission="0")
    ledger.terms = Terms(commissions=(), stop_out_in="money", margin_call=Decimal(400), stop_out=Decimal(100))
    ledger.order_send(market_order("buy", 1.5))
    info = ledger.account()
    # 2000 - 22.50 of spread - 1637.28 of margin.
    assert (info.margin_free, info.margin_call) == (Decimal("340.22"), True)
    assert [info.margin_so_mode, info.margin_so_call, info.margin_so_so] == [1, 400, 100]
    # 175 points below its price: 100.22 free; one more: 98.72.
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08977, 1.08990)) == []
    (deal,) = ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08976, 1.08990))
    assert (deal.reason, deal.comment) == (6, "[so 106.03%/1736.00/1637.28]")


def test_a_stop_out_cancels_what_reserves_margin_before_it_closes_what_is_open() -> None:
    spec = msgspec.structs.replace(EURUSD, margin_rates=(1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0))
    quotes = Quotes([spec])
    quotes.apply(Tick("EURUSD", MONDAY_MSC, 1.09137, 1.09152))
    ledger = account(quotes, deposit="2000", commission="0")
    ledger.order_send(market_order("buy", 1.0))
    for volume in (0.3, 0.5):
        limit = TradeRequest(action=5, symbol="EURUSD", type=2, type_filling=2, volume=volume, price=1.07)
        assert ledger.send(limit).retcode == 10009
    # 300 and 500 EUR at the ask.
    assert ledger.account().margin_initial == Decimal("327.46") + Decimal("545.76")
    assert ledger.send(limit).retcode == 10019
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08160, 1.08175)) == []
    # Equity is 968 of 1956.61; without the larger order 1415.93 is used, 68 %.
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08120, 1.08135)) == []
    assert [order.volume_initial for order in ledger.orders()] == [0.3]
    assert (ledger.finished[-1].state, ledger.finished[-1].comment) == (2, "[so 49.47%/968.00/1956.61]")
    assert len(ledger.positions()) == 1
    # Without any order left, the position goes.
    (deal,) = ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.07690, 1.07705))
    assert ledger.orders() == ()
    assert deal.reason == 6


def test_a_closed_symbol_stays_and_the_next_loss_is_taken() -> None:
    quotes = market()
    ledger = account(quotes, deposit="3000", commission="0")
    ledger.order_send(market_order("buy", 0.5, "XAUUSD"))
    ledger.order_send(market_order("buy", 1.0))
    assert ledger.on_tick(Tick("XAUUSD", SOON_MSC, 1975.00, 1975.20)) == []
    # Twenty minutes later gold has no price any more; equity is 3000 - 1260 - 752 of 2091.62.
    (deal,) = ledger.on_tick(Tick("EURUSD", SOON_MSC + 1_200_000, 1.08400, 1.08415))
    assert (deal.symbol, deal.comment) == ("EURUSD", "[so 47.24%/988.00/2091.62]")
    assert [held.symbol for held in ledger.positions()] == ["XAUUSD"]


def test_the_owner_is_warned_before_anything_is_closed() -> None:
    ledger = account(market(), deposit="1200", commission="0")
    ledger.order_send(market_order("buy", 1.0))
    assert ledger.account().margin_call is False
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.09043, 1.09050)) == []
    # 1200 - 109 of 1091.52: 99.95 %.
    assert (ledger.account().margin_level, ledger.account().margin_call) == (Decimal("99.95"), True)


def test_a_rate_alone_can_stop_an_account_out() -> None:
    quotes = market()
    ledger = account(quotes, currency="EUR", deposit="1200", commission="0")
    ledger.order_send(market_order("sell", 1.0, "USDJPY"))
    ledger.on_tick(Tick("USDJPY", SOON_MSC, 150.400, 150.410))
    # 91,000 yen are lost: 605.05 USD at 150.4, 554.40 EUR at 1.09137; the margin is 916.28 EUR.
    assert ledger.account().margin_level == Decimal("70.46")
    # A cheaper dollar makes the same loss larger in euros, up to half of the margin.
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 0.82, 0.8201)) == []
    (deal,) = ledger.on_tick(Tick("EURUSD", SOON_MSC, 0.81, 0.8101))
    assert (deal.symbol, deal.reason) == ("USDJPY", 6)


def test_a_pair_without_a_rate_leaves_the_other_stops_alone() -> None:
    quotes = Quotes(
        [
            *market().specs.values(),
            msgspec.structs.replace(EURUSD, name="CHFSEK", currency_base="CHF", currency_profit="SEK"),
        ]
    )
    quotes.apply(Tick("EURUSD", MONDAY_MSC, 1.09137, 1.09152))
    quotes.apply(Tick("CHFSEK", MONDAY_MSC, 1.09137, 1.09152))
    ledger = account(quotes)
    ledger.order_send(market_order("buy", 0.1, sl=1.09))
    waiting = TradeRequest(action=5, symbol="CHFSEK", type=2, type_filling=2, volume=0.1, price=1.07)
    assert ledger.send(waiting).retcode == 10009
    assert len(ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.08, 1.0801))) == 1


def test_an_order_at_market_that_waits_for_its_dealer_reserves_nothing() -> None:
    ledger = account(market(), deposit="1200", commission="0")
    ticket = ledger.order_send(market_order("buy", 1.0)).order
    ledger.terms = Terms(commissions=(), dealing=Dealing(delays=1.0, delay_ms=60_000))
    closing = TradeRequest(action=1, symbol="EURUSD", type=1, volume=1.0, position=ticket)
    assert ledger.send(closing).retcode == 10009
    info = ledger.account()
    assert (len(ledger.orders()), info.margin, info.margin_initial) == (1, Decimal("1091.52"), Decimal(0))
    assert ledger.on_tick(Tick("EURUSD", SOON_MSC, 1.09130, 1.09145)) == []
    (deal,) = ledger.on_tick(Tick("EURUSD", SOON_MSC + 60_000, 1.09130, 1.09145))
    assert (deal.entry, deal.reason) == (1, 3)
