"""Whatever is sent to the API, it answers as its document says: 2xx, or a problem that is a 4xx.

Schemathesis makes requests from the document, right ones and wrong ones; the mutations make worse
ones from good bodies and files. All is the same in each run; `FUZZ_EXAMPLES=<number>` sends more.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4
from zlib import crc32

import pytest
import requests
import schemathesis
from asgiref.sync import async_to_sync
from django.core import signals
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.asgi import ASGIHandler
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.console.openapi import document
from metafleet.hub.console.tests.forms import Opened, facts, post
from metafleet.hub.console.tests.test_failed_items import fail
from metafleet.hub.console.tests.test_terminals import FORM, add, say
from metafleet.hub.fleet import paper
from metafleet.hub.journal.imports.tests import samples
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.tests.deals import BUY, IN, deal, deposit, record, round_trip
from metafleet.hub.kernel import clock
from tests.cast import NOW, PASSWORD, Person, connect, deploy
from tests.mutations import damaged, mutated, packed, written

pytestmark = pytest.mark.usefixtures("catalogue")

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "12"))
"""Drawn for each address; three times as many are taken of those that step along its bounds."""
PNG: Final = b"\x89PNG\r\n\x1a\n" + bytes(20)
SPAN: Final = {"symbol": "EURUSD", "from": "2026-03-02T10:00:00Z", "to": "2026-03-02T14:00:00Z"}
WORDS: Final[Mapping[str, Sequence[str]]] = {
    "slug": ("trend-following",),
    "symbol": ("EURUSD", "GBPUSD"),
    "sort": ("-exited_at", "net_profit", "-entered_at", "symbol", "r"),
    "tz": ("Europe/Athens", "America/New_York", "Pacific/Kiritimati"),
    "month": ("2026-03", "2026-02", "0001-01", "9999-12", "2026-13"),
    "closedOn": ("2026-03-02", "1970-01-01", "2199-12-31"),
    "tag": ("good",),
    "keys": ("EURUSD,GBPUSD", "7", "", ",", "00000000-0000-0000-0000-000000000000"),
    "q": ("breakout", "%", "\\"),
    "serverTimezone": ("Europe/Athens", ""),
    "timezone": ("Europe/Athens", ""),
    "currency": ("EUR", "USD"),
}
"""What no generator would hit upon."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, list[str]]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", [""])[0].partition(";")[0]


class Product:
    """The web application as its server calls it. What a request writes is taken back after it."""

    def __init__(self, caplog: pytest.LogCaptureFixture, cookies: Mapping[str, str]) -> None:
        self._application = ASGIHandler()
        self._caplog = caplog
        self._cookies = cookies
        self._count = 0

    def ask(self, prepared: requests.PreparedRequest) -> Answer:
        self._count += 1
        self._caplog.clear()
        # The test's own transaction stands around all requests: its connection is not theirs to close.
        signals.request_started.disconnect(close_old_connections)
        signals.request_finished.disconnect(close_old_connections)
        try:
            with transaction.atomic():
                answer: Answer = async_to_sync(self._ask)(prepared)
                transaction.set_rollback(True)
        finally:
            signals.request_started.connect(close_old_connections)
            signals.request_finished.connect(close_old_connections)
        return answer

    @property
    def cause(self) -> str:
        """What the log has of the last request."""
        errors = [record.exc_info for record in self._caplog.records if record.exc_info]
        return "; ".join(repr(error[1]) for error in errors)

    async def _ask(self, prepared: requests.PreparedRequest) -> Answer:
        body = prepared.body.encode() if isinstance(prepared.body, str) else bytes(prepared.body or b"")
        told = [{"type": "http.request", "body": body, "more_body": False}]
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return told.pop() if told else await asyncio.Future()

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        await self._application.handle(self._scope(prepared), receive, send)
        headers: dict[str, list[str]] = {}
        for name, value in said[0]["headers"]:
            headers.setdefault(name.decode().lower(), []).append(value.decode("latin-1"))
        return Answer(said[0]["status"], headers, b"".join(part.get("body", b"") for part in said[1:]))

    def _scope(self, prepared: requests.PreparedRequest) -> dict[str, Any]:
        url = urlsplit(prepared.url or "")
        headers = {name.lower(): value for name, value in prepared.headers.items()}
        cookies = [headers.pop("cookie", ""), *(f"{name}={value}" for name, value in self._cookies.items())]
        headers |= {"host": "testserver", "cookie": "; ".join(filter(None, cookies))}
        headers.setdefault("x-csrftoken", self._cookies["csrftoken"])
        return {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": prepared.method,
            "path": unquote(url.path),
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": [(name.encode("latin-1"), _bytes(value)) for name, value in headers.items()],
            # Each comes from an address of its own, so that nobody counts as a guesser for long.
            "client": (f"198.51.100.{self._count // 10 % 250}", 50_000),
            "server": ("testserver", 80),
        }


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class World:
    """What Alice has, by the names of parameters and fields."""

    ids: Mapping[str, Sequence[str]]

    def of(self, name: str, value: Any) -> Any:
        """Put what there is where a right value stands, and leave what is wrong."""
        if isinstance(value, list):
            return [self.of(name, item) for item in value]
        if isinstance(value, dict):
            return {key: self.of(key, item) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        words = WORDS.get(name, ())
        drawn = crc32(value.encode("utf-8", "surrogatepass"))
        if words and drawn % 3:
            return words[drawn // 3 % len(words)]
        known = self.ids.get(name.removesuffix("Id").removesuffix("_id"), ())
        if known and drawn % 5 and _is_uuid(value):
            return known[drawn // 5 % len(known)]
        return value


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


@pytest.fixture
def world(alice: Person, charlie: Person, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> World:
    """Paper and own accounts, an EA, terminals, commands, trades, an import, a page; and a stranger's account."""
    monkeypatch.setattr(paper, "sign_in", lambda **wishes: facts(login=wishes["login"]))
    demo, own = connect(alice), register(alice)
    instance = deploy(alice, demo)
    record(
        own,
        deposit(1, NOW, 1000),
        *round_trip(1, NOW, 10, magic=7, comment="breakout 50%", stop_loss="1.05"),
        *round_trip(2, NOW, -4, symbol="GBPUSD"),
        deal(40, BUY, IN, NOW, position_id=4),
    )
    client, base = alice.client, f"/api/accounts/{own.id}"
    terminal = add(alice, {"id": own.id})["terminal"]["id"]
    say(alice, terminal, heartbeat_at=clock.now(), enrolled_at=clock.now(), linked_at=clock.now(), protocol=2)
    commands = [post(client, f"{base}/commands", {"type": "PING"}).json()["id"] for _ in range(2)]
    trade = client.get("/api/trades").json()["items"][0]["id"]
    picture = client.post(f"/api/trades/{trade}/screenshots", {"file": SimpleUploadedFile("a.png", PNG)})
    page = post(client, f"{base}/shares", {"title": "Mine"}).json()
    file = SimpleUploadedFile("a.html", samples.mt5_html().encode())
    return World(
        {
            "account": [str(demo.id), str(own.id), str(own.id), str(connect(charlie).id)],
            "instance": [str(instance.id)],
            "template": [str(EATemplate.objects.get(slug="trend-following").id)],
            "terminal": [terminal],
            "command": commands,
            "trade": [row["id"] for row in client.get("/api/trades").json()["items"]],
            "screenshot": [picture.json()["id"]],
            "item": (items := [fail(alice, {"id": str(own.id)}), fail(alice, {"id": str(own.id)}, ticket=None)]),
            "ids": items,
            "import": [client.post(f"{base}/imports", {"file": file}).json()["id"]],
            "filter": [post(client, "/api/filters", {"name": "Mine", "query": {}}).json()["id"]],
            "share": [page["id"]],
            "key": [page["url"].rpartition("/")[2]],
        }
    )


@pytest.fixture
def product(alice: Person, caplog: pytest.LogCaptureFixture) -> Product:
    """Alice is signed in."""
    alice.client.get("/api/session")
    return Product(caplog, {name: alice.client.cookies[name].value for name in ("sessionid", "csrftoken")})


@pytest.fixture
def strangers(product: Product, caplog: pytest.LogCaptureFixture) -> Product:
    """Nobody is signed in."""
    return Product(caplog, {"csrftoken": product._cookies["csrftoken"]})


def cases(operation: Any, *, share: float = 1.0) -> Iterator[Any]:
    """Yield requests along the operation's bounds, evenly taken of all, and then drawn ones."""
    schema = operation.schema
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    config = schema.config.generation_for(operation=operation, phase="coverage")
    bounds = list(schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=config))
    most = int(3 * EXAMPLES * share)
    yield from bounds[:: max(1, -(-len(bounds) // most))]
    drawn: list[Any] = []

    @settings(
        max_examples=int(EXAMPLES * share),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=modes[0]) | operation.as_strategy(generation_mode=modes[1]))
    def draw(case: Any) -> None:
        drawn.append(case)

    draw()
    yield from drawn


def prepared(world: World, case: Any) -> requests.PreparedRequest:
    for place in ("path_parameters", "query", "body"):
        given_ = getattr(case, place)
        if isinstance(given_, dict):
            setattr(case, place, {name: world.of(name, value) for name, value in given_.items()})
    return requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()


def fault_of(product: Product, request: requests.PreparedRequest) -> tuple[int, str]:
    """Return the answer's status, and what is wrong with it."""
    answer = product.ask(request)
    what = ""
    if not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        what = f"answered {answer.status}, {product.cause}"
    elif answer.status >= 400 and answer.kind != "application/problem+json":
        what = f"refused with {answer.status} as {answer.kind!r}"
    elif answer.status >= 400 and json.loads(answer.body)["status"] != answer.status:
        what = "refused with another status than the problem has"
    if what:
        what = f"{request.method} {request.url} {what}; sent {(request.body or b'')[:300]!r}"
    return answer.status, what


def sent(world: World, product: Product, *, share: float = 1.0) -> tuple[dict[str, set[int]], list[str]]:
    """Send requests of every operation. Return the statuses of each and what was wrong."""
    schema = schemathesis.openapi.from_dict(json.loads(document()))
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


def test_whatever_the_document_allows_or_forbids_is_answered(world: World, product: Product) -> None:
    statuses, faults = sent(world, product)
    assert_none(faults)
    silent = [label for label, found in statuses.items() if not any(status < 300 for status in found)]
    assert not silent, "never let in, so hardly looked at"


def test_whatever_strangers_send_is_answered(world: World, strangers: Product) -> None:
    statuses, faults = sent(world, strangers, share=0.34)
    assert_none(faults)
    public = {label for label, found in statuses.items() if any(status < 300 for status in found)}
    print(public)
