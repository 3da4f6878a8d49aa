"""An EA's desk knows what the EA has dealt, before this run as well, and asks for each deal once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.runner.brain import Brain
from metafleet.runner.desk import DEALS_A_PAGE, BrokerDesk
from metafleet.runner.terminal import Terminal
from metafleet.runner.tests.test_deals import deal


class Line:
    """A terminal whose broker has these deals; it is lost at the questions that are numbered so."""

    symbol = SYMBOLS["EURUSD"]

    def __init__(self, made: list[Deal], lost_at: frozenset[int] = frozenset()) -> None:
        self.made, self.lost_at = made, lost_at
        self.asked: list[int] = []

    def ask(self, question: Callable[[Any], list[Deal]]) -> list[Deal]:
        if len(self.asked) in self.lost_at:
            self.asked.append(-1)
            raise DeskLost("away")
        return question(self)

    def deals(self, after: int, limit: int) -> list[Deal]:
        self.asked.append(after)
        return [one for one in self.made if one.ticket > after][:limit]


def desk_at(line: Line) -> BrokerDesk:
    return BrokerDesk(cast(Terminal, line), 1, lambda: False, lambda: True, cast(Brain, None))


def tickets(found: list[Deal]) -> list[int]:
    return [one.ticket for one in found]


def test_it_tells_the_eas_own_deals_from_that_time_on() -> None:
    others = [
        msgspec.structs.replace(deal(3), magic=2),
        msgspec.structs.replace(deal(4), symbol="GBPUSD"),
    ]
    desk = desk_at(Line([deal(1), deal(2), *others, deal(5)]))
    assert tickets(desk.deals_since(0)) == [1, 2, 5]
    assert tickets(desk.deals_since(2_000)) == [2, 5]
    assert tickets(desk.deals_since(6_000)) == []


def test_what_is_known_is_not_asked_for_again() -> None:
    line = Line([deal(1), deal(2)])
    desk = desk_at(line)
    desk.deals_since(0)
    line.made.append(deal(7))
    assert tickets(desk.deals_since(0)) == [1, 2, 7]
    assert line.asked == [0, 2, 2, 7]


def test_a_line_that_is_lost_on_the_way_loses_and_doubles_none() -> None:
    made = [deal(number) for number in range(1, DEALS_A_PAGE + 300)]
    line = Line(made, lost_at=frozenset({1}))
    desk = desk_at(line)
    with pytest.raises(DeskLost):
        desk.deals_since(0)
    assert tickets(desk.deals_since(0)) == tickets(made[-1_000:])
