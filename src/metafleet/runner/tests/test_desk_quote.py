"""An EA's desk has the newest price, also where its terminal is told only the first tick of each minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.runner.brain import Brain
from metafleet.runner.desk import BrokerDesk
from metafleet.runner.terminal import Terminal

TOLD = Tick("EURUSD", 60_000, 1.1, 1.1001)
NEWEST = Tick("EURUSD", 90_000, 1.2, 1.2001)


class Line:
    """A terminal whose broker has one price."""

    symbol = SYMBOLS["EURUSD"]

    def __init__(self, *, tells_ticks: bool) -> None:
        self.tells_ticks = tells_ticks
        self.asked = 0

    def ask(self, question: Callable[[Any], Any]) -> Any:
        return question(self)

    def quote(self, _symbol: str) -> Tick:
        self.asked += 1
        return NEWEST


@pytest.mark.parametrize(("tells_ticks", "price", "questions"), [(True, TOLD, 0), (False, NEWEST, 1)])
def test_the_price_is_asked_for_once_where_ticks_are_left_out(
    tells_ticks: bool, price: Tick, questions: int
) -> None:
    line = Line(tells_ticks=tells_ticks)
    desk = BrokerDesk(cast(Terminal, line), 1, lambda: False, lambda: True, cast(Brain, None))
    desk.move_on(TOLD)
    assert desk.quote() is TOLD
    desk.move_on()
    assert [desk.quote(), desk.quote(), desk.now_msc()] == [price, price, price.time_msc]
    assert line.asked == questions
    desk.move_on(TOLD)
    assert desk.quote() is TOLD
