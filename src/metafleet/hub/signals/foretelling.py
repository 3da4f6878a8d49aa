"""What a model says at the end of each bar of a past, of what had closed then: for a test of an EA that asks.

One matrix of all bars, the same bits as live. Pure: no database, and LightGBM only once it is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Signal
from metafleet.engine.market.supplies import Supply
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.layout import lay_out
from metafleet.engine.tester.tape import span_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metafleet.brain.model import Model
    from metafleet.engine.market.arrays import Array

MOST: Final = 500_000
"""Signals of a test in the product: of M15 that is twenty years."""

Seen = Literal["none", "part", "all"]


class CannotForetell(ValueError):
    """The model says nothing of these prices; the text is a sentence that says what is missing."""


def seen_of(begin_s: int, end_s: int, trained_to: str) -> Seen:
    """Return how much of a test's time lies before the end of what the model was made of.

    begin_s, end_s: seconds of the server's clock. trained_to: as a card has it. Earlier than the prices that
    it was made of counts as well: who knows how it went on knows what to make of before.
    """
    known_to_s = datetime.fromisoformat(trained_to).replace(tzinfo=UTC).timestamp()
    if begin_s >= known_to_s:
        return "none"
    return "all" if end_s <= known_to_s else "part"


def foretell(
    model: Model,
    cls: type[Expert],
    test: Test,
    supplies: Mapping[str, Supply],
    calendar: NDArray[Any] | None = None,
) -> tuple[list[Signal], int]:
    """Return the signals, by time, and when the first bar of the test opens.

    supplies: as of the test, and those that the model needs beside. calendar: CALENDAR, for a model that
    looks at one. Raises CannotForetell, TestRefused, InputRefused.
    """
    from metafleet.brain import features
    from metafleet.brain.model import LibraryMissing

    layout = lay_out(cls, test, supplies)
    name, tapes = model.spec.name, layout.tapes
    if missing := [one for one in model.spec.beside if one not in tapes]:
        raise CannotForetell(f"{name} looks at {', '.join(missing)} as well: give those prices, too")
    try:
        needs = {need for one in model.spec.features for need in features.about(one).needs}
        if "calendar" in needs and calendar is None:
            raise CannotForetell(f"{name} looks at a calendar of events, and none is given")
        matrix = features.matrix(
            model.spec.features,
            layout.span.rates,
            spec=tapes[test.symbol].spec,
            beside={one: span_of(tapes[one], layout.timeframe).rates for one in model.spec.beside},
            calendar=calendar,
        )
        probabilities = model.probability(matrix)
    except (features.UnknownFeature, LibraryMissing) as fault:
        raise CannotForetell(f"{name}: {fault}".rstrip(".")) from fault
    signals = _signals(model, test.symbol, layout.timeframe, layout.span.rates, probabilities.tolist())
    return signals, int(tapes[test.symbol].rates["time"][layout.begin])


def _signals(
    model: Model, symbol: str, timeframe: str, rates: Array, probabilities: list[float]
) -> list[Signal]:
    # As the hub does it live.
    from math import isfinite

    from metafleet.engine.tester.jobs import spec_of
    from metafleet.hub.signals.serving.validity import closed_at_s, valid_until_s

    spec, number, found = spec_of(symbol), BY_NAME[timeframe], []
    for bar_s, up in zip(rates["time"].tolist(), probabilities, strict=True):
        if not isfinite(up):
            continue  # a window that is not full says nothing
        verdict = model.verdict(up)
        found.append(
            Signal(
                time_s=closed_at_s(number, bar_s),
                side=verdict.side,
                probability=up,
                size=verdict.size,
                valid_until_s=valid_until_s(spec, number, bar_s),
                model=model.spec.name,
                horizon_bars=model.spec.horizon_bars,
            )
        )
    return found
