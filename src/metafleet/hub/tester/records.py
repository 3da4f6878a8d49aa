"""What of a backtest is kept as JSON. Typed where it is read."""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["sample", "generator", "file", "market"]


class Data(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which prices: of a real file of the operator's, of the installation's own market as it was recorded, of
    the sample that ships, or made by the generator.

    name: of the file. timeframe: of its bars; "" of ticks. from_s, to_s: what there is, by the server's
    clock; to_s 0 where there is no end. digest: SHA-256 of the file.
    """

    source: Source
    symbol: str
    name: str = ""
    timeframe: str = ""
    from_s: int = 0
    to_s: int = 0
    seed: int = 0
    digest: str = ""


class Measured(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run took, by the worker's own measure."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    limits: str


class ModelUsed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whose signals a test is given. trained_from, trained_to: days of the prices that it was made of.

    seen: how much of the test's time lies before their end.
    """

    version_id: str
    name: str
    number: int
    content_hash: str
    trained_from: str
    trained_to: str
    seen: Literal["none", "part", "all"]
