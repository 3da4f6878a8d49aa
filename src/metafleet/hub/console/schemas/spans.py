"""What a browser tells of its part of a trace."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from metafleet.hub.console.schemas.base import Form

_LATEST_MS = 4e12
"""In the year 2096."""
Milliseconds = Annotated[float, Field(ge=0, lt=_LATEST_MS)]


class BrowserSpan(Form):
    """One call as the browser saw it. `name`: verb and address, ids as `{…}`; times in ms since the epoch."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3,6} /api/[a-z0-9_{}/-]{1,120}$")]
    traceparent: Annotated[str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")]
    began_ms: Milliseconds
    ended_ms: Milliseconds
    status: Annotated[int, Field(ge=100, le=599)]


class BrowserSpans(Form):
    spans: Annotated[list[BrowserSpan], Field(max_length=64)]
