"""What a program is to be run on: its market, its account, its clock."""

from __future__ import annotations

from typing import Literal

import msgspec

from metafleet.engine.broker.dealing import DealingName


class RehearsalRefused(ValueError):
    """It cannot be run so; the text is one sentence for the person who asked."""


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """A program's file and what it is run on.

    data: `generator`, `sample`, or the path of a file or a folder of bars or ticks. symbols: empty for
    all that the data has. deposit: with at most two places. dealing: how orders are executed. ticks: made of
    each M1 bar; None: the data is ticks. server_time: the zone of the server's clock. speed: how many times
    faster than life; None: as fast as it goes. begin_s, end_s: where its life begins and ends, Unix seconds;
    None: where the data does. report, json: files to write.
    """

    script: str
    arguments: list[str] = []
    data: str = "generator"
    symbols: list[str] = []
    deposit: str = "10000"
    currency: str = "USD"
    leverage: int = 100
    mode: Literal["hedging", "netting"] = "hedging"
    dealing: DealingName = "off"
    ticks: int | None = 30
    server_time: str = "UTC"
    speed: float | None = 1.0
    begin_s: int | None = None
    end_s: int | None = None
    seed: int = 0
    report: str | None = None
    json: str | None = None
