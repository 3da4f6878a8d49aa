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
    "AUDUSD": Character(0.6600, 0.025, 0.000_13),
    "NZDUSD": Character(0.6100, 0.025, 0.000_14),
    "USDCAD": Character(1.3600, 0.015, 0.000_09),
    "USDCHF": Character(0.8850, 0.020, 0.000_10),
    "XAGUSD": Character(28.000, 0.080, 0.000_35),
    "US30": Character(39_000.0, 0.050, 0.000_17),
    "US500": Character(5_300.0, 0.050, 0.000_18),
    "BTCUSD": Character(65_000.0, 0.120, 0.000_45),
}
"""Typical of 2024; minute_ratio gives daily ranges of about 0.5 % to 1 %, of Bitcoin 3 %."""


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


class NoCharacter(LookupError):
    """It is not known how this symbol moves; the text is a sentence for the person who chose it."""


class Generator:
    """One symbol's endless M1 bars; the counterpart of BarFile.

    A pair without USD is made of its two legs' very prices, so that no round trip through three pairs earns
    anything. Raises NoCharacter for a symbol that it does not know how to move.
    """

    def __init__(self, spec: SymbolSpec, seed: int) -> None:
        self._spec = spec
        self._seed = seed
        self._legs = _legs(spec, seed)
        self._mean = math.prod(leg.character.level**sign for leg, sign in self._legs)

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
        times = [t for t in range(week_open_s(week), week_open_s(week + 1), 60) if is_open(self._spec, t)]
        if len(self._legs) == 1:
            paths = self._legs[0][0].paths(week, times, chance)
        else:
            legs = [(leg.paths(week, times), sign) for leg, sign in self._legs]
            paths = [_summed([(path[place], sign) for path, sign in legs]) for place in range(len(times))]
        return [self._bar(time_s, path, chance) for time_s, path in zip(times, paths, strict=True)]

    def _bar(self, time_s: int, path: list[float], chance: random.Random) -> Bar:
        mean, digits = self._mean, self._spec.digits
        prices = [round(mean * math.exp(step), digits) for step in path]
        usual = usual_spread_points(self._spec, time_s)
        ticks = 20 + int(120 * _ACTIVITY[session(time_s)] * chance.random())
        spread = max(1, round(usual * (0.85 + 0.3 * chance.random())))
        return Bar(time_s, prices[0], max(prices), min(prices), prices[-1], ticks, spread)


class Leg:
    """How the price of one symbol with a character moves, in logarithms over its mean."""

    def __init__(self, name: str, seed: int) -> None:
        self.character = CHARACTERS[name]
        self._name = name
        self._seed = seed
        chance = random.Random(mix(seed, name, 0))
        self._waves = [(weeks, share, chance.random()) for weeks, share in _WAVES]

    def paths(self, week: int, times: list[int], chance: random.Random | None = None) -> list[list[float]]:
        """Return the steps of each of these minutes of a week; it ends where the next one begins.

        chance: what to draw from, in place of the symbol's own source of that week.
        """
        drawn = chance or random.Random(mix(self._seed, self._name, 2 * week + 1))
        paths = self._paths(week, times, drawn)
        correction = (self._start(week + 1) - paths[-1][-1]) / len(paths)
        return [[step + correction * place for step in path] for place, path in enumerate(paths)]

    def _level(self, week: float) -> float:
        """Return the logarithm of the level over its mean: slow waves whose phases come from the seed."""
        waves = (share * math.sin(2 * math.pi * (week / weeks + at)) for weeks, share, at in self._waves)
        return self.character.drift_ratio * sum(waves)

    def _start(self, week: int) -> float:
        """Return the logarithm of the price, over the level's mean, at which a week opens."""
        chance = random.Random(mix(self._seed, self._name, 2 * week))
        return self._level(week) + (chance.random() - 0.5) * 20 * self.character.minute_ratio

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
            deviation = self.character.minute_ratio * _ACTIVITY[session(time_s)] * regime.volatility
            drift = (level - price) * _PULL_PER_MINUTE + regime.trend * deviation
            path = _minute(price, drift, deviation, chance.random)
            price = path[-1]
            paths.append(path)
        return paths


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


def _legs(spec: SymbolSpec, seed: int) -> list[tuple[Leg, int]]:
    """Return what a symbol's price is the product of: legs, and 1 or -1 for its inverse."""
    if spec.name in CHARACTERS:
        return [(Leg(spec.name, seed), 1)]
    legs = [
        (Leg(name, seed), sign)
        for currency, way in ((spec.currency_base, 1), (spec.currency_profit, -1))
        for name, sign in ((currency + "USD", way), ("USD" + currency, -way))
        if name in CHARACTERS
    ]
    if len(legs) != 2 or spec.currency_base == spec.currency_profit:
        raise NoCharacter(f"the generator does not know how {spec.name} moves; give a file of its prices")
    return legs


def _summed(paths: list[tuple[list[float], int]]) -> list[float]:
    (first, first_sign), (second, second_sign) = paths
    return [first_sign * a + second_sign * b for a, b in zip(first, second, strict=True)]
