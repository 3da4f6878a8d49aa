"""Processes that add to the objectives' counts at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import msgspec

from metafleet.hub.gateway.tests.stage import Stage

ADDER = """
import json, sys
import psycopg
from datetime import UTC, datetime, timedelta
from metafleet.hub.kernel.objectives import counts
noon = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
with psycopg.connect(**json.loads(sys.argv[1]), autocommit=True) as connection:
    for turn in range(200):
        said = [
            counts.Count(name, noon + timedelta(minutes=turn % 3), 3, 1)
            # Each in an order of its own: the statement must not deadlock for it.
            for name in ("deals", "commands", "judge")[:: int(sys.argv[2])]
        ]
        connection.execute(counts.ADD.encode(), [counts.as_json(said)])
"""


def test_two_processes_that_add_at_once_add_up_exactly(database: Mapping[str, Any], stage: Stage) -> None:
    command = [sys.executable, "-c", ADDER, msgspec.json.encode(database).decode()]
    adders = [
        subprocess.Popen([*command, step], stderr=subprocess.PIPE)  # noqa: S603 - our own words
        for step in ("1", "-1")
    ]
    assert [(adder.communicate()[1], adder.returncode) for adder in adders] == [(b"", 0)] * 2
    rows = stage.rows(
        "SELECT objective, resolution, count(*), sum(total), sum(bad) FROM kernel_objectivecount "
        "GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert rows == [
        (name, resolution, parts, 1200, 400)
        for name in ("commands", "deals", "judge")
        for resolution, parts in (("ever", 1), ("minute", 3))
    ]
