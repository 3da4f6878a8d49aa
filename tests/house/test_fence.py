"""The tenant fence: in the database for every private table, and at every address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from metafleet.hub.advisor.models import Explanation, Recommendation
from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.models import Agent, Command, EAInstance, KillSwitch, TradingAccount
from metafleet.hub.identity import members, support
from metafleet.hub.identity.models import ApiKey, Membership, Role, Tenant, User
from metafleet.hub.journal.models import (
    FailedItem,
    Import,
    SavedFilter,
    ShareLink,
    Trade,
    TradeScreenshot,
)
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor.models import (
    BoardView,
    Channel,
    Delivery,
    Incident,
    MaintenanceWindow,
    Programme,
    Rule,
    StatusPage,
)
from metafleet.hub.signals import registry
from metafleet.hub.signals.tests.made import file_of, keep_signal
from metafleet.hub.tester.models import Backtest, Optimisation
from metafleet.hub.vault.models import SealedField
from tests.cast import NOW, Person, connect, deploy

ID_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w*_id)>")
PUBLIC = {
    *("User", "Tenant", "EATemplate", "EAVersion"),
    # The operator's own.
    *("BillingEvent", "Host", "ScalingGroup", "ScalingDecision", "Rollout", "RolloutDecision"),
    "EventCursor",
    *("JudgeLease", "BackupStanding", "ObjectiveCount", "MarketFile"),
    # The installation's: its market, and the models that it serves.
    *("MarketDay", "MarketView", "MarketEvent", "MarketHour", "MarketSentiment"),
    *("Model", "ModelVersion", "ModelHealth", "Retraining"),
    *("TestedSet", "EvidenceStanding"),
}
STRANGERS_FILTERS = (
    "/api/trades",
    "/api/trades/export.csv",
    "/api/journal/days",
    "/api/journal/statistics",
    "/api/journal/breakdown?by=account",
    "/api/journal/calendar",
    "/api/journal/curve",
    "/api/journal/cash-flows",
    "/api/journal/compare?by=symbol&keys=EURUSD",
    "/api/journal/export?format=json",
    "/api/journal/export?kind=deals",
)
BODIES: dict[str, dict[str, Any]] = {
    "deploy": {"accountId": "00000000-0000-0000-0000-000000000000"},
    "stop": {"closePositions": True},
    "configure": {"inputs": {}},
    "rename_account": {"label": "mine now"},
    "terminals": {"label": "mine now"},
    "commands": {"type": "PING", "payload": {}},
    "change_filter": {"name": "mine now"},
    "caption_screenshot": {"caption": "mine now"},
    "plan": {"plan": "platinum"},
    "grant": {"hours": 1},
    "change_profile": {"holder": "mine now"},
    "refuse": {"reason": "mine now"},
    "withdraw": {"reason": "mine now"},
    "switch": {"isEnabled": False},
    "accounts": {"accountIds": [str(UUID(int=7))], "phase": "F1"},
    "take-out": {"accountIds": [str(UUID(int=7))]},
    "snooze": {"until": "2199-01-01T00:00:00Z"},
}


TERMS = {"firm": "F", "name": "mine now", "timezone": "UTC", "phases": [{"name": "F1"}]}


def private_models() -> list[type[Model]]:
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("metafleet.") and hasattr(model, "tenant_id")
    ]


def every_pattern(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from every_pattern(entry, path)
        else:
            yield path, entry


@pytest.mark.django_db
@pytest.mark.parametrize("model", [*private_models(), Tenant], ids=lambda model: model.__name__)
def test_every_private_table_has_the_fence(model: type[Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relrowsecurity, pg_get_userbyid(relowner) <> current_user "
            "FROM pg_class WHERE relname = %s",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == (True, True)
        cursor.execute(
            "SELECT policyname, cmd, qual FROM pg_policies WHERE tablename = %s ORDER BY policyname DESC",
            [model._meta.db_table],
        )
        (name, command, _), *others = cursor.fetchall()
        assert (name, command) == ("tenant_fence", "ALL")
        others = [other for other in others if other[0] != "key_limit"]
        assert others in ([], [("operator_look", "SELECT", "app_is_operator()")])


@pytest.mark.django_db
@pytest.mark.parametrize("model", [*private_models(), Tenant], ids=lambda model: model.__name__)
def test_a_limited_key_has_no_table_that_does_not_say_how_it_is_limited(model: type[Model]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('metafleet_limited', %s, 'SELECT, INSERT, UPDATE, DELETE'), "
            "EXISTS (SELECT FROM pg_policies WHERE tablename = %s AND policyname = 'key_limit' "
            "AND permissive = 'RESTRICTIVE' AND roles = '{metafleet_limited}')",
            [model._meta.db_table] * 2,
        )
        (is_open, is_limited) = cursor.fetchone()
        assert is_limited or not is_open


@pytest.mark.django_db
def test_the_application_role_has_no_way_around_the_fence() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("metafleet_app", False, False, False)


def test_every_model_of_ours_is_private_or_on_the_short_list_of_public_ones() -> None:
    ours = {m.__name__ for m in apps.get_models() if m.__module__.startswith("metafleet.")}
    private = {model.__name__ for model in private_models()}
    assert ours - private == PUBLIC


def test_a_query_without_a_tenant_fails_loudly(alice: Person) -> None:
    with pytest.raises((DataError, ProgrammingError)), transaction.atomic():
        TradingAccount.objects.exists()


def test_a_stranger_finds_changes_and_adds_nothing(alice: Person, charlie: Person) -> None:
    account = connect(alice)
    with tenant_scope(charlie.tenant_id):
        assert TradingAccount.objects.count() == 0
        assert TradingAccount.objects.filter(id=account.id).update(label="mine") == 0
        assert not Membership.objects.filter(tenant_id=alice.tenant_id).exists()
        assert not Tenant.objects.filter(id=alice.tenant_id).exists()
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            TradingAccount.objects.create(
                tenant_id=alice.tenant_id, label="x", platform="paper", login=1, server="s", currency="USD"
            )
    with tenant_scope(alice.tenant_id):
        assert TradingAccount.objects.get(id=account.id).label == "Demo"


def test_an_operator_looks_at_machines_and_changes_nothing(alice: Person) -> None:
    account = connect(alice)
    with operator_scope():
        assert TradingAccount.objects.get().id == account.id
        assert TradingAccount.objects.update(label="mine") == 0
        assert not Trade.objects.exists()
        assert not SealedField.objects.exists()
    with tenant_scope(alice.tenant_id):
        assert TradingAccount.objects.get().label == "Demo"
        assert SealedField.objects.exists()


def test_the_record_of_deeds_cannot_be_changed(alice: Person) -> None:
    connect(alice)
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.count() == 1
        for attempt in (
            lambda: AuditEntry.objects.update(actor="x"),
            lambda: AuditEntry.objects.all().delete(),
        ):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                attempt()


def test_charlie_gets_404_at_every_address_that_takes_an_id(
    alice: Person, charlie: Person, catalogue: None
) -> None:
    account = connect(alice)
    instance = deploy(alice, account)
    ids = {"account_id": account.id, "instance_id": instance.id, "tenant_id": alice.tenant_id}
    ids |= terminal_things(instance) | journal_things(alice, account) | people_things(alice)
    ids |= channel_things(alice) | alert_things(alice) | {"signal_id": told(instance)}
    # The operator's: there is nothing there for anybody else, whatever the id.
    ids |= dict.fromkeys(("host_id", "group_id", "rollout_id", "version_id", "model_id"), UUID(int=7))
    walked = []
    for path, pattern in every_pattern(get_resolver()):
        if not ID_PARAMETER.search(path):
            continue
        address = "/" + ID_PARAMETER.sub(lambda found: str(ids[found["name"]]), path)
        for method in methods_of(pattern):
            body = json.dumps(BODIES.get(pattern.callback.__name__, BODIES.get(address.rsplit("/")[-1], {})))
            if "/rollouts/" in address:
                body = json.dumps({"reason": "mine now"})
            if method == "PATCH":
                body = json.dumps(BODIES[patched(address)])
            if method == "PUT":
                body = json.dumps(put(address) or json.loads(body))
            if takes_a_file(pattern, method):
                file = SimpleUploadedFile("picture.png", b"\x89PNG\r\n\x1a\n")
                answer = charlie.client.post(address, {"file": file, "timezone": "UTC"})
            else:
                answer = charlie.client.generic(method, address, body, content_type="application/json")
            assert answer.status_code == 404, f"{method} {address} gave {answer.status_code}"
            walked.append((method, address))
    assert len(walked) >= 50
    with tenant_scope(alice.tenant_id):
        untouched = EAInstance.objects.get(id=instance.id)
        assert (untouched.desired_state, untouched.deleted_at) == ("running", None)
        assert TradingAccount.objects.get(id=account.id).label == "Demo"


def told(instance: EAInstance) -> UUID:
    """Make a signal of a terminal; return its id."""
    version = registry.register(content=file_of(), actor="oscar@example.com", now=NOW)
    with tenant_scope(instance.tenant_id):
        return keep_signal(instance.terminal, version)


def people_things(person: Person) -> dict[str, UUID]:
    """Make what hangs on the people of a tenant; return its ids by their names in addresses."""
    with tenant_scope(person.tenant_id):
        maker = User.objects.get(email=person.email)
        key = ApiKey.objects.create(
            tenant_id=person.tenant_id,
            user=maker,
            name="Bot",
            prefix="0",
            secret_hash=b"1",
            scopes=["read"],
        )
        invitation, _ = members.invite(
            tenant_id=person.tenant_id, email="i@example.com", role=Role.VIEWER, invited_by="x", now=NOW
        )
        asked = support.ask(tenant_id=person.tenant_id, operator=maker, reason="Drill", now=NOW)
    return {
        "key_id": key.id,
        "user_id": maker.id,
        "invitation_id": invitation.id,
        "support_id": asked.id,
    }


def channel_things(person: Person) -> dict[str, UUID]:
    """Make a channel, its log and a status page; return their ids by their names in addresses."""
    with tenant_scope(person.tenant_id):
        channel = Channel.objects.create(
            tenant_id=person.tenant_id, kind="slack", name="Desk", created_by=person.email
        )
        told = Delivery.objects.create(
            tenant_id=person.tenant_id, channel=channel, message={}, state="failed"
        )
        page = StatusPage.objects.create(
            tenant_id=person.tenant_id, title="Fleet", key_hash=b"1", created_by=person.email
        )
    return {"channel_id": channel.id, "delivery_id": told.id, "page_id": page.id, "status_key": page.id}


def alert_things(person: Person) -> dict[str, UUID]:
    """Make an incident, a rule, a maintenance window and a programme; return their ids by their names."""
    with tenant_scope(person.tenant_id):
        incident = Incident.objects.create(
            tenant_id=person.tenant_id, key="x", kind="loss", subject="account", subject_label="Demo",
            severity="warning", title="Loss", opened_at=NOW, last_seen_at=NOW,
        )  # fmt: skip
        rule = Rule.objects.create(tenant_id=person.tenant_id, kind="loss", name="Loss", created_by="x")
        window = MaintenanceWindow.objects.create(
            tenant_id=person.tenant_id, scope="tenant", starts_at=NOW, ends_at=NOW, created_by="x"
        )
        programme = Programme.objects.create(
            tenant_id=person.tenant_id, firm="F", name="N", document={"phases": []}
        )
    return {
        "incident_id": incident.id,
        "rule_id": rule.id,
        "window_id": window.id,
        "programme_id": programme.id,
    }


def terminal_things(instance: EAInstance) -> dict[str, UUID]:
    """Make what hangs on a terminal; return its ids by their names in addresses."""
    with tenant_scope(instance.tenant_id):
        command = Command.objects.create(
            tenant_id=instance.tenant_id,
            terminal=instance.terminal,
            type="PING",
            due_at=NOW,
            state="dead",
            finished_at=NOW,
        )
        item = FailedItem.objects.create(
            tenant_id=instance.tenant_id,
            account_id=instance.account_id,
            terminal_id=instance.terminal.id,
            kind="trade",
            digest=b"1",
            item="{}",
            reason="It has no ticket.",
        )
        used = {"at": NOW.isoformat(), "eas": 0, "accounts": [], "symbols": []}
        switch = KillSwitch.objects.create(tenant_id=instance.tenant_id, reason="Drill", preview=used)
        machine = Agent.objects.create(tenant_id=instance.tenant_id, label="vps-1")
    ids = {"terminal_id": instance.terminal.id, "command_id": command.id, "item_id": item.id}
    ids["machine_id"] = machine.id
    return ids | {"switch_id": switch.id}


def journal_things(person: Person, account: Any) -> dict[str, UUID]:
    """Make what belongs to a trade and its account; return its ids by their names in addresses."""
    owner = {"tenant_id": person.tenant_id, "account": account}
    money = dict.fromkeys(("volume", "closed_volume", "profit", "commission", "swap", "fee", "net_profit"), 1)
    with tenant_scope(person.tenant_id):
        trade = Trade.objects.create(
            **owner, **money, position_id=1, symbol="EURUSD", side="buy", state="closed",
            entered_at=NOW, exited_at=NOW,
        )  # fmt: skip
        picture = TradeScreenshot.objects.create(**owner, position_id=1, media_type="image/png", image=b"1")
        link = ShareLink.objects.create(**owner, key_hash=b"1", created_by=person.email)
        owned = User.objects.get(email=person.email)
        view = SavedFilter.objects.create(tenant_id=person.tenant_id, user=owned, name="mine")
        kept = BoardView.objects.create(tenant_id=person.tenant_id, user=owned, name="mine")
        version = EAVersion.objects.filter(template__slug="grid").get()
        test = {"version": version, "symbol": "EURUSD", "timeframe": "M15", "setup": {}, "data": {}}
        tested = Backtest.objects.create(tenant_id=person.tenant_id, **test)
        searched = Optimisation.objects.create(tenant_id=person.tenant_id, search={"ranges": []}, **test)
        loaded = Import.objects.create(**owner, file_name="a.htm", digest=b"1", requested_by=person.email)
    return {
        "trade_id": trade.id,
        "screenshot_id": picture.id,
        "share_id": link.id,
        "filter_id": view.id,
        "view_id": kept.id,
        "import_id": loaded.id,
        "backtest_id": tested.id,
        "recommendation_id": recommended(person, version).id,
        "optimisation_id": searched.id,
    }


def recommended(person: Person, version: EAVersion) -> Recommendation:
    """Make something that was recommended."""
    with tenant_scope(person.tenant_id):
        row = Recommendation.objects.create(
            tenant_id=person.tenant_id,
            version=version,
            symbol="EURUSD",
            timeframe="M15",
            inputs={},
            verdict="thin",
            evidence={},
            fingerprint="1",
            given_at=NOW,
        )
        Explanation.objects.create(tenant_id=person.tenant_id, recommendation=row, text="Why.")
    return row


def put(address: str) -> dict[str, Any] | None:
    """Return what an address takes by PUT, None where the others' rule says."""
    bodies: dict[str, dict[str, Any]] = {
        "/people/": {"role": "viewer"},
        "/weekly-report": {"isOn": True},
        "/channels/": {"name": "mine now"},
        "/rules/": {"name": "mine now"},
        "/programmes/": {"terms": TERMS},
        "filters": BODIES["change_filter"],
    }
    return next((body for part, body in bodies.items() if part in address), None)


def patched(address: str) -> str:
    """Whose body an address takes by PATCH."""
    noun = next((noun for noun in ("instances", "screenshots", "profile") if noun in address), "")
    bodies = {"instances": "configure", "screenshots": "caption_screenshot", "profile": "change_profile"}
    return bodies.get(noun, "rename_account")


def takes_a_file(pattern: URLPattern, method: str) -> bool:
    wanted = operations_of(pattern)[method.lower()].get("requestBody", {})
    return "multipart/form-data" in wanted.get("content", {})


def methods_of(pattern: URLPattern) -> list[str]:
    """The methods that ninja serves at this address."""
    return [method.upper() for method in operations_of(pattern)]


def operations_of(pattern: URLPattern) -> dict[str, Any]:
    wanted = "/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
    operations: dict[str, Any] = api_document()["paths"][wanted]
    return operations


@cache
def api_document() -> dict[str, Any]:
    """The API's document, which takes a second to make."""
    from metafleet.hub.console.api.root import api

    return api.get_openapi_schema(path_prefix="/api/")


@pytest.mark.parametrize("address", STRANGERS_FILTERS)
def test_a_strangers_id_in_a_filter_finds_nothing(alice: Person, charlie: Person, address: str) -> None:
    account: Any = connect(alice)
    answer = charlie.client.get(f"{address}{'&' if '?' in address else '?'}account={account.id}")
    assert answer.status_code == 200
    content = b"".join(answer) if answer.streaming else answer.content
    assert str(account.id).encode() not in content
    assert b"Demo" not in content


def test_somebody_elses_account_cannot_be_deployed_on(
    alice: Person, charlie: Person, catalogue: None
) -> None:
    account = connect(alice)
    template = charlie.client.get("/api/templates/trend-following").json()
    form = {"templateId": template["id"], "accountId": str(account.id), "symbol": "EURUSD", "inputs": {}}
    for address in ("/api/instances", "/api/instances/review"):
        answer = charlie.client.post(address, json.dumps(form), content_type="application/json")
        if address.endswith("review"):
            assert answer.json()["problems"][0]["detail"] == "There is no such trading account here."
        else:
            assert answer.status_code == 404


def test_ids_that_are_none_are_404(alice: Person) -> None:
    assert alice.client.get(f"/api/instances/{UUID(int=0)}").status_code == 404
    assert alice.client.get("/api/instances/not-an-id").status_code == 404
