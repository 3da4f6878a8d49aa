"""In JSON each line says of which request and of which tenant it is, through the worker too."""

from __future__ import annotations

import copy
import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery, current_app, shared_task
from django.test import Client

from metafleet.hub.config import celery
from metafleet.hub.config.settings import LOGGING
from metafleet.hub.gateway import nudger
from metafleet.hub.kernel import nudges, origin

Lines = Callable[[], list[dict[str, str]]]

_log = logging.getLogger("metafleet.tests.names")


@shared_task(name="tests.say")  # type: ignore[untyped-decorator]
def say(*, tenant_id: str, instance_id: str) -> None:
    _log.warning("looked at it")


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the hub logs, as it writes it with METAFLEET_LOG_FORMAT=json."""
    configurator = logging.config.DictConfigurator({})
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(configurator.configure_formatter(copy.deepcopy(LOGGING["formatters"]["json"])))
    handler.addFilter(configurator.configure_filter(copy.deepcopy(LOGGING["filters"]["named"])))
    logger = logging.getLogger("metafleet")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_a_line_is_one_object_whatever_somebody_sent(lines: Lines) -> None:
    try:
        raise ValueError("no\n\x1b[2K\u2028x")
    except ValueError:
        _log.exception("refused %s", 'a"\r\nb')
    (line,) = lines()
    assert (line["level"], line["logger"]) == ("ERROR", "metafleet.tests.names")
    assert line["message"] == 'refused a"\r\nb'
    assert line["time"].endswith("Z")
    assert "ValueError" in line["traceback"]
    assert "requestId" not in line


@pytest.mark.django_db
def test_a_refused_request_is_named_as_its_reply_is(lines: Lines) -> None:
    answer = Client().get("/api/me")
    assert [line["requestId"] for line in lines()] == [answer["X-Request-Id"]]


def test_a_nudge_carries_the_request_it_comes_of(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    celery.app.set_default()
    monkeypatch.setattr(type(current_app._get_current_object()), "send_task", lambda *_, **o: sent.append(o))
    with origin.coming_from(origin.Origin(request_id="abc")):
        nudges._send("tests.say", {"tenant_id": "x"}, 0.0)
    assert [options["headers"] for options in sent] == [{nudges.REQUEST_ID: "abc"}]


def test_a_gateways_nudge_carries_the_request_that_brought_the_news(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(Celery, "send_task", lambda *_, **o: sent.append(o))
    nudge = nudger.Nudge(uuid4(), uuid4(), "abc")
    nudger.celery_sender()(nudge)
    assert [options["headers"] for options in sent] == [{nudges.REQUEST_ID: "abc"}]


def test_the_worker_logs_under_the_request_and_tenant_of_the_nudge_and_no_longer(lines: Lines) -> None:
    tenant, instance = str(uuid4()), str(uuid4())
    say.apply(kwargs={"tenant_id": tenant, "instance_id": instance}, headers={nudges.REQUEST_ID: "abc"})
    _log.warning("idle")
    named, idle = lines()
    assert (named["requestId"], named["tenantId"], named["instanceId"]) == ("abc", tenant, instance)
    assert not {"requestId", "tenantId", "instanceId"} & set(idle)
