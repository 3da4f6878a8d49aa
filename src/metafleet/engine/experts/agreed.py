"""What `Disciplined` keeps to, over all bars at once: for EAs of it that declare what they do.

Each function gives, to the last bit, what the method of the same purpose gives at the bar. They need NumPy
once they are called, which live EAs never do: runners have none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metafleet.engine.broker import retcodes
from metafleet.engine.experts.declaring import Declaration, Past, Risk, Trail
from metafleet.engine.experts.discipline import (
    FLOOR_SPREADS,
    TRAIL_STEP_SHARE,
    VOLATILITY_BARS,
    Disciplined,
    refusal,
    too_small,
)
from metafleet.engine.experts.obeying import Limits, tradable
from metafleet.engine.experts.sizing import daily_deviation
from metafleet.engine.market.timeframes import DAY_S, PERIODS_S

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from metafleet.engine.experts.charts import Chart

    Prices = NDArray[np.float64]


def floored(expert: Disciplined, past: Past, distances: Prices | float) -> Prices:
    """Return distances as `Disciplined.floored` gives them at the first price after each bar, shape (n,)."""
    import numpy as np

    spreads = past.firsts.asks - past.firsts.bids
    limits = spreads + 2.0 * expert.symbol.stops_level_points * expert.symbol.point
    floors: Prices = np.maximum(np.maximum(distances, FLOOR_SPREADS * spreads), limits)
    return floors


def is_shorter(chart: Chart, other: Chart) -> bool:
    """Say whether the bars of one chart are shorter than another's."""
    return PERIODS_S[chart.number] < PERIODS_S[other.number]


def before(values: Prices, bars: int = 1) -> Prices:
    """Return what a line was so many bars before each bar, shape (n,); nan before its beginning."""
    import numpy as np

    made = np.full(len(values), np.nan)
    made[bars:] = values[: len(values) - bars]
    return made


def sides(buys: NDArray[np.bool_], sells: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return entries, or exits, of two arrays of shape (n,); where both say so the first counts."""
    import numpy as np

    return np.where(buys, 1, np.where(sells, -1, 0)).astype(np.int8)


def larger(one: Prices, other: Prices) -> Prices:
    """Return the larger of each two, as Python's max has it; nan where one is."""
    import numpy as np

    found: Prices = np.maximum(one, other)
    return found


def everywhere(past: Past, value: float) -> Prices:
    """Return the same at each bar."""
    import numpy as np

    return np.full(len(past.bars.close), value)


def following(distances: Prices, *, where: NDArray[np.bool_], at_once: bool = False) -> Trail:
    """Return a trail as `Disciplined.trail` keeps it. where: it is asked to."""
    import numpy as np

    return Trail(distances=np.where(where, distances, np.nan), step=TRAIL_STEP_SHARE, at_once=at_once)


def disciplined(expert: Disciplined, past: Past, wanted: Declaration) -> Declaration | None:
    """Return what is left of a declaration within hours, spreads and losses, sized by the chosen rule.

    wanted: with a stop, and distances as of `Disciplined.enter`; its volume says nothing. None where the
    volume follows from another symbol's price, or is always too small.
    """
    import numpy as np

    stop, target = wanted.stop, wanted.target
    if stop is None:
        raise TypeError("an EA with discipline declares a stop")
    fits = _is_in_session(expert, past) & _is_spread_fair(expert, past) & (stop > 0.0)
    entries = np.where(fits, wanted.entries, 0)
    volume = _volume(expert, past, stop, np.flatnonzero(entries))
    if volume is None:
        return None
    return replace(
        wanted,
        entries=entries,
        volume=volume,
        target=None if target is None else np.where(target > 0.0, target, 0.0),
        reverses=False,
        limits=Limits(entries=wanted.limits.entries, loss_percent=expert.daily_loss_percent),
        unmade=lambda side, volume: _unmade(expert, side, volume),
    )


def _unmade(expert: Disciplined, side: int, volume: float) -> str:
    if volume == 0.0:
        return too_small(expert)
    code = retcodes.INVALID_STOPS
    return refusal("buy" if side > 0 else "sell", volume, code, retcodes.COMMENTS[code])


def _is_in_session(expert: Disciplined, past: Past) -> NDArray[np.bool_]:
    hours = past.firsts.times // 3_600 % 24
    start, end = expert.session_start_hour, expert.session_end_hour
    is_late, is_early = hours >= start, hours < end
    return is_late & is_early if start < end else is_late | is_early


def _is_spread_fair(expert: Disciplined, past: Past) -> NDArray[np.bool_]:
    import numpy as np

    if not expert.max_spread_points:
        return np.ones(len(past.firsts.times), bool)
    points = np.rint((past.firsts.asks - past.firsts.bids) / expert.symbol.point)
    fair: NDArray[np.bool_] = points <= expert.max_spread_points
    return fair


def _volume(expert: Disciplined, past: Past, stop: Prices, places: NDArray[np.intp]) -> float | Risk | None:
    if expert.sizing == "fixed":
        return tradable(expert, min(expert.fixed_volume, expert.max_volume)) or None
    value = _tick_value(expert, past)
    if value is None or expert.symbol.tick_size <= 0:
        return None
    percent, distances = expert.risk_percent, stop
    if expert.sizing == "volatility":
        percent, distances = expert.volatility_percent, _usual_moves(expert, past, places)
    losses = distances / expert.symbol.tick_size * value
    return Risk(percent=percent, loss_per_lot=losses, most=expert.max_volume)


def _usual_moves(expert: Disciplined, past: Past, places: NDArray[np.intp]) -> Prices:
    """Return the usual move of a day at these bars alone, nan at the others."""
    import numpy as np

    closes, made = past.bars.close.tolist(), np.full(len(past.bars.close), np.nan)
    bars_a_day = max(DAY_S / PERIODS_S[expert.chart.number], 1.0)
    for place in places.tolist():
        recent = closes[max(0, place - VOLATILITY_BARS) : place + 1]
        made[place] = daily_deviation(recent, bars_a_day)
    return made


def _tick_value(expert: Disciplined, past: Past) -> Prices | float | None:
    """Return what a tick is worth to one lot, as `sizing.tick_value`; None where it takes another symbol."""
    spec, currency = expert.symbol, expert.account.currency
    if spec.currency_profit == currency:
        return spec.contract_size * spec.tick_size * 1.0
    if spec.name == currency + spec.currency_profit:
        return spec.contract_size * spec.tick_size * (1.0 / past.firsts.bids)
    return None
