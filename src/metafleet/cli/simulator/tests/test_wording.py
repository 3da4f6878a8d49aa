"""What terminals say, read by the product: the same deals, whatever the dialect."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from metafleet.cli.simulator import book
from metafleet.cli.simulator.broker import Broker
from metafleet.cli.simulator.plan import CHAOS, Habits, Plan, PlanRefused, habits, read_chaos, server_offset_s
from metafleet.cli.simulator.spoiling import spoil
from metafleet.cli.simulator.wording import Voice
from metafleet.hub.journal import items

PLAN = Plan(terminals=40, minutes=1, chaos=frozenset(CHAOS), seed=9)
NOW_MS = 1_790_000_000_456


def lived(manner: Habits) -> Broker:
    broker = Broker(manner, random.Random(2), NOW_MS)
    for n in range(60):
        broker.act(NOW_MS + 1_717 * n)
    return broker


def raw(said: list[dict[str, Any]]) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode(item)) for item in said]


@pytest.mark.parametrize("index", range(40))
def test_a_dialect_is_understood_by_the_product(index: int) -> None:
    manner = habits(index, PLAN)
    broker = lived(manner)
    voice = Voice(manner, "id", "token")
    read = items.read_deals(raw(voice.items(broker.history)), server_offset_s(manner, NOW_MS / 1000))
    assert read.bad == []
    heard = {deal.ticket: deal for _, deals in read.good for deal in deals}
    assert heard.keys() == broker.book.deals.keys()
    for ticket, deal in broker.book.deals.items():
        told = heard[ticket]
        assert told.executed_at == book.instant(deal.at_ms)
        assert Decimal(told.volume) == book.lots(deal.lots)
        assert (told.kind, told.entry, told.symbol) == (deal.kind, deal.entry, deal.symbol)
        assert (told.magic, told.comment, told.order_id) == (deal.magic, deal.comment, deal.order)
        assert (told.price, told.stop_loss) == (book.price(deal.points), book.price(deal.stop))


def test_spoiled_items_are_bad_and_the_others_are_not() -> None:
    manner = habits(0, PLAN)
    voice, marks, rng = Voice(manner, "id", "token"), set[str](), random.Random(1)
    said = voice.items(lived(manner).history[:20])
    for _ in range(30):
        mixed, bad = spoil(said, marks, "0", rng)
        read = items.read_deals(raw(mixed), 0)
        assert {item.index for item in read.bad} == bad
        assert len(mixed) == len(said) + len(bad)
    assert len(marks) >= 30


def test_every_way_to_speak_occurs_in_a_fleet() -> None:
    manners = [habits(index, PLAN) for index in range(PLAN.terminals)]
    for name in ("mode", "protocol", "polls", "numbers", "times", "is_gzip", "ends_with_nul", "is_ansi"):
        assert len({getattr(manner, name) for manner in manners}) > 1, name
    assert {manner.keeps_order for manner in manners} == {True, False}
    assert {manner.zone for manner in manners} >= {"", "Asia/Tokyo"}


def test_chaos_is_named_by_words() -> None:
    assert read_chaos("all") == frozenset(CHAOS)
    assert read_chaos("none") == frozenset()
    assert read_chaos("drops, skew") == {"drops", "skew"}
    with pytest.raises(PlanRefused, match="--chaos knows no 'rain'; it takes all, none or duplicates"):
        read_chaos("drops,rain")
