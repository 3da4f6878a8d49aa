"""How the broker's dealer executes: at once and at the quote, or late, dearer, in parts, or not at all.

Everything is drawn from a seed and from what is executed, so that the same story has the same end.
"""

from __future__ import annotations

import random
from typing import Final, Literal

import msgspec

from metafleet.engine.broker.prices import market_price
from metafleet.engine.broker.records import Order
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SymbolSpec

DealingName = Literal["off", "realistic", "hostile"]


class Dealing(msgspec.Struct, frozen=True, kw_only=True):
    """Shares are from 0 to 1, of the executions that each concerns; 0 for never.

    slips: executions at market, and stops, away from the quote by 1 to slip_points; betters: those of them in
    the client's favour. requotes: under instant and request execution. rejects: requests that are refused.
    parts: those with less on the other side than asked for. timeouts: those executed whose answer says that
    nobody knows. delays: those answered before they are executed, delay_ms of the market's time later, under
    market and exchange execution.
    """

    seed: int = 0
    slips: float = 0.0
    slip_points: int = 0
    betters: float = 0.0
    requotes: float = 0.0
    rejects: float = 0.0
    parts: float = 0.0
    timeouts: float = 0.0
    delays: float = 0.0
    delay_ms: int = 0

    @property
    def is_fair(self) -> bool:
        """Whether every execution is at once and at the quote."""
        return not (self.slips or self.requotes or self.rejects or self.parts or self.timeouts or self.delays)


FAIR: Final = Dealing()

_REALISTIC: Final = Dealing(slips=0.3, slip_points=2, betters=0.35, requotes=0.03, rejects=0.003)
"""Of the order that brokers report themselves: a third of market orders a point or two off, few refusals."""

_HOSTILE: Final = Dealing(
    slips=0.7,
    slip_points=15,
    requotes=0.3,
    rejects=0.1,
    parts=0.25,
    timeouts=0.03,
    delays=0.15,
    delay_ms=400,
)
"""Worse than any broker that lasts: a program that lives with this lives with all of them."""

_BY_NAME: Final[dict[DealingName, Dealing]] = {"off": FAIR, "realistic": _REALISTIC, "hostile": _HOSTILE}


DEALINGS: Final = tuple(_BY_NAME)


def dealing(name: DealingName, seed: int = 0) -> Dealing:
    """Return a way to execute by its name."""
    return msgspec.structs.replace(_BY_NAME[name], seed=seed)


class Draw(msgspec.Struct, frozen=True):
    """What one execution meets. points: of slippage, above 0 against the client. part: of its volume."""

    requotes: bool = False
    rejects: bool = False
    times_out: bool = False
    is_delayed: bool = False
    points: int = 0
    part: float = 1.0


_NOTHING: Final = Draw()


def drawn(terms: Dealing, login: int, number: int, now_msc: int) -> Draw:
    """Return what an execution meets. number: a request's of its session, or a waiting order's ticket."""
    if terms.is_fair:
        return _NOTHING
    chance = random.Random(f"{terms.seed}/{login}/{number}/{now_msc}")
    rejects, requotes, parts, times_out, delays, slips, betters = (chance.random() for _ in range(7))
    points = chance.randint(1, max(terms.slip_points, 1)) if slips < terms.slips else 0
    return Draw(
        requotes=requotes < terms.requotes,
        rejects=rejects < terms.rejects,
        times_out=times_out < terms.timeouts,
        is_delayed=delays < terms.delays,
        points=-points if betters < terms.betters else points,
        part=chance.uniform(0.1, 0.9) if parts < terms.parts else 1.0,
    )


def slipped_price(kind: int, tick: Tick, points: int, spec: SymbolSpec) -> float:
    """Return the price that an order of this type is executed at, so many points away from the quote."""
    price = market_price(kind, tick)
    if not points:
        return price
    step = max(spec.point, spec.tick_size)
    moved = price + (-points if kind & 1 else points) * step
    return round(moved, spec.digits) if moved > 0 else price


def is_due(order: Order, tick: Tick, terms: Dealing) -> bool:
    """Say whether an order at market that was answered before it was executed may be executed by now."""
    return tick.time_msc >= order.time_setup_msc + terms.delay_ms
