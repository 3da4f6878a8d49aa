"""Traces, where METAFLEET_OTLP_ENDPOINT says to whom. Without it no span, nor what exports them, is imported.

A trace goes from hop to hop as W3C Trace Context's `traceparent`: in a header of HTTP, in a nudge's, in
a run's assignment. Whether one is kept is decided by its id, everywhere alike (`kernel.otlp`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from metafleet.hub.kernel.otlp import Exporting

TRACEPARENT: Final = "traceparent"
"""The header, of HTTP and of a nudge. Source: https://www.w3.org/TR/trace-context/"""
_FORM: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch

Kind = Literal["server", "client", "producer", "consumer", "internal"]


@dataclass(frozen=True, slots=True)
class Told:
    """A span that somebody else measured and told us: a browser, a runner. Times in ns since the epoch.

    traceparent: of the span itself. parent_id: 16 hexadecimal digits, "" for the first of its trace.
    """

    service: str
    name: str
    kind: Kind
    traceparent: str
    parent_id: str
    began_ns: int
    ended_ns: int
    attributes: Mapping[str, str]


class Span:
    """What is known of a piece of work, for its span; without a trace it goes nowhere."""

    __slots__ = ("_span",)

    def __init__(self, span: Any = None) -> None:
        self._span = span

    @property
    def is_kept(self) -> bool:
        return self._span is not None

    def name(self, name: str) -> None:
        if self._span is not None:
            self._span.update_name(name)

    def note(self, attributes: Mapping[str, str | int | float]) -> None:
        """Attributes by OpenTelemetry's names; what is "" is left out."""
        if self._span is not None:
            self._span.set_attributes({name: value for name, value in attributes.items() if value != ""})

    def fail(self, why: str) -> None:
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, why))


_NOWHERE: Final = Span()
_exporting: Exporting | None = None


def start(service: str) -> None:
    """Trace this process from now on, if the settings say where to. Once, as it starts."""
    global _exporting  # noqa: PLW0603 - a process has one, as it has one log
    from django.conf import settings

    if settings.OTLP_ENDPOINT and _exporting is None:
        from metafleet.hub.kernel.otlp import Exporting

        _exporting = Exporting(
            service=service,
            endpoint=settings.OTLP_ENDPOINT,
            headers=settings.OTLP_HEADERS,
            ratio=settings.TRACE_RATIO,
        )


def stop() -> None:
    """Send what is left, and trace no more."""
    global _exporting
    exporting, _exporting = _exporting, None
    if exporting is not None:
        exporting.close()


def is_on() -> bool:
    return _exporting is not None


def parse(traceparent: str) -> str:
    """Return it, or "" where it is none."""
    return traceparent if _FORM(traceparent) else ""


def current() -> str:
    """Return the traceparent of the work under way, "" where none is kept."""
    return "" if _exporting is None else _exporting.current()


@contextmanager
def span(name: str, kind: Kind = "internal", *, parent: str | None = None, link: str = "") -> Iterator[Span]:
    """What the body does is one span.

    parent: another process's traceparent; "" begins a trace; None goes on with what is under way here.
    An exception that leaves the body is the span's failure, by its type alone: its words may hold data.
    """
    if _exporting is None:
        yield _NOWHERE
        return
    with _exporting.span(name, kind, parent, link) as found:
        yield Span(found) if found is not None else _NOWHERE


def pass_on(told: Sequence[Told]) -> None:
    """Send what others measured, as theirs. What is not kept by its trace's id is dropped."""
    if _exporting is not None:
        _exporting.pass_on(told)
