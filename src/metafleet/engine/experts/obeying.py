"""What EAs of one position do alike, whoever asks for it: `Disciplined`, or what another EA declares."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from metafleet.engine.experts.sizing import normal_volume
from metafleet.engine.market.timeframes import DAY_S, PERIODS_S

if TYPE_CHECKING:
    from metafleet.engine.broker.records import Deal, Position
    from metafleet.engine.experts.expert import Expert

_DAY_MSC: Final = DAY_S * 1000


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What ends a day's entries; days are those of the market's clock. 0 is no limit.

    entries: positions opened. loss_percent: of the balance that the day began with, lost by what was closed.
    """

    entries: int = 0
    loss_percent: float = 0.0


NO_LIMITS: Final = Limits()


def deals_today(expert: Expert) -> list[Deal]:
    """Return an EA's deals since the last midnight of the market's clock, oldest first. Raises DeskLost."""
    return expert.deals_since(expert.desk.now_msc() // _DAY_MSC * _DAY_MSC)


def entries_today(expert: Expert) -> int:
    """Return how many positions an EA has opened since midnight. Raises DeskLost."""
    return sum(deal.entry == 0 for deal in deals_today(expert))


def is_day_lost(expert: Expert, percent: float) -> bool:
    """Say whether an EA has lost so much of the balance, by what it has closed since midnight; 0: never."""
    if percent == 0.0:
        return False
    lost = -sum((deal.net for deal in deals_today(expert)), Decimal(0))
    return float(lost) >= float(expert.account.balance + lost) * percent / 100.0


def is_within(expert: Expert, limits: Limits) -> bool:
    """Say whether an EA may open another position today. Raises DeskLost."""
    if limits.entries and entries_today(expert) >= limits.entries:
        return False
    return not is_day_lost(expert, limits.loss_percent)


def follow(expert: Expert, distance: float, step: float) -> None:
    """Let each position's stop follow the price at this distance, in price units; it never goes back.

    step: it is moved where that gains at least this share of the distance.
    """
    quote = expert.quote
    if quote is None:
        return
    for position in expert.positions:
        sign, price = (1.0, quote.bid) if position.side == "buy" else (-1.0, quote.ask)
        stop = price - sign * distance
        gained = distance if position.sl is None else sign * (stop - position.sl)
        if gained >= distance * step:
            expert.modify(position, sl=stop, tp=position.tp)


def is_held_for(expert: Expert, position: Position, bars: int) -> bool:
    """Say whether so many bars of the own chart have closed since a position was opened."""
    if len(expert.chart) < bars:
        return False
    opened_s = expert.chart[-bars].time_s
    return (opened_s + PERIODS_S[expert.chart.number]) * 1000 > position.time_msc


def tradable(expert: Expert, lots: float) -> float:
    """Return the largest volume that the symbol's broker deals and that is no more; 0.0 for none."""
    spec = expert.symbol
    return normal_volume(lots, minimum=spec.volume_min, maximum=spec.volume_max, step=spec.volume_step)


def risked(expert: Expert, percent: float, loss_per_lot: float, most: float) -> float:
    """Return the tradable volume that loses so much of the equity, at most `most` lots; 0.0 for none.

    loss_per_lot: account currency.
    """
    if not loss_per_lot > 0:
        return 0.0
    wanted = max(0.0, float(expert.account.equity) * percent / 100.0 / loss_per_lot)
    return tradable(expert, min(wanted, most))
