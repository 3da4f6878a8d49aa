"""A seeded market: M1 bars with trading sessions, volatility regimes and a level that drifts slowly.

The price pulls back to a level which wanders within bounds, so that it neither runs away nor dies.
Every week is made on its own from (seed, symbol, week), and weeks join without a jump: any week is reached
at once, and the same seed gives the same bars.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec

from metafleet.engine.market.barfile import Span
from metafleet.engine.market.records import Bar
from metafleet.engine.market.sessions import (
    DAY_S,
    WEEK_S,
    Session,
    is_open,
    session,
    usual_spread_points,
    week_open_s,
)
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.ticks import mix

FIRST_WEEK: Final = 2_818
"""The generator's market begins with the week that opens on Sunday 2024-01-07."""

_STEPS: Final = 6
"""Price steps inside a minute, of which open, high, low and close are taken."""

_WAVES: Final = ((13.7, 0.5), (5.3, 0.3), (2.1, 0.2))
"""The level's slow waves: length in weeks, share of the whole drift."""

_PULL_PER_MINUTE: Final = 1 / 2_000
"""Share of the distance to the level that the price comes back each minute: half of it in about a day."""

_ACTIVITY: Final[dict[Session, float]] = {
    "asia": 0.6,
    "london": 1.1,
    "overlap": 1.5,
    "newyork": 0.9,
    "rollover": 0.4,
}
"""Volatility beside the day's mean: busiest when London and New York are both at work."""


class Character(msgspec.Struct, frozen=True):
    """How a symbol moves. level: its mean price. drift_ratio: how far, as a share, the level wanders
    from the mean. minute_ratio: standard deviation of one minute's move as a share of the price."""

    level: float
    drift_ratio: float
    minute_ratio: float


CHARACTERS: Final[dict[str, Character]] = {
    "EURUSD": Character(1.0850, 0.020, 0.000_10),
    "GBPUSD": Character(1.2700, 0.025, 0.000_12),
    "USDJPY": Character(149.50, 0.030, 0.000_12),
    "XAUUSD": Character(2350.0, 0.050, 0.000_19),
}
"""Typical of 2024; minute_ratio gives daily ranges of about 0.5 % to 1 %."""


class _Regime(NamedTuple):
    """A spell of the market's mood. volatility: a factor; trend: drift in standard deviations of a minute."""

    volatility: float
    trend: float


_REGIMES: Final = (
    _Regime(0.6, 0.0),
    _Regime(1.0, 0.0),
    _Regime(1.0, 0.06),
    _Regime(1.0, -0.06),
    _Regime(1.7, 0.0),
    _Regime(1.5, 0.05),
    _Regime(1.5, -0.05),
)


class Generator:
    """One symbol's endless M1 bars; the counterpart of BarFile.

    Raises KeyError for a symbol without a Character.
    """

    def __init__(self, spec: SymbolSpec, seed: int) -> None:
        self._spec = spec
        self._seed = seed
        self._character = CHARACTERS[spec.name]
        chance = random.Random(mix(seed, spec.name, 0))
        self._waves = [(weeks, share, chance.random()) for weeks, share in _WAVES]

    def bars(self, from_s: int | None = None) -> Iterator[Bar]:
        """Yield bars from the first week, or from the bar at from_s, without end."""
        week = FIRST_WEEK if from_s is None else max(FIRST_WEEK, (from_s - 3 * DAY_S) // WEEK_S)
        while True:
            for bar in self.week(week):
                if from_s is None or bar.time_s >= from_s:
                    yield bar
            week += 1

    def period_s(self) -> int:
        """Return 60: the generator makes M1 bars."""
        return 60

    def span(self) -> Span | None:
        """Return None: there is no end."""
        return None

    def week(self, week: int) -> list[Bar]:
        """Return all bars of one week, oldest first."""
        chance = random.Random(mix(self._seed, self._spec.name, 2 * week + 1))
        open_s = week_open_s(week)
        # One hour more than five days: the week in which summer time ends is longer.
        times = [t for t in range(open_s, open_s + 5 * DAY_S + 3_600, 60) if is_open(self._spec, t)]
        paths = self._paths(week, times, chance)
        correction = (self._start(week + 1) - paths[-1][-1]) / len(paths)
        return [
            self._bar(time_s, [step + correction * place for step in path], chance)
            for place, (time_s, path) in enumerate(zip(times, paths, strict=True))
        ]

    def _level(self, week: float) -> float:
        """Return the logarithm of the level over its mean: slow waves whose phases come from the seed."""
        waves = (share * math.sin(2 * math.pi * (week / weeks + at)) for weeks, share, at in self._waves)
        return self._character.drift_ratio * sum(waves)

    def _start(self, week: int) -> float:
        """Return the logarithm of the price, over the level's mean, at which a week opens."""
        chance = random.Random(mix(self._seed, self._spec.name, 2 * week))
        return self._level(week) + (chance.random() - 0.5) * 20 * self._character.minute_ratio

    def _paths(self, week: int, times: list[int], chance: random.Random) -> list[list[float]]:
        """Return each minute's price steps as logarithms over the mean."""
        price = self._start(week)
        regime, minutes_left = _REGIMES[1], 0
        paths = []
        for time_s in times:
            if minutes_left == 0:
                regime = _REGIMES[int(chance.random() * len(_REGIMES))]
                minutes_left = 90 + int(chance.random() * 420)
            minutes_left -= 1
            level = self._level(week + (time_s - times[0]) / WEEK_S)
            deviation = self._character.minute_ratio * _ACTIVITY[session(time_s)] * regime.volatility
            drift = (level - price) * _PULL_PER_MINUTE + regime.trend * deviation
            path = _minute(price, drift, deviation, chance.random)
            price = path[-1]
            paths.append(path)
        return paths

    def _bar(self, time_s: int, path: list[float], chance: random.Random) -> Bar:
        mean, digits = self._character.level, self._spec.digits
        prices = [round(mean * math.exp(step), digits) for step in path]
        usual = usual_spread_points(self._spec, time_s)
        ticks = 20 + int(120 * _ACTIVITY[session(time_s)] * chance.random())
        spread = max(1, round(usual * (0.85 + 0.3 * chance.random())))
        return Bar(time_s, prices[0], max(prices), min(prices), prices[-1], ticks, spread)


def _minute(price: float, drift: float, deviation: float, chance: Callable[[], float]) -> list[float]:
    """Return _STEPS + 1 steps of one minute, the first where the minute before ended."""
    step_drift = drift / _STEPS
    # Four uniform numbers make a bell of variance 1/3; the same on every machine, unlike random.gauss.
    scale = deviation * math.sqrt(3 / _STEPS)
    path = [price]
    for _ in range(_STEPS):
        price += step_drift + scale * (chance() + chance() + chance() + chance() - 2)
        path.append(price)
    return path
