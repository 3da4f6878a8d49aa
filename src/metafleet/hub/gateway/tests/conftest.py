"""A gateway over the test database, and the rows that its terminals need.

The gateway commits on connections of its own, so nothing can be rolled back: the
database is emptied after each test.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import httpx
import psycopg
import pytest

from metafleet.hub.gateway.application import Application, build
from metafleet.hub.gateway.configuration import Configuration, connection_arguments
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Response
from metafleet.hub.gateway.limits import read_limits
from metafleet.hub.gateway.tests.stage import Speaker, Stage, Terminal
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.collector import Collector
from metafleet.hub.kernel.errors import Refused
from tests.emptying import EMPTY


class Door(httpx.ASGITransport):
    """Asks the application as the server does, by `quick` first, of callers that it has seen before."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self._application = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        scope = {
            "method": request.method,
            "path": request.url.path,
            "query_string": request.url.query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
        }
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token and self._application.gateway is not None:
            with suppress(Refused):
                await self._application.gateway.callers.identify(token, clock.now())
        answers: asyncio.Queue[tuple[Response, str]] = asyncio.Queue()
        body = await request.aread()
        leave = self._application.quick(scope, body, lambda *answer: answers.put_nowait(answer))
        if leave is None:
            return await super().handle_async_request(request)
        try:
            response, request_id = await answers.get()
        except asyncio.CancelledError:
            leave()
            raise
        said: list[Any] = []

        async def send(message: Any) -> None:
            said.append(message)

        await response.send_in_pieces(send, request_id)
        return httpx.Response(said[0]["status"], headers=said[0]["headers"], content=said[1]["body"])


MakeGateway = Callable[..., AbstractAsyncContextManager[tuple[httpx.AsyncClient, Gateway]]]


@pytest.fixture
def database(django_db_setup: None) -> Mapping[str, Any]:
    """Connection arguments of the test database, under the role that the product works under."""
    from django.db import connection

    return connection_arguments(connection.settings_dict, is_pooled=False)


@pytest.fixture
def stage(database: Mapping[str, Any]) -> Iterator[Stage]:
    arguments = {name: value for name, value in database.items() if name != "options"}
    arguments["application_name"] = "metafleet-test"
    with psycopg.connect(**arguments, autocommit=True) as owner:
        yield Stage(owner)
        owner.execute(EMPTY)


@pytest.fixture
def way() -> str:
    """How requests reach the application: "quick", as the server asks it, or each with a task of its own."""
    return "quick"


@pytest.fixture(params=["quick", "task"])
def either_way(request: pytest.FixtureRequest) -> str:
    """For modules that say `way = either_way`: each of their tests in both ways."""
    return str(request.param)


@pytest.fixture
def make_gateway(
    database: Mapping[str, Any], stage: Stage, redis_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> MakeGateway:
    # It begins with a look at every object of the process; here they are pytest's, a third of a second each.
    monkeypatch.setattr(Collector, "run", asyncio.Event().wait)

    @asynccontextmanager
    async def make(
        limits: str = "", redis: str = redis_url, metrics_token: str = ""
    ) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
        configuration = Configuration(
            database=database,
            listening=database,
            redis_url=redis,
            heartbeat_interval_s=5,
            lease_s=20,
            limits=read_limits(limits, heartbeat_interval_s=5),
            connections=4,
            metrics_token=metrics_token,
        )
        app = build(lambda: configuration, lambda: stage.nudged)
        transport = httpx.ASGITransport(app) if way == "task" else Door(app)
        async with app.living() as gateway, httpx.AsyncClient(transport=transport) as client:
            client.base_url = httpx.URL("http://gateway")
            yield client, gateway

    return make


@pytest.fixture
async def client(make_gateway: MakeGateway) -> AsyncIterator[httpx.AsyncClient]:
    async with make_gateway() as (client, _):
        yield client


@pytest.fixture
def hosted(stage: Stage, client: httpx.AsyncClient) -> Speaker:
    return Speaker(client, stage.hosted())


@pytest.fixture
def own(stage: Stage, client: httpx.AsyncClient) -> Speaker:
    """A customer's own terminal."""
    return Speaker(client, stage.terminal())


@pytest.fixture
def speak(client: httpx.AsyncClient) -> Callable[[Terminal], Speaker]:
    return lambda terminal: Speaker(client, terminal)
