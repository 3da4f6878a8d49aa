"""A version that crashes at its customers is taken back by the product itself, which says why."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from metafleet.engine.experts.loading import hash_of
from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.fleet.drivers.process.tests.test_reach import forget
from tests.flows.command_line import OPERATOR, metafleet, told
from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("iptables") is None,
        reason="the process driver isolates uploaded EAs as root with iptables",
    ),
]

BODY = "past = self.bars(self.lookback)"
FAULTY = f"{BODY}\nself.log(str(1 / (self.lookback - 7)))"
"""Its trial, with a lookback of 30, is none the wiser."""


def release(stack: Stack, file: Path, source: bytes, version: str) -> None:
    file.write_bytes(source)
    assert told(stack, "eas", "upload", str(file), "--changelog", version)["state"] == "in_review"
    told(stack, "eas", "review", "breakout", version, "--approve")
    told(stack, "eas", "release", "breakout", version)


def deploy(customer: Person, name: str) -> str:
    customer.sign_up(f"{name}@example.com")
    return customer.deploy(customer.connect(), "breakout", "EURUSD", lookback=7)


def test_a_version_that_crashes_is_rolled_back_by_the_product_which_says_why(
    start_stack: StartStack, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    stack = start_stack(METAFLEET_DEMO="false", METAFLEET_HEARTBEAT_SECONDS="1", METAFLEET_MARKET_SPEED="60")
    request.addfinalizer(lambda: forget(stack.folder.root / "runners"))
    good = breakout(body=BODY)
    with Person(stack) as operator, Person(stack) as one, Person(stack) as other:
        operator.sign_up(OPERATOR)
        assert metafleet(stack, "operators", "add", OPERATOR).returncode == 0
        release(stack, tmp_path / "breakout.py", good, "1.0.0")
        owners = {deploy(customer, name): customer for name, customer in (("one", one), ("other", other))}
        for ea, customer in owners.items():
            customer.wait_for_state(ea, "running")
        release(stack, tmp_path / "breakout.py", breakout(version="1.1.0", body=FAULTY), "1.1.0")

        limits = ("--canaries", "1", "--max-crashes", "1")
        rollout = told(stack, "rollouts", "start", "breakout", "1.1.0", *limits)
        shown: dict[str, Any] = {}

        def is_over() -> bool:
            shown.update(operator.get(f"/api/operator/rollouts/{rollout['id']}"))
            return bool(shown["state"] == "rolled_back")

        assert wait_until(is_over, PATIENCE_S, 0.2), (shown["state"], shown["waiting"], shown["members"])
        (canary,) = shown["members"]
        # The rollout is looked at every five seconds: it may have crashed once more by then, and the next
        # run, which has said nothing yet, be the one that is looked at.
        assert re.fullmatch(
            rf"{re.escape(canary['name'])} has crashed \d times since its move, and 1 is the limit"
            "(: expert: on_bar: ZeroDivisionError: division by zero)?",
            shown["reason"],
        ), shown["reason"]
        decided = {row["action"]: (row["actor"], row["reason"]) for row in shown["decisions"]}
        assert decided["roll_back"] == ("system:rollout", shown["reason"])

        owner = owners.pop(canary["instanceId"])
        back = owner.wait_for(
            canary["instanceId"], lambda seen: (seen["version"], seen["state"]) == ("1.0.0", "running"), 60
        )
        assert back["receipt"]["contentHash"] == hash_of(good)
        first, *between, last = (run["version"] for run in back["runs"])
        assert (first, set(between), last) == ("1.0.0", {"1.1.0"}, "1.0.0")
        (returned,) = [row for row in owner.get("/api/audit") if row["action"] == "instance.returned"]
        assert returned["detail"]["reason"] == shown["reason"]
        ((spared, customer),) = owners.items()
        assert (customer.instance(spared)["version"], customer.instance(spared)["generation"]) == ("1.0.0", 1)
