"""The runner's own eye on its account's programme: what is to be done when the hub is away.

The hub judges the same limits by the same rules (`metafleet.engine.programmes`). What it told last is
carried on here by what the terminal shows, midnight included; the first breach is acted on once.
"""

from __future__ import annotations

import logging
import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from metafleet.engine.programmes import marks as carrying
from metafleet.engine.programmes import terms
from metafleet.engine.programmes.marks import Marks, Seen
from metafleet.engine.programmes.verdict import judge
from metafleet.runner import clock
from metafleet.wire import messages

LOOKS_EVERY_S: Final = 1.0

logger = logging.getLogger(__name__)


class Guard:
    """Used by the trading loop only. `fired`: what was done, None while every limit holds.

    `due_s`: when the account is to be looked at next, steady seconds; infinite where nothing is to be held.
    """

    def __init__(self, told: messages.Guard | None) -> None:
        self.fired: messages.GuardFired | None = None
        self._programme: terms.Programme | None = None
        self._phase: terms.Phase | None = None
        self._marks: Marks | None = None
        self._flow = Decimal(0)
        self.due_s = math.inf
        self.replace(told)

    def replace(self, told: messages.Guard | None) -> None:
        """Enforce this from now on, in place of what was told before; None: nothing."""
        self._programme = self._phase = self._marks = None
        self._flow, self.due_s = Decimal(0), math.inf
        if told is None:
            return
        try:
            programme = terms.read(told.programme)
        except terms.TermsRefused as refused:
            logger.error("the programme does not read, and is not enforced here: %s", refused)
            return
        self._programme, self._phase = programme, programme.phase(told.phase)
        self._marks = _marks(told.marks)
        self.fired, self.due_s = None, 0.0

    def pay(self, amount: Decimal) -> None:
        """Note what was paid in, or with a minus out: it is no profit and no loss."""
        self._flow += amount

    def see(self, balance: Decimal, equity: Decimal) -> messages.GuardFired | None:
        """Return what is to be done about these figures, once; None while every limit holds."""
        programme, phase, marks = self._programme, self._phase, self._marks
        if programme is None or phase is None or marks is None or self.fired is not None:
            return None
        self.due_s = clock.steady_s() + LOOKS_EVERY_S
        at = datetime.fromtimestamp(clock.wall_s(), UTC)
        self._marks = carrying.carry_on(marks, programme.clock, Seen(at, balance, equity, self._flow))
        self._flow = Decimal(0)
        broken = judge(phase, self._marks, days_traded=0).broken
        if broken is None:
            return None
        self.fired = messages.GuardFired(
            kind=broken.kind,
            at=at.isoformat(),
            equity=float(equity),
            floor=float(broken.floor),
            did=phase.on_breach,
        )
        self.due_s = math.inf
        logger.error("%s limit broken: equity %s, floor %s", broken.kind, equity, broken.floor)
        return self.fired


def _marks(told: messages.GuardMarks) -> Marks:
    return Marks(
        since=told.since,
        first_balance=told.first_balance,
        day=told.day,
        day_balance=told.day_balance,
        day_equity=told.day_equity,
        day_low=told.equity,
        day_high=told.equity,
        peak_equity=told.peak_equity,
        peak_balance=told.peak_balance,
        eod_peak=told.eod_peak,
        last=Seen(told.at, told.balance, told.equity),
    )
