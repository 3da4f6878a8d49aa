"""An uploaded EA's way, through the whole product: review, release, a deployment that is isolated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil
import pytest

from metafleet.engine.experts.loading import hash_of
from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.fleet.drivers.process.tests.test_reach import forget
from metafleet.hub.fleet.drivers.process.users import FIRST
from tests.flows.command_line import OPERATOR, metafleet, told
from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.waiting import PATIENCE_S, wait_until

pytestmark = [
    pytest.mark.flow,
    pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("iptables") is None,
        reason="the process driver isolates uploaded EAs as root with iptables",
    ),
]


def test_an_ea_is_uploaded_reviewed_released_deployed_and_runs_isolated(
    start_stack: StartStack, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    stack = start_stack(METAFLEET_DEMO="false", METAFLEET_HEARTBEAT_SECONDS="1")
    request.addfinalizer(lambda: forget(stack.folder.root / "runners"))
    file = tmp_path / "breakout.py"
    with Person(stack) as operator:
        operator.sign_up(OPERATOR)
    assert metafleet(stack, "operators", "add", OPERATOR).returncode == 0

    file.write_bytes(breakout(head="import os"))
    refused = metafleet(stack, "eas", "upload", str(file), "--changelog", "First.")
    assert refused.returncode == 1
    assert "line 7: error: os may not be imported" in refused.stdout

    file.write_bytes(breakout())
    version = told(stack, "eas", "upload", str(file), "--changelog", "First.")
    assert (version["state"], version["trial"]["figures"]["trades"]) == ("in_review", 75)
    assert told(stack, "eas", "review", "breakout", "1.0.0", "--approve")["state"] == "approved"
    assert told(stack, "eas", "release", "breakout", "1.0.0")["state"] == "released"

    with Person(stack) as customer:
        customer.sign_up("customer@example.com")
        instance_id = customer.deploy(customer.connect(), "breakout", "EURUSD", lookback=5)
        receipt = customer.wait_for_state(instance_id, "running")["receipt"]
        assert receipt["contentHash"] == hash_of(breakout())
        assert receipt["limits"].endswith("gateway and broker alone")
        runner = psutil.Process(receipt["pid"])
        assert runner.uids().real >= FIRST
        assert "--uploaded" in runner.cmdline()

        withdrawn = told(stack, "eas", "withdraw", "breakout", "1.0.0", "--reason", "Drill.")
        assert (withdrawn["state"], withdrawn["active"]) == ("withdrawn", 1)
        runner.kill()
        assert wait_until(lambda: customer.instance(instance_id)["generation"] == 2, PATIENCE_S)
        customer.wait_for_state(instance_id, "running")
