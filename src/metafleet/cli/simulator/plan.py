"""What a simulation is to be: how many, how fast, how badly treated; and the habits of each terminal."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final, Literal
from zoneinfo import ZoneInfo

from metafleet.cli.refusal import Refused

CHAOS: Final = {
    "duplicates": "batches come again, whole, in part, and from two connections at once",
    "reorder": "exits come before their entries, later batches before earlier ones",
    "skew": "server clocks hours ahead or behind, odd and impossible offsets",
    "drops": "connections are cut in mid-request, or before the answer is read",
    "crosswired": "a terminal is signed in to another terminal's account for a while",
    "crashes": "terminals forget what they sent, and commands that they were at",
    "baditems": "deals with missing fields and impossible numbers among good ones",
    "bursts": "terminals beat faster than they may, and heed Retry-After",
}
"""What can go wrong, by the word that asks for it."""

BEAT_S: Final = 10.0
POSITIONS_S: Final = 15.0
BATCH_S: Final = 60.0
REPORT_S: Final = 15.0
"""At speed 1."""
JOIN_PER_S: Final = 250
"""Terminals that join in a second, at most: no fleet is there at once, and one that comes back backs off."""
MOST_HOSTS: Final = 1_000
MOST_ON_A_HOST: Final = 32
"""As the hub and a host agent have it."""

Mode = Literal["hedging", "netting", "mt4"]


class PlanRefused(Refused):
    """The simulation that was asked for cannot be; the sentence names the option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One simulation. `rate`: executions in a batch; `commands_per_s`: over the whole fleet.

    `hosts`: machines that the terminals are on, `terminals` is then a multiple of it; 0: none is told of.
    `losing`: how many of the accounts lose steadily.
    """

    terminals: int
    minutes: float
    chaos: frozenset[str] = frozenset()
    seed: int = 1
    speed: float = 1.0
    rate: float = 4.0
    commands_per_s: float = 1.0
    connections: int = 0
    hosts: int = 0
    losing: int = 0

    @property
    def join_s(self) -> float:
        """How long it takes until all terminals are there."""
        return max(BEAT_S / self.speed, self.terminals / JOIN_PER_S)

    def host_of(self, index: int) -> int:
        """Return the number of the machine that a terminal is on."""
        return index // (self.terminals // self.hosts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How one terminal speaks, and what kind of account it has.

    offset_s: seconds that its server's clock is east of UTC, which it says with each heartbeat;
    None where it says nothing and the account's own setting holds: `zone`, or else `account_offset_s`.
    broker_skew_ms: how far the broker's clock is ahead of ours.
    price_part: prices move by at most one part in so many.
    keeps_order: it sends in order and may forget everything; else its outbox is on disk.
    """

    mode: Mode
    protocol: int
    polls: bool
    numbers: Literal["number", "string"]
    times: Literal["seconds", "milliseconds", "msc", "iso"]
    is_gzip: bool
    ends_with_nul: bool
    is_ansi: bool
    token_in_body: bool
    offset_s: int | None
    account_offset_s: int
    zone: str
    broker_skew_ms: int
    keeps_order: bool
    is_old_token: bool
    has_fractions: bool
    first_ticket: int
    price_part: int

    @property
    def platform(self) -> str:
        return "mt4" if self.mode == "mt4" else "mt5"

    @property
    def has_milliseconds(self) -> bool:
        return self.mode != "mt4" and self.times in {"msc", "iso"}


def read_chaos(text: str) -> frozenset[str]:
    """Return the kinds that `text` names, with commas between; "all" and "none" are words too.

    Raises PlanRefused.
    """
    words = {word.strip() for word in text.split(",") if word.strip()} - {"none"}
    if "all" in words:
        return frozenset(CHAOS)
    if unknown := words - set(CHAOS):
        raise PlanRefused(f"--chaos knows no {min(unknown)!r}; it takes all, none or {', '.join(CHAOS)}.")
    return frozenset(words)


def habits(index: int, plan: Plan) -> Habits:
    """Return the habits of the terminal with this number: the same ones for the same seed."""
    rng = random.Random(f"{plan.seed}:habits:{index}")
    slot = index % 10
    # No host agent looks into MetaTrader 4.
    mode: Mode = "mt4" if slot in {8, 9} and not plan.hosts else "netting" if slot in {4, 5} else "hedging"
    protocol = 1 if slot in {7, 8} else 2
    is_skewed = "skew" in plan.chaos
    offset = rng.choice((-18_000, 0, 7_200, 10_800, 19_800, 10_803)) if is_skewed else 7_200
    return Habits(
        mode=mode,
        protocol=protocol,
        polls=protocol == 2 and slot != 6,
        numbers="string" if protocol == 1 or rng.random() < 0.2 else "number",
        times="seconds" if protocol == 1 else rng.choice(("seconds", "milliseconds", "msc", "iso")),
        is_gzip=protocol == 2 and rng.random() < 0.3,
        ends_with_nul=protocol == 1 or rng.random() < 0.2,
        is_ansi=protocol == 1 and rng.random() < 0.5,
        token_in_body=protocol == 1,
        offset_s=offset if protocol == 2 else None,
        account_offset_s=rng.choice((0, 3_600, 10_800)) if protocol == 1 else 0,
        zone=rng.choice(("", "Asia/Tokyo", "America/New_York")) if protocol == 1 else "",
        broker_skew_ms=rng.choice((0, 0, 9_000_000, -86_400_000, -1_234)) if is_skewed else 0,
        keeps_order=mode != "mt4" and ("reorder" not in plan.chaos or rng.random() < 0.5),
        is_old_token=rng.random() < 0.2,
        has_fractions=mode == "netting" and rng.random() < 0.5,
        first_ticket=rng.choice((1_000, 400_000_000, 9_007_199_254_740_993)),
        # Where people look, who loses is to be seen.
        price_part=2_000 if plan.hosts else 50,
    )


def server_offset_s(habits: Habits, at_s: float) -> int:
    """Return how far east of UTC this terminal's server is at an instant (Unix seconds)."""
    if habits.offset_s is not None:
        return habits.offset_s
    if not habits.zone:
        return habits.account_offset_s
    from datetime import UTC, datetime

    offset = datetime.fromtimestamp(at_s, UTC).astimezone(ZoneInfo(habits.zone)).utcoffset()
    return int(offset.total_seconds()) if offset else 0
