from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cast import Person

if TYPE_CHECKING:
    from metafleet.hub.fleet.rollouts.tests.stage import Stage


@pytest.fixture
def stage(alice: Person, charlie: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Three EAs at work: two of Alice's, one of Charlie's."""
    # A conftest is read before Django is set up: nothing of the hub's is imported above.
    from metafleet.hub.fleet.rollouts.tests.stage import A_MINUTE, Stage

    stage = Stage((alice, charlie), monkeypatch)
    stage.deploy("first", alice)
    stage.deploy("second", alice, symbol="GBPUSD")
    stage.deploy("third", charlie)
    stage.turns(A_MINUTE / 4)
    return stage
