"""What the advisor's rows keep as JSON."""

from __future__ import annotations

from typing import Literal

import msgspec

from metafleet.hub.advisor.evidence.judging import Judgement

Source = Literal["file", "record", "sample"]
"""Where bars come from: the operator's folder, the record of the installation's market, the sample."""


class Origin(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which bars evidence rests on. Times by the server's clock, seconds; the end not included."""

    source: Source
    name: str
    from_s: int
    to_s: int


class Evidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of a recommendation. tried: sets of this EA and symbol; compared: of all that were ranked together.

    changed: the inputs that are not the author's. regime_source: whose newest bars the regime is of.
    """

    judgement: Judgement
    origin: Origin
    tried: int
    compared: int
    changed: list[str]
    regime_source: str
    deposit: int


class Alike(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How alike a recommendation's days are to those of an EA that the tenant runs.

    basis: live or tested results of the latter.
    """

    instance_id: str
    name: str
    correlation: float
    days: int
    basis: Literal["live", "tested"]


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One place of a tenant's list. worth: what it is ranked by, 0 to 1."""

    id: str
    worth: float
    alike: Alike | None = None
    unlike: str = ""


class Unjudged(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An EA, on a symbol or on all, that cannot be judged, and what is missing."""

    slug: str
    name: str
    symbol: str
    why: str
