"""Orders, deals and positions and how they are linked, on hedging and netting accounts.

Source of the cases: MetaTrader's help on positions of both kinds of account; the figures are worked out by
hand from EURUSD 1.09137/1.09152 with contracts of 100,000.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.requests import ACTION_CLOSE_BY, ACTION_SLTP, TradeRequest
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, changed, deal, market
from metafleet.engine.market.records import Tick

SOON_MSC = MONDAY_MSC + 1_000
THOUSAND, TEN_THOUSAND = Decimal(1_000), Decimal(10_000)


def move(ledger: Ledger, bid: float, ask: float) -> None:
    ledger.on_tick(Tick("EURUSD", SOON_MSC, bid, ask))


def netting() -> Ledger:
    return account(market(), commission="0", margin_mode="netting")


def test_the_life_of_a_market_buy() -> None:
    ledger = account(market())
    opened = ledger.send(deal(0, 0.3, magic=5, comment="in"))
    move(ledger, 1.1, 1.1001)
    closed = ledger.send(deal(1, 0.3, position=opened.order, comment="out"))
    first, second = ledger.finished
    assert (first.ticket, first.type, first.state, first.reason) == (opened.order, 0, 4, 3)
    assert (first.volume_initial, first.volume_current) == (0.3, 0.0)
    assert first.time_setup_msc == first.time_done_msc == MONDAY_MSC
    assert (first.position_id, second.position_id) == (opened.order, opened.order)
    assert (second.ticket, second.type, second.comment, second.magic) == (closed.order, 1, "out", 0)
    _, entry, leave = ledger.deals
    assert (entry.type, entry.entry, entry.order, entry.position_id) == (0, 0, 1, 1)
    assert entry.profit == 0
    assert (leave.type, leave.entry, leave.order, leave.position_id) == (1, 1, 2, 1)
    assert leave.profit == Decimal("254.40")
    assert ledger.positions() == []


@pytest.mark.parametrize(
    ("bid", "ask", "kind", "reason", "comment"),
    [(1.08, 1.0801, 1, 4, "[sl 1.08500]"), (1.12, 1.1201, 1, 5, "[tp 1.11000]")],
)
def test_a_level_closes_by_an_order_of_the_server(
    bid: float, ask: float, kind: int, reason: int, comment: str
) -> None:
    ledger = account(market())
    ledger.send(deal(0, 0.1, sl=1.085, tp=1.11, magic=9))
    move(ledger, bid, ask)
    order, made = ledger.finished[-1], ledger.deals[-1]
    assert (order.type, order.state, order.reason, order.comment) == (kind, 4, reason, comment)
    assert (order.magic, order.position_id, made.order) == (9, 1, order.ticket)
    assert (made.reason, made.comment, made.magic) == (reason, comment, 9)


def test_a_partial_close_leaves_ticket_price_and_levels() -> None:
    ledger = account(market())
    ledger.send(deal(0, 0.3, sl=1.05, tp=1.2))
    move(ledger, 1.1, 1.1001)
    assert ledger.send(deal(1, 0.1, position=1)).volume == 0.1
    (held,) = ledger.positions()
    assert (held.ticket, held.identifier, held.volume, held.price_open) == (1, 1, 0.2, 1.09152)
    assert (held.sl, held.tp, held.time_msc, held.time_update_msc) == (1.05, 1.2, MONDAY_MSC, SOON_MSC)
    assert ledger.deals[-1].profit == Decimal("84.80")


def test_a_position_that_was_reopened_at_night_is_closed_by_its_new_ticket() -> None:
    """Source: swap mode REOPEN_CURRENT: the position closes and opens anew, and its ticket changes."""
    ledger = account(market(), commission="0")
    changed(ledger.quotes, swap_mode=7, swap_long=-1.0)
    ledger.send(deal(0, 0.1))
    ledger.on_tick(Tick("EURUSD", MONDAY_MSC + 86_400_000, 1.0914, 1.0915))
    (held,) = ledger.positions()
    assert (held.ticket > 1, held.identifier) == (True, 1)
    assert ledger.send(deal(1, 0.1, position=1)).retcode == 10036
    assert ledger.send(deal(1, 0.1, position=held.ticket)).retcode == 10009
    assert ledger.positions() == []


def test_netting_adds_at_the_average_price() -> None:
    ledger = netting()
    ledger.send(deal(0, 0.3))
    move(ledger, 1.1, 1.1001)
    ledger.send(deal(0, 0.1))
    (held,) = ledger.positions()
    # (0.3 x 1.09152 + 0.1 x 1.1001) / 0.4
    assert (held.ticket, held.volume) == (1, 0.4)
    assert held.price_open == pytest.approx(1.093665, abs=1e-12)
    assert (ledger.deals[-1].entry, ledger.deals[-1].position_id) == (0, 1)
    assert ledger.account().profit == Decimal("253.40")


def test_netting_reduces_closes_and_turns() -> None:
    ledger = netting()
    ledger.send(deal(0, 0.3, sl=1.05, tp=1.2, magic=1))
    move(ledger, 1.1, 1.1001)
    reduced = ledger.send(deal(1, 0.1, sl=2.0, tp=0.5))
    assert reduced.retcode == 10009
    assert (ledger.deals[-1].entry, ledger.deals[-1].profit) == (1, Decimal("84.80"))
    assert [(held.volume, held.sl, held.tp) for held in ledger.positions()] == [(0.2, 1.05, 1.2)]
    turned = ledger.send(deal(1, 0.5, magic=2, comment="turn"))
    made = ledger.deals[-1]
    # One deal closes 0.2 lots, with their profit, and opens 0.3 the other way.
    assert (made.entry, made.volume, made.profit, made.position_id) == (2, 0.5, Decimal("169.60"), 1)
    (held,) = ledger.positions()
    assert (held.ticket, held.identifier, held.side, held.volume) == (turned.order, 1, "sell", 0.3)
    assert (held.price_open, held.sl, held.tp) == (1.1, None, None)
    assert (held.magic, held.comment) == (2, "turn")
    assert ledger.send(deal(0, 0.3)).retcode == 10009
    assert (ledger.deals[-1].entry, ledger.deals[-1].position_id) == (1, 1)
    assert ledger.positions() == []
    assert [order.position_id for order in ledger.finished] == [1, 1, 1, 1]


def test_netting_levels_are_those_of_the_latest_order_that_adds() -> None:
    ledger = netting()
    ledger.send(deal(0, 0.1, sl=1.05, tp=1.2))
    ledger.send(deal(0, 0.1, sl=1.06))
    assert [(held.sl, held.tp) for held in ledger.positions()] == [(1.06, None)]
    ledger.send(deal(0, 0.1))
    assert [(held.sl, held.tp) for held in ledger.positions()] == [(None, None)]


def test_netting_knows_a_position_by_its_symbol() -> None:
    ledger = netting()
    ledger.send(deal(0, 0.1))
    assert ledger.send(TradeRequest(action=ACTION_SLTP, symbol="EURUSD", sl=1.05)).retcode == 10009
    assert ledger.positions()[0].sl == 1.05
    assert ledger.send(TradeRequest(action=ACTION_SLTP, symbol="GBPUSD", sl=1.05)).retcode == 10036
    assert ledger.send(deal(1, 0.1, position=1)).retcode == 10009
    assert ledger.positions() == []
    assert ledger.send(TradeRequest(action=ACTION_CLOSE_BY, position=1, position_by=2)).retcode == 10013


def test_netting_needs_no_money_to_reduce_and_margin_for_what_turns() -> None:
    ledger = account(market(), commission="0", deposit="1200", margin_mode="netting")
    ledger.send(deal(0, 1.0))
    move(ledger, 1.085, 1.0851)
    # Equity is 548: enough for 0.5 lots the other way, not for 0.6.
    assert ledger.send(deal(1, 1.6)).retcode == 10019
    assert ledger.send(deal(1, 0.4)).retcode == 10009
    assert ledger.send(deal(1, 1.1)).retcode == 10009


def test_close_by_closes_two_positions_and_pays_the_spread_once() -> None:
    ledger = account(market(), commission="0")
    ledger.send(deal(0, 0.3, sl=1.05, magic=1))
    move(ledger, 1.1, 1.1001)
    ledger.send(deal(1, 0.5, tp=1.05, magic=2))
    by = ledger.send(TradeRequest(action=ACTION_CLOSE_BY, position=1, position_by=2, magic=3, comment="by"))
    order = ledger.finished[-1]
    assert (order.ticket, order.type, order.state, order.volume_initial) == (by.order, 8, 4, 0.3)
    assert (order.position_id, order.position_by_id) == (1, 2)
    first, second = ledger.deals[-2:]
    assert (first.entry, first.type, first.position_id, first.volume) == (3, 1, 1, 0.3)
    assert (second.entry, second.type, second.position_id, second.volume) == (3, 0, 2, 0.3)
    # Each at the other one's open price: (1.1 - 1.09152) x 30,000, once.
    assert (first.price, second.price) == (1.1, 1.09152)
    assert (first.profit, second.profit) == (Decimal("254.40"), Decimal(0))
    assert (by.deal, by.volume, by.price) == (first.ticket, 0.3, 1.1)
    (rest,) = ledger.positions()
    assert (rest.ticket, rest.side, rest.volume, rest.price_open, rest.tp) == (2, "sell", 0.2, 1.1, 1.05)


def test_a_stop_out_of_a_netting_account_leaves_by_a_server_order() -> None:
    ledger = account(market(), commission="0", deposit="1200", margin_mode="netting")
    ledger.send(deal(0, 1.0))
    move(ledger, 1.08, 1.0801)
    assert ledger.positions() == []
    order = ledger.finished[-1]
    assert (order.reason, order.type, order.comment[:4]) == (6, 1, "[so ")


def test_checks_tell_the_money_as_it_would_be() -> None:
    """Source: the documentation's sample: 1 lot of USDJPY at 1:100 holds 1000."""
    ledger = account(market())
    request = deal(0, 1.0, symbol="USDJPY")
    checked = ledger.check(request)
    assert (checked.retcode, checked.comment) == (0, "Done")
    assert (checked.balance, checked.equity, checked.profit) == (TEN_THOUSAND, TEN_THOUSAND, ZERO)
    assert (checked.margin, checked.margin_free, checked.margin_level) == (
        THOUSAND,
        TEN_THOUSAND - THOUSAND,
        THOUSAND,
    )
    ledger.send(deal(0, 0.1))
    move(ledger, 1.1, 1.1001)
    leaving = ledger.check(deal(1, 0.1, position=1))
    assert (leaving.margin, leaving.margin_level, leaving.profit) == (ZERO, None, ZERO)
    assert leaving.balance == Decimal("10084.10")
    short = ledger.check(deal(0, 50.0))
    assert (short.retcode, short.comment) == (10019, "No money")
    assert short.margin_free < 0


def test_the_version_changes_with_the_book_and_only_then() -> None:
    ledger = account(market())
    before = ledger.version
    ledger.send(deal(0, 0.0))
    move(ledger, 1.0914, 1.0915)
    ledger.check(deal(0, 0.1))
    assert ledger.version == before
    ledger.send(deal(0, 0.1))
    assert ledger.version > before
