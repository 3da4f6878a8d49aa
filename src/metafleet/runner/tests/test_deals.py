"""Every deal of an account reaches the hub, and its EA once in a life, whatever is killed between two lines.

A model of broker, line and hub around the real deal feed and the real outbox. Hypothesis plays the bad luck.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec
from metafleet.runner import deals, delivery
from metafleet.runner.deals import DealFeed
from metafleet.runner.outbox import Outbox


class Killed(BaseException):
    """kill -9 of the runner."""


class Line:
    """The broker, and the runner's terminal there: its pushes, and bad luck at its n-th question."""

    def __init__(self) -> None:
        self.made: list[Deal] = []
        self.pushed: list[Deal] = []
        self.is_up = False
        self.bad_luck: dict[int, type[BaseException]] = {}
        self.asked = 0

    def trade(self, step: int) -> None:
        ticket = (self.made[-1].ticket if self.made else 100) + step
        self.made.append(deal(ticket))
        if self.is_up:
            self.pushed.append(self.made[-1])

    def cut(self) -> None:
        self.is_up = False
        self.pushed.clear()

    def ask(self, question: Callable[[Any], Any]) -> Any:
        self.asked += 1
        luck = self.bad_luck.pop(self.asked, None)
        if luck is not None:
            self.cut()
            raise luck
        if not self.is_up:
            raise DeskLost("away")
        return question(self)

    def deals(self, after: int, most: int) -> list[Deal]:
        return [made for made in self.made if made.ticket > after][:most]

    def symbols(self) -> list[SymbolSpec]:
        return list(SYMBOLS.values())


def deal(ticket: int) -> Deal:
    return Deal(
        ticket=ticket,
        order=ticket,
        position_id=ticket,
        symbol="EURUSD",
        type=0,
        entry=0,
        volume=0.1,
        price=1.1,
        time_msc=ticket * 1000,
        profit=Decimal(0),
        commission=Decimal(0),
        swap=Decimal(0),
        fee=Decimal(0),
        magic=1,
        comment="",
        reason=3,
    )


class Life(RuleBasedStateMachine):
    """One account, and the runners that serve it one after another."""

    @initialize(history=st.integers(0, 5), known=st.integers(0, 5))
    def begin(self, history: int, known: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.line = Line()
        for _ in range(history):
            self.line.trade(1)
        self.hub = {made.ticket for made in self.line.made[:known]}
        self.box: Outbox | None = None
        self._start()

    @rule(step=st.integers(1, 3))
    def a_deal_is_made(self, step: int) -> None:
        self.line.trade(step)

    @rule()
    def the_loop_takes_what_was_pushed(self) -> None:
        pushed, self.line.pushed = self.line.pushed, []
        self._live(lambda: self._tell(self.feed.keep_new(pushed)))

    @rule()
    def a_heartbeat_is_answered(self) -> None:
        self.heard.append(max(self.hub, default=0))

    @precondition(lambda self: self.heard)
    @rule()
    def the_loop_hears_what_the_hub_knows(self) -> None:
        self._live(lambda: self.feed.hear_known(self.heard.pop(0)))

    @rule(is_answered=st.booleans())
    def the_uplink_posts(self, is_answered: bool) -> None:
        """The oldest entry; where the answer is lost, the entry stays."""
        for entry in self.outbox.pending("trades")[:1]:
            self.hub |= {said["ticket"] for said in msgspec.json.decode(entry.body)}
            if is_answered:
                self.outbox.drop([entry.id])

    @rule(from_ticket=st.integers(100, 110))
    def a_person_wants_deals_again(self, from_ticket: int) -> None:
        self._live(lambda: self.feed.send_again(from_ticket * 1000))

    @rule()
    def the_line_is_cut(self) -> None:
        self.line.cut()

    @precondition(lambda self: not self.line.is_up)
    @rule()
    def the_line_comes_back(self) -> None:
        self.line.is_up = True
        self._live(lambda: self._tell(self.feed.catch_up()))

    @rule(luck=st.sampled_from([Killed, DeskLost]), questions=st.integers(1, 4))
    def bad_luck_is_ahead(self, luck: type[BaseException], questions: int) -> None:
        self.line.bad_luck[self.line.asked + questions] = luck

    @rule(keeps_its_folder=st.booleans())
    def the_runner_is_killed(self, keeps_its_folder: bool) -> None:
        if not keeps_its_folder:
            self.path.unlink()
        self._start()

    def teardown(self) -> None:
        """The next start, with better luck."""
        try:
            self.line.bad_luck.clear()
            self._start()
            self.a_heartbeat_is_answered()
            self.the_line_comes_back()
            self.the_loop_hears_what_the_hub_knows()
            while self.outbox.pending():
                self.the_uplink_posts(is_answered=True)
            assert self.hub == {made.ticket for made in self.line.made}
        finally:
            self.outbox.close()
            self.folder.cleanup()

    @property
    def path(self) -> Path:
        return Path(self.folder.name) / "outbox.log"

    @property
    def outbox(self) -> Outbox:
        assert self.box is not None
        return self.box

    def _start(self) -> None:
        if self.box is not None:
            self.box.close()
        self.line.cut()
        self.box = Outbox(self.path)
        self.feed = DealFeed(self.line, self.box, lambda: None)  # type: ignore[arg-type]
        self.heard: list[int] = []
        self.told: list[int] = []

    def _live(self, act: Callable[[], object]) -> None:
        try:
            act()
        except DeskLost:
            pass
        except Killed:
            self._start()

    def _tell(self, fresh: list[Deal]) -> None:
        self.told += [each.ticket for each in fresh]
        assert self.told == sorted(set(self.told)), "the EA heard of a deal twice, or out of turn"


def test_no_deal_is_lost_between_any_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deals, "PAGE", 2)
    monkeypatch.setattr(delivery, "BATCH_DEALS", 1)
    monkeypatch.setattr(
        "metafleet.runner.outbox.os.fsync", lambda _: None
    )  # a process is killed here, not the machine
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=150,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_what_a_restored_hub_lacks_is_sent_again_though_the_line_was_cut_at_it(tmp_path: Path) -> None:
    line, box = Line(), Outbox(tmp_path / "outbox.log")
    feed = DealFeed(line, box, lambda: None)  # type: ignore[arg-type]
    line.is_up = True
    for _ in range(3):
        line.trade(1)
    feed.hear_known(103)
    line.bad_luck[line.asked + 1] = DeskLost
    with pytest.raises(DeskLost):
        feed.hear_known(101)
    line.is_up = True
    feed.catch_up()
    feed.hear_known(101)
    sent = [said["ticket"] for entry in box.pending() for said in msgspec.json.decode(entry.body)]
    assert sent == [102, 103]


def test_a_deal_that_was_sent_again_before_its_push_came_is_still_news(tmp_path: Path) -> None:
    line, box = Line(), Outbox(tmp_path / "outbox.log")
    feed = DealFeed(line, box, lambda: None)  # type: ignore[arg-type]
    line.is_up = True
    line.trade(1)
    feed.hear_known(101)
    line.pushed.clear()
    line.trade(1)
    feed.hear_known(100)
    assert [each.ticket for each in feed.keep_new(line.pushed)] == [102]
