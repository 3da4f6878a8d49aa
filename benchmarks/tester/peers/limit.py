"""The limit: the rules as one loop over the bars, compiled by numba, which can do nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
from numba import njit

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.rules import ATR, FAST, SLOW, STOP_ATR, TARGET_ATR

TIMES: Final = SLOW // FAST
POINTS: Final = rules.POINTS


@njit
def _reversal(opens, closes, places, prices):  # type: ignore[no-untyped-def]
    """Write places of the fills (positive long) and their prices, and return how many there are."""
    fast = slow = side = wanted = count = 0
    for place in range(len(closes)):
        if wanted != 0:
            places[count], prices[count] = wanted * (place + 1), opens[place]
            count, wanted = count + 1, 0
        close = round(closes[place] * POINTS)
        fast += close
        slow += close
        if place >= FAST:
            fast -= round(closes[place - FAST] * POINTS)
        if place >= SLOW:
            slow -= round(closes[place - SLOW] * POINTS)
        gap = TIMES * fast - slow
        if place < SLOW - 1 or gap == 0:
            continue
        now = 1 if gap > 0 else -1
        if side not in (0, now):
            wanted = now
        side = now
    return count


@njit
def _stops(opens, highs, lows, closes, places, prices):  # type: ignore[no-untyped-def]  # noqa: C901, PLR0912
    """Write entries and exits in turn, as `_reversal` does, and return how many fills there are."""
    fast = slow = side = wanted = held = count = 0
    stop = target = 0.0
    for place in range(len(closes)):
        if wanted != 0:
            places[count], prices[count] = wanted * (place + 1), opens[place]
            count, held, wanted = count + 1, wanted, 0
        if held != 0:
            left = 0.0
            worst, best = (lows[place], highs[place]) if held > 0 else (highs[place], lows[place])
            if held * (opens[place] - stop) <= 0 or held * (opens[place] - target) >= 0:
                left = opens[place]
            elif held * (worst - stop) <= 0:
                left = stop
                down = round((opens[place] - lows[place]) * POINTS)
                up = round((highs[place] - opens[place]) * POINTS)
                if held * (best - target) >= 0 and (down <= up) != (held > 0):
                    left = target
            elif held * (best - target) >= 0:
                left = target
            if left != 0.0:
                places[count], prices[count] = -held * (place + 1), left
                count, held = count + 1, 0
        close = round(closes[place] * POINTS)
        fast += close
        slow += close
        if place >= FAST:
            fast -= round(closes[place - FAST] * POINTS)
        if place >= SLOW:
            slow -= round(closes[place - SLOW] * POINTS)
        gap = TIMES * fast - slow
        if place < SLOW - 1 or gap == 0:
            continue
        now = 1 if gap > 0 else -1
        if side not in (0, now) and held == 0:
            total = 0
            for at in range(place - ATR + 1, place + 1):
                high, low = max(highs[at], closes[at - 1]), min(lows[at], closes[at - 1])
                total += round(high * POINTS) - round(low * POINTS)
            stop = (close - now * max(1, (2 * STOP_ATR * total + ATR) // (2 * ATR))) / POINTS
            target = (close + now * max(1, (2 * TARGET_ATR * total + ATR) // (2 * ATR))) / POINTS
            wanted = now
        side = now
    return count


def _prepare(bars: Bars) -> dict[str, Any]:
    return {name: np.ascontiguousarray(bars[name]) for name in ("open", "high", "low", "close")}


def _runner(loop: Callable[..., int], names: tuple[str, ...]) -> Callable[[dict[str, Any]], Any]:
    def run(columns: dict[str, Any]) -> Any:
        size = len(columns["close"])
        places, prices = np.empty(size, np.int64), np.empty(size)
        count = loop(*(columns[name] for name in names), places, prices)
        return places[:count], prices[:count]

    return run


def _turns(done: Any, bars: Bars) -> Iterable[Trade]:
    """Of reversal each fill ends a trade and begins the next."""
    places, prices = done[0].tolist(), done[1].tolist()
    for at in range(len(places) - 1):
        yield _trade(bars, places[at : at + 2], prices[at : at + 2])


def _pairs(done: Any, bars: Bars) -> Iterable[Trade]:
    places, prices = done[0].tolist(), done[1].tolist()
    for at in range(0, len(places) - 1, 2):
        yield _trade(bars, places[at : at + 2], prices[at : at + 2])


def _trade(bars: Bars, places: list[int], prices: list[float]) -> Trade:
    side = 1 if places[0] > 0 else -1
    entered, left = (abs(place) - 1 for place in places)
    return contest.closed_trade(bars, (entered, left), side, (prices[0], prices[1]))


if __name__ == "__main__":
    all_columns = ("open", "high", "low", "close")
    contest.enter(
        "numba",
        {
            "reversal": Entry(_prepare, _runner(_reversal, ("open", "close")), _turns),
            "stops": Entry(_prepare, _runner(_stops, all_columns), _pairs),
        },
    )
