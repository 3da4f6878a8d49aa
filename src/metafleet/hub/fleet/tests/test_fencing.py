"""Nothing is started beside a run that is only presumed dead before its trading lease is certainly over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.fleet import endings, fencing, steps
from metafleet.hub.fleet.drivers.contract import Sight
from metafleet.hub.fleet.models import Run
from metafleet.hub.fleet.tests.world import A_SECOND, World, running
from metafleet.hub.fleet.trading_lease import MARGIN_S, STEP_S, Marks, terms
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")

LEASE_S = 30.0


class Clocks:
    """The worker's steady clock and the database's, which go at one pace and show different numbers."""

    def __init__(self) -> None:
        self.steady_s = 1_000.0
        self.ahead_s = 1_800_000_000.0

    def database_s(self) -> float:
        return self.steady_s + self.ahead_s

    def pass_by(self, seconds: float) -> None:
        """Let time go by, with a sweep each two seconds."""
        until_s = self.steady_s + seconds
        while self.steady_s < until_s:
            self.steady_s = min(until_s, self.steady_s + 2.0)
            fencing.witness().mark()


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(clock, "steady_s", lambda: clocks.steady_s)
    monkeypatch.setattr(fencing, "database_s", clocks.database_s)
    return clocks


@pytest.fixture
def lost(world: World, clocks: Clocks) -> World:
    """It was heard a moment ago, and its machine was lost since."""
    running(world)
    renew(world, clocks.database_s())
    world.driver.alive.clear()
    world.driver.sight = Sight(alive=False, is_presumed=True, reason="Its machine n2 is lost")
    fencing.witness().mark()
    return world


def renew(world: World, stamp_s: float) -> None:
    """As the gateway does, by the database's clock."""
    with tenant_scope(world.person.tenant_id):
        Run.objects.filter(id=world.run().id).update(renewed_at=datetime.fromtimestamp(stamp_s, UTC))


def test_it_waits_until_the_lease_is_over_and_is_then_no_crash(lost: World, clocks: Clocks) -> None:
    clocks.pass_by(LEASE_S + MARGIN_S - 0.1)
    lost.reconcile(A_SECOND)
    assert (lost.instance().state, lost.run().ended_at, len(lost.driver.started)) == ("error", None, 1)
    assert lost.instance().status_text == f"Its machine n2 is lost. {steps.ONCE_CERTAIN}"
    clocks.pass_by(0.2)
    lost.reconcile(A_SECOND)
    assert (lost.run().generation, lost.instance().crash_count) == (2, 0)


def test_no_clock_that_is_set_makes_it_sooner(lost: World, clocks: Clocks) -> None:
    """Neither the worker's wall clock, which goes on by an hour, nor the database's."""
    clocks.pass_by(10)
    lost.reconcile(timedelta(hours=1))
    clocks.ahead_s += 3600
    lost.reconcile(timedelta(hours=1))
    clocks.pass_by(LEASE_S)
    lost.reconcile(A_SECOND)
    assert lost.run().generation == 1
    clocks.pass_by(MARGIN_S)
    lost.reconcile(A_SECOND)
    assert lost.run().generation == 2


def test_a_worker_that_has_just_begun_waits_a_whole_lease(
    lost: World, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks.pass_by(LEASE_S + MARGIN_S + 1)
    fresh = fencing.Witness(LEASE_S)
    monkeypatch.setattr(fencing, "witness", lambda: fresh)
    lost.reconcile(A_SECOND)
    assert lost.run().generation == 1
    clocks.pass_by(LEASE_S + MARGIN_S + 1)
    lost.reconcile(A_SECOND)
    assert lost.run().generation == 2


def test_a_heartbeat_between_the_look_and_the_end_keeps_it(
    lost: World, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came back in the last moment: the hub's decision is void, and its lease is a new one."""
    clocks.pass_by(LEASE_S + MARGIN_S + 1)
    end = endings.end

    def end_a_moment_later(*given: Any, **more: Any) -> None:
        renew(lost, clocks.database_s())
        end(*given, **more)

    monkeypatch.setattr("metafleet.hub.fleet.reconcile.end", end_a_moment_later)
    before = lost.instance().terminal.token_version
    lost.reconcile(A_SECOND)
    assert (lost.run().generation, lost.run().ended_at) == (1, None)
    assert lost.instance().terminal.token_version == before


def test_what_is_certainly_dead_is_ended_at_once(lost: World) -> None:
    lost.driver.sight = Sight(alive=False, exit_code=-9)
    lost.reconcile(A_SECOND)
    assert lost.run().ended_at is not None


def test_what_never_was_heard_has_no_lease(lost: World) -> None:
    with tenant_scope(lost.person.tenant_id):
        Run.objects.filter(id=lost.run().id).update(renewed_at=None)
    lost.reconcile(A_SECOND)
    assert lost.run().generation == 2


def test_the_databases_clock_is_asked_for_real(world: World) -> None:
    fencing.witness().mark()
    assert not fencing.witness().is_over(datetime.now(UTC))


def test_a_lease_ends_before_others_may_begin() -> None:
    told = terms(LEASE_S)
    assert (told.open_s, told.trade_s) == (22.5, 30.0)


histories = st.lists(
    st.tuples(
        st.floats(0.1, 10.0),  # of the steady clock
        st.sampled_from([0.0, 0.0, 0.0, 0.3, -0.3, 5.0, -5.0, 3600.0, -3600.0]),  # the database's is set
        st.booleans(),  # something is stamped then
    ),
    min_size=1,
    max_size=40,
)


@given(histories)
def test_an_age_is_never_more_than_the_truth(history: list[tuple[float, float, bool]]) -> None:
    """However the database's clock is set; one that is never set is off by no more than a mark's distance."""
    marks, now_s, database_s, stamps = Marks(keep_s=1e9), 0.0, 1e9, [(1e9, 0.0)]
    for passed_s, set_s, is_stamped in history:
        now_s, database_s = now_s + passed_s, database_s + passed_s + set_s
        marks.add(database_s, now_s, now_s)
        if is_stamped:
            stamps.append((database_s + 0.001, now_s))
        # A clock may creep back by STEP_S unnoticed, never by more: so little do the stamps of two
        # neighbouring marks overlap.
        slack_s = 2 * STEP_S + 10.0 if any(set_s for _, set_s, _ in history) else 0.0
        for stamp_s, at_s in stamps:
            assert marks.age_s(stamp_s, now_s) <= now_s - at_s + slack_s
        if not slack_s:
            newest_s = stamps[0][1]
            assert marks.age_s(stamps[0][0], now_s) >= now_s - newest_s - history[0][0]
