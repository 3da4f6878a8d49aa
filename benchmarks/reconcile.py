"""A sweep over 10,000 EA instances that need nothing, and over as many of which 100 have just died.

500 tenants own them; each instance has five ended runs behind it. Two drivers: one that is asked with
a list and answers at once, as an engine does, and the process driver, which looks at a process for each.
Beside it the plain way, in the same run: every instance claimed and looked at by itself.
`BENCH_RECONCILE_INSTANCES`: how many; default 10000.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from benchmarks.gateway import _stage

INSTANCES: Final = int(os.environ.get("BENCH_RECONCILE_INSTANCES", "10000"))
TENANTS, ENDED_RUNS, DEAD, ROUNDS = 500, 5, 100, 5
AIM_S, AIM_QUERIES = 2.0, 30

_TENANTS = """
    INSERT INTO identity_tenant SELECT made.* FROM identity_tenant AS tenant, generate_series(1, %s) AS n,
        jsonb_populate_record(tenant,
            jsonb_build_object('id', gen_random_uuid(), 'name', 'Tenant ' || n)) AS made
"""
_INSTANCES = """
    WITH owner AS (
        SELECT id, row_number() OVER () - 1 AS number, count(*) OVER () AS many FROM identity_tenant)
    INSERT INTO fleet_eainstance SELECT made.* FROM fleet_eainstance AS instance, generate_series(1, %s) AS n
        JOIN owner ON owner.number = n %% owner.many,
        jsonb_populate_record(instance, jsonb_build_object('id', gen_random_uuid(), 'tenant_id', owner.id,
            'symbol', 'S' || n, 'magic', n, 'state', 'running', 'generation', %s,
            'reconcile_due_at', NULL, 'status_text', '')) AS made
"""
_TERMINALS = """
    INSERT INTO fleet_terminal SELECT made.* FROM fleet_terminal AS terminal, fleet_eainstance AS instance,
        jsonb_populate_record(terminal, jsonb_build_object('id', gen_random_uuid(),
            'tenant_id', instance.tenant_id, 'instance_id', instance.id)) AS made
    WHERE instance.id <> terminal.instance_id
"""
_RUNS = """
    INSERT INTO fleet_run (id, tenant_id, instance_id, generation, state, intent, driver, host, handle,
        limits, reported_status, reported_error, end_reason, created_at, updated_at, started_at,
        first_heartbeat_at, heartbeat_at, ended_at)
    SELECT gen_random_uuid(), tenant_id, id, n, CASE WHEN n = generation THEN 'running' ELSE 'ended' END,
        'run', 'process', 'here', %s::jsonb, '', 'running', '', '', now(), now(), now(), now(), now(),
        CASE WHEN n < generation THEN now() END
    FROM fleet_eainstance, generate_series(1, generation) AS n
"""


class Engine:
    """Answers a list at once; everything lives but the `dead`."""

    name = "engine"

    def __init__(self) -> None:
        self.dead: set[UUID] = set()

    def living(self, handles: Mapping[UUID, dict[str, Any]]) -> set[UUID]:
        return set(handles) - self.dead


def main() -> None:
    with _stage() as stage:
        _fill(stage)
        from metafleet.hub.fleet.drivers.process.driver import create
        from metafleet.hub.fleet.models import EAInstance
        from metafleet.hub.kernel.tenancy import operator_scope

        engine = Engine()
        print(f"{INSTANCES:,} instances of {TENANTS} tenants")
        idle = _say("a sweep, an engine's answer in one list", engine)
        _say("a sweep, the process driver", create())
        with operator_scope():
            engine.dead = set(EAInstance.objects.values_list("id", flat=True)[:DEAD])
            # Those whose account is their own tenant's can be looked at by themselves.
            own = EAInstance.objects.exclude(reconcile_due_at=None).values("tenant_id")
            rows = EAInstance.objects.filter(tenant_id__in=own, reconcile_due_at=None)
            ids = list(rows.values_list("tenant_id", "id"))
        _say(f"a sweep that finds {DEAD} dead", engine)
        plain = _plain(ids) * INSTANCES / len(ids)
        print(
            f"{'the plain way, each by itself (estimated)':<48}{plain:8.1f} s   {plain / idle:.0f} times ours"
        )


def _fill(stage: Any) -> None:
    from metafleet.hub.catalogue.operations import publish_shipped_templates
    from metafleet.hub.fleet.drivers.process.identity import record_of
    from tests.cast import NOW, connect, deploy, sign_up

    publish_shipped_templates(now=NOW)
    person = sign_up("bench@example.com")
    deploy(person, connect(person))
    stage.run(_TENANTS, TENANTS - 1)
    stage.run(_INSTANCES, INSTANCES, ENDED_RUNS + 1)
    stage.run(_TERMINALS)
    stage.run(_RUNS, json.dumps(record_of(os.getpid())))
    stage.run("VACUUM ANALYZE")


def _say(what: str, runtime: Any) -> float:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from metafleet.hub.fleet import tasks
    from metafleet.hub.kernel import nudges

    vars(tasks)["driver"] = lambda _: runtime
    vars(nudges)["enqueue_on_commit"] = lambda *_, **__: None
    with CaptureQueriesContext(connection) as queries:
        tasks.sweep()
    taken = [_timed(tasks.sweep) for _ in range(ROUNDS)]
    worst, middle = max(taken), statistics.median(taken)
    print(
        f"{what:<48}{middle:8.3f} s   worst {worst:.3f} s (aim {AIM_S:g})   "
        f"{len(queries)} queries (aim {AIM_QUERIES})"
    )
    return middle


def _plain(ids: list[tuple[UUID, UUID]]) -> float:
    from metafleet.hub.fleet import reconcile

    def each() -> None:
        for tenant_id, instance_id in ids:
            reconcile.reconcile(tenant_id=tenant_id, instance_id=instance_id)

    return _timed(each)


def _timed(work: Callable[[], object]) -> float:
    """Return seconds of the wall: the database's work counts too."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
