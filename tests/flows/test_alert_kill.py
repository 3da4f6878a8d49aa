"""The worker is killed in the middle of telling people: nothing is lost, and no receiver acts twice."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import pytest

from metafleet.hub.monitor.deliveries import LEASE
from metafleet.hub.monitor.tests.sink import Sink, listening
from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow
INCIDENTS = 12
IN_FLIGHT = 4
"""As many as the worker has threads (`cli.supervision.programs`)."""

_OPEN = """
import os, sys
from pathlib import Path
from uuid import UUID
from metafleet.cli.installation import join
from metafleet.cli.settings import read_settings
join(read_settings(os.environ, Path.cwd()), os.environ)
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incidents
from metafleet.hub.monitor.models import Scope, Severity
tenant_id = UUID(sys.argv[1])
about = incidents.About(Scope.TENANT, None, "Flow desk")
with tenant_scope(tenant_id):
    for number in range(int(sys.argv[2])):
        happening = incidents.Happening(
            f"flow:{number}", "daily_loss", f"Daily loss {number}", "92 %", Severity.WARNING, about
        )
        incidents.report(tenant_id=tenant_id, happening=happening, now=clock.now())
"""


def test_each_alert_is_delivered_and_counts_once_though_the_worker_is_killed_while_it_sends(
    start_stack: StartStack,
) -> None:
    stack = start_stack(METAFLEET_DEMO="false", METAFLEET_WEBHOOK_NETWORKS="127.0.0.0/8")
    with listening() as sink, Person(stack) as owner:
        owner.sign_up("alerts@example.com")
        channel = owner.post("/api/alerts/channels", _webhook(sink))
        in_flight, killed = threading.Semaphore(0), threading.Event()

        def hold() -> None:
            in_flight.release()
            assert killed.wait(PATIENCE_S)

        sink.before_answer = hold
        _open_incidents(stack, owner.get("/api/session")["me"]["tenantId"])
        assert all(in_flight.acquire(timeout=PATIENCE_S) for _ in range(IN_FLIGHT))
        stack.kill("worker")
        sink.before_answer = None
        killed.set()

        def log() -> Any:
            return owner.get(f"/api/alerts/channels/{channel['id']}/deliveries")

        def is_all_sent() -> bool:
            return [row["state"] for row in log()] == ["sent"] * INCIDENTS

        assert wait_until(is_all_sent, LEASE.total_seconds() + 60, 0.5), log()
        received = Counter(one.headers["webhook-id"] for one in sink.came)
        effects = {one.headers["webhook-id"]: one.body["data"]["title"] for one in sink.came}
        assert set(received) == {row["id"] for row in log()}
        assert sorted(effects.values()) == sorted(f"Daily loss {number}" for number in range(INCIDENTS))
        # Those whose answers nobody was left to hear came again; no other did.
        assert sorted(received.values()) == [1] * (INCIDENTS - IN_FLIGHT) + [2] * IN_FLIGHT


def _webhook(sink: Sink) -> dict[str, Any]:
    return {"kind": "webhook", "name": "Desk", "settings": {"url": f"{sink.url}/in"}}


def _open_incidents(stack: Stack, tenant_id: str) -> None:
    subprocess.run(
        [sys.executable, "-c", _OPEN, tenant_id, str(INCIDENTS)], env=stack.environment, check=True
    )
