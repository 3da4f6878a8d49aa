"""The process itself, over a real socket: it starts, answers, waits out its servers, and stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import psutil
import pytest

from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, deal


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    database: Mapping[str, Any], redis_url: str, *options: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    url = f"postgresql://{database['user']}@/{database['dbname']}?host={database['host']}"
    environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": redis_url}
    command = [sys.executable, "-m", "metafleet.hub.gateway", "--port", str(port), *options]
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait(10)


async def until_healthy(url: str) -> None:
    deadline = time.monotonic() + 15
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                if (await client.get(f"{url}/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)
    raise AssertionError("no healthy gateway within 15 s")


async def test_the_real_process_answers_and_ends_its_polls_when_stopped(
    stage: Stage, database: Mapping[str, Any], redis_url: str
) -> None:
    terminal = stage.hosted()
    with serving(database, redis_url) as (url, process):
        await until_healthy(url)
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            speaker = Speaker(client, terminal)
            beat = await speaker.post("heartbeat", expert=terminal.expert(), accountInfo=terminal.account())
            assert beat.json()["success"] is True
            assert (await speaker.trades([deal(1)]))["imported"] == 1
            assert psutil.Process(process.pid).memory_info().rss < 130e6
            waiting = asyncio.create_task(speaker.poll(20))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert await waiting == []
            assert await asyncio.to_thread(process.wait, 5) in {0, -signal.SIGTERM}
            assert time.monotonic() - began < 3


async def test_containers_find_it_at_their_bridge_and_nobody_else_does(
    stage: Stage, database: Mapping[str, Any], redis_url: str
) -> None:
    with serving(database, redis_url, "--bridge", "127.0.7.1/24") as (url, process):
        await until_healthy(url)
        at_the_bridge = url.replace("127.0.0.1", "127.0.7.1")
        container = httpx.AsyncHTTPTransport(local_address="127.0.7.22")
        async with httpx.AsyncClient(transport=container) as client:
            assert (await client.get(f"{at_the_bridge}/health")).status_code == 200
        stranger = httpx.AsyncHTTPTransport(local_address="127.0.8.22")
        async with httpx.AsyncClient(transport=stranger) as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"{at_the_bridge}/health")
            assert (await client.get(f"{url}/health")).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 5) in {0, -signal.SIGTERM}


async def test_a_runner_that_dies_while_it_polls_takes_no_command_along(
    stage: Stage, database: Mapping[str, Any], redis_url: str
) -> None:
    terminal = stage.hosted()
    with serving(database, redis_url) as (url, _):
        await until_healthy(url)
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            dying = asyncio.create_task(Speaker(client, terminal).poll(20))
            await asyncio.sleep(0.3)
            dying.cancel()
        await asyncio.sleep(0.2)
        command = stage.command(terminal)
        await asyncio.sleep(1.3)
        assert stage.rows("SELECT state, attempt FROM fleet_command") == [("queued", 0)]
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            assert [c["id"] for c in await Speaker(client, terminal).poll(5)] == [str(command)]


async def test_connections_that_a_restart_killed_cost_no_request(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    terminal = stage.hosted()
    async with make_gateway() as (client, _):
        speaker = Speaker(client, terminal)
        polls = [client.get("/health") for _ in range(8)]
        await asyncio.gather(*polls)
        killed = stage.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'metafleet-gateway' "
            "AND pid <> pg_backend_pid()"
        )
        assert killed >= 1
        answers = await asyncio.gather(*(speaker.trades([deal(n)]) for n in range(1, 6)))
        assert [answer["imported"] for answer in answers] == [1] * 5
    assert stage.value("SELECT count(*) FROM journal_deal") == 5


@asynccontextmanager
async def database_at(configuration: Configuration, patience_s: float) -> AsyncIterator[Database]:
    database = Database(configuration, patience_s=patience_s)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def answer_one(connection: Any) -> int:
    await connection.execute("SELECT 1")
    return 1


async def test_an_absent_database_is_503_in_time_and_waited_for(
    make_gateway: MakeGateway, stage: Stage, tmp_path: os.PathLike[str]
) -> None:
    async with make_gateway() as (_, gateway):
        configuration = gateway.configuration
        await gateway.database.look(answer_one)
    away = replace(configuration, database={**configuration.database, "host": str(tmp_path)})
    async with database_at(away, 0.5) as database:
        began = time.monotonic()
        with pytest.raises(Unavailable) as refused:
            await database.look(answer_one)
        assert time.monotonic() - began < 1.5
        assert refused.value.retry_after_s > 0
        home = configuration.database["host"]
        for name in os.listdir(home):
            os.symlink(os.path.join(home, name), os.path.join(tmp_path, name))
        began = time.monotonic()
        while time.monotonic() - began < 5:
            try:
                assert await database.look(answer_one) == 1
                break
            except Unavailable:
                continue
        assert time.monotonic() - began < 3


async def test_a_frozen_database_is_503_in_time(stage: Stage, make_gateway: MakeGateway) -> None:
    """A lock that is held for long stands for a server that does not answer."""
    async with make_gateway() as (_, gateway):
        slot_terminal = stage.terminal()
        async with database_at(gateway.configuration, 0.5) as database:

            async def blocked(connection: Any) -> None:
                await connection.execute("SELECT pg_sleep(8)")

            began = time.monotonic()
            with pytest.raises(Unavailable):
                await database.in_tenant(slot_terminal.tenant_id, blocked)
            assert time.monotonic() - began < 5


async def test_every_refusal_has_the_path_of_a_problem(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{T}/heartbeat", json={})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["instance"] == response.headers["x-request-id"]
