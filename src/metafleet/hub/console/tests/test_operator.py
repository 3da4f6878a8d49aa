"""The operator's addresses: nothing there for others, the whole installation for an operator."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import post, send
from metafleet.hub.fleet.models import EAInstance, Host, Run, ScalingGroup
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from metafleet.hub.monitor.models import BackupStanding
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
LOOKS = ("overview", "hosts", "scaling", "costs", "tasks")
GROUP = {"name": "farm", "perHost": 10, "buffer": 1, "minimum": 1, "maximum": 5}


@pytest.fixture
def charlie(charlie: Person) -> Person:
    """Charlie operates the installation, and is a stranger to Alice still."""
    operators.set_role(email=charlie.email, role=PlatformRole.OPERATOR)
    return charlie


def make_host(name: str = "here", **facts: Any) -> Host:
    facts = {"driver": "docker", "cpu": 2, "memory_mb": 8000, "usd_per_hour": Decimal("0.25")} | facts
    return Host.objects.create(name=name, seen_at=clock.now(), **facts)


def test_for_anybody_else_there_is_nothing(alice: Person) -> None:
    host = make_host()
    for look in LOOKS:
        assert alice.client.get(f"/api/operator/{look}").status_code == 404
    assert post(alice.client, f"/api/operator/hosts/{host.id}/drain", {}).status_code == 404
    assert post(alice.client, "/api/operator/scaling/groups", GROUP).status_code == 404
    assert Host.objects.get().state == "active"
    assert not ScalingGroup.objects.exists()
    assert alice.client.get("/api/me").json()["isOperator"] is False


def test_who_operates_is_told_so_and_can_be_told_no_longer(charlie: Person) -> None:
    assert charlie.client.get("/api/me").json()["isOperator"] is True
    assert operators.roles() == [(charlie.email, PlatformRole.OPERATOR)]
    operators.set_role(email=charlie.email.upper(), role=None)
    assert charlie.client.get("/api/operator/overview").status_code == 404


def test_the_overview_counts_all_tenants_and_says_why_a_start_failed(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    failing, waiting = deploy(alice, account), deploy(alice, account, symbol="GBPUSD")
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=failing.id).update(
            state="error", last_error="The broker refused the login", crash_count=3, reconcile_due_at=None
        )
    make_host()
    seen = charlie.client.get("/api/operator/overview").json()
    assert seen["states"] == {
        "deploying": 1, "running": 0, "paused": 0, "stopping": 0, "stopped": 0, "error": 1,
    }  # fmt: skip
    assert (seen["due"]["count"], seen["stuck"], seen["held"]) == (1, 0, {"count": 0, "oldestS": None})
    assert seen["due"]["oldestS"] > 3600  # the cast deploys at an instant of its own
    (start,) = seen["failed"]
    assert (start["tenant"], start["reason"], start["crashCount"]) == (
        "alice@example.com", "The broker refused the login", 3,
    )  # fmt: skip
    assert start["instanceId"] == str(failing.id) != str(waiting.id)
    assert (seen["hosts"]["active"], seen["usdPerDay"], seen["usdPerAccountDay"]) == (1, 6.0, 6.0)


def test_a_lease_that_ran_out_is_stuck_and_a_living_one_is_held(alice: Person, charlie: Person) -> None:
    account, now = connect(alice), clock.now()
    dead, living = deploy(alice, account), deploy(alice, account, symbol="GBPUSD")
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=dead.id).update(lease_until=now.replace(year=2025))
        EAInstance.objects.filter(id=living.id).update(lease_until=now.replace(year=now.year + 1))
    seen = charlie.client.get("/api/operator/overview").json()
    assert (seen["stuck"], seen["held"]["count"]) == (1, 1)


def test_hosts_say_what_they_carry(alice: Person, charlie: Person) -> None:
    instance = deploy(alice, connect(alice))
    make_host(cpu_percent=12.5)
    make_host("old", state="gone")
    with tenant_scope(alice.tenant_id):
        Run.objects.create(
            tenant_id=alice.tenant_id, instance=instance, generation=1, state="running", intent="run",
            driver="docker", host="here", cpu_percent=4, memory_mb=80,
        )  # fmt: skip
    found = charlie.client.get("/api/operator/hosts").json()
    (host,) = found["hosts"]
    assert (host["name"], host["eas"], host["cpuPercent"]) == ("here", 1, 12.5)
    assert found["typical"] == {"cpu": 0.05, "memoryMb": 100.0}
    assert host["room"] == 33  # 2 cores, 85 % of them, less the one that lives
    assert len(charlie.client.get("/api/operator/hosts?gone=true").json()["hosts"]) == 2


def test_draining_and_taking_back_stand_in_the_operators_record(charlie: Person) -> None:
    host = make_host()
    drained = post(charlie.client, f"/api/operator/hosts/{host.id}/drain", {"reason": "New disk"}).json()
    assert (drained["state"], drained["stateReason"], drained["room"]) == ("draining", "New disk", 0)
    answer = post(charlie.client, f"/api/operator/hosts/{host.id}/evacuate", {})
    assert answer.json() == {"moved": 0, "waiting": [], "homeless": 0}
    assert post(charlie.client, f"/api/operator/hosts/{host.id}/activate", {}).json()["state"] == "active"
    with tenant_scope(PLATFORM):
        deeds = AuditEntry.objects.order_by("at").values_list("action", flat=True)
        assert [*deeds] == ["host.drained", "host.evacuated", "host.activated"]


def test_what_cannot_be_done_to_a_host_is_said(charlie: Person) -> None:
    host = make_host()
    for verb in ("activate", "evacuate"):
        answer = post(charlie.client, f"/api/operator/hosts/{host.id}/{verb}", {})
        assert answer.status_code == 409
        assert "here is active" in answer.json()["detail"]
    assert post(charlie.client, f"/api/operator/hosts/{UUID(int=5)}/drain", {}).status_code == 404
    assert charlie.client.delete(f"/api/operator/hosts/{host.id}").status_code == 409


def test_a_group_is_made_changed_and_removed(charlie: Person) -> None:
    made = post(charlie.client, "/api/operator/scaling/groups", GROUP)
    assert made.status_code == 201
    assert (made.json()["wanted"], made.json()["provider"]) == (1, "simulated")
    address = f"/api/operator/scaling/groups/{made.json()['id']}"
    changed = send(charlie.client, "PUT", address, {"perHost": 10, "buffer": 3, "minimum": 0, "maximum": 5})
    assert (changed.json()["wanted"], changed.json()["buffer"]) == (3, 3)
    refused = send(charlie.client, "PUT", address, {"minimum": 9, "maximum": 5})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/minimum")
    assert post(charlie.client, "/api/operator/scaling/groups", GROUP).status_code == 409
    seen = charlie.client.get("/api/operator/scaling").json()
    assert [group["name"] for group in seen["groups"]] == ["farm"]
    assert charlie.client.delete(address).status_code == 204
    assert charlie.client.get("/api/operator/scaling").json()["groups"] == []


def test_an_aws_group_needs_its_name_and_region(charlie: Person) -> None:
    answer = post(charlie.client, "/api/operator/scaling/groups", GROUP | {"provider": "aws"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/settings")
    assert "'asg'" in answer.json()["detail"]


def test_costs_name_the_tenants_and_nothing_of_their_trades(alice: Person, charlie: Person) -> None:
    deploy(alice, connect(alice))
    make_host()
    bill = charlie.client.get("/api/operator/costs").json()
    assert (bill["usdPerDay"], bill["accounts"], bill["usdPerAccountDay"]) == (6.0, 1, 6.0)
    (tenant,) = bill["tenants"]
    assert (tenant["tenant"], tenant["plan"], tenant["pricePerAccountDay"]) == (
        "alice@example.com", "gold", 2.5955,
    )  # fmt: skip


def test_the_overview_says_how_the_backups_stand(charlie: Person) -> None:
    def told() -> Any:
        return charlie.client.get("/api/operator/overview").json()["backups"]

    assert told() is None
    now = clock.now()
    row = BackupStanding.objects.create(
        slot="test", place="/backups", newest="20261129T031700Z", newest_at=now, kept=2, bytes=3, seen_at=now
    )
    assert (told()["place"], told()["kept"], told()["isTooOld"]) == ("/backups", 2, True)
    BackupStanding.objects.filter(id=row.id).update(verified_of=now - timedelta(hours=47))
    assert told()["isTooOld"] is False
    BackupStanding.objects.filter(id=row.id).update(verified_of=now - timedelta(hours=49))
    assert told()["isTooOld"] is True
