"""Every return code for its own cause, in the documented order of checks; a refusal changes nothing.

The market: EURUSD 1.09137/1.09152, stops level 10 points, market execution, FOK and IOC. The account has a
long position of 0.5 lots (ticket 1), a short one of 0.2 (2) and a waiting Buy Limit at 1.08 (3).
Source of the table: MetaTrader's documentation of TRADE_RETCODE and of a trade request's fields.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import OrderResult
from metafleet.engine.broker.requests import (
    ACTION_CLOSE_BY,
    ACTION_MODIFY,
    ACTION_REMOVE,
    ACTION_SLTP,
    TradeRequest,
)
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, changed, deal, market, pending
from metafleet.engine.market.records import Tick

NOW_S = MONDAY_MSC // 1000
Conditions = dict[str, Any]


def traded() -> Ledger:
    ledger = account(market())
    for request in (deal(0, 0.5), deal(1, 0.2), pending(2, 1.08)):
        assert ledger.send(request).retcode == retcodes.DONE
    return ledger


def sltp(**fields: Any) -> TradeRequest:
    return TradeRequest(action=ACTION_SLTP, **fields)


def modify(**fields: Any) -> TradeRequest:
    return TradeRequest(**{"action": ACTION_MODIFY, "order": 3, "price": 1.08} | fields)


def close_by(position: int, position_by: int) -> TradeRequest:
    return TradeRequest(action=ACTION_CLOSE_BY, position=position, position_by=position_by)


REMOVE = TradeRequest(action=ACTION_REMOVE, order=3)

REFUSED: list[tuple[Conditions, TradeRequest, int]] = [
    # The request itself.
    ({}, TradeRequest(), 10013),
    ({}, TradeRequest(action=2), 10013),
    ({}, deal(0, 0.1, symbol=""), 10013),
    ({}, deal(0, 0.1, symbol="NOPE"), 10013),
    ({}, deal(2, 0.1), 10013),
    ({}, deal(8, 0.1), 10013),
    ({}, pending(0, 1.08), 10013),
    ({}, pending(8, 1.08), 10013),
    ({}, deal(0, 0.1, magic=-1), 10013),
    ({}, deal(0, 0.1, magic=1 << 64), 10013),
    ({}, deal(0, 0.1, deviation=-1), 10013),
    ({}, deal(0, 0.5, position=1), 10013),
    ({}, deal(1, 0.5, position=1, symbol="GBPUSD"), 10013),
    ({}, sltp(symbol="EURUSD", sl=1.0), 10013),
    ({}, sltp(position=1, symbol="GBPUSD", sl=1.0), 10013),
    ({}, TradeRequest(action=ACTION_MODIFY, price=1.08), 10013),
    ({}, TradeRequest(action=ACTION_REMOVE, order=99), 10013),
    ({}, TradeRequest(action=ACTION_REMOVE, order=3, symbol="GBPUSD"), 10013),
    ({}, close_by(1, 0), 10013),
    ({}, close_by(1, 1), 10013),
    # What the symbol allows.
    ({"trade_mode": 0}, deal(0, 0.1), 10017),
    ({"trade_mode": 0}, REMOVE, 10017),
    ({"trade_mode": 1}, deal(1, 0.1), 10042),
    ({"trade_mode": 1}, pending(3, 1.1), 10042),
    ({"trade_mode": 2}, deal(0, 0.1), 10043),
    ({"trade_mode": 3}, deal(0, 0.1), 10044),
    ({"trade_mode": 3}, pending(2, 1.08), 10044),
    ({"order_flags": 126}, deal(0, 0.1), 10035),
    ({"order_flags": 125}, pending(2, 1.08), 10035),
    ({"order_flags": 123}, pending(4, 1.1), 10035),
    ({"order_flags": 119}, pending(6, 1.1, stoplimit=1.095), 10035),
    ({"order_flags": 111}, deal(0, 0.1, sl=1.08), 10035),
    ({"order_flags": 95}, deal(0, 0.1, tp=1.1), 10035),
    ({"order_flags": 63}, close_by(1, 2), 10035),
    # Volume, filling, expiration.
    *[({}, deal(0, volume), 10014) for volume in (0.0, -0.1, 0.001, 0.015, 100.01, math.nan, math.inf)],
    ({}, pending(2, 1.08, volume=0.015), 10014),
    ({}, deal(1, 0.005, position=1), 10014),
    ({}, deal(0, 0.1, type_filling=2), 10030),
    ({}, deal(0, 0.1, type_filling=3), 10030),
    ({}, deal(0, 0.1, type_filling=4), 10030),
    # The classic: the mask 1 (FOK) of `filling_mode` used as the filling 1 (IOC).
    ({"filling_flags": 1}, deal(0, 0.1, type_filling=1), 10030),
    ({"filling_flags": 2}, deal(0, 0.1, type_filling=0), 10030),
    ({}, pending(2, 1.08, type_filling=3), 10030),
    ({"filling_flags": 7}, pending(4, 1.1, type_filling=3), 10030),
    ({"execution": 3, "filling_flags": 2}, deal(0, 0.1, type_filling=0), 10030),
    ({}, pending(2, 1.08, type_time=2, expiration=NOW_S), 10022),
    ({}, pending(2, 1.08, type_time=2), 10022),
    ({}, pending(2, 1.08, type_time=2, expiration=1 << 62), 10022),
    ({}, pending(2, 1.08, type_time=3, expiration=NOW_S - 1), 10022),
    ({}, pending(2, 1.08, type_time=4), 10022),
    ({"expiration_flags": 14}, pending(2, 1.08), 10022),
    ({"expiration_flags": 3}, pending(2, 1.08, type_time=2, expiration=NOW_S + 60), 10022),
    ({}, modify(type_time=2, expiration=NOW_S - 60), 10022),
    # Prices.
    ({}, pending(2, 0.0), 10015),
    ({}, pending(2, -1.0), 10015),
    ({}, pending(2, math.nan), 10015),
    ({}, pending(2, 1.09143), 10015),
    ({}, pending(3, 1.09146), 10015),
    ({}, pending(4, 1.09161), 10015),
    ({}, pending(5, 1.09128), 10015),
    ({"stops_level_points": 0}, pending(2, 1.09152), 10015),
    ({"stops_level_points": 0}, pending(5, 1.09137), 10015),
    ({}, pending(6, 1.1), 10015),
    ({}, pending(6, 1.1, stoplimit=1.1), 10015),
    ({}, pending(7, 1.08, stoplimit=1.08), 10015),
    ({"tick_size": 0.00025}, pending(2, 1.0801), 10015),
    ({}, modify(price=1.0915), 10015),
    # Only a new order may be a book-or-cancel one.
    ({"filling_flags": 7}, modify(price=1.1, type=2, type_filling=3), 10015),
    ({"execution": 1}, deal(0, 0.1), 10015),
    ({"execution": 0}, deal(0, 0.1, price=-1.0), 10015),
    # Levels.
    ({}, deal(0, 0.1, sl=1.09128), 10016),
    ({}, deal(0, 0.1, tp=1.09146), 10016),
    ({}, deal(1, 0.1, sl=1.09161), 10016),
    ({}, deal(1, 0.1, tp=1.09143), 10016),
    ({"stops_level_points": 0}, deal(0, 0.1, sl=1.09137), 10016),
    ({}, deal(0, 0.1, sl=math.nan), 10016),
    ({"tick_size": 0.00025}, deal(0, 0.1, sl=1.0801), 10016),
    ({}, pending(2, 1.08, sl=1.07991), 10016),
    ({}, pending(2, 1.08, tp=1.08009), 10016),
    ({}, pending(6, 1.1, stoplimit=1.095, sl=1.09491), 10016),
    ({}, sltp(position=1, sl=1.2), 10016),
    ({}, modify(sl=1.09), 10016),
    # Too near to its execution.
    ({"freeze_level_points": 1200}, REMOVE, 10029),
    ({"freeze_level_points": 1200}, modify(price=1.07), 10029),
    # What is there.
    ({"volume_limit": 0.65}, deal(0, 0.1), 10034),
    ({"volume_limit": 0.65}, pending(2, 1.07), 10034),
    ({"volume_limit": 0.25}, deal(1, 0.1), 10034),
    ({}, deal(1, 0.51, position=1), 10038),
    ({}, deal(1, 0.1, position=99), 10036),
    ({}, sltp(position=99, sl=1.0), 10036),
    ({}, sltp(position=99, symbol="EURUSD", sl=1.0), 10036),
    ({}, close_by(1, 99), 10036),
    ({}, close_by(99, 1), 10036),
    ({}, sltp(position=1), 10025),
    ({}, modify(), 10025),
    ({}, TradeRequest(action=ACTION_REMOVE, order=1), 10023),
    ({}, modify(order=2, price=1.07), 10023),
    # Money.
    ({}, deal(0, 9.0), 10019),
]


@pytest.mark.parametrize(("conditions", "request_", "code"), REFUSED)
def test_a_refusal_has_its_code_and_changes_nothing(
    conditions: Conditions, request_: TradeRequest, code: int
) -> None:
    ledger = traded()
    changed(ledger.quotes, **conditions)
    before = ledger.book, list(ledger.deals), list(ledger.finished), ledger.version
    assert ledger.check(request_).retcode == code
    assert ledger.send(request_) == OrderResult(retcode=code, comment=retcodes.COMMENTS[code])
    assert (ledger.book, ledger.deals, ledger.finished, ledger.version) == before


@pytest.mark.parametrize(
    ("conditions", "request_"),
    [
        ({}, deal(0, 0.1, magic=(1 << 64) - 1)),
        ({}, deal(0, 0.1, sl=1.09127, tp=1.09147)),
        ({}, deal(1, 0.1, sl=1.09162, tp=1.09142)),
        ({}, deal(0, 0.1, type_filling=1)),
        ({"trade_mode": 1}, deal(0, 0.1)),
        ({"trade_mode": 3}, deal(1, 0.5, position=1)),
        ({"execution": 1}, deal(0, 0.1, price=1.09152, type_filling=2)),
        ({"execution": 1}, deal(0, 0.1, price=1.09148, deviation=4)),
        ({"execution": 3, "filling_flags": 0}, deal(0, 0.1, type_filling=2)),
        ({"filling_flags": 7}, pending(2, 1.08, type_filling=3)),
        ({}, pending(2, 1.09142)),
        ({}, pending(3, 1.09147)),
        ({}, pending(4, 1.09162)),
        ({}, pending(5, 1.09127)),
        ({}, pending(6, 1.1, stoplimit=1.095, sl=1.0949, tp=1.0951)),
        ({}, pending(7, 1.08, stoplimit=1.085)),
        ({}, pending(2, 1.08, sl=1.0799, tp=1.0801)),
        ({"tick_size": 0.00025}, pending(2, 1.08025)),
        ({}, pending(2, 1.08, type_time=2, expiration=NOW_S + 1)),
        ({}, pending(2, 1.08, type_time=3, expiration=NOW_S)),
        ({"freeze_level_points": 1100}, REMOVE),
        ({"volume_limit": 0.7}, deal(0, 0.1)),
        ({"volume_limit": 0.7}, deal(1, 0.5, position=1)),
        ({}, close_by(1, 2)),
    ],
)
def test_what_is_just_allowed_is_done(conditions: Conditions, request_: TradeRequest) -> None:
    ledger = traded()
    changed(ledger.quotes, **conditions)
    checked = ledger.check(request_)
    assert (checked.retcode, checked.comment) == (0, "Done")
    assert ledger.send(request_).retcode == 10009


def test_a_requote_tells_the_new_prices_and_a_check_knows_none() -> None:
    ledger = traded()
    changed(ledger.quotes, execution=1)
    late = deal(0, 0.1, price=1.09147, deviation=4)
    assert ledger.send(late) == OrderResult(retcode=10004, bid=1.09137, ask=1.09152, comment="Requote")
    assert ledger.check(late).retcode == 0


@pytest.mark.parametrize(
    ("terms", "request_", "code"),
    [
        (Terms(limit_orders=1), pending(2, 1.08), 10033),
        (Terms(max_positions=2), deal(0, 0.1), 10040),
        (Terms(hedges=False), deal(0, 0.1), 10046),
        (Terms(fifo_close=True), deal(1, 0.1, position=4), 10045),
        (Terms(fifo_close=True), deal(1, 0.1, position=1), 10009),
        (Terms(fifo_close=True), close_by(4, 2), 10045),
        (Terms(fifo_close=True), close_by(2, 4), 10045),
        (Terms(fifo_close=True), close_by(2, 1), 10009),
    ],
)
def test_the_brokers_terms_have_their_codes(terms: Terms, request_: TradeRequest, code: int) -> None:
    ledger = traded()
    ledger.send(deal(0, 0.1))
    ledger.terms = terms
    assert ledger.send(request_).retcode == code


def test_a_server_takes_so_many_requests_a_second() -> None:
    ledger = traded()
    ledger.terms = Terms(requests_a_second=2)
    assert [ledger.send(deal(0, 0.1)).retcode for _ in range(3)] == [10009, 10009, 10024]
    ledger.on_tick(Tick("GBPUSD", MONDAY_MSC + 999, 1.2, 1.2001))
    assert ledger.send(deal(0, 0.1)).retcode == 10024
    ledger.on_tick(Tick("GBPUSD", MONDAY_MSC + 1_000, 1.2, 1.2001))
    assert ledger.send(deal(0, 0.1)).retcode == 10009


def test_who_may_not_trade_hears_why() -> None:
    ledger = traded()
    ledger.book = msgspec.structs.replace(ledger.book, trade_allowed=False)
    assert ledger.send(deal(0, 0.1)).retcode == 10017
    ledger.book = msgspec.structs.replace(ledger.book, trade_expert=False)
    assert ledger.send(deal(0, 0.1)).retcode == 10026


def test_a_closed_market_and_one_without_quotes_differ() -> None:
    ledger = traded()
    ledger.quotes.advance(MONDAY_MSC + 16 * 60_000)
    for request in (deal(0, 0.1), pending(2, 1.08), REMOVE, sltp(position=1, sl=1.0)):
        assert ledger.send(request).retcode == 10018
    bare = account(type(ledger.quotes)(ledger.quotes.specs.values()))
    assert bare.send(deal(0, 0.1)).retcode == 10021


def test_a_position_near_its_levels_is_frozen() -> None:
    ledger = account(market())
    ledger.send(deal(0, 0.1, sl=1.091))
    changed(ledger.quotes, freeze_level_points=38)
    assert ledger.send(deal(1, 0.1, position=1)).retcode == 10029
    assert ledger.send(sltp(position=1, sl=1.08)).retcode == 10029
    changed(ledger.quotes, freeze_level_points=37)
    assert ledger.send(deal(1, 0.1, position=1)).retcode == 10009


def test_a_position_near_its_levels_is_not_turned_round_either() -> None:
    ledger = account(market(), margin_mode="netting")
    ledger.send(deal(0, 0.1, sl=1.091))
    changed(ledger.quotes, freeze_level_points=38)
    assert ledger.send(deal(1, 0.2)).retcode == 10029
    assert ledger.send(deal(0, 0.1, sl=1.09)).retcode == 10009


@pytest.mark.parametrize(
    ("volume", "done"),
    [(0.1 + 0.2, 0.3), (0.03 - 0.02, 0.01), (0.3 - 0.29, 0.01), (100.00000000000001, 100.0)],
)
def test_a_volumes_noise_is_forgiven(volume: float, done: float) -> None:
    ledger = account(market(), deposit="1000000")
    opened = ledger.send(deal(0, volume))
    assert (opened.retcode, opened.volume) == (10009, done)
    ledger.send(deal(1, volume, position=opened.order))
    assert ledger.positions() == []


def test_earlier_checks_speak_first() -> None:
    """One request with everything wrong, mended from the first complaint to the last."""
    ledger = traded()
    wrong = deal(0, 0.015, type_filling=2, sl=2.0, position=99)
    changed(ledger.quotes, order_flags=126, execution=1, trade_mode=0)
    heard = []
    for mended in (
        {"trade_mode": 4},
        {"order_flags": 127},
        {"volume": 9.0},
        {"execution": 2},
        {"type_filling": 0},
        {"position": 0},
        {"sl": 0.0},
        {"volume": 0.1},
    ):
        heard.append(ledger.send(wrong).retcode)
        if next(iter(mended)) in TradeRequest.__struct_fields__:
            wrong = msgspec.structs.replace(wrong, **mended)
        else:
            changed(ledger.quotes, **mended)
    heard.append(ledger.send(wrong).retcode)
    assert heard == [10017, 10035, 10014, 10015, 10030, 10036, 10016, 10019, 10009]


def test_results_have_what_the_original_fills() -> None:
    ledger = account(market())
    assert ledger.send(deal(0, 0.3)) == OrderResult(
        retcode=10009,
        deal=2,
        order=1,
        volume=0.3,
        price=1.09152,
        bid=1.09137,
        ask=1.09152,
        comment="Request executed",
    )
    placed = ledger.send(pending(2, 1.08))
    assert (placed.retcode, placed.deal, placed.order, placed.volume, placed.price) == (10009, 0, 2, 0.1, 0.0)
    for request in (modify(order=2, price=1.07), TradeRequest(action=ACTION_REMOVE, order=2)):
        done = ledger.send(request)
        assert (done.retcode, done.deal, done.order, done.comment) == (10009, 0, 2, "Request executed")
    levelled = ledger.send(sltp(position=1, sl=1.0))
    assert (levelled.retcode, levelled.deal) == (10009, 0)


def test_a_tick_may_come_between_two_requests() -> None:
    """An order that was filled meanwhile cannot be changed."""
    ledger = traded()
    ledger.on_tick(Tick("EURUSD", MONDAY_MSC + 1, 1.0799, 1.08))
    assert ledger.send(modify(price=1.07)).retcode == 10023
    assert ledger.send(REMOVE).retcode == 10023
