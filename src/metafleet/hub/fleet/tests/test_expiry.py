"""Commands that nobody comes for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from metafleet.hub.fleet.expiry import expire_commands
from metafleet.hub.fleet.models import Command, CommandState, Terminal
from metafleet.hub.fleet.tests.world import World
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")


def queue(world: World, **columns: object) -> None:
    terminal = Terminal.objects.get(instance_id=world.instance_id)
    facts = {"state": CommandState.QUEUED, "expires_at": world.now, **columns}
    Command.objects.create(
        tenant_id=terminal.tenant_id, terminal=terminal, type="OPEN", due_at=world.now, **facts
    )


def test_what_nobody_came_for_in_time_is_dead_and_says_why(world: World) -> None:
    a_minute = timedelta(minutes=1)
    with tenant_scope(world.person.tenant_id):
        queue(world)
        queue(world, expires_at=world.now + a_minute)
        queue(world, state=CommandState.LEASED, lease_until=world.now + a_minute)
        queue(world, state=CommandState.DONE, finished_at=world.now)
    assert expire_commands(now=world.now) == 1
    assert expire_commands(now=world.now) == 0
    with tenant_scope(world.person.tenant_id):
        dead = Command.objects.get(state=CommandState.DEAD)
        assert (dead.error, dead.finished_at) == ("It expired before it was answered", world.now)
        assert Command.objects.filter(state=CommandState.LEASED).exists()
    assert expire_commands(now=world.now + a_minute) == 2
