"""From a question to what is thought about, and from a thought to the row that is written.

Edges bring what was asked and who asked; here nothing waits for anything but bars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.timeframes import BY_NAME, M1, PERIODS_S
from metafleet.hub.fleet.intake import Slot
from metafleet.hub.signals.serving.asked_bars import rates_of
from metafleet.hub.signals.serving.calendars import Calendars
from metafleet.hub.signals.serving.own_bars import Own, OwnBars
from metafleet.hub.signals.serving.records import Draft
from metafleet.hub.signals.serving.refusals import (
    BarsStale,
    BarsWrong,
    NoBars,
    NoCalendar,
    NoChampion,
    TooFewBars,
)
from metafleet.hub.signals.serving.shelf import Mind, Served, spec_of
from metafleet.hub.signals.serving.thinking import Question, Thought
from metafleet.hub.signals.serving.validity import valid_until_s
from metafleet.wire.brain import BrainBar
from metafleet.wire.scalars import ScalarRefused, server_epoch_s, to_utc

AHEAD_S: Final = 86_400
"""A bar that opens later than this from now is no bar of today's: an offset of a server's clock is less."""
_JUDGED_AFTER: Final = timedelta(seconds=90)
"""Beyond its horizon: until the record has the last bar."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to know. bars: None for the record's own. now: the hub's clock."""

    slot: Slot
    symbol: str
    timeframe: str
    bars: Sequence[BrainBar] | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Questions:
    """The champion's question, the challenger's where it can be asked, and what the answer is dated by."""

    champion: Question
    challenger: Question | None
    bar_s: int
    until_s: int


async def questions(
    asked: Asked, served: Served, own_bars: OwnBars, calendars: Calendars | None = None
) -> Questions:
    """Return what to think about.

    Raises NoChampion, NoBars, NoCalendar, TooFewBars, BarsWrong, BarsStale.
    """
    number = BY_NAME.get(asked.timeframe)
    mind, challenger = served.mind, served.challenger
    if number is None or mind is None:
        raise NoChampion(f"{asked.timeframe} is no timeframe.")
    most = max(mind.look_back, challenger.look_back if challenger else 0)
    rates, own = await _rates(asked, number, most, own_bars)
    if not len(rates):
        raise TooFewBars(0, mind.look_back, mind.name)
    bar_s = int(rates["time"][-1])
    until_s = valid_until_s(spec_of(asked.symbol), number, bar_s)
    _check_time(asked, bar_s, until_s, own)
    if len(rates) < mind.look_back:
        raise TooFewBars(len(rates), mind.look_back, mind.name)
    beside = await _beside(asked, mind, number, bar_s, own_bars)
    question = Question(mind, asked.symbol, rates, beside, await _events(asked, mind, bar_s, calendars))
    shadow = await _shadow(asked, challenger, number, rates, own_bars, calendars)
    return Questions(question, shadow, bar_s, until_s)


def draft(asked: Asked, found: Questions, question: Question, thought: Thought) -> Draft:
    """Return the row to be written. Raises BarsWrong for a time that no clock shows."""
    horizon_s = (question.mind.spec.horizon_bars + 1) * PERIODS_S[BY_NAME[asked.timeframe]]
    try:
        bar_at, until = to_utc(found.bar_s, asked.slot.clock), to_utc(found.until_s, asked.slot.clock)
        due_at = asked.now + timedelta(seconds=horizon_s) + _JUDGED_AFTER
    except (ScalarRefused, OverflowError) as error:
        raise BarsWrong(f"The newest bar's time is none: {error}."[:200]) from None
    return Draft(
        slot=asked.slot,
        mind=question.mind,
        thought=thought,
        symbol=asked.symbol,
        timeframe=asked.timeframe,
        bar_at=bar_at,
        valid_until=until,
        due_at=due_at,
        bar_s=found.bar_s,
        is_shadow=question is found.challenger,
    )


async def _rates(asked: Asked, number: int, most: int, own_bars: OwnBars) -> tuple[Array, Own | None]:
    server, symbol = asked.slot.server, asked.symbol
    if asked.bars is not None:
        return rates_of(asked.bars, number, most), await own_bars.newest(server, symbol, M1, 1)
    own = await own_bars.newest(server, symbol, number, most)
    if own is None:
        raise NoBars(f"There are no bars of {symbol} at {server} here. Send the last closed ones along.")
    return own.rates, own


def _check_time(asked: Asked, bar_s: int, until_s: int, own: Own | None) -> None:
    """Compare with the market's clock: the record's, which may run faster than ours, or the server's."""
    now_s = own.market_s(asked.now) if own else server_epoch_s(asked.now, asked.slot.clock)
    if now_s >= until_s:
        raise BarsStale(
            f"The newest bar of {asked.symbol} {asked.timeframe} is old: a signal of it was over "
            f"{_ago(now_s - until_s)} ago."
        )
    if bar_s > now_s + AHEAD_S:
        raise BarsWrong("The newest bar opens in the future: bars carry the time of the server's clock.")


def _ago(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7_200 else f"{seconds / 3_600:.0f} h"


async def _events(asked: Asked, mind: Mind, bar_s: int, calendars: Calendars | None) -> NDArray[Any] | None:
    """Return the events near the bar, where the model looks at any. Raises NoCalendar, BarsWrong."""
    if not mind.has_calendar:
        return None
    try:
        return await (calendars or Calendars("")).around(bar_s, asked.slot.clock)
    except (ScalarRefused, OverflowError) as error:
        raise BarsWrong(f"The newest bar's time is none: {error}."[:200]) from None


async def _shadow(
    asked: Asked,
    challenger: Mind | None,
    number: int,
    rates: Array,
    own_bars: OwnBars,
    calendars: Calendars | None,
) -> Question | None:
    """A challenger that cannot be asked holds up nobody: it has no signal of this bar."""
    if challenger is None or len(rates) < challenger.look_back:
        return None
    if asked.symbol not in challenger.spec.symbols or challenger.spec.timeframe != asked.timeframe:
        return None
    bar_s = int(rates["time"][-1])
    try:
        beside = await _beside(asked, challenger, number, bar_s, own_bars)
        events = await _events(asked, challenger, bar_s, calendars)
    except (NoBars, NoCalendar):
        return None
    return Question(challenger, asked.symbol, rates, beside, events)


async def _beside(
    asked: Asked, mind: Mind, number: int, bar_s: int, own_bars: OwnBars
) -> Mapping[str, Array]:
    """Return the record's bars of the symbols that the model looks at too, none newer than the asked one.

    Raises NoBars.
    """
    found: dict[str, Array] = {}
    for symbol in mind.beside:
        if symbol == asked.symbol:
            continue
        own = await own_bars.newest(asked.slot.server, symbol, number, mind.look_back + 4)
        if own is None or not len(own.rates):
            raise NoBars(
                f"{mind.name} looks at {symbol} too, and there are no bars of it at {asked.slot.server} here."
            )
        before = int(np.searchsorted(own.rates["time"], bar_s, side="right"))
        found[symbol] = own.rates[:before][-mind.look_back :]
    return found
