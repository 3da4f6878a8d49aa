"""The statements of a traced piece of work, each a span: its text with placeholders, never its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

from metafleet.hub.kernel import tracing

_MOST: Final = 2_000
"""Characters of a statement that are kept."""


@contextmanager
def work(name: str, kind: tracing.Kind, *, parent: str) -> Iterator[tracing.Span]:
    """What the body does is one span, and each statement in it another, where its trace is kept."""
    with tracing.span(name, kind, parent=parent) as span:
        if not span.is_kept:
            yield span
            return
        with connection.execute_wrapper(_statement):
            yield span


def _statement(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    text = sql if isinstance(sql, str) else "…"
    with tracing.span(text.split(maxsplit=1)[0] if text.strip() else "SQL", "client") as span:
        span.note({"db.system.name": "postgresql", "db.query.text": text[:_MOST]})
        return execute(sql, params, many, context)
