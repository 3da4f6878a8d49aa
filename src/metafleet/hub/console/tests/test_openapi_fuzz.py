"""Whatever is sent to the API, it answers as its document says: 2xx, or a problem that is a 4xx.

Schemathesis makes requests from the document, right ones and wrong ones; the mutations make worse
ones from good bodies and files. All is the same in each run; `FUZZ_EXAMPLES=<number>` sends more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from random import Random
from typing import Any, Final, cast
from urllib.parse import quote
from uuid import UUID, uuid4
from zlib import crc32

import msgspec
import pytest
import requests
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import SimpleCookie
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from metafleet.engine.experts.tests.uploads import breakout
from metafleet.engine.tester.report import make_test_report
from metafleet.engine.tester.tests.made import traded
from metafleet.hub.advisor.analysis import refreshing
from metafleet.hub.advisor.models import Recommendation
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, keep_market, known
from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.tests import stripe_fake
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.console.openapi import document
from metafleet.hub.console.tests.forms import Opened, facts, post
from metafleet.hub.console.tests.test_failed_items import fail
from metafleet.hub.console.tests.test_terminals import FORM, add, say
from metafleet.hub.fleet import paper, receipts
from metafleet.hub.fleet.models import Agent, Command, EAInstance, Host, Receipt, Run, ScalingGroup
from metafleet.hub.identity.models import Role, User
from metafleet.hub.identity.rights import OF_PLATFORM_ROLE, OF_ROLE, PlatformRole, Right
from metafleet.hub.journal.imports.tests import samples
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.tests.deals import BUY, IN, deal, deposit, record, round_trip
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.tests.incidents import see
from metafleet.hub.signals import registry
from metafleet.hub.signals.tests.made import file_of, keep_signal
from metafleet.hub.tester import operations
from metafleet.hub.tester.optimising.records import Range
from metafleet.hub.tester.records import Measured
from metafleet.hub.tester.tests import searches
from tests.cast import NOW, PASSWORD, Person, connect, deploy
from tests.mutations import NUMBERS, TEXTS, damaged, mutated, packed, written

pytestmark = pytest.mark.usefixtures("catalogue")

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "6"))
"""Drawn for each address; three times as many are taken of those that step along its bounds."""
BASE: Final = "http://testserver"
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(20)
SPAN: Final = {"symbol": "EURUSD", "from": "2026-03-02T10:00:00Z", "to": "2026-03-02T14:00:00Z"}
WORDS: Final[Mapping[str, Sequence[Any]]] = {
    "slug": ("trend-following",),
    "symbol": ("EURUSD", "GBPUSD"),
    "sort": ("-exited_at", "net_profit", "-entered_at", "symbol", "r"),
    "tz": ("Europe/Athens", "America/New_York", "Pacific/Kiritimati"),
    "month": ("2026-03", "2026-02", "0001-01", "9999-12", "2026-13"),
    "closedOn": ("2026-03-02", "1970-01-01", "2199-12-31"),
    "tag": ("good",),
    "keys": ("EURUSD,GBPUSD", "7", "", ",", "00000000-0000-0000-0000-000000000000"),
    "email": ("alice@example.com", "new@example.com"),
    "password": (PASSWORD,),
    "tenantName": ("New",),
    "q": ("breakout", "%", "\\"),
    "serverTimezone": ("Europe/Athens", ""),
    "timezone": ("Europe/Athens", ""),
    "currency": ("EUR", "USD"),
    "timeframe": ("M15", "H1"),
    "confirmation": ("FLATTEN", "FLATTEN EVERYONE"),
    "ranges": ([{"name": "fast_period", "from": "5", "to": "9", "step": "2"}],),
    "criterion": ("net_profit",),
    "reason": ("Bad fills",),
    "kind": ("email",),
    "origin": ("two-step", ""),
    "phase": ("F1", "funded"),
    "text": ("Closed by hand.",),
    "endsAt": (f"{clock.now() + timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}",),
    "startsAt": (f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",),
    "until": (f"{clock.now() + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}",),
}
"""What no generator would hit upon."""
NEVER_HERE: Final = {
    "POST /api/auth/provider",  # none is set
    "POST /api/people/leave",  # she is the desk's only owner
    "POST /api/support/{support_id}/grant",  # nobody asked
    "POST /api/instances/{instance_id}/retest",  # none has traded
    "GET /api/backtests/{backtest_id}/live",  # none is of an instance
}
PAYLOADS: Final[Mapping[str, Mapping[str, Any]]] = {
    "OPEN": {
        "symbol": "EURUSD",
        "side": "buy",
        "volume": 0.1,
        "stopLoss": 1.0,
        "takeProfit": 1.2,
        "comment": "x",
    },
    "MODIFY": {"ticket": 4, "stopLoss": 1.0},
    "CLOSE": {"ticket": 4, "volume": 0.1},
    "CLOSE_ALL": {"magic": 7, "symbol": "EURUSD"},
    "FETCH_CANDLES": SPAN,
    "SYNC_TRADES": {"from": "2026-03-02T10:00:00Z"},
    "PING": {},
}
RULE: Final[Mapping[str, Any]] = {"kind": "loss", "params": {}, "scope": "tenant", "scopeId": None}
TERMS: Final[Mapping[str, Any]] = {
    "firm": "Prop & Sons",
    "name": "100k",
    "timezone": "Europe/Prague",
    "dayStarts": "17:00",
    "phases": [{"name": "F1", "targetPercent": 8, "dailyLossPercent": 4.5, "totalKind": "trailing"}],
}
MAILS: Final[Mapping[str, Any]] = {
    "settings": {"to": "alice@example.com"},
    "timezone": "UTC",
    "quietFrom": None,
    "quietTo": None,
}


class Product:
    """The web application as a browser with these cookies asks it. What a request writes is taken back."""

    def __init__(self, caplog: pytest.LogCaptureFixture, cookies: Mapping[str, str]) -> None:
        self._client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self._caplog = caplog
        self._cookies = cookies
        self._count = 0

    def ask(self, request: requests.PreparedRequest) -> Any:
        """Return the response, whose content has been read."""
        self._count += 1
        self._caplog.clear()
        self._client.cookies = SimpleCookie(dict(self._cookies))
        headers = {name: _text(value) for name, value in request.headers.items() if name.lower() not in _OURS}
        kind = headers.pop("Content-Type", "application/octet-stream")
        answer: Any
        block = transaction.atomic()
        # As around a whole test: an operator's look must be outermost in the product, and is so here.
        block._from_testcase = True  # type: ignore[attr-defined]
        with block:
            answer = self._client.generic(
                request.method or "",
                (request.url or "").removeprefix(BASE),
                body_of(request),
                kind,
                headers={"X-CSRFToken": self._cookies["csrftoken"], **headers},
                # From many addresses, so that nobody counts as a guesser for long.
                REMOTE_ADDR=f"198.51.100.{self._count // 10 % 250}",
            )
            answer.read = b"".join(answer) if answer.streaming else answer.content
            transaction.set_rollback(True)
        return answer

    @property
    def cause(self) -> str:
        """What the log has of the last request."""
        errors = [record.exc_info for record in self._caplog.records if record.exc_info]
        return "; ".join(repr(error[1]) for error in errors)


_OURS: Final = ("host", "cookie", "content-length")


def body_of(request: requests.PreparedRequest) -> bytes:
    return request.body.encode() if isinstance(request.body, str) else cast(bytes, request.body or b"")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


_SEVERAL: Final = ("item", "incident", "backtest")


@dataclass(frozen=True, slots=True)
class World:
    """What Alice has, by the names of parameters and fields."""

    ids: Mapping[str, Sequence[str]]

    def at(self, path: str) -> World:
        """What there is at an address: a version is an EA's, or a model's."""
        if not path.startswith("/api/models"):
            return self
        return World({**self.ids, "version": self.ids["modelVersion"]})

    def of(self, name: str, value: Any) -> Any:
        """Put what there is where a right value stands, and leave what is wrong."""
        if isinstance(value, list):
            return [self.of(_kind_of(name, value), item) for item in value]
        if isinstance(value, dict):
            made = {key: self.of(key, item) for key, item in value.items()}
            if isinstance(made.get("payload"), dict) and len(made["payload"]) % 2 == 0:
                made["payload"] = PAYLOADS.get(str(made.get("type")), {})
            if isinstance(made.get("params"), dict) and len(made["params"]) % 2 == 0:
                made |= {key: item for key, item in RULE.items() if key in made}
            if made.get("kind") == "email" and isinstance(made.get("settings", {}), dict):
                made |= MAILS  # the other kinds would call somebody
            if isinstance(made.get("terms"), dict) and len(str(made["terms"])) % 3:
                made["terms"] = TERMS
            return made
        if not isinstance(value, str):
            return value
        words = WORDS.get(name, ())
        drawn = crc32(value.encode("utf-8", "surrogatepass"))
        if words and drawn % 3:
            return words[drawn // 3 % len(words)]
        known = self.ids.get(name, self.ids.get(name.removesuffix("Id").removesuffix("_id"), ()))
        if known and drawn % 5 and (name in {"key", "token", "status_key"} or _is_uuid(value)):
            return known[drawn // 5 % len(known)]
        return value


def _kind_of(name: str, values: list[Any]) -> str:
    """Say of what these are the ids, where they may be of several things: of one kind at a time."""
    if name != "ids":
        return name
    return _SEVERAL[crc32(repr(values).encode("utf-8", "surrogatepass")) % len(_SEVERAL)]


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@pytest.fixture
def shop(alice: Person, settings: Any) -> Iterator[None]:
    """Plans are sold, and Alice, who has bought one before, is an operator too."""
    User.objects.filter(email=alice.email).update(is_operator=True)
    with tenant_scope(alice.tenant_id):
        Subscription.objects.update(customer_ref="cus_1")
    with stripe_fake.fake_stripe() as fake:
        stripe_fake.sell_by(fake, settings)
        yield


@pytest.fixture
def world(
    alice: Person, bob: Person, charlie: Person, opened: Opened, shop: None, monkeypatch: pytest.MonkeyPatch
) -> World:
    """One of everything in each state that matters; and a stranger's account."""
    monkeypatch.setattr(paper, "sign_in", lambda **wishes: facts(login=wishes["login"]))
    demo, own = connect(alice), register(alice)
    running, stopped = deploy(alice, demo), deploy(alice, demo, symbol="GBPUSD")
    other = deploy(alice, demo, symbol="USDJPY", slug="grid")
    searched = optimisations(alice)  # while its newest version is one that runs
    client, base, at = alice.client, f"/api/accounts/{own.id}", clock.now()
    terminals = [add(alice, {"id": own.id})["terminal"]["id"] for _ in range(2)]
    later = at + timedelta(hours=1)  # it stays online however long the test takes
    say(alice, terminals[0], heartbeat_at=later, enrolled_at=at, linked_at=later, protocol=2)
    commands = [post(client, f"{base}/commands", {"type": "PING"}).json()["id"] for _ in range(2)]
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=stopped.id).update(state="stopped", desired_state="stopped")
        Command.objects.filter(id=commands[1]).update(state="dead", finished_at=at)
        run = Run.objects.create(
            tenant_id=alice.tenant_id, instance=running, generation=1, state="running", intent="run",
            driver="memory", started_at=at, first_heartbeat_at=at,
            report={"login": "1", "server": "s", "hash": "sha256:1", "firstTickAt": at.isoformat()},
        )  # fmt: skip
        Receipt.objects.create(tenant_id=alice.tenant_id, run=run, document=receipts.issue(running, run))
    imports = [client.post(f"{base}/imports", {"file": uploaded()}).json()["id"]]
    assert post(client, f"/api/imports/{imports[0]}/confirm", {}).status_code == 200
    record(
        own,
        deposit(1, NOW, 1000),
        *round_trip(1, NOW, 10, magic=7, comment="breakout 50%", stop_loss="1.05"),
        *round_trip(2, NOW, -4, symbol="GBPUSD"),
        deal(40, BUY, IN, NOW, position_id=4),
    )
    imports.append(client.post(f"{base}/imports", {"file": uploaded()}).json()["id"])
    trades = [row["id"] for row in client.get("/api/trades").json()["items"]][:1]
    pictures = [client.post(f"/api/trades/{trades[0]}/screenshots", {"file": uploaded(PNG)}).json()["id"]]
    page = post(client, f"{base}/shares", {"title": "Mine"}).json()
    items = [fail(alice, {"id": str(own.id)}), fail(alice, {"id": str(own.id)}, ticket=None)]
    hosts = [
        Host.objects.create(name=f"host {place}", driver="docker", cpu=2, memory_mb=8000, state=state)
        for place, state in enumerate(("draining", "draining", "lost", "lost", "lost"))
    ]
    with tenant_scope(alice.tenant_id):
        machines = [Agent.objects.create(tenant_id=alice.tenant_id, label=f"vps-{n}") for n in range(5)]
    use = {"id": str(uuid4()), "reason": "Bad fills", "confirmation": "FLATTEN"}
    used = post(client, "/api/kill-switch", use).json()["id"]
    rule = {"per_host": 5, "minimum": 0, "maximum": 5}
    source = SimpleUploadedFile("breakout.py", breakout())
    versions = [client.post("/api/operator/eas", {"file": source, "changelog": "New."}).json()["id"]]
    made = EAVersion.objects.get(id=versions[0])
    for place, state in enumerate(("in_review", "approved", "released") * 3):
        told = {"content_hash": f"sha256:{place}", "input_schema": {"properties": {}}}
        # Each is newer than what is released, so that what is approved may be released.
        number = f"{2 if state == 'approved' else 1}.{place}.0"
        row = EAVersion.objects.create(
            template=made.template, version=number, state=state, source="x", published_at=NOW, **told
        )
        versions.append(str(row.id))
    moved, to_move = newer(running), newer(other)
    rollout = post(client, "/api/operator/rollouts", {"versionId": moved}).json()["id"]
    groups = [ScalingGroup.objects.create(name="farm", provider="simulated", is_dry_run=True, **rule)]
    made_key = post(client, "/api/keys", {"name": "Bot", "scopes": ["read"]}).json()
    invited = [
        post(client, "/api/people/invitations", {"email": f"{name}@example.com", "role": "viewer"}).json()
        for name in ("ina", "ian")
    ]
    granted = post(client, "/api/support", {"hours": 4, "mayAct": False}).json()
    programmes = [
        post(client, "/api/alerts/programmes", {"origin": key}).json()["id"]
        for key in ("one-step-trailing", "end-of-day-trailing")
    ]
    inside = {"accountIds": [str(demo.id), str(own.id)], "phase": "F1"}
    assert post(client, f"/api/alerts/programmes/{programmes[0]}/accounts", inside).status_code == 200
    view = post(client, "/api/board/views", {"name": "Mine", "query": {}}).json()["id"]
    alerts, tested = alert_things(alice), backtests(alice)
    return World(
        {
            "key_id": [made_key["key"]["id"]],
            "user_id": [str(User.objects.get(email=bob.email).id)],
            "invitation": [each["invitation"]["id"] for each in invited],
            "token": [each["url"].rpartition("/")[2] for each in invited],
            "support": [granted["id"]],
            **alerts,
            "view": [view],
            "programme": programmes,
            "accountIds": [str(demo.id), str(own.id)],
            "tenant": [str(alice.tenant_id), str(charlie.tenant_id)],
            "machine": [str(row.id) for row in machines],
            "host": [str(row.id) for row in hosts],
            "group": [str(row.id) for row in groups],
            "version": [*versions, to_move, to_move],
            **models(running),
            "recommendation": recommendations(alice),
            "rollout": [rollout],
            "account": [str(demo.id), str(own.id), str(own.id), str(connect(charlie).id)],
            "instance": [str(running.id), str(stopped.id)],
            "template": [str(EATemplate.objects.get(slug="trend-following").id)],
            "terminal": terminals,
            "command": commands,
            "trade": trades,
            "screenshot": pictures,
            "item": items,
            "backtest": tested,
            "optimisation": searched,
            "import": imports,
            "switch": [used],
            "filter": [post(client, "/api/filters", {"name": "Mine", "query": {}}).json()["id"]],
            "share": [page["id"]],
            "key": [page["url"].rpartition("/")[2]],
        }
    )


def alert_things(person: Person) -> dict[str, Sequence[str]]:
    """Make what people are told of and through; return it by the names of parameters."""
    client = person.client
    soon = {"endsAt": f"{clock.now() + timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}"}
    loss = {"kind": "loss", "name": "Loss", "params": {}}
    mails = {"kind": "email", "name": "Mails", "settings": {"to": person.email}}
    channel = post(client, "/api/alerts/channels", mails).json()["id"]
    shown = post(client, "/api/alerts/status-pages", {"title": "Fleet"}).json()
    return {
        "channel": [channel],
        "delivery": [post(client, f"/api/alerts/channels/{channel}/test", {}).json()["id"]],
        "page_id": [shown["id"]],
        "status_key": [shown["url"].rpartition("/")[2]],
        "incident": [str(see(person, number).id) for number in range(3)],
        "rule": [post(client, "/api/alerts/rules", loss).json()["id"] for _ in range(3)],
        "window": [post(client, "/api/alerts/maintenance", soon).json()["id"] for _ in range(3)],
    }


def backtests(person: Person) -> list[str]:
    """Ask for some, and let one be done; return their ids."""
    template = EATemplate.objects.get(slug="trend-following")
    form = {"templateId": str(template.id), "symbol": "EURUSD"}
    asked = [post(person.client, "/api/backtests", form).json()["id"] for _ in range(3)]
    report = msgspec.json.encode(make_test_report(traded(bars=3_000)))
    took = Measured(wall_s=1.0, cpu_s=1.0, memory_mb=80.0, limits="")
    with tenant_scope(person.tenant_id):
        held = operations.claim(tenant_id=person.tenant_id, backtest_id=UUID(asked[0]), now=clock.now())
        assert held is not None
        figures = msgspec.json.decode(report)["figures"]
        assert operations.finish(held, figures=figures, report=report, measured=took, now=clock.now())
    return asked[:1] * 2 + asked[1:]


def optimisations(person: Person) -> list[str]:
    """Ask for some, and let one be done; return their ids."""
    ranges = [Range(name="fast_period", begin="5", end="7", step="2")]
    done = searches.work_on(person, searches.ask(person, ranges))
    assert done.state == "done", done.message
    waiting = [str(searches.ask(person, ranges).id) for _ in range(2)]
    return [str(done.id)] * 2 + waiting


def models(instance: EAInstance) -> dict[str, list[str]]:
    """Have a model that serves, one that waits, a signal, and their market; return the ids."""
    served, waiting = (
        registry.register(content=file_of(tilt=tilt), actor="oscar@example.com", now=NOW)
        for tilt in (0.01, 0.02)
    )
    for one in (waiting, served):  # so that there is one to go back to
        registry.promote(version_id=one.id, actor="oscar@example.com", note="", now=NOW)
    keep_market("EURUSD", NOW - timedelta(days=5), 4)
    refreshing.refresh_due(clock.now())
    with tenant_scope(instance.tenant_id):
        signal = keep_signal(instance.terminal, served)
    versions = [str(served.id), str(waiting.id)]
    return {"model": [str(served.model_id)], "modelVersion": versions, "signal": [str(signal)]}


def recommendations(person: Person) -> list[str]:
    """Recommend something; return the ids."""
    advise(person, known(candidate("momentum", "XAUUSD"), candidate("momentum")))
    with tenant_scope(person.tenant_id):
        return [str(row.id) for row in Recommendation.objects.all()]


def newer(instance: EAInstance) -> str:
    """Release a version that the instance may be moved to; return its id."""
    before = instance.version
    row = EAVersion.objects.create(
        template=before.template, version="9.0.0", content_hash=f"sha256:{before.template.slug}", source="x",
        input_schema=before.input_schema, changelog="Trades less", published_at=clock.now(),
    )  # fmt: skip
    return str(row.id)


def uploaded(content: bytes = samples.mt5_html().encode()) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.html", content)


@pytest.fixture
def schema() -> Any:
    return whole_schema()


@pytest.fixture
def product(alice: Person, caplog: pytest.LogCaptureFixture) -> Product:
    """Alice is signed in."""
    return signed_in(alice, caplog)


def signed_in(person: Person, caplog: pytest.LogCaptureFixture) -> Product:
    person.client.get("/api/session")
    return Product(caplog, {name: person.client.cookies[name].value for name in ("sessionid", "csrftoken")})


@pytest.fixture
def strangers(product: Product, caplog: pytest.LogCaptureFixture) -> Product:
    """Nobody is signed in."""
    return Product(caplog, {"csrftoken": product._cookies["csrftoken"]})


@cache
def whole_schema() -> Any:
    return schemathesis.openapi.from_dict(json.loads(document()))


_MADE: dict[str, tuple[list[Any], list[Any]]] = {}


def made(operation: Any) -> tuple[list[Any], list[Any]]:
    """Return requests along the operation's bounds, evenly taken, and drawn ones; made once for all tests."""
    known = _MADE.get(operation.label)
    if known is not None:
        return known
    schema = operation.schema
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=operation, phase="coverage")
    bounds = list(schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config))
    drawn: list[Any] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=modes[0]) | operation.as_strategy(generation_mode=modes[1])
    )
    def draw(case: Any) -> None:
        drawn.append(case)

    draw()
    return _MADE.setdefault(operation.label, (evenly(bounds, 3 * EXAMPLES), drawn))


def evenly(found: list[Any], most: int) -> list[Any]:
    return found[:: max(1, -(-len(found) // most))]


def cases(operation: Any, *, share: float = 1.0) -> Iterator[Any]:
    """Yield requests along the operation's bounds, and then drawn ones."""
    bounds, drawn = made(operation)
    yield from evenly(bounds, int(3 * EXAMPLES * share))
    yield from drawn[: int(EXAMPLES * share)]


def prepared(world: World, case: Any) -> requests.PreparedRequest:
    """Fill it with what there is in the world; the case stays as it was made, for the next world."""
    made = {place: getattr(case, place) for place in ("path_parameters", "query", "body")}
    try:
        for place, value in made.items():
            if isinstance(value, dict):
                setattr(case, place, world.at(case.operation.path).of(place, value))
        return requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    finally:
        for place, value in made.items():
            setattr(case, place, value)


def fault_of(product: Product, request: requests.PreparedRequest) -> tuple[int, str]:
    """Return the answer's status, and what is wrong with it."""
    answer = product.ask(request)
    status, what = answer.status_code, ""
    if not 200 <= status < 500 or 300 <= status < 400:
        what = f"answered {status}, {product.cause}"
    elif status >= 400 and answer["Content-Type"] != "application/problem+json":
        what = f"refused with {status} as {answer['Content-Type']}"
    elif status >= 400 and json.loads(answer.read or "{}").get("status", status) != status:
        what = "refused with another status than the problem has"
    if what:
        what = f"{request.method} {request.url} {what}; sent {body_of(request)[:300]!r}"
    return status, what


def sent(
    schema: Any, world: World, product: Product, *, share: float = 1.0
) -> tuple[dict[str, set[int]], list[str]]:
    """Send requests of every operation. Return the statuses of each and what was wrong."""
    statuses: dict[str, set[int]] = {}
    faults = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for case in cases(operation, share=share):
            status, fault = fault_of(product, prepared(world, case))
            statuses.setdefault(operation.label, set()).add(status)
            faults += [fault] if fault else []
    return statuses, faults


def assert_none(faults: Sequence[str]) -> None:
    assert not faults, "\n".join([f"{len(faults)} faults", *faults[:20]])


def test_whatever_the_document_allows_or_forbids_is_answered(
    schema: Any, world: World, product: Product
) -> None:
    statuses, faults = sent(schema, world, product)
    assert_none(faults)
    silent = [label for label, found in statuses.items() if min(found) >= 300 and label not in NEVER_HERE]
    assert len(silent) < len(statuses) / 15, f"never let in, so hardly looked at: {silent}"


def test_whatever_strangers_send_is_answered(schema: Any, world: World, strangers: Product) -> None:
    statuses, faults = sent(schema, world, strangers, share=0.5)
    assert_none(faults)
    public = {label for label, found in statuses.items() if min(found) < 300}
    assert public <= {
        "GET /api/public/status/{status_key}",
        "GET /api/session",
        "GET /api/plans",
        "GET /api/public/shares/{key}",
        "GET /api/invitations/{token}",
        "POST /api/auth/sign-out",
    }


@pytest.mark.parametrize(
    ("who", "rights"),
    [
        ("bob", OF_ROLE[Role.VIEWER]),
        ("tess", OF_ROLE[Role.TRADER]),
        ("oscar", OF_ROLE[Role.OWNER] | OF_PLATFORM_ROLE[PlatformRole.OPERATOR]),
    ],
)
def test_whatever_a_role_sends_is_answered_and_goes_no_further(
    schema: Any,
    world: World,
    who: str,
    rights: frozenset[Right],
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses, faults = sent(
        schema, world, signed_in(request.getfixturevalue(who), caplog), share=1 / EXAMPLES + 0.01
    )
    assert_none(faults)
    rights_of = {one.ok().label: one.ok().definition.raw["x-right"] for one in schema.get_all_operations()}
    went_further = [
        label for label, found in statuses.items() if rights_of[label] not in rights and min(found) < 400
    ]
    assert not went_further
    assert sum(min(found) < 300 for found in statuses.values()) > 20


def test_spoilt_forms_are_answered(world: World, product: Product) -> None:
    faults, let_in = [], set()
    for number in range(60 * EXAMPLES):
        random = Random(number)
        method, address, form = random.choice(list(forms(world)))
        body, headers = packed(random, written(random, mutated(random, form)))
        headers = {"Content-Type": "application/json", **headers}
        raw = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
        request = requests.Request(method, f"{BASE}{address}", headers=raw, data=body).prepare()
        status, fault = fault_of(product, request)
        faults += [f"{number}: {fault}"] if fault else []
        let_in |= {address} if status < 300 else set()
    assert_none(faults)
    assert len(let_in) > 10


def test_odd_queries_are_answered(schema: Any, world: World, product: Product) -> None:
    found = [one.ok() for one in schema.get_all_operations() if one.ok().method == "get"]
    asked = [operation for operation in found if [*operation.query, *operation.path_parameters]]
    faults, statuses = [], set()
    for number in range(60 * EXAMPLES):
        random = Random(number)
        address = odd_address(random, world, random.choice(asked))
        status, fault = fault_of(product, requests.Request("GET", BASE + address).prepare())
        faults += [f"{number}: {fault}"] if fault else []
        statuses.add(status)
    assert_none(faults)
    assert statuses >= {200, 400, 404}


def odd_address(random: Random, world: World, operation: Any) -> str:
    odd = [escaped(text[:300]) for text in (*TEXTS, *map(str, NUMBERS))]
    names = [parameter.name for parameter in operation.path_parameters]
    here = world.at(operation.path)
    path = {name: here.ids.get(name.removesuffix("_id"), ["x"])[-1] for name in names}
    if path and random.random() < 0.3:
        path[random.choice(names)] = random.choice(odd)
    known = [parameter.name for parameter in operation.query]
    chosen = random.sample(known, random.randint(0, min(3, len(known))))
    query = "&".join(f"{name}={random.choice(odd)}" for name in chosen)
    return f"{operation.path.format(**path)}?{query}"


def escaped(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def test_damaged_files_are_answered(world: World, product: Product) -> None:
    histories = (
        samples.mt5_html().encode(),
        samples.mt5_html().encode("utf-16"),
        samples.mt4_html().encode(),
        samples.xlsx(samples.mt5_rows()),
        json.dumps(samples.api_deals()).encode(),
    )
    addresses: dict[str, tuple[bytes, ...]] = {f"/api/accounts/{world.ids['account'][1]}/imports": histories}
    addresses[f"/api/trades/{world.ids['trade'][0]}/screenshots"] = (PNG,)
    faults, statuses = [], set()
    for number in range(30 * EXAMPLES):
        random = Random(number)
        address = random.choice([*addresses] * 2 + [next(iter(addresses))])
        file = damaged(random, random.choice(addresses[address]))
        files = {"file": (random.choice(("a.html", "a.xlsx", "", "\x00", "../a", "é" * 300)), file)}
        fields = {"timezone": random.choice(("", "Europe/Athens", *TEXTS)), "caption": random.choice(TEXTS)}
        plain = {name: value.encode("utf-8", "replace") for name, value in fields.items()}
        request = requests.Request("POST", f"{BASE}{address}", files=files, data=plain).prepare()
        if random.random() < 0.1:
            request.body = damaged(random, body_of(request))
        status, fault = fault_of(product, request)
        faults += [f"{number}: {fault}"] if fault else []
        statuses.add(status)
    assert_none(faults)
    assert statuses >= {201, 400}


def forms(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, address and a good form of everything that takes one."""
    first = {name: ids[0] for name, ids in world.ids.items()}
    own = f"/api/accounts/{world.ids['account'][1]}"
    order: dict[str, Any] = {
        "templateId": first["template"],
        "accountId": first["account"],
        "symbol": "EURUSD",
        "name": "x",
    }
    order["inputs"] = {"fast_period": 12, "slow_period": 26}
    chosen = {"symbol": ["EURUSD"], "from": "2026-03-02T10:00:00Z", "weekday": 1, "tz": "Europe/Athens"}
    review = {"note": "two\nlines", "rating": 5, "tags": ["good", "late"]}
    yield "POST", "/api/accounts/open", {"label": "Demo", "deposit": 1000, "leverage": 100}
    connected = {"label": "Mine", "login": 7001, "password": PASSWORD, "server": "metafleet-Paper"}
    yield "POST", "/api/accounts/connect", connected
    yield "POST", "/api/accounts/register", {**FORM, "serverTimezone": "Europe/Athens"}
    yield "PATCH", own, {"label": "Mine", "serverTimezone": "Europe/Athens"}
    yield "POST", "/api/instances", order
    yield "POST", "/api/instances/review", order
    yield "PATCH", f"/api/instances/{first['instance']}", {"inputs": order["inputs"]}
    yield "POST", f"/api/instances/{first['instance']}/stop", {"closePositions": True}
    yield "POST", f"{own}/terminals", {"label": "Laptop"}
    yield "PATCH", f"/api/terminals/{first['terminal']}", {"label": "Laptop"}
    for type_, payload in PAYLOADS.items():
        wish = {
            "type": type_,
            "payload": dict(payload),
            "id": str(UUID(int=7)),
            "terminalId": first["terminal"],
        }
        yield "POST", f"{own}/commands", wish
    yield "POST", "/api/failed-items/discard", {"ids": list(world.ids["item"])}
    yield "PUT", f"/api/trades/{first['trade']}/review", review
    yield "POST", "/api/filters", {"name": "Other", "query": chosen}
    yield "PUT", f"/api/filters/{first['filter']}", {"name": "Mine", "query": chosen}
    yield "POST", f"{own}/shares", {"title": "My year", "showsMoney": True, "showsOpen": False}
    yield "POST", "/api/alerts/programmes", {"origin": "two-step", "terms": dict(TERMS)}
    yield "PUT", f"/api/alerts/programmes/{first['programme']}", {"terms": dict(TERMS)}
    yield "POST", "/api/auth/provider", {"process": "login", "next": "/"}
