"""What the models say of many questions at once: features of each, one matrix for each version.

Pure, and made for a thread: nothing here waits. Bars that several terminals of one market ask about at the
same time are thought about once.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.model import Verdict
from metafleet.engine.market.arrays import Array
from metafleet.hub.signals.serving.refusals import NotFinite, TooFewBars
from metafleet.hub.signals.serving.shelf import Mind, spec_of

REMEMBERED: Final = 8_192
"""Thoughts; a fleet that asks about eight symbols of six timeframes uses some hundreds."""


@dataclass(frozen=True, slots=True)
class Question:
    """rates: RATES, closed, oldest first, as many as are looked back over. beside: of other symbols.

    calendar: the events near the newest bar, where the version looks at any.
    """

    mind: Mind
    symbol: str
    rates: Array
    beside: Mapping[str, Array]
    calendar: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Thought:
    """What a version says. features: float32, little-endian, of which inputs_hash is the SHA-256."""

    features: bytes
    inputs_hash: str
    verdict: Verdict


_Key = tuple[UUID, str, bytes]


class Thinker:
    """`think` answers questions in their order; what cannot be answered is an exception in its place.

    Called by one thread at a time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, Thought] = OrderedDict()

    def think(self, questions: Sequence[Question]) -> list[Thought | Exception]:
        """Return a thought for each question, or NotFinite, or TooFewBars."""
        answers: dict[int, Thought | Exception] = {}
        keys: dict[int, _Key] = {}
        asked: defaultdict[tuple[Mind, bytes], list[int]] = defaultdict(list)
        first: dict[_Key, int] = {}
        for place, question in enumerate(questions):
            mind, used = question.mind, question.rates[-question.mind.look_back :]
            if len(used) < mind.look_back:
                answers[place] = TooFewBars(len(used), mind.look_back, mind.name)
                continue
            key = keys[place] = (mind.version_id, question.symbol, _digest(used, question))
            if known := self._known.get(key):
                answers[place] = known
            elif first.setdefault(key, place) == place:
                asked[mind, _events(question)].append(place)
        for (mind, _), places in asked.items():
            matrix = _features(mind, [questions[place] for place in places])
            for place, answer in zip(places, _said(mind, matrix), strict=True):
                answers[place] = answer
                if isinstance(answer, Thought):
                    self._known[keys[place]] = answer
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return [
            answers[place] if place in answers else answers[first[keys[place]]]
            for place in range(len(questions))
        ]


def _features(mind: Mind, questions: Sequence[Question]) -> NDArray[np.float32]:
    """Return a row for each, of one calendar: those of several markets are reckoned together."""
    return features.newest_of(
        mind.spec.features,
        [question.rates for question in questions],
        specs=[spec_of(question.symbol) for question in questions],
        besides=[question.beside for question in questions],
        calendar=questions[0].calendar,
    )


def _said(mind: Mind, matrix: NDArray[np.float32]) -> list[Thought | Exception]:
    found: list[Thought | Exception] = []
    for row, probability in zip(matrix, mind.model.probability(matrix), strict=True):
        if not np.isfinite(probability):
            name = mind.spec.features[int(np.flatnonzero(~np.isfinite(row))[0])]
            found.append(NotFinite(f"{mind.name} says nothing of these bars: {name} of them is no number."))
            continue
        content = row.astype("<f4").tobytes()
        digest = hashlib.sha256(content).hexdigest()
        found.append(Thought(content, digest, mind.model.verdict(float(probability))))
    return found


def _events(question: Question) -> bytes:
    return b"" if question.calendar is None else question.calendar.tobytes()


def _digest(used: Array, question: Question) -> bytes:
    digest = hashlib.blake2b(used.tobytes(), digest_size=16)
    for name in sorted(question.beside):
        digest.update(name.encode())
        digest.update(question.beside[name].tobytes())
    digest.update(_events(question))
    return digest.digest()
