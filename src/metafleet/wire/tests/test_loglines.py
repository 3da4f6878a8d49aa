"""What runs beside a terminal logs as the hub does, and says whose it is."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from metafleet.wire import loglines

_log = logging.getLogger("metafleet.tests.process")


@contextmanager
def bare_root() -> Iterator[None]:
    """The log of a process in which nobody has set one up yet; pytest sets its own up as a test begins."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def test_a_process_that_knows_its_instance_says_it_on_each_line() -> None:
    written = io.StringIO()
    with bare_root():
        loglines.to(written, {loglines.SETTING: "json"})
        _log.info("before")
        loglines.about(instance_id="i1", tenant_id="t1", request_id="")
        _log.info("after", extra={"command_id": "c1"})
        _log.info("another's", extra={"instance_id": "i2"})
    before, after, others = [json.loads(line) for line in written.getvalue().splitlines()]
    assert set(before) == {"time", "level", "logger", "message"}
    assert (after["instanceId"], after["tenantId"], after["commandId"]) == ("i1", "t1", "c1")
    assert "requestId" not in after
    assert others["instanceId"] == "i2"


@pytest.mark.parametrize("environ", [{}, {loglines.SETTING: "line"}, {loglines.SETTING: "xml"}])
def test_without_json_a_line_is_as_it_was(environ: dict[str, str]) -> None:
    written = io.StringIO()
    with bare_root():
        loglines.to(written, environ)
        loglines.about(instance_id="i1")
        _log.warning("plain")
    assert written.getvalue().endswith("WARNING metafleet.tests.process: plain\n")
