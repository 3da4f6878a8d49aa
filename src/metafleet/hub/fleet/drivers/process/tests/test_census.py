"""The census of processes agrees with a look at each."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any
from uuid import UUID, uuid4

from metafleet.hub.fleet.drivers.process import census, identity


def test_it_counts_the_living_and_nobody_elses_pid() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        alive, other, gone, nameless = uuid4(), uuid4(), uuid4(), uuid4()
        mine = identity.record_of(os.getpid())
        handles: dict[UUID, dict[str, Any]] = {
            alive: identity.record_of(child.pid),
            other: mine | {"startMark": "another boot:7"},
            gone: mine | {"pid": 2**22 + 1},
            nameless: {},
        }
        assert census.living(handles) == {alive}
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert census.living(handles) == set()  # a zombie lives no more


def test_a_record_without_a_mark_is_looked_at_by_itself() -> None:
    name = uuid4()
    record = identity.record_of(os.getpid())
    record.pop("startMark", None)
    assert census.living({name: record}) == {name}
