"""The operator's list of EA instances: all customers, each filter, by the page."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.fleet.models import EAInstance, Run
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")
ADDRESS = "/api/operator/instances"


@pytest.fixture
def charlie(charlie: Person) -> Person:
    operators.set_role(email=charlie.email, role=PlatformRole.OPERATOR)
    return charlie


def run(instance: EAInstance, generation: int, host: str, driver: str = "docker") -> None:
    with tenant_scope(instance.tenant_id):
        EAInstance.objects.filter(id=instance.id).update(generation=generation)
        Run.objects.create(
            tenant_id=instance.tenant_id, instance=instance, generation=generation, state="running",
            intent="run", driver=driver, host=host, cpu_percent=4, memory_mb=80,
        )  # fmt: skip


def names(person: Person, question: str) -> set[str]:
    return {row["symbol"] for row in person.client.get(f"{ADDRESS}?{question}").json()["items"]}


def test_for_anybody_else_there_is_nothing(alice: Person) -> None:
    assert alice.client.get(ADDRESS).status_code == 404


def test_every_filter_finds_its_own(alice: Person, charlie: Person) -> None:
    account = connect(alice, login=7331)
    moved, failing = deploy(alice, account), deploy(alice, account, symbol="GBPUSD")
    deploy(charlie, connect(charlie, login=42), symbol="USDJPY")
    run(moved, 1, "old", driver="process")
    run(moved, 2, "new-1")
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=failing.id).update(
            state="error", last_error="The broker refused", lease_until=clock.now().replace(year=2025)
        )
    assert names(charlie, "") == {"EURUSD", "GBPUSD", "USDJPY"}
    for question, found in {
        "state=error": {"GBPUSD"},
        "host=new-1": {"EURUSD"},
        "host=old": set(),
        "driver=docker": {"EURUSD"},
        "driver=process": set(),
        f"tenant={charlie.tenant_id}": {"USDJPY"},
        "text=alice": {"EURUSD", "GBPUSD"},
        "text=NEW": {"EURUSD"},
        "text=7331": {"EURUSD", "GBPUSD"},
        "text=usdj": {"USDJPY"},
        "text=%25": set(),
        "waits=stuck": {"GBPUSD"},
        "waits=held": set(),
        "state=error&text=usdj": set(),
    }.items():
        assert names(charlie, question) == found, question
    (row,) = charlie.client.get(f"{ADDRESS}?state=error").json()["items"]
    assert (row["tenant"], row["login"], row["reason"], row["host"]) == (
        "alice@example.com", 7331, "The broker refused", "",
    )  # fmt: skip
    assert charlie.client.get(f"{ADDRESS}?state=flying").status_code == 400


def test_pages_do_not_cost_more_queries(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    for symbol in ("EURUSD", "GBPUSD", "USDJPY"):
        run(deploy(alice, account, symbol=symbol), 1, "here")

    def asked(size: int) -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as queries:
            page = charlie.client.get(f"{ADDRESS}?pageSize={size}").json()
        return len(queries), page

    asked(1)  # the first request notes where the session is
    (few, one), (many, all_of_them) = asked(1), asked(50)
    assert few == many
    assert (len(one["items"]), one["total"], len(all_of_them["items"])) == (1, 3, 3)
    assert all_of_them["items"][0]["host"] == "here"
    assert len(names(charlie, "page=2&pageSize=2")) == 1


def test_the_counts_of_the_overview_are_those_of_the_list(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    deploy(alice, account)
    deploy(alice, account, symbol="GBPUSD")
    overview = charlie.client.get("/api/operator/overview").json()
    assert overview["due"]["count"] == charlie.client.get(f"{ADDRESS}?waits=due").json()["total"] == 2
    listed = charlie.client.get(f"{ADDRESS}?state=deploying").json()["total"]
    assert overview["states"]["deploying"] == listed == 2
