"""Whatever is logged, each record is one line that says when, and a traceback is set in under it."""

from __future__ import annotations

import copy
import io
import logging
import logging.config
import re
from collections.abc import Iterator

import pytest

from metafleet.hub.config.settings import LOGGING
from metafleet.wire.loglines import Line

FORGED = "no\n2026-01-01T00:00:00.000Z INFO    metafleet: alice signed in\r\x1b[2K\u2028x"
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ +[\w.]+: ")


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A log that is written as the hub's."""
    said = copy.deepcopy(LOGGING["formatters"]["line"])
    formatter = logging.config.DictConfigurator({}).configure_formatter(said)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    logger = logging.getLogger("metafleet.tests.loglines")
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def test_nobody_who_sends_something_writes_a_line_of_the_log(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.warning("refused %s", FORGED)
    (line,) = written.getvalue().splitlines()
    assert STAMP.match(line)
    assert r"no\n2026" in line
    assert r"\r\x1b[2K\u2028x" in line


def test_a_traceback_is_set_in_under_its_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    try:
        raise ValueError(FORGED)
    except ValueError:
        logger.exception("failed")
    first, *rest = written.getvalue().split("\n")[:-1]
    assert STAMP.match(first)
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in written.getvalue()


def test_text_of_any_language_is_left_as_it_is(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.warning("Grüße\t€ 日本 🙂")
    assert written.getvalue().endswith(": Grüße\t€ 日本 🙂\n")


def test_uvicorn_writes_as_we_do_and_not_of_each_request() -> None:
    before = logging.getLogger("uvicorn.access").propagate
    logging.config.dictConfig(LOGGING)
    try:
        assert not logging.getLogger("uvicorn.access").hasHandlers()
        (handler,) = logging.getLogger("uvicorn").handlers
        assert isinstance(handler.formatter, Line)
    finally:
        logging.getLogger("uvicorn.access").propagate = before
