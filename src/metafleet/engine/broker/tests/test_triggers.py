"""Stop losses, take profits and stop-outs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.records import Side
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, market, market_order
from metafleet.engine.market.records import Tick

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
