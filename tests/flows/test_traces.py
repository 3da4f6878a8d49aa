"""One click on Deploy is one trace, from the browser to the runner, and one request in every log."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.flows.collector import Collector, Received, collecting
from tests.flows.person import BROKER_PASSWORD, PASSWORD
from tests.flows.stack import Stack
from tests.flows.test_browser import connect_account, deploy_grid, open_account_at_the_broker, sign_up
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.browser]

KEY = f"planted-{secrets.token_hex(12)}"
EVERYBODY = {f"metafleet-{name}" for name in ("browser", "web", "worker", "runner", "gateway")}
SOON_S = 120


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


@pytest.fixture(scope="module")
def stack_settings(collector: Collector) -> dict[str, str]:
    return {
        "METAFLEET_DEMO": "false",
        "METAFLEET_OTLP_ENDPOINT": collector.url,
        "METAFLEET_OTLP_HEADERS": f"api-key={KEY}",
        "METAFLEET_TRACE_RATIO": "1",
        "METAFLEET_LOG_FORMAT": "json",
        "METAFLEET_HEARTBEAT_SECONDS": "1",
    }


def test_a_click_on_deploy_is_one_trace_and_one_request_everywhere(
    stack: Stack, collector: Collector, page: Page
) -> None:
    login = open_account_at_the_broker(stack)
    sign_up(page, stack.web_url)
    connect_account(page, login)
    deploy_grid(page)
    assert wait_until(lambda: _deployment(collector) is not None, SOON_S), _seen(collector)
    spans = _deployment(collector) or []
    by_id = {span.span_id: span for span in spans}

    (click,) = [span for span in spans if not span.parent_id]
    assert (click.service, click.name) == ("metafleet-browser", "POST /api/instances")
    # Each other span's parent is in the trace: it is one tree.
    assert [span for span in spans if span.parent_id and span.parent_id not in by_id] == []
    assert all(span.took_ns >= 0 for span in spans)
    (served,) = [span for span in spans if span.name == "POST /api/instances" and span is not click]
    assert (served.service, served.parent_id) == ("metafleet-web", click.span_id)
    named = {(span.service, span.name) for span in spans}
    assert {
        ("metafleet-worker", "fleet.reconcile"),
        ("metafleet-runner", "start runner"),
        ("metafleet-runner", "first report"),
        ("metafleet-gateway", "POST heartbeat"),
    } <= named
    (report,) = [span for span in spans if span.name == "first report"]
    beats = [span for span in spans if span.name == "POST heartbeat"]
    assert {span.parent_id for span in beats} == {report.span_id}
    # What the gateway heard made the worker look again, in the same trace.
    causes = [by_id[span.parent_id].name for span in spans if span.name == "fleet.reconcile"]
    assert "POST heartbeat" in causes, causes

    request_id, tenant_id = (served.attributes[f"metafleet.{name}.id"] for name in ("request", "tenant"))
    for part, lines in (("worker", _log(stack, "worker")), ("runner", _runner_log(stack))):
        ours = [line for line in lines if line.get("requestId") == request_id]
        assert ours, part
        assert {line["tenantId"] for line in ours} == {tenant_id}
        assert all(line["instanceId"] for line in ours)
    named_so = [line for line in _runner_log(stack) if line.get("requestId") == request_id]
    assert all(line["runId"] and line["terminalId"] for line in named_so)


def test_the_vendors_key_goes_to_the_vendor_and_no_secret_into_traces_or_logs(
    stack: Stack, collector: Collector
) -> None:
    assert wait_until(lambda: bool(collector.headers), SOON_S)
    assert {headers["api-key"] for headers in collector.headers} == {KEY}
    logs = b"".join(path.read_bytes() for path in _logs(stack))
    assert len(logs) > 1_000
    for secret in (PASSWORD, BROKER_PASSWORD, KEY):
        assert secret.encode() not in logs
        assert not any(secret.encode() in body for body in collector.bodies)


def _deployment(collector: Collector) -> list[Received] | None:
    """The trace of the deployment, once everybody has told their part and it is confirmed."""
    for spans in collector.traces().values():
        if {span.service for span in spans} >= EVERYBODY and _is_whole(spans):
            return spans
    return None


def _is_whole(spans: list[Received]) -> bool:
    known = {span.span_id for span in spans}
    looked = [span for span in spans if span.name == "fleet.reconcile"]
    return len(looked) > 1 and all(not span.parent_id or span.parent_id in known for span in spans)


def _seen(collector: Collector) -> str:
    """The traces that reached a worker or a runner, for whoever reads why the test failed."""
    traces = [sorted({(span.service, span.name) for span in spans}) for spans in collector.traces().values()]
    told = [trace for trace in traces if {"metafleet-worker", "metafleet-runner"} & dict(trace).keys()]
    return "\n".join(map(str, told))


def _log(stack: Stack, name: str) -> list[dict[str, str]]:
    return _records(stack.folder.logs / f"{name}.log")


def _runner_log(stack: Stack) -> list[dict[str, str]]:
    (log,) = stack.folder.runners.glob("*/log.txt")
    return _records(log)


def _records(log: Path) -> list[dict[str, str]]:
    """What the product wrote there; Celery greets in plain text."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


def _logs(stack: Stack) -> list[Path]:
    return [*stack.folder.logs.glob("*.log"), *stack.folder.runners.glob("*/log.txt")]
