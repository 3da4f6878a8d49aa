"""What all terminals of a simulation share: figures, faults that were seen, notes on commands."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from metafleet.cli.simulator.histogram import Histogram
from metafleet.cli.simulator.plan import Plan

MOST_SHOWN: Final = 6
"""Differences of one kind that are told one by one; the rest is counted."""
LEASE_S: Final = 30.0
"""How long a delivered command is its terminal's alone (terminal protocol)."""
_TRAVEL_S: Final = 3.0
"""How long an answer may be on its way, where none has taken longer yet."""


@dataclass(slots=True)
class Faults:
    """What should not have happened, by kind: all counted, the first ones in words."""

    counts: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def add(self, kind: str, words: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= MOST_SHOWN:
            self.words.append(f"{kind}: {words}")


@dataclass(slots=True)
class Figures:
    """Latencies of what was answered well while all were there, by kind of request; all else by count.

    Before that terminals join, after it all report their rest at once: `window` has those, too.
    """

    latencies: dict[str, Histogram] = field(default_factory=dict)
    joined_at_s: float | None = None
    """When the last terminal had joined, by the monotonic clock …"""
    held_until_s: float | None = None
    """… and until when they lived."""
    window: Histogram = field(default_factory=Histogram)
    counts: Counter[str] = field(default_factory=Counter)
    longest_s: float = 0.0

    def answered(self, kind: str, seconds: float) -> None:
        self.longest_s = max(self.longest_s, seconds)
        self.window.record(seconds)
        if not self.is_held(time.monotonic()):
            return
        histogram = self.latencies.get(kind)
        if histogram is None:
            histogram = self.latencies[kind] = Histogram()
        histogram.record(seconds)

    def is_held(self, at_s: float) -> bool:
        """Whether all terminals were there at an instant of the monotonic clock."""
        is_after = self.joined_at_s is not None and at_s >= self.joined_at_s
        return is_after and (self.held_until_s is None or at_s < self.held_until_s)

    @property
    def held_s(self) -> float:
        """For how long the whole fleet was there."""
        if self.joined_at_s is None:
            return 0.0
        until_s = time.monotonic() if self.held_until_s is None else self.held_until_s
        return until_s - self.joined_at_s


@dataclass(slots=True)
class Note:
    """What a simulated terminal knows of one command that was delivered to it."""

    terminal: int
    kind: str
    delivered_s: list[float] = field(default_factory=list)
    attempts: set[int] = field(default_factory=set)
    first_attempt: int = 0
    sent: set[str] = field(default_factory=set)
    """The results that were sent, whether or not their answer was seen."""
    acknowledged: str = ""
    acknowledged_s: float = 0.0
    is_retried: bool = False
    """The last result asked for another try."""


class Notes:
    """Every delivery of a command, judged as it comes: what a hub must never do is a fault.

    A delivery is seen when its answer arrives, later than it was made: by as much as the slowest
    answer took. Two of them may even arrive in the wrong order.
    """

    def __init__(self, faults: Faults, figures: Figures) -> None:
        self._faults = faults
        self._figures = figures
        self.by_id: dict[str, Note] = {}

    def deliver(
        self,
        command_id: str,
        kind: str,
        *,
        terminal: int,
        attempt: int,
        expires_in_s: float | None,
    ) -> Note:
        """Note a delivery. expires_in_s: until the command may not be executed any more."""
        now_s = time.monotonic()
        note = self.by_id.setdefault(command_id, Note(terminal, kind))
        said = f"{kind} {command_id} to terminal {terminal}, attempt {attempt}"
        if note.delivered_s:
            said += f", {now_s - note.delivered_s[-1]:.2f} s after one of {sorted(note.attempts)}"
        if note.terminal != terminal:
            self._faults.add("command for another terminal", said)
        travel_s = max(_TRAVEL_S, self._figures.longest_s)
        if attempt in note.attempts:
            self._faults.add("command delivered twice in one lease", said)
        if note.acknowledged and now_s - note.acknowledged_s > travel_s:
            self._faults.add("command delivered after its end", said)
        if note.delivered_s and not note.is_retried and now_s - note.delivered_s[-1] < LEASE_S - travel_s:
            self._faults.add("command delivered within its lease", said)
        if expires_in_s is not None and expires_in_s < -travel_s:
            self._faults.add("command delivered after it expired", said)
        note.delivered_s.append(now_s)
        note.first_attempt = note.first_attempt or attempt
        note.attempts.add(attempt)
        note.is_retried = False
        return note


@dataclass(slots=True)
class Shared:
    """The simulation. `is_calm`: no more mischief, everything is to come to its end."""

    plan: Plan
    figures: Figures
    faults: Faults
    notes: Notes
    is_calm: bool = False

    def has(self, chaos: str) -> bool:
        """Whether this kind of chaos is on, now."""
        return not self.is_calm and chaos in self.plan.chaos


def share(plan: Plan) -> Shared:
    faults, figures = Faults(), Figures()
    return Shared(plan, figures, faults, Notes(faults, figures))
