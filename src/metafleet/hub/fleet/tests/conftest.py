from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cast import Person, connect, deploy

if TYPE_CHECKING:
    from metafleet.hub.fleet.tests.world import World


@pytest.fixture
def world(alice: Person, monkeypatch: pytest.MonkeyPatch) -> World:
    # A conftest is read before Django is set up: nothing of the hub's is imported above.
    from metafleet.hub.fleet import fencing, reconcile
    from metafleet.hub.fleet.tests.world import MemoryDriver, World
    from metafleet.hub.kernel import clock, nudges

    memory = MemoryDriver()
    world = World(alice, deploy(alice, connect(alice)), memory)
    monkeypatch.setattr(reconcile, "driver", lambda name: memory)
    monkeypatch.setattr(clock, "now", lambda: world.now)
    witness = fencing.Witness(lease_s=30)
    monkeypatch.setattr(fencing, "witness", lambda: witness)
    monkeypatch.setattr(nudges, "_send", lambda *_: None)
    return world
