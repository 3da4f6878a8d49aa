"""API keys: what they open, what they never do, and that limited ones see their own only."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.billing.plans import PLANS, PlanCode
from metafleet.hub.console.openapi import document
from metafleet.hub.console.tests.forms import post
from metafleet.hub.fleet.models import EAInstance, TradingAccount
from metafleet.hub.identity.models import ApiKey, ApiKeyDay, Membership, Role, User
from metafleet.hub.journal.models import Import
from metafleet.hub.journal.tests.deals import record, round_trip
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, join

ID = re.compile(r"{(\w+)}")


def made(owner: Person, *scopes: str, **wishes: Any) -> dict[str, Any]:
    """Make a key; return it with its secret."""
    answer = post(owner.client, "/api/keys", {"name": "Bot", "scopes": scopes or ["read"], **wishes})
    assert answer.status_code == 201, answer.json()
    told: dict[str, Any] = answer.json()
    return {**told["key"], "secret": told["secret"]}


def by(key: dict[str, Any] | str) -> Client:
    """A program that sends the key, and checks nothing of CSRF."""
    secret = key if isinstance(key, str) else key["secret"]
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})


def test_a_key_opens_what_its_scopes_say(alice: Person) -> None:
    account = connect(alice)
    reader, trader = by(made(alice, "read")), by(made(alice, "read", "trade"))
    assert reader.get("/api/accounts").json()[0]["label"] == "Demo"
    assert reader.get("/api/me").json()["rights"] == ["read"]
    answer = post(reader, f"/api/accounts/{account.id}/commands", {"type": "PING"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This API key lacks the scope trade. Make one that has it."
    assert post(trader, f"/api/accounts/{account.id}/commands", {"type": "PING"}).status_code != 403
    assert trader.delete(f"/api/accounts/{account.id}").status_code == 403


def test_the_command_of_the_guide_works(
    live_server: Any, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = Path(__file__).resolve().parents[5] / "docs/guides/api-keys.md"
    found = re.search(r"```sh\n(curl .*)\n```", guide.read_text(encoding="utf-8"))
    assert found is not None
    connect(alice)
    monkeypatch.setenv("METAFLEET_KEY", made(alice)["secret"])
    command = found[1].replace("http://127.0.0.1:8000", live_server.url)
    told = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=30)  # noqa: S603, S607
    assert json.loads(told.stdout)[0]["label"] == "Demo"


def test_the_secret_is_told_once_and_kept_as_a_hash(alice: Person) -> None:
    key = made(alice)
    assert re.fullmatch(r"mfk_[0-9a-f]{12}_[\w-]{43}", key["secret"])
    listed = alice.client.get("/api/keys")
    assert key["secret"] not in listed.content.decode()
    assert key["secret"].startswith(listed.json()["keys"][0]["prefix"])
    with tenant_scope(alice.tenant_id):
        row = ApiKey.objects.get()
        assert len(bytes(row.secret_hash)) == 32
        [entry] = AuditEntry.objects.filter(action="key.made")
        assert key["secret"].rsplit("_", 1)[1] not in json.dumps(entry.detail)


@pytest.mark.parametrize(
    "secret", ["", "x", "mfk_", "mfk_a_", "mfk__b", "mfk_000000000000_x", "mfk_é_é", "mfk_a_\x00", "Bearer x"]
)
def test_what_is_no_key_lets_nobody_in(alice: Person, secret: str) -> None:
    made(alice)
    client = by(secret)
    # A cookie beside it counts for nothing.
    client.cookies.update(alice.client.cookies)
    answer = client.get("/api/accounts")
    assert answer.status_code == 401
    assert "does not work" in answer.json()["detail"] or "signed out" in answer.json()["detail"]


def test_a_right_prefix_with_a_wrong_secret_lets_nobody_in(alice: Person) -> None:
    key, other = made(alice), made(alice)
    mixed = key["secret"][:17] + other["secret"][17:]
    assert by(mixed).get("/api/accounts").status_code == 401


def test_a_key_ends_at_the_next_request(alice: Person) -> None:
    key = made(alice)
    assert by(key).get("/api/accounts").status_code == 200
    assert post(alice.client, f"/api/keys/{key['id']}/revoke", {}).json()["isOver"] is True
    assert by(key).get("/api/accounts").status_code == 401
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.filter(action="key.revoked").count() == 1


def test_a_key_ends_when_its_time_is_up(alice: Person) -> None:
    key, forever = made(alice), made(alice, expiresInDays=None)
    with tenant_scope(alice.tenant_id):
        row = ApiKey.objects.get(id=key["id"])
        assert row.expires_at is not None
        assert timedelta(days=89) < row.expires_at - clock.now() < timedelta(days=91)
        ApiKey.objects.update(expires_at=clock.now())
        ApiKey.objects.filter(id=forever["id"]).update(expires_at=None)
    assert by(key).get("/api/accounts").status_code == 401
    assert by(forever).get("/api/accounts").status_code == 200


def test_a_key_may_never_do_more_than_its_maker(alice: Person) -> None:
    owner = join(alice, "olga@example.com", "owner")
    key = made(owner, "read", "deploy", "admin")
    assert by(key).get("/api/keys").status_code == 200
    user = User.objects.get(email=owner.email)
    with tenant_scope(alice.tenant_id):
        Membership.objects.filter(user=user).update(role=Role.VIEWER)
    assert by(key).get("/api/keys").status_code == 403
    assert by(key).get("/api/accounts").status_code == 200
    with tenant_scope(alice.tenant_id):
        Membership.objects.filter(user=user).delete()
    assert by(key).get("/api/accounts").status_code == 401


def test_only_owners_and_admin_keys_see_to_keys(alice: Person, tess: Person) -> None:
    assert tess.client.get("/api/keys").status_code == 403
    assert by(made(alice, "read", "trade", "deploy")).get("/api/keys").status_code == 403
    admin = by(made(alice, "read", "admin"))
    assert admin.get("/api/keys").status_code == 200
    answer = post(admin, "/api/keys", {"name": "More", "scopes": ["trade"]})
    assert answer.status_code == 403
    assert post(admin, "/api/keys", {"name": "Same", "scopes": ["read"]}).status_code == 201


def test_a_key_is_no_person_and_no_operator(alice: Person, oscar: Person) -> None:
    key = by(made(oscar, "read", "trade", "deploy", "admin"))
    assert oscar.client.get("/api/operator/overview").status_code == 200
    assert key.get("/api/operator/overview").status_code == 404
    answer = post(key, "/api/filters", {"name": "Mine", "query": {}})
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "Only a signed-in person does this; an API key cannot.",
    )


def test_use_is_noted_once_a_minute(alice: Person) -> None:
    key = made(alice)
    for _ in range(3):
        assert by(key).get("/api/accounts", REMOTE_ADDR="203.0.113.7").status_code == 200
    [seen] = alice.client.get("/api/keys").json()["keys"]
    assert seen["requestsToday"] == 3
    assert seen["lastUsedFrom"] == "203.0.113.7"
    assert seen["days"][-1]["requests"] == 3
    with tenant_scope(alice.tenant_id):
        assert ApiKeyDay.objects.get().requests == 1


def test_the_plan_limits_requests(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    key = by(made(alice))
    limit = PLANS[PlanCode.GOLD].requests_per_minute
    answer = key.get("/api/accounts")
    assert answer["RateLimit-Limit"] == str(limit)
    assert int(answer["RateLimit-Remaining"]) < limit
    assert 0 < int(answer["RateLimit-Reset"]) <= 60
    # In one minute by our clock, however slow the machine is.
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    answers = [key.get("/api/symbols") for _ in range(limit + 1)]
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1]["RateLimit-Remaining"] == "0"
    assert f"its {limit} requests of this minute" in answers[-1].json()["detail"]
    assert alice.client.get("/api/accounts").status_code == 200


def test_a_strangers_things_limit_no_key(alice: Person, charlie: Person) -> None:
    account = connect(charlie)
    wish = {"name": "Bot", "scopes": ["read"], "accountIds": [str(account.id)]}
    answer = post(alice.client, "/api/keys", wish)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/accountIds")


def test_an_admin_key_is_not_limited(alice: Person) -> None:
    wish = {"name": "Bot", "scopes": ["admin"], "accountIds": [str(connect(alice).id)]}
    assert post(alice.client, "/api/keys", wish).status_code == 400


class Desk:
    """Two accounts of Alice's with an EA and a trade each: `own` is what the key is limited to."""

    def __init__(self, alice: Person) -> None:
        self.own, self.other = connect(alice, 5001, "Own"), connect(alice, 5002, "Secret")
        self.own_ea = deploy(alice, self.own)
        self.second_ea = deploy(alice, self.own, symbol="GBPUSD")
        self.other_ea = deploy(alice, self.other)
        for account, ticket in ((self.own, 100), (self.other, 200)):
            record(account, *round_trip(ticket, NOW, 10, magic=77001))
        record(self.own, *round_trip(300, NOW, 20, magic=77002))


def limit_of(desk: Desk, kind: str) -> dict[str, list[str]]:
    if kind == "account":
        return {"accountIds": [str(desk.own.id)]}
    return {"instanceIds": [str(desk.own_ea.id)]}


@pytest.fixture
def desk(alice: Person, catalogue: None) -> Desk:
    return Desk(alice)


def test_a_key_limited_to_an_account_sees_only_its_own(alice: Person, desk: Desk) -> None:
    key = by(made(alice, "read", accountIds=[str(desk.own.id)]))
    assert [row["label"] for row in key.get("/api/accounts").json()] == ["Own"]
    assert {row["accountId"] for row in key.get("/api/instances").json()} == {str(desk.own.id)}
    assert key.get("/api/fleet").json()["total"] == 2
    assert {row["accountId"] for row in key.get("/api/trades").json()["items"]} == {str(desk.own.id)}
    assert key.get(f"/api/accounts/{desk.other.id}").status_code == 404
    assert key.get("/api/journal/statistics").json()[0]["trades"] == 2


def test_a_key_limited_to_an_ea_sees_only_its_own(alice: Person, desk: Desk) -> None:
    key = by(made(alice, "read", instanceIds=[str(desk.own_ea.id)]))
    assert [row["id"] for row in key.get("/api/instances").json()] == [str(desk.own_ea.id)]
    assert key.get(f"/api/instances/{desk.own_ea.id}").status_code == 200
    assert key.get(f"/api/instances/{desk.second_ea.id}").status_code == 404
    assert key.get("/api/trades").json()["total"] == 1


def test_a_limited_key_deploys_on_its_own_and_counts_everybodys_places(alice: Person, desk: Desk) -> None:
    key = by(made(alice, "read", "deploy", accountIds=[str(desk.own.id)]))
    template = key.get("/api/templates/trend-following").json()["id"]
    form = {"templateId": template, "accountId": str(desk.own.id), "symbol": "USDJPY", "inputs": {}}
    answer = post(key, "/api/instances", form)
    # Gold has three active places, and all three are taken: one of them by what the key does not see.
    assert (answer.status_code, "3 active EAs" in answer.json()["detail"]) == (409, True)
    assert post(key, f"/api/instances/{desk.own_ea.id}/stop", {"closePositions": False}).status_code == 202
    assert post(key, "/api/instances", form).status_code == 202
    form |= {"accountId": str(desk.other.id)}
    assert post(key, "/api/instances", form).status_code == 404
    assert post(key, f"/api/instances/{desk.other_ea.id}/pause", {}).status_code == 404


@pytest.mark.parametrize("kind", ["account", "EA"])
def test_whatever_a_limited_key_asks_it_learns_and_does_nothing_of_the_rest(
    alice: Person, desk: Desk, kind: str
) -> None:
    """Every operation of the document, with the ids of what it is not for: 403 or 404, or nothing of it."""
    from tests.house.test_fence import journal_things, terminal_things

    key = by(made(alice, "read", "trade", "deploy", **limit_of(desk, kind)))
    ids = {"account_id": desk.other.id, "instance_id": desk.other_ea.id, "slug": "trend-following"}
    ids |= terminal_things(desk.other_ea) | journal_things(alice, desk.other)
    secret = {str(one) for name, one in ids.items() if name != "slug"} | {'"Secret"', "5002"}
    asked = 0
    for path, methods in json.loads(document())["paths"].items():
        for method, operation in methods.items():
            if operation["x-right"] not in ("read", "trade", "deploy"):
                continue
            address = ID.sub(lambda found: str(ids.get(found[1], UUID(int=7))), path)
            answer = _ask(key, method.upper(), address, operation)
            content = (b"".join(answer) if answer.streaming else answer.content).decode(errors="replace")
            said = f"{kind}: {method} {address} answered {answer.status_code}"
            assert answer.status_code < 500, said
            assert operation.get("x-limited-keys", True) is not False or answer.status_code == 403, said
            assert answer.status_code >= 400 or not [one for one in secret if one in content], said
            asked += 1
    assert asked > 80
    with tenant_scope(alice.tenant_id):
        rest = EAInstance.objects.get(id=desk.other_ea.id)
        assert (rest.desired_state, rest.deleted_at, rest.name) == (
            "running",
            None,
            desk.other_ea.name,
        )
        assert TradingAccount.objects.get(id=desk.other.id).label == "Secret"


@pytest.mark.parametrize("kind", ["account", "EA"])
def test_whatever_a_limited_key_asks_of_its_own_is_answered(alice: Person, desk: Desk, kind: str) -> None:
    from tests.house.test_fence import BODIES, journal_things, terminal_things

    key = by(made(alice, "read", "trade", "deploy", **limit_of(desk, kind)))
    ids = {"account_id": desk.own.id, "instance_id": desk.own_ea.id, "slug": "trend-following"}
    ids |= terminal_things(desk.own_ea) | journal_things(alice, desk.own)
    with tenant_scope(alice.tenant_id):
        Import.objects.all().delete()  # one that was never read cannot be shown
    paths = json.loads(document())["paths"]
    found = [(path, method, paths[path][method]) for path in paths for method in paths[path]]
    for path, method, operation in sorted(found, key=lambda one: one[1] == "delete"):
        if operation["x-right"] not in ("read", "trade", "deploy"):
            continue
        address = ID.sub(lambda found: str(ids.get(found[1], UUID(int=7))), path)
        body = BODIES.get(address.rsplit("/", maxsplit=1)[-1], {"label": "New name"})
        answer = _ask(key, method.upper(), address, operation, body)
        assert answer.status_code < 500, f"{kind}: {method} {address} answered {answer.status_code}"


def _ask(key: Client, method: str, address: str, operation: dict[str, Any], body: Any = None) -> Any:
    if "multipart/form-data" in operation.get("requestBody", {}).get("content", {}):
        file = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n")
        return key.post(address, {"file": file, "timezone": "UTC"})
    return key.generic(method, address, json.dumps(body or {}), content_type="application/json")
