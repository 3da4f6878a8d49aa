"""One terminal's conversation: what it sends until it is answered, and what no answer may be."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from metafleet.cli.simulator.load import Answer, Line, LineLost
from metafleet.cli.simulator.state import Shared

_LATER: Final = frozenset({429, 502, 503, 504})
_FIRST_REST_S, _LONGEST_REST_S = 0.1, 1.0
_MOST_REFUSALS: Final = 5
_WRONGED_S: Final = 5.0
"""How long after a heartbeat that was welcome a terminal may still be taken for a cross-wired one."""


class Talk:
    """Sends over the terminal's line, counts, and notes as a fault what no hub should answer."""

    __slots__ = ("_index", "_line", "_rng", "_shared", "_welcome_s")

    def __init__(self, index: int, line: Line, shared: Shared, rng: random.Random) -> None:
        self._index = index
        self._line = line
        self._shared = shared
        self._rng = rng
        self._welcome_s = -math.inf

    @contextmanager
    def wronged(self) -> Iterator[None]:
        """For as long as the block runs the terminal is signed in elsewhere: 409 is what it must hear."""
        self._welcome_s = math.inf
        try:
            yield
        finally:
            self._welcome_s = time.monotonic()

    async def once(self, kind: str, request: bytes, expected: Collection[int] = (200,)) -> Answer | None:
        """Send; return an answer that was expected, None where there was none or "come later"."""
        answer = await self._ask(kind, request)
        if answer is None or answer.status in expected:
            return answer
        if answer.status in _LATER:
            await asyncio.sleep(self._rest_s(kind, answer))
            return None
        self.fault(kind, answer)
        return None

    async def until_answered(self, kind: str, request: bytes, expected: Collection[int] = (200,)) -> Answer:
        """Send again and again until there is an answer that was expected.

        A refusal that will come again is noted as a fault and returned all the same.
        """
        rest_s, refusals, since_s = _FIRST_REST_S, 0, time.monotonic()
        while True:
            answer = await self._ask(kind, request)
            if answer is not None:
                if answer.status in expected:
                    return answer
                if answer.status in _LATER:
                    rest_s = max(rest_s, self._rest_s(kind, answer))
                elif answer.status != 409 or time.monotonic() - self._right_s(kind, since_s) > _WRONGED_S:
                    # Processes of a hub may learn a little later that a terminal is right again.
                    self.fault(kind, answer)
                    refusals += 1
                    if refusals == _MOST_REFUSALS or 400 <= answer.status < 500:
                        return answer
            await asyncio.sleep(rest_s * (0.5 + self._rng.random()))
            rest_s = min(2 * rest_s, _LONGEST_REST_S)

    async def cut(self, request: bytes) -> None:
        """Break the connection in mid-request, or before the answer could be read."""
        self._shared.figures.counts["cut connections"] += 1
        sent = len(request) if self._rng.random() < 0.6 else self._rng.randrange(1, len(request))
        try:
            await self._line.break_off(request, sent=sent, linger_s=self._rng.choice((0.0, 0.002, 0.02)))
        except LineLost:
            self._shared.figures.counts["lost connections"] += 1

    def fault(self, kind: str, answer: Answer) -> None:
        words = answer.body[:300].decode("utf-8", "replace")
        self._shared.faults.add(f"{kind} answered {answer.status}", f"terminal {self._index}: {words}")

    async def _ask(self, kind: str, request: bytes) -> Answer | None:
        figures = self._shared.figures
        try:
            answer = await self._line.ask(request)
        except LineLost:
            figures.counts["lost connections"] += 1
            return None
        if answer.status == 200:
            figures.answered(kind, answer.seconds)
        else:
            figures.counts[f"answers {answer.status}"] += 1
            if b"success" in answer.body.lower():
                self._shared.faults.add("refusal with the word success", answer.body[:200].decode())
        return answer

    def _right_s(self, kind: str, since_s: float) -> float:
        """From when on this terminal was right, to whom it spoke first at `since_s`."""
        # A heartbeat rights it; everything else may have begun while it was wrong.
        return since_s if kind == "heartbeat" else max(since_s, self._welcome_s)

    def _rest_s(self, kind: str, answer: Answer) -> float:
        if answer.status == 429 and not answer.retry_after_s:
            self._shared.faults.add("429 without Retry-After", f"{kind} of terminal {self._index}")
        return answer.retry_after_s or _LONGEST_REST_S


def decoded(answer: Answer) -> dict[str, Any]:
    """Return the answer's document; an empty one for what is no JSON object."""
    try:
        return msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
