"""Recording: whatever the order, the batches, the repeats and the writers, the same trades."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metafleet.engine.statements.folding import BUY, IN, IN_OUT, OUT, SELL, ZERO, Deal
from metafleet.hub.journal import intake
from metafleet.hub.journal.tests import reference
from metafleet.hub.journal.tests.histories import histories
from metafleet.hub.journal.tests.ledger import NOW, Ledger, Place, batch
from metafleet.hub.journal.tests.reference import Item

D = Decimal
SOME = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(SOME, max_examples=30)


def deal(ticket: int, position: int | None, entry: int | None = IN, **said: Any) -> Deal:
    facts = Deal(
        ticket=ticket,
        position_id=position,
        order_id=ticket,
        symbol="EURUSD",
        kind=BUY if entry == IN else SELL,
        entry=entry,
        volume=D("0.1"),
        price=D("1.1"),
        executed_at=NOW + timedelta(seconds=abs(ticket)),
        profit=ZERO,
        commission=ZERO,
        swap=ZERO,
        fee=ZERO,
        magic=7,
        reason=3,
        stop_loss=None,
        take_profit=None,
        comment="",
    )
    return msgspec.structs.replace(facts, **said)


def order(ticket: int, volume: str, comment: str = "", *, is_closed: bool = True) -> Item:
    """An MT4 order, as it is reported open, or closed with a profit of 10."""
    entry = deal(ticket, ticket, order_id=None, volume=D(volume), comment=comment)
    if not is_closed:
        return (entry,)
    leaving = deal(-ticket, ticket, OUT, order_id=None, volume=D(volume), comment=comment, profit=D(10))
    return entry, leaving


def parted(items: Sequence[Item], random: Random) -> list[list[Deal]]:
    """The items in any order, some of them again, in batches of any size."""
    shuffled = [*items, *random.choices(items, k=len(items) // 3)] if items else []
    random.shuffle(shuffled)
    batches = []
    while shuffled:
        size = random.randint(1, 6)
        batches.append([deal for item in shuffled[:size] for deal in item])
        del shuffled[:size]
    return batches


@SOME
@given(items=histories, random=st.randoms(use_true_random=False))
def test_any_order_and_any_batches_make_the_trades_of_the_reference(
    ledger: Ledger, items: list[Item], random: Random
) -> None:
    place = ledger.place()
    for part in parted(items, random):
        ledger.record(place, part)
    assert ledger.trades(place) == reference.trades(items)


@FEW
@given(items=histories, random=st.randoms(use_true_random=False))
def test_two_writers_at_once_make_the_trades_of_the_reference(
    ledger: Ledger, items: list[Item], random: Random
) -> None:
    place = ledger.place()
    other = msgspec.structs.replace(place, terminal_id=ledger.terminal(place.tenant_id, place.account_id))
    shares = [(place, parted(items, random)), (other, parted(items, random))]

    def write(writer: int) -> list[intake.Recorded]:
        whose, parts = shares[writer]
        return [ledger.record(whose, part, writer=writer) for part in parts]

    with ThreadPoolExecutor(2) as pool:
        done = [answer for answers in pool.map(write, range(2)) for answer in answers]
    assert ledger.trades(place) == reference.trades(items)
    recorded = [ticket for answer in done for ticket in answer.tickets]
    assert sorted(recorded) == sorted({deal.ticket for item in items for deal in item})


@FEW
@given(lives=st.lists(histories, min_size=2, max_size=4), random=st.randoms(use_true_random=False))
def test_batches_of_many_accounts_in_one_statement_do_not_touch_each_other(
    ledger: Ledger, lives: list[list[Item]], random: Random
) -> None:
    places = [ledger.place() for _ in lives]
    batches = [
        batch(place, part)
        for place, items in zip(places, lives, strict=True)
        for part in parted(items, random)
    ]
    random.shuffle(batches)
    half = len(batches) // 2
    for share in (batches[:half], batches[half:]):
        ledger.record_all(share)
    for place, items in zip(places, lives, strict=True):
        assert ledger.trades(place) == reference.trades(items)


@FEW
@given(items=histories, random=st.randoms(use_true_random=False))
def test_the_trades_money_is_the_deals_money(ledger: Ledger, items: list[Item], random: Random) -> None:
    place = ledger.place()
    for part in parted(items, random):
        ledger.record(place, part)
    money = "sum(profit), sum(commission), sum(swap), sum(fee), sum(profit + commission + swap + fee)"
    trades = ledger.rows(f"SELECT {money} FROM journal_trade WHERE account_id = %s", place.account_id)  # noqa: S608
    deals = ledger.rows(
        f"SELECT {money} FROM journal_deal WHERE account_id = %s AND kind < 2",  # noqa: S608
        place.account_id,
    )
    assert trades == deals


def test_a_batch_says_what_was_new(ledger: Ledger) -> None:
    place = ledger.place()
    first = ledger.record(place, [deal(10, 10), deal(11, 10, OUT), deal(10, 10)])
    assert (first.tickets, first.imported, first.known_ticket, first.closed) == ({10, 11}, 2, 11, 1)
    again = ledger.record(place, [deal(11, 10, OUT), deal(12, 12), deal(10, 10)])
    assert (again.tickets, again.imported, again.known_ticket, again.closed) == ({12}, 1, 12, 0)
    nothing = ledger.record(place, [])
    assert (nothing.tickets, nothing.known_ticket, nothing.is_current) == (set(), 12, True)


def test_two_batches_of_one_account_share_what_was_new(ledger: Ledger) -> None:
    place = ledger.place()
    one, two = ledger.record_all([batch(place, [deal(1, 1)]), batch(place, [deal(1, 1), deal(2, 1, OUT)])])
    assert (one.tickets, two.tickets) == ({1}, {2})
    assert (one.closed, two.closed) == (1, 0)


def test_the_known_ticket_is_a_brokers(ledger: Ledger) -> None:
    place = ledger.place()
    assert ledger.record(place, list(order(500, "0.1"))).known_ticket == 500
    assert ledger.record(ledger.place(), [deal(-5, 5, OUT)]).known_ticket == 0


@pytest.mark.parametrize("fault", ["version", "revoked", "deleted", "unknown"])
def test_a_token_that_is_not_current_writes_nothing_and_spoils_no_other(ledger: Ledger, fault: str) -> None:
    place, good = ledger.place(), ledger.place()
    if fault == "version":
        place = msgspec.structs.replace(place, version=2)
    elif fault == "revoked":
        ledger.owner.execute(
            "UPDATE fleet_terminal SET revoked_at = now() WHERE id = %s", [place.terminal_id]
        )
    elif fault == "deleted":
        ledger.owner.execute(
            "UPDATE fleet_tradingaccount SET deleted_at = now() WHERE id = %s", [place.account_id]
        )
    else:
        place = msgspec.structs.replace(place, terminal_id=uuid4())
    refused, done = ledger.record_all([batch(place, [deal(1, 1)]), batch(good, [deal(1, 1)])])
    assert (refused.is_current, refused.tickets, refused.known_ticket) == (False, set(), 0)
    assert (done.is_current, done.tickets) == (True, {1})
    assert ledger.rows("SELECT account_id FROM journal_deal") == [(good.account_id,)]


def imported(ledger: Ledger, place: Place, tenant: Place | None, deals: list[Deal]) -> intake.Recorded:
    """Record as an import does: in a transaction of a tenant, or of none."""
    made = intake.DealBatch(deals=intake.prepare(deals), account_id=place.account_id, import_id=uuid4())
    writer = ledger.writers[1]
    with writer.transaction(), writer.cursor() as cursor:
        if tenant:
            cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.tenant_id)])
        (done,) = intake.record_in_tenant(cursor, [made], NOW)
    return done


def test_an_import_writes_to_its_own_tenant_alone(ledger: Ledger) -> None:
    place, stranger = ledger.place(), ledger.place()
    assert imported(ledger, place, place, [deal(1, 1)]).tickets == {1}
    assert not imported(ledger, place, stranger, [deal(2, 1, OUT)]).is_current
    assert not imported(ledger, place, None, [deal(2, 1, OUT)]).is_current
    assert ledger.rows("SELECT ticket, terminal_id, import_id IS NOT NULL FROM journal_deal") == [
        (1, None, True)
    ]


def test_an_import_and_a_live_feed_meet_without_doubles(ledger: Ledger) -> None:
    place = ledger.place()
    ledger.record(place, [deal(2, 1, OUT), deal(3, 3)])
    assert imported(ledger, place, place, [deal(1, 1), deal(2, 1, OUT)]).tickets == {1}
    assert [(t.position_id, t.state) for t in ledger.trades(place)] == [(1, "closed"), (3, "open")]


def test_positions_are_folded_again_after_deals_were_taken_away(ledger: Ledger) -> None:
    place = ledger.place()
    ledger.record(place, [deal(1, 1), deal(2, 1, IN_OUT, volume=D("0.3")), deal(4, 4), deal(5, 4, OUT)])
    assert len(ledger.trades(place)) == 3
    writer = ledger.writers[0]
    with writer.transaction(), writer.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(place.tenant_id)])
        intake.hold(cursor, place.account_id)
        cursor.execute("DELETE FROM journal_deal WHERE ticket IN (2, 4, 5)")
        intake.refold(cursor, place.account_id, [1, 4], NOW)
    assert [(t.position_id, t.part, t.state) for t in ledger.trades(place)] == [(1, 0, "open")]


def test_a_trade_wants_its_candles_once(ledger: Ledger) -> None:
    place = ledger.place()
    ledger.record(place, [deal(1, 1)])
    assert ledger.rows("SELECT count(*) FROM journal_tradecandles") == [(0,)]
    assert ledger.record(place, [deal(2, 1, OUT)]).closed == 1
    # It opens and closes again: a position that was added to.
    assert ledger.record(place, [deal(3, 1)]).closed == 0
    assert ledger.record(place, [deal(4, 1, OUT)]).closed == 0
    assert ledger.rows("SELECT position_id, part, state, due_at FROM journal_tradecandles") == [
        (1, 0, "wanted", NOW)
    ]


def test_the_first_entry_with_a_stop_says_what_was_risked(ledger: Ledger) -> None:
    place = ledger.place()
    stops = [None, D("1.05"), D("1.08")]
    ledger.record(place, [deal(n, 1, stop_loss=stop) for n, stop in enumerate(stops, 1)])
    (trade,) = ledger.trades(place)
    assert (trade.initial_stop, trade.stop_loss) == (D("1.05"), D("1.08"))


CHAIN = [
    order(100, "0.3", "to #120"),
    order(120, "0.2", "to #90"),
    order(90, "0.5", "from #120"),
]
"""Closed in three parts. The one in the middle lost its "from"; tickets do not only grow."""


@pytest.mark.parametrize("places", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)])
def test_partial_closes_of_mt4_are_one_position(ledger: Ledger, places: tuple[int, ...]) -> None:
    place = ledger.place("mt4")
    for n in places:
        ledger.record(place, list(CHAIN[n]))
    (trade,) = ledger.trades(place)
    assert (trade.position_id, trade.state, trade.volume, trade.profit) == (90, "closed", D(1), D(30))
    assert ledger.rows("SELECT DISTINCT position_id FROM journal_deal") == [(90,)]
    assert ledger.rows("SELECT position_id FROM journal_tradecandles") == [(90,)]


@pytest.mark.parametrize("is_closed_first", [True, False])
def test_an_order_that_was_seen_open_closes_with_what_was_left_of_it(
    ledger: Ledger, is_closed_first: bool
) -> None:
    place = ledger.place("mt4")
    items = [order(7, "1.0", "grid", is_closed=False), order(7, "0.4", "to #8")]
    for item in items[::-1] if is_closed_first else items:
        ledger.record(place, list(item))
    ledger.record(place, list(order(8, "0.6", "from #7", is_closed=False)))
    (trade,) = ledger.trades(place)
    assert (trade.position_id, trade.state, trade.volume, trade.closed_volume) == (7, "open", D(1), D("0.4"))


def test_what_a_trader_wrote_of_a_part_goes_with_the_position(ledger: Ledger) -> None:
    place = ledger.place("mt4")
    ledger.record(place, list(CHAIN[0]))
    owner = {"tenant_id": place.tenant_id, "account_id": place.account_id, "position_id": 100, "part": 0}
    ledger.insert("journal_tradereview", **owner, note="Late again.", tags=["late"])
    ledger.insert("journal_tradescreenshot", **owner, media_type="image/png", caption="", image=b"x")
    ledger.record(place, [deal for item in CHAIN[1:] for deal in item])
    assert ledger.rows("SELECT position_id, note FROM journal_tradereview") == [(90, "Late again.")]
    assert ledger.rows("SELECT position_id FROM journal_tradescreenshot") == [(90,)]


def test_orders_that_close_each_other_stay_two_positions(ledger: Ledger) -> None:
    """MT4's close-by: the larger one goes on under a new ticket, the smaller one closes with no volume."""
    place = ledger.place("mt4")
    ledger.record(place, list(order(10, "1.0", is_closed=False) + order(11, "0.4", is_closed=False)))
    ledger.record(
        place, list(order(10, "0.4", "close hedge by #11") + order(11, "0.00", "close hedge by #10"))
    )
    ledger.record(place, list(order(12, "0.6", "from #10")))
    found = [(t.position_id, t.state, t.volume) for t in ledger.trades(place)]
    assert found == [(10, "closed", D(1)), (11, "closed", ZERO)]


def test_comments_of_others_link_nothing(ledger: Ledger) -> None:
    place = ledger.place()
    ledger.record(place, [deal(5, 5, comment="from #3"), deal(3, 3), deal(6, 5, OUT, comment="to #3")])
    assert [t.position_id for t in ledger.trades(place)] == [3, 5]


def test_a_number_that_does_not_fit_spoils_the_statement_and_writes_nothing(ledger: Ledger) -> None:
    place, other = ledger.place(), ledger.place()
    with pytest.raises(psycopg.DataError):
        ledger.record_all([batch(other, [deal(1, 1)]), batch(place, [deal(1, 1, profit=D(10) ** 13)])])
    assert ledger.rows("SELECT count(*) FROM journal_deal") == [(0,)]


def reads(ledger: Ledger) -> int:
    """Index entries of the journal that all statements so far have looked at."""
    ledger.writers[0].execute("SELECT pg_stat_force_next_flush()")
    return int(
        ledger.rows(
            "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN "
            "('journal_deal', 'journal_trade', 'journal_tradecandles', 'journal_chainlink')"
        )[0][0]
    )


def pairs(start: int, count: int) -> list[Deal]:
    return [made for n in range(start, start + 2 * count, 2) for made in (deal(n, n), deal(n + 1, n, OUT))]


def test_a_plan_from_when_the_journal_was_empty_does_not_read_it_whole(ledger: Ledger) -> None:
    """Plans are kept: one that goes by the wrong index is as good as any while there is nothing to read."""
    # As it was never filled: the planner remembers what other tests had here, after they emptied it, too.
    ledger.owner.execute(
        "TRUNCATE journal_deal, journal_trade, journal_tradecandles, journal_chainlink CASCADE"
    )
    ledger.owner.execute(
        "SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited) FROM pg_stats "
        "WHERE tablename IN ('journal_deal', 'journal_trade', 'journal_tradecandles', 'journal_chainlink')"
    )
    ledger.owner.execute(
        "VACUUM ANALYZE journal_deal, journal_trade, journal_tradecandles, journal_chainlink"
    )
    place = ledger.place()
    for start in range(1, 2001, 200):
        ledger.record(place, pairs(start, 100))

    def read_for(start: int) -> int:
        before = reads(ledger)
        ledger.record(place, pairs(start, 100))
        return reads(ledger) - before

    # Other connections' counts arrive when they like: a plan that reads it all does so each time.
    assert min(read_for(start) for start in (2001, 2201, 2401)) < 1_500


async def test_the_gateway_records_in_one_statement_of_its_own(ledger: Ledger) -> None:
    place = ledger.place()
    info = ledger.writers[0].info
    arguments: dict[str, Any] = {**info.get_parameters(), "password": info.password}
    async with await psycopg.AsyncConnection.connect(**arguments, autocommit=True) as connection:
        (done,) = await intake.record(connection, [batch(place, [deal(1, 1)])], NOW)
        assert await intake.record(connection, [], NOW) == []
    assert (done.is_current, done.tickets) == (True, {1})
