"""Dealers that slip, requote, refuse, fill in parts and answer late, by seed; and the fair one."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.dealing import FAIR, Dealing, DealingName, dealing
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.requests import ACTION_CLOSE_BY, ACTION_REMOVE, TradeRequest
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, changed, deal, market, pending
from metafleet.engine.market.records import Tick

SOON_MSC = MONDAY_MSC + 1_000


def dealt(terms: Dealing, deposit: str = "100000") -> Ledger:
    ledger = account(market(), commission="0", deposit=deposit)
    ledger.terms = Terms(dealing=terms)
    return ledger


def move(ledger: Ledger, bid: float, ask: float, at_msc: int = SOON_MSC) -> None:
    ledger.on_tick(Tick("EURUSD", at_msc, bid, ask))


def test_without_a_model_everything_is_at_once_and_at_the_quote() -> None:
    assert (Terms().dealing, dealing("off")) == (FAIR, FAIR)
    ledger = dealt(FAIR)
    assert {ledger.send(deal(0, 0.1)).price for _ in range(30)} == {1.09152}


@pytest.mark.parametrize(("betters", "prices"), [(0.0, {1.09153, 1.09154}), (1.0, {1.0915, 1.09151})])
def test_orders_at_market_slip_by_whole_points(betters: float, prices: set[float]) -> None:
    ledger = dealt(Dealing(slips=1, slip_points=2, betters=betters))
    results = [ledger.send(deal(0, 0.1)) for _ in range(40)]
    assert {result.price for result in results} == prices
    assert [made.price for made in ledger.deals[1:]] == [result.price for result in results]


def test_a_stop_slips_and_a_limit_does_not() -> None:
    ledger = dealt(Dealing(slips=1, slip_points=1))
    ledger.send(pending(4, 1.1))
    ledger.send(pending(2, 1.09))
    move(ledger, 1.0899, 1.09)
    move(ledger, 1.0999, 1.1)
    assert [made.price for made in ledger.deals[1:]] == [1.09, 1.10001]
    ledger.terms = Terms()
    ledger.send(TradeRequest(action=6, position=2, sl=1.08))
    ledger.send(TradeRequest(action=6, position=1, tp=1.2))
    ledger.terms = Terms(dealing=Dealing(slips=1, slip_points=1))
    move(ledger, 1.08, 1.0801)
    move(ledger, 1.2, 1.2001)
    assert [made.price for made in ledger.deals[3:]] == [1.07999, 1.2]
    assert ledger.deals[3].comment == "[sl 1.08000]"


def test_quoted_prices_are_kept_or_requoted() -> None:
    ledger = dealt(Dealing(slips=1, slip_points=5, requotes=0.5))
    changed(ledger.quotes, execution=1)
    results = [ledger.send(deal(0, 0.1, price=1.09152)) for _ in range(40)]
    assert {(result.retcode, result.price, result.ask) for result in results} == {
        (10009, 1.09152, 1.09152),
        (10004, 0.0, 1.09152),
    }


def test_a_dealer_may_refuse_anything_and_nothing_has_changed() -> None:
    ledger = dealt(Dealing(rejects=1))
    before = ledger.book
    for request in (deal(0, 0.1), pending(2, 1.08)):
        assert (ledger.send(request).retcode, ledger.check(request).retcode) == (10006, 0)
    assert ledger.book is before


@pytest.mark.parametrize(
    ("filling", "execution", "code", "state"), [(0, 2, 10006, None), (1, 2, 10010, 2), (2, 1, 10010, 3)]
)
def test_a_thin_market_fills_a_part(filling: int, execution: int, code: int, state: int | None) -> None:
    ledger = dealt(Dealing(parts=1))
    changed(ledger.quotes, execution=execution)
    result = ledger.send(deal(0, 1.0, type_filling=filling, price=1.09152, sl=1.05))
    assert result.retcode == code
    rests = [order for order in (*ledger.finished, *ledger.orders()) if order.ticket == result.order]
    assert [order.state for order in rests] == ([] if state is None else [state])
    for order in rests:
        (held,) = ledger.positions()
        assert 0 < result.volume < 1.0
        assert order.volume_current == pytest.approx(1.0 - result.volume)
        assert (held.volume, held.ticket, order.position_id) == (result.volume, result.order, result.order)


def test_what_is_left_under_return_joins_its_position_at_the_next_tick() -> None:
    ledger = dealt(Dealing(parts=1))
    changed(ledger.quotes, execution=1)
    ledger.send(deal(0, 1.0, type_filling=2, price=1.09152))
    move(ledger, 1.0913, 1.0914)
    (held,) = ledger.positions()
    assert (held.ticket, held.volume, ledger.orders()) == (1, 1.0, ())
    assert 1.0914 < held.price_open < 1.09152
    assert (ledger.finished[-1].state, ledger.finished[-1].volume_current) == (4, 0.0)
    # A closing order's rest closes: until then there is a close order for the position.
    part = ledger.send(deal(1, 1.0, position=1, type_filling=2, price=1.0913))
    assert part.retcode == 10010
    left = ledger.positions()[0].volume
    assert ledger.send(deal(1, left, position=1, type_filling=2, price=1.0913)).retcode == 10039
    move(ledger, 1.0912, 1.0913)
    assert (ledger.positions(), ledger.orders()) == ([], ())


@pytest.mark.parametrize(("execution", "code"), [(2, 10009), (3, 10008)])
def test_some_servers_answer_before_they_execute(execution: int, code: int) -> None:
    ledger = dealt(Dealing(delays=1, delay_ms=400))
    changed(ledger.quotes, execution=execution)
    result = ledger.send(deal(0, 0.1))
    assert (result.retcode, result.order, result.deal, result.price) == (code, 1, 0, 0.0)
    assert [order.state for order in ledger.orders()] == [1]
    assert ledger.send(TradeRequest(action=ACTION_REMOVE, order=1)).retcode == 10028
    move(ledger, 1.0914, 1.0915, MONDAY_MSC + 399)
    assert ledger.positions() == []
    move(ledger, 1.0916, 1.0917, MONDAY_MSC + 400)
    (held,) = ledger.positions()
    assert (held.ticket, held.price_open) == (1, 1.0917)
    # Until the first closing is executed, nothing else is done with the position.
    assert ledger.send(deal(1, 0.1, position=1)).retcode == code
    assert ledger.send(deal(1, 0.1, position=1)).retcode == 10028
    assert ledger.send(TradeRequest(action=6, position=1, sl=1.0)).retcode == 10028
    move(ledger, 1.0916, 1.0917, MONDAY_MSC + 900)
    assert (ledger.positions(), ledger.orders()) == ([], ())


def test_a_position_whose_closing_waits_closes_no_other_one() -> None:
    """Else the closing would find less than it closes, and turn the position round."""
    ledger = dealt(Dealing())
    for kind, volume in ((0, 0.3), (1, 0.1)):
        ledger.send(deal(kind, volume))
    ledger.terms = Terms(dealing=Dealing(delays=1, delay_ms=400))
    assert ledger.send(deal(1, 0.3, position=1)).retcode == 10009
    for position, by in ((1, 2), (2, 1)):
        request = TradeRequest(action=ACTION_CLOSE_BY, position=position, position_by=by)
        assert ledger.send(request).retcode == 10028
    move(ledger, 1.0916, 1.0917, MONDAY_MSC + 900)
    assert [(held.ticket, held.side, held.volume) for held in ledger.positions()] == [(2, "sell", 0.1)]


@pytest.mark.parametrize(("position", "left"), [(1, []), (0, ["sell"])])
def test_a_closing_that_comes_late_opens_nothing_where_it_names_its_position(
    position: int, left: list[str]
) -> None:
    ledger = account(market(), margin_mode="netting")
    ledger.send(deal(0, 0.5, sl=1.09))
    ledger.terms = Terms(dealing=Dealing(delays=1, delay_ms=400))
    assert ledger.send(deal(1, 0.5, position=position)).retcode == 10009
    move(ledger, 1.0899, 1.09, MONDAY_MSC + 1)
    assert ledger.positions() == []
    move(ledger, 1.0899, 1.09, MONDAY_MSC + 900)
    assert [held.side for held in ledger.positions()] == left


def test_the_rest_of_an_order_is_never_too_near_to_its_price() -> None:
    ledger = dealt(Dealing(parts=1))
    changed(ledger.quotes, execution=3, freeze_level_points=10)
    part = ledger.send(deal(0, 1.0, type_filling=2))
    assert part.retcode == 10010
    assert ledger.send(TradeRequest(action=ACTION_REMOVE, order=part.order)).retcode == 10009


def test_after_a_time_out_only_the_history_tells() -> None:
    ledger = dealt(Dealing(timeouts=1))
    result = ledger.send(deal(0, 0.1))
    assert (result.retcode, result.order, result.deal) == (10012, 0, 0)
    assert [made.order for made in ledger.deals[1:]] == [1]


def story(name: DealingName, seed: int) -> Ledger:
    ledger = dealt(dealing(name, seed))
    for step in range(120):
        mid = round(1.0915 + 0.0004 * ((step * 7) % 11 - 5), 5)
        move(ledger, mid, round(mid + 0.0001, 5), SOON_MSC + step * 250)
        ledger.send(deal(step % 2, 0.2, type_filling=step % 2))
        ledger.send(pending(4 + step % 2, round(mid + (0.001 if step % 2 == 0 else -0.001), 5)))
        held = ledger.book.positions
        if len(held) > 5:
            ledger.send(deal(0 if held[0].side == "sell" else 1, held[0].volume, position=held[0].ticket))
    return ledger


@pytest.mark.parametrize("name", ["realistic", "hostile"])
def test_the_same_seed_has_the_same_bytes(name: DealingName) -> None:
    first, again, other = story(name, 5), story(name, 5), story(name, 6)
    told = [msgspec.json.encode((run.deals, run.finished, run.book)) for run in (first, again, other)]
    assert told[0] == told[1]
    assert told[0] != told[2]


def test_a_hostile_dealer_does_everything_and_the_books_hold() -> None:
    ledger = story("hostile", 1)
    assert ledger.book.balance == sum(made.net for made in ledger.deals)
    states = Counter(order.state for order in ledger.finished)
    assert states[4] > 50
    assert states[2] > 0
