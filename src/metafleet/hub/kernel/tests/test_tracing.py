"""Traces cost nothing where they are off, and keep what their ids say where they are on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from metafleet.hub.kernel import tracing
from metafleet.hub.kernel.otlp import Exporting
from tests.flows.collector import Collector, collecting

LOW = "00-00000000000000000000000000000001-00000000000000a1-01"
"""Its id is below every ratio's bound but 0's."""
HIGH = "00-0000000000000000ffffffffffffffff-00000000000000a2-01"
PROCESSES = "metafleet.hub.config.asgi metafleet.hub.gateway.asgi metafleet.hub.config.celery"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def exporting(collector: Collector, ratio: float) -> Exporting:
    return Exporting(service="metafleet-test", endpoint=collector.url, headers={"api-key": "k"}, ratio=ratio)


def test_where_traces_are_off_neither_spans_nor_their_export_are_imported() -> None:
    # redis-py imports the SDK's metrics wherever they are installed; that is its doing and not ours.
    ours = ("opentelemetry.sdk.trace", "opentelemetry.exporter", "opentelemetry.proto")
    code = (
        f"import importlib, sys\nfor name in {PROCESSES!r}.split(): importlib.import_module(name)\n"
        "from metafleet.hub.kernel import tracing\ntracing.start('x')\nassert not tracing.is_on()\n"
        "with tracing.span('x') as span: assert not span.is_kept\n"
        f"sys.exit(str([name for name in sys.modules if name.startswith({ours})]))"
    )
    environ = {**os.environ, "METAFLEET_SECRET_KEY": "x", "METAFLEET_OTLP_ENDPOINT": ""}
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.stderr.strip().splitlines()[-1:] == ["[]"], ran.stderr


def test_a_span_goes_on_with_the_trace_that_came_and_is_named_by_its_own_traceparent(
    collector: Collector,
) -> None:
    exporter = exporting(collector, 0.5)
    with exporter.span("outer", "server", LOW, ""):
        outer = exporter.current()
        with exporter.span("inner", "client", None, ""):
            pass
    exporter.close()
    inner, served = collector.spans()
    assert (served.name, served.trace_id, served.parent_id) == ("outer", LOW[3:35], "00000000000000a1")
    assert outer == f"00-{served.trace_id}-{served.span_id}-01"
    assert (inner.name, inner.parent_id) == ("inner", served.span_id)
    assert collector.headers[0]["api-key"] == "k"


def test_no_client_decides_how_much_is_kept(collector: Collector) -> None:
    exporter = exporting(collector, 0.5)
    with exporter.span("outer", "server", HIGH, "") as found:
        assert found is None
        assert exporter.current() == ""
    told = [
        tracing.Told("metafleet-browser", name, "client", traceparent, "", 1, 2, {})
        for name, traceparent in (("low", LOW), ("high", HIGH), ("garbled", "00-x"))
    ]
    exporter.pass_on(told)
    exporter.close()
    assert [(span.service, span.name) for span in collector.spans()] == [("metafleet-browser", "low")]


def test_of_what_failed_the_type_is_told_and_no_word(collector: Collector) -> None:
    exporter = exporting(collector, 1)
    with pytest.raises(ValueError, match="hunter2"), exporter.span("work", "internal", "", ""):
        raise ValueError("hunter2")
    exporter.close()
    (body,) = collector.bodies
    assert b"ValueError" in body
    assert b"hunter2" not in body


@pytest.mark.parametrize(
    "garbled", ["", "00-1-2-01", f"{LOW}-more", "00-" + "0" * 32 + LOW[35:], LOW.upper()]
)
def test_what_is_no_traceparent_begins_no_trace_of_its_own(garbled: str) -> None:
    assert tracing.parse(garbled) == ("" if garbled != LOW else LOW)
    assert tracing.parse(LOW) == LOW
