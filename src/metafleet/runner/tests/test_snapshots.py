"""A snapshot is taken for each heartbeat and soon after deals, and for nobody else."""

from __future__ import annotations

import math
from typing import cast

import pytest

from metafleet.runner import clock
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.session import Session
from metafleet.runner.snapshots import AFTER_DEAL_S, LEAD_S, Snapshots


class Watched(Snapshots):
    """Counts instead of asking a broker."""

    def __init__(self, bulletin: Bulletin) -> None:
        super().__init__(cast(Session, _Only(bulletin)))
        self.count = 0

    def take(self) -> None:
        self.count += 1
        self._taken_s, self._hurried_s = clock.steady_s(), math.inf


class _Only:
    def __init__(self, bulletin: Bulletin) -> None:
        self.bulletin = bulletin


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now_s = [1_000.0]
    monkeypatch.setattr(clock, "steady_s", lambda: now_s[0])
    return now_s


def test_one_is_taken_just_before_each_heartbeat(now: list[float]) -> None:
    bulletin = Bulletin()
    taken = Watched(bulletin)
    bulletin.heartbeat_due_s = now[0] + 15
    taken.take()
    for _ in range(14):
        now[0] += 1
        taken.take_if_due()
    assert taken.count == 1
    assert taken.wait_s(60.0) == pytest.approx(1 - LEAD_S)
    now[0] += 1 - LEAD_S
    for _ in range(3):
        taken.take_if_due()
    assert taken.count == 2
    assert taken.wait_s(60.0) == 60.0


def test_one_is_taken_soon_after_deals_that_come_together(now: list[float]) -> None:
    bulletin = Bulletin()
    taken = Watched(bulletin)
    bulletin.heartbeat_due_s = now[0] + 15
    taken.take()
    taken.hurry()
    now[0] += AFTER_DEAL_S / 2
    taken.hurry()
    taken.take_if_due()
    assert taken.count == 1
    assert taken.wait_s(60.0) == pytest.approx(AFTER_DEAL_S / 2)
    now[0] += AFTER_DEAL_S / 2
    taken.take_if_due()
    taken.take_if_due()
    assert taken.count == 2


def test_a_deal_puts_no_heartbeats_snapshot_off(now: list[float]) -> None:
    bulletin = Bulletin()
    taken = Watched(bulletin)
    bulletin.heartbeat_due_s = now[0] + LEAD_S + AFTER_DEAL_S / 2
    taken.hurry()
    assert taken.wait_s(60.0) == pytest.approx(AFTER_DEAL_S / 2)
