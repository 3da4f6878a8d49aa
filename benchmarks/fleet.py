"""Hundreds of EAs of one installation: from the orders until all run, through the whole product.

Real web, gateway, worker, PostgreSQL, Redis and paper broker, and the process driver. The tenants'
accounts exist; then every EA is ordered at once, as after an outage. `benchmarks.swarm_of_runners` is
the same without the hub. Memory is of the runners alone, the proportional set size and what is unique.

`python -m benchmarks.fleet [number of EAs]`
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psutil

from metafleet.cli.installation import join
from metafleet.cli.settings import read_settings
from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import SERVER_NAME
from tests.flows.stack import Stack

SYMBOLS: Final = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")
OF_TENANT, OF_ACCOUNT = 10, len(SYMBOLS)
"""What the largest plan lets run, on accounts with one EA for each symbol."""
DEPOSIT: Final = Decimal(10_000)
AIM_S, AIM_MB = 30.0, 10.0
PATIENCE_S, REST_S = 300.0, 20.0


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name:
        environment = {"METAFLEET_DEMO": "false", "METAFLEET_FLEET_DRIVER": "process"}
        with Stack(Path(name) / "data", environment) as stack:
            stack.start()
            os.environ.update(stack.environment)
            join(read_settings(stack.environment, Path.cwd()), stack.environment)
            import_module("metafleet.hub.config.celery")
            places = [place for number in range(-(-count // OF_TENANT)) for place in _tenant(stack, number)]
            _measure(stack, places[:count])


def _tenant(stack: Stack, number: int) -> list[tuple[UUID, UUID, str]]:
    """Return (tenant, account, symbol) for each EA of a new tenant."""
    from metafleet.hub.billing import operations as billing
    from metafleet.hub.billing.plans import PlanCode
    from metafleet.hub.fleet.accounts import AccountFacts, connect_account
    from metafleet.hub.fleet.models import Platform
    from metafleet.hub.identity import operations as identity
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.secrets import Secret
    from metafleet.hub.kernel.tenancy import tenant_scope

    password = Secret(secrets.token_urlsafe(16))
    owner = identity.sign_up(
        email=f"t{number}@example.com", password=password, tenant_name=f"Tenant {number}"
    )
    tenant_id = owner.tenant_id
    found = []
    with tenant_scope(tenant_id):
        billing.start_plan(tenant_id=tenant_id, plan=PlanCode.PLATINUM)
        for first in range(0, OF_TENANT, OF_ACCOUNT):
            login = _login(stack, password.reveal())
            facts = AccountFacts(
                login=login, server=SERVER_NAME, currency="USD", leverage=100, margin_mode="hedging",
                balance=DEPOSIT, equity=DEPOSIT, margin=Decimal(0), free_margin=DEPOSIT,
            )  # fmt: skip
            account = connect_account(
                tenant_id=tenant_id, actor="bench", label=f"Account {login}", platform=Platform.PAPER,
                facts=facts, password=password, now=clock.now(),
            )  # fmt: skip
            found += [(tenant_id, account.id, symbol) for symbol in SYMBOLS[: OF_TENANT - first]]
    return found


def _login(stack: Stack, password: str) -> int:
    key = (stack.folder.keys / "broker_admin.key").read_text().strip()
    with BrokerClient("127.0.0.1", stack.broker_port) as broker:
        return broker.open_account(key, name="Bench", password=password, deposit=DEPOSIT).login


def _measure(stack: Stack, places: list[tuple[UUID, UUID, str]]) -> None:
    began = time.perf_counter()
    _order(places)
    ordered_s = time.perf_counter() - began
    while (running := _states().get("running", 0)) < len(places):
        if time.perf_counter() - began > PATIENCE_S:
            raise SystemExit(f"only {running} of {len(places)} run after {PATIENCE_S:.0f} s: {_states()}")
        time.sleep(0.25)
    print(f"{len(places)} EAs ordered{'':31} {ordered_s:7.2f} s")
    print(f"{len(places)} EAs running{'':31} {time.perf_counter() - began:7.2f} s   (aim {AIM_S:g} for 500)")
    _print_way()
    time.sleep(REST_S)
    memory = [psutil.Process(pid).memory_full_info() for pid in stack.runner_pids()]
    print(f"memory of a runner, PSS{'':24} {sum(one.pss for one in memory) / len(memory) / 1e6:7.2f} MB")
    unique_mb = sum(one.uss for one in memory) / len(memory) / 1e6
    print(f"memory of a runner, unique{'':21} {unique_mb:7.2f} MB  (aim {AIM_MB:g})")
    _print_load(stack)
    if (states := _states()) != {"running": len(places)}:
        raise SystemExit(f"after {REST_S:.0f} s they do not all run any more: {states}")


def _order(places: list[tuple[UUID, UUID, str]]) -> None:
    from metafleet.hub.catalogue.models import EATemplate
    from metafleet.hub.fleet import operations
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import tenant_scope

    template = EATemplate.objects.get(slug="trend-following")
    version = template.versions.latest("created_at")
    for tenant_id, account_id, symbol in places:
        order = operations.Order(template, version, account_id, symbol, "", {})
        with tenant_scope(tenant_id):
            operations.deploy(tenant_id=tenant_id, actor="bench", order=order, now=clock.now())


def _states() -> dict[str, int]:
    from django.db.models import Count

    from metafleet.hub.fleet.models import EAInstance

    found = EAInstance.objects.using("owner").order_by().values_list("state").annotate(Count("id"))
    return dict(found)


def _print_way() -> None:
    """When how many of them had come how far, from the first order."""
    from metafleet.hub.fleet.models import EAInstance

    steps = (
        "created_at",
        "runs__created_at",
        "runs__started_at",
        "runs__first_heartbeat_at",
        "runs__receipt__created_at",
    )
    rows = list(EAInstance.objects.using("owner").values_list(*steps))
    first = min(row[0] for row in rows)
    for name, times in zip(steps, zip(*rows, strict=True), strict=True):
        took = sorted((at - first).total_seconds() for at in times if at)
        half, last = took[len(took) // 2], took[-1]
        print(f"  {name:<30} first {took[0]:7.2f} s   half {half:7.2f} s   last {last:7.2f} s")


def _print_load(stack: Stack) -> None:
    """What each program takes of a core while all run."""
    programs: dict[str, list[Any]] = {
        name: [psutil.Process(stack.pid(name))] for name in ("web", "gateway", "worker", "broker", "redis")
    }
    programs["postgres"] = psutil.Process(stack.pid("postgres")).children() or []
    programs["all EAs"] = [psutil.Process(pid) for pid in stack.runner_pids()]
    before = {name: _cpu_s(found) for name, found in programs.items()}
    began = time.perf_counter()
    time.sleep(REST_S)
    took = time.perf_counter() - began
    for name, found in programs.items():
        print(f"  {name:<44} {100 * (_cpu_s(found) - before[name]) / took:7.1f} % of a core")


def _cpu_s(found: list[psutil.Process]) -> float:
    times = [process.cpu_times() for process in found if process.is_running()]
    return float(sum(one.user + one.system for one in times))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
