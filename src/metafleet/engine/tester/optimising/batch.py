"""What a process is given that makes several tries, one after another, and what it tells while it does."""

from __future__ import annotations

from typing import Literal

import msgspec

from metafleet.engine.tester.jobs import Supplied
from metafleet.engine.tester.optimising.job import Job, Outcome


class Batch(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """source: of an EA that was uploaded; "" for the one that ships under the slug.

    supplies: prices that are kept. made: by symbol, the files of those that are made (`baking`). The jobs
    are of one EA, market and engine; that the prices are those which they name is for whoever gives them to
    see.
    """

    slug: str
    source: str = ""
    supplies: list[Supplied]
    made: dict[str, str] = {}
    jobs: list[Job]


class BatchTold(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line. kind: progress (the try under way goes on), outcome, refused (none of them can be run here),
    no_cell."""

    kind: Literal["progress", "outcome", "refused", "no_cell"]
    error: str = ""
    outcome: Outcome | None = None
