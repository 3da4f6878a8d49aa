"""Deploy, pause, resume, stop: what each decides, refuses and leaves behind."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet import operations
from metafleet.hub.fleet.errors import PlanLimitReached, SymbolTaken, WrongState
from metafleet.hub.fleet.models import EAInstance, InstanceState, Terminal
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

pytestmark = pytest.mark.usefixtures("catalogue")


def count(person: Person) -> int:
    with tenant_scope(person.tenant_id):
        return EAInstance.objects.count()


def act(verb: Any, person: Person, instance: Any, **wishes: Any) -> Any:
    with tenant_scope(person.tenant_id):
        return verb(
            instance_id=instance.id, tenant_id=person.tenant_id, actor=person.email, now=NOW, **wishes
        )


def test_a_deploy_is_wanted_due_and_on_record(alice: Person) -> None:
    instance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        row = EAInstance.objects.get(id=instance.id)
        assert (row.desired_state, row.state, row.generation) == ("running", "deploying", 0)
        assert row.reconcile_due_at == NOW
        assert row.inputs["fast_period"] > 0
        assert Terminal.objects.filter(instance=row).count() == 1
        assert AuditEntry.objects.filter(action="instance.deployed", subject_id=row.id).count() == 1


def test_two_eas_on_one_account_trade_different_symbols(alice: Person) -> None:
    account = connect(alice)
    deploy(alice, account, symbol="EURUSD")
    with pytest.raises(SymbolTaken, match="EURUSD on Demo already"):
        deploy(alice, account, slug="grid", symbol="EURUSD")
    assert count(alice) == 1


def test_the_plan_says_how_many_may_be_active(db: None) -> None:
    bronze = sign_up("bronze@example.com", plan="bronze")
    account = connect(bronze)
    first = deploy(bronze, account, symbol="EURUSD")
    with pytest.raises(PlanLimitReached, match=r"Bronze plan allows 1 active EAs, and you have 1. Stop one"):
        deploy(bronze, account, symbol="GBPUSD")
    act(operations.stop, bronze, first, close_positions=False)
    second = deploy(bronze, account, symbol="GBPUSD")
    act(operations.stop, bronze, second, close_positions=False)
    deploy(bronze, account, symbol="USDJPY")
    with pytest.raises(PlanLimitReached, match="allows 3 EA instances"):
        deploy(bronze, account, symbol="XAUUSD")
    with pytest.raises(PlanLimitReached, match="active"):
        act(operations.resume, bronze, first)


@pytest.mark.django_db(transaction=True)
def test_two_deploys_at_once_cannot_both_take_the_last_place() -> None:
    from metafleet.hub.catalogue.operations import publish_shipped_templates

    publish_shipped_templates(now=NOW)
    bronze = sign_up("race@example.com", plan="bronze")
    account = connect(bronze)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def race(symbol: str) -> None:
        start.wait()
        try:
            deploy(bronze, account, symbol=symbol)
            outcomes.append("deployed")
        except PlanLimitReached:
            outcomes.append("refused")
        finally:
            connection.close()

    racers = [threading.Thread(target=race, args=(symbol,)) for symbol in ("EURUSD", "GBPUSD")]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(outcomes) == ["deployed", "refused"]
    assert count(bronze) == 1


@pytest.mark.parametrize(
    ("inputs", "pointer", "says"),
    [
        ({"fast_period": -1}, "/inputs/fast_period", "2"),
        ({"fast_period": "12"}, "/inputs/fast_period", "whole number"),
        ({"fast_perod": 12}, "/inputs/fast_perod", "fast_period"),
        ({"risk_percent": float("nan")}, "/inputs/risk_percent", ""),
    ],
)
def test_inputs_outside_their_schema_are_refused_by_name(
    alice: Person, inputs: dict[str, Any], pointer: str, says: str
) -> None:
    account = connect(alice)
    with pytest.raises(Malformed) as refusal:
        deploy(alice, account, **inputs)
    assert refusal.value.faults[0].pointer == pointer
    assert says in refusal.value.detail
    assert count(alice) == 0


def test_an_unknown_symbol_is_refused_naming_the_field(alice: Person) -> None:
    account = connect(alice)
    template = alice.client.get("/api/templates/grid").json()
    form = {"templateId": template["id"], "accountId": str(account.id), "symbol": "DOGEUSD", "inputs": {}}
    answer = alice.client.post("/api/instances", json.dumps(form), content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == "/symbol"
    assert count(alice) == 0


def test_pausing_what_is_stopped_is_refused(alice: Person) -> None:
    instance = deploy(alice, connect(alice))
    act(operations.stop, alice, instance, close_positions=False)
    with pytest.raises(WrongState, match="is stopped, so there is nothing to pause"):
        act(operations.pause, alice, instance)


def test_resume_forgives_crashes_and_tries_at_once(alice: Person) -> None:
    instance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=instance.id).update(
            state=InstanceState.ERROR, crash_count=8, last_error="boom", reconcile_due_at=None
        )
    row = act(operations.resume, alice, instance)
    assert (row.crash_count, row.last_error, row.next_attempt_at) == (0, "", None)


def test_a_viewer_looks_and_never_acts(alice: Person, bob: Person) -> None:
    instance = deploy(alice, connect(alice))
    assert bob.client.get(f"/api/instances/{instance.id}").status_code == 200
    answer = bob.client.post(f"/api/instances/{instance.id}/pause", content_type="application/json")
    assert answer.status_code == 403
    assert "viewer" in answer.json()["detail"]
    with tenant_scope(alice.tenant_id):
        assert EAInstance.objects.get(id=instance.id).desired_state == "running"


def test_a_removed_account_takes_its_password_along(alice: Person) -> None:
    from metafleet.hub.vault.models import SealedField

    account = connect(alice)
    assert alice.client.delete(f"/api/accounts/{account.id}").status_code == 204
    with tenant_scope(alice.tenant_id):
        assert SealedField.objects.count() == 0
    assert alice.client.get(f"/api/accounts/{account.id}").status_code == 404


def test_an_account_in_use_is_not_removed(alice: Person) -> None:
    account = connect(alice)
    deploy(alice, account)
    answer = alice.client.delete(f"/api/accounts/{account.id}")
    assert answer.status_code == 409
    assert "Stop them" in answer.json()["detail"]
