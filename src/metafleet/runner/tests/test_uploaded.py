"""A runner that gets its EA's source with its work: it runs what was assigned, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from metafleet.engine.experts.loading import hash_of
from metafleet.engine.experts.tests.uploads import breakout
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import Broker, Runner, assignment

Give = Callable[..., None]


@pytest.fixture
def give(broker: Broker, gateway: Gateway, runner: Runner) -> Give:
    """Start a runner with uploaded work on a new account."""

    def begin(source: bytes, **changes: Any) -> None:
        work = {
            "expert": "breakout",
            "version": "1.0.0",
            "hash": hash_of(source),
            "inputs": {"lookback": 5},
            "source": source.decode(),
        }
        gateway.assignment = assignment(broker, broker.open_account().login, **work | changes)
        runner.start()

    return begin


def test_it_runs_and_reports_the_hash_of_the_source_that_came(give: Give, gateway: Gateway) -> None:
    source = breakout()
    give(source)
    gateway.wait_until(lambda: "running" in gateway.statuses())
    told = gateway.heartbeats[-1]["expert"]
    assert (told["version"], told["hash"]) == ("1.0.0", hash_of(source))


@pytest.mark.parametrize(
    ("source", "changes", "sentence"),
    [
        (breakout(), {"hash": hash_of(b"another")}, "but the source that came with it is"),
        (breakout(version="2.0.0"), {}, "its source says that it is breakout 2.0.0"),
        (breakout(head="x = 1 / 0"), {}, "does not load: ZeroDivisionError: division by zero (line 7)"),
        (breakout(head="import os"), {}, "does not load: ImportError: an EA may not import os"),
        (breakout(), {"inputs": {"lookback": 4}}, "lookback: must be at least 5"),
    ],
)
def test_other_code_than_was_assigned_is_refused_for_good(
    give: Give, gateway: Gateway, runner: Runner, source: bytes, changes: dict[str, Any], sentence: str
) -> None:
    give(source, **changes)
    assert runner.exit_code() == 4
    assert sentence in gateway.heartbeats[-1]["expert"]["lastError"]
    assert "running" not in gateway.statuses()


def test_what_it_left_open_is_closed_without_its_code(give: Give, runner: Runner) -> None:
    give(breakout(head="x = 1 / 0"), intent="flatten")
    assert runner.exit_code() == 0
