"""How a line of a log is written, in every process: its instant in UTC, and no line but by us."""

from __future__ import annotations

import logging
import re
import time
from types import TracebackType
from typing import Final, TextIO

_BREAKS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What ends a line, moves a terminal's cursor or turns its writing round; a tab does neither."""
_DEEPER: Final = "    "

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


FORMAT: Final = "{asctime} {levelname:7} {name}: {message}"


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


def to(stream: TextIO) -> None:
    """Write this process's log there, from INFO on. Once: what was set up before stands."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line(FORMAT, style="{"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def plain(text: str) -> str:
    """Return the text with what breaks a line written as an escape."""
    return _BREAKS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _set_in(text: str) -> str:
    return "\n".join(_DEEPER + plain(line) for line in text.split("\n"))
