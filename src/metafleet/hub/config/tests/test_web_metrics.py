"""What Prometheus is told of web, and whom it is told to."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metafleet.hub.config.asgi import app
from metafleet.hub.console import metrics
from metafleet.hub.console.objectives import Objectives
from metafleet.hub.monitor.judge import lease
from metafleet.hub.monitor.objectives import queries

HERE, ELSEWHERE = ("127.0.0.1", 1), ("203.0.113.7", 1)


def ask(
    path: str, of: ASGIApp = app, peer: tuple[str, int] = HERE, headers: dict[str, str] | None = None
) -> httpx.Response:
    @async_to_sync
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(of, client=peer, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get(path, headers=headers)

    return asked()


def told(name: str, **labels: str) -> float:
    families = text_string_to_metric_families(ask("/metrics").text)
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.mark.django_db(transaction=True)
def test_answers_are_counted_by_what_was_asked_for() -> None:
    before = told("metafleet_web_requests_total", kind="api", status="401")
    assert ask("/api/accounts").status_code == 401
    assert told("metafleet_web_requests_total", kind="api", status="401") == before + 1
    assert told("metafleet_web_request_seconds_count", kind="api") >= 1


@pytest.mark.django_db(transaction=True)
def test_probes_are_not_counted() -> None:
    ask("/health")
    before = told("metafleet_web_requests_total")
    ask("/health")
    assert told("metafleet_web_requests_total") == before


@pytest.mark.django_db(transaction=True)
def test_a_request_without_an_answer_counts_as_a_failure() -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    before = told("metafleet_web_requests_total", kind="page", status="500")
    ask("/any", of=metrics.Counted(breaks))
    assert told("metafleet_web_requests_total", kind="page", status="500") == before + 1


def test_a_request_whose_asker_left_counts_for_nothing_unless_it_was_answered() -> None:
    async def gives_up(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await gives_up(scope, receive, send)

    async def left() -> Message:
        return {"type": "http.disconnect"}

    async def unsent(message: Message) -> None:
        """Nobody listens any more."""

    scope = {"type": "http", "path": "/any"}
    before = metrics.TALLIES["web-availability"]()
    async_to_sync(metrics.Counted(gives_up))(scope, left, unsent)
    assert metrics.TALLIES["web-availability"]() == before
    async_to_sync(metrics.Counted(answers))(scope, left, unsent)
    assert metrics.TALLIES["web-availability"]() == (before.total + 1, before.bad + 1)


@pytest.mark.django_db(transaction=True)
def test_whether_somebody_judges_is_told() -> None:
    assert told("metafleet_judge_up") == 0
    assert lease.take(uuid4())
    assert told("metafleet_judge_up") == 1


@pytest.mark.django_db(transaction=True)
def test_only_this_machine_is_told_where_there_is_no_token() -> None:
    assert ask("/metrics").status_code == 200
    assert ask("/metrics", peer=ELSEWHERE).status_code == 401
    assert ask("/metrics", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_with_a_token_only_who_brings_it_is_told(settings: Any) -> None:
    settings.METRICS_TOKEN = "a-long-word"
    assert ask("/metrics").status_code == 401
    assert ask("/metrics", peer=ELSEWHERE, headers={"authorization": "Bearer a-long-word"}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_what_counts_for_objectives_is_kept_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise OperationalError

    objectives = Objectives()
    ask("/api/accounts")
    with monkeypatch.context() as patched:
        patched.setattr(BaseDatabaseWrapper, "cursor", away)
        async_to_sync(objectives.write)()
    assert queries.ever()["web-availability"] == (0, 0)
    async_to_sync(objectives.write)()
    async_to_sync(objectives.write)()
    assert queries.ever()["web-availability"] == (1, 0)
    assert told("metafleet_objective_events_total", objective="web-availability") == 1
    assert told("metafleet_objective_bad_events_total", objective="web-availability") == 0
    assert told("metafleet_objective_events_total", objective="deployments") == 0
