"""How a line of a log is written, in every process: its instant in UTC, and no line but by us."""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Final, TextIO

_BREAKS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What ends a line, moves a terminal's cursor or turns its writing round; a tab does neither."""
_DEEPER: Final = "    "

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


FORMAT: Final = "{asctime} {levelname:7} {name}: {message}"
SETTING: Final = "METAFLEET_LOG_FORMAT"
"""`line`, or `json`. What runs without the hub's settings reads it here."""

NAMES: Final = {
    "request_id": "requestId",
    "trace_id": "traceId",
    "tenant_id": "tenantId",
    "terminal_id": "terminalId",
    "instance_id": "instanceId",
    "run_id": "runId",
    "command_id": "commandId",
}
"""What a record may say of whom and what it is about, by its attributes' names, and as JSON calls it."""


class Line(logging.Formatter):
    """One record, one line: what somebody sent cannot begin another. Tracebacks follow it, set in."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        return plain(super().formatMessage(record))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        return _set_in(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - logging's name
        return _set_in(super().formatStack(stack_info))


class JsonLine(Line):
    """One record, one line of JSON: time, level, logger, message; of NAMES what the record, or a filter,
    says; traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{word: str(getattr(record, name, "") or "") for name, word in NAMES.items()},
            "traceback": logging.Formatter.formatException(self, record.exc_info) if record.exc_info else "",
        }
        # ASCII: whatever ends a line or moves a cursor is an escape then.
        return json.dumps({name: value for name, value in said.items() if value})


class About(logging.Filter):
    """Says on each record what the whole process is about: a runner has one instance and one terminal.

    What a record says itself stands.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, str] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in self.known.items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True


def to(stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
    """Write this process's log there, from INFO on, in the format that the setting names.

    Once: what was set up before stands. An unknown format is the plain one: no log is worth a process.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLine() if environ.get(SETTING) == "json" else Line(FORMAT, style="{"))
    handler.addFilter(About())
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def about(**known: str) -> None:
    """From here on each record that `to` writes says this too, by NAMES; "" is left out."""
    for handler in logging.getLogger().handlers:
        for kept in handler.filters:
            if isinstance(kept, About):
                kept.known |= {name: value for name, value in known.items() if value}


def plain(text: str) -> str:
    """Return the text with what breaks a line written as an escape."""
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _set_in(text: str) -> str:
    return "\n".join(_DEEPER + plain(line) for line in text.split("\n"))
