"""The made-up histories: lively, and told by two who do not know each other in the same way."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.cli.simulator import book
from metafleet.cli.simulator.broker import Broker
from metafleet.cli.simulator.plan import Plan, habits
from metafleet.cli.simulator.verdict import expected_trade
from metafleet.engine.statements import folding

PLAN = Plan(terminals=10, minutes=1, chaos=frozenset({"skew", "reorder"}), seed=3)
NOW_MS = 1_790_000_000_000
KINDS = {"hedging": 0, "netting": 4, "mt4": 9}


def lived(index: int, events: int = 400) -> Broker:
    broker = Broker(habits(index, PLAN), random.Random(index), NOW_MS)
    for n in range(events):
        broker.act(NOW_MS + 137 * n)
    broker.finish(NOW_MS + 137 * events)
    return broker


def as_the_product_reads_it(deal: book.Deal) -> folding.Deal:
    said: dict[str, Any] = {
        name: book.money(getattr(deal, name)) for name in ("profit", "commission", "swap", "fee")
    }
    return folding.Deal(
        ticket=deal.ticket,
        position_id=deal.position,
        order_id=deal.order,
        symbol=deal.symbol,
        kind=deal.kind,
        entry=deal.entry,
        volume=book.lots(deal.lots),
        price=book.price(deal.points),
        executed_at=book.instant(deal.at_ms),
        magic=deal.magic,
        reason=deal.reason,
        stop_loss=book.price(deal.stop),
        take_profit=book.price(deal.target),
        comment=deal.comment,
        **said,
    )


@pytest.mark.parametrize("index", [0, 2, 4, 5, 7, 8, 9])
def test_the_ledger_of_a_history_is_what_its_deals_fold_to(index: int) -> None:
    broker = lived(index)
    deals = [as_the_product_reads_it(deal) for deal in broker.book.deals.values()]
    random.Random(1).shuffle(deals)
    folded = {(trade.position_id, trade.part): trade for trade in folding.fold(deals)}
    assert folded.keys() == broker.book.stories.keys()
    for key, story in broker.book.stories.items():
        told = msgspec.structs.asdict(folded[key])
        for name, value in expected_trade(story).items():
            assert name not in told or told[name] == value, (key, name)


@pytest.mark.parametrize(("kind", "index"), KINDS.items())
def test_a_history_has_all_that_its_kind_of_account_can_do(kind: str, index: int) -> None:
    broker = lived(index)
    entries = Counter(deal.entry for deal in broker.book.deals.values())
    states = Counter(story.state for story in broker.book.stories.values())
    assert entries[None] >= 3
    match kind:
        case "hedging":
            assert entries[book.OUT_BY]
            assert states["orphan"]
            assert states["open"]
        case "netting":
            assert entries[book.IN_OUT]
            assert any(part for _, part in broker.book.stories)
        case _:
            comments = {deal.comment for deal in broker.book.deals.values()}
            assert any(comment.startswith("to #") for comment in comments)
            assert any(comment.startswith("from #") for comment in comments)
            assert states["closed"] == len(broker.book.stories)
    partly = [story for story in broker.book.stories.values() if 0 < story.closed < story.opened]
    assert partly or kind == "mt4"


def test_the_balance_is_the_sum_of_the_deals() -> None:
    broker = lived(4)
    assert broker.book.balance == sum(deal.total for deal in broker.book.deals.values())


def test_the_same_seed_makes_the_same_history() -> None:
    assert lived(0).book.deals == lived(0).book.deals


def test_an_order_of_a_command_bears_its_mark_once() -> None:
    for index in (0, 4):
        broker = lived(index, events=50)
        deal = broker.order(NOW_MS + 10**6, "EURUSD", book.BUY, "mf:123456789012")
        marked = [d for d in broker.book.deals.values() if d.entry == book.IN and d.comment == deal.comment]
        assert marked == [deal]


@pytest.mark.parametrize(
    ("worth", "volume", "price"),
    [(300, 2, "0.0015"), (1, 3, "0.00000333"), (2, 3, "0.00000667"), (1, 2000, "1E-8"), (4, 10_000, "0")],
)
def test_mean_prices_are_rounded_half_up(worth: int, volume: int, price: str) -> None:
    assert book.mean_price(worth, volume) == Decimal(price)
