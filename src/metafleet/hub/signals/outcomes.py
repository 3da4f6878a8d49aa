"""What became of signals: due rows, judged by their models' own labels on the bars of the record.

A signal is judged as its model was taught: as if somebody had traded at the open of the bar after the one
that it saw. Nothing of the signal is touched.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import numpy as np
from django.db import connection

from metafleet.brain import labels
from metafleet.brain.evidence.costs import CostTerms, costs_of
from metafleet.brain.model import ModelSpec
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.hub.kernel import live
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import record
from metafleet.hub.signals.models import OutcomeState, Signal, SignalOutcome

FIRST_AGAIN: Final = timedelta(minutes=1)
LAST_AGAIN: Final = timedelta(hours=6)
GIVEN_UP: Final = timedelta(days=14)
"""After its horizon should have been over: a market that is shut for longer says nothing of a signal."""
_SLACK_S: Final = 5 * 86_400
"""Holidays before a signal's bar, that have no bars."""
_WEEKS: Final = 7 / 5
_DUE: Final = "SELECT tenant_id, signal_id FROM signals_due(%s, %s)"
_RESULTS: Final = {1: "upper", -1: "lower", 2: "both", 0: "expiry"}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a signal. returned: log return of its side after costs; None where it had none."""

    result: str
    is_up: bool
    is_hit: bool
    entry: float
    exit: float
    returned: float | None
    ended_s: int


def due(*, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, signal) of what may be judged by now, over all tenants."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, most])
        return list(cursor.fetchall())


def judge(*, tenant_id: UUID, signal_id: UUID, now: datetime) -> SignalOutcome | None:
    """Judge a signal that is due: what came of it, why nothing can be said, or when to look again."""
    with tenant_scope(tenant_id):
        row = (
            SignalOutcome.objects.select_for_update(of=("self",))
            .select_related("signal__version")
            .defer("signal__version__file", "signal__version__card")
            .filter(signal_id=signal_id, due_at__lte=now)
            .first()
        )
        if row is None:
            return None
        signal = row.signal
        spec = msgspec.convert(signal.version.spec, ModelSpec)
        rates = _bars(signal, spec)
        if not len(rates):
            return _end(row, reason=f"There is no record of {signal.symbol} at {signal.server}.")
        judged = judged_by(spec, signal, rates)
        if isinstance(judged, str):
            return _end(row, reason=judged)
        if judged is None:
            return _again(row, spec, now)
        row.state, row.result, row.is_up, row.is_hit = (
            OutcomeState.KNOWN,
            judged.result,
            judged.is_up,
            judged.is_hit,
        )
        row.entry, row.exit, row.return_ratio = judged.entry, judged.exit, judged.returned
        row.ended_at = datetime.fromtimestamp(judged.ended_s, UTC) + (signal.bar_at - _server_time(signal))
        return _end(row)


def judged_by(spec: ModelSpec, signal: Signal, rates: Array) -> Judged | str | None:
    """Return what came of a signal; a sentence where that will never be known; None where it is not yet.

    rates: RATES, closed bars of its market around it.
    """
    place = int(np.searchsorted(rates["time"], signal.bar_s))
    if place >= len(rates):
        return None
    if rates["time"][place] != signal.bar_s:
        return "The record has no bar of its time."
    if place < spec.label.volatility_bars:
        return "The record does not go back far enough before it to say where its barriers were."
    if len(rates) - 1 - place < spec.horizon_bars:
        return None
    found = labels.outcomes(rates, spec.label)
    if not found.known[place]:
        return "The market stood still before it, so it has no barriers."
    rose, at = bool(found.rose[place]), int(found.exits[place])
    leans_up = signal.side == "buy" or (signal.side == "none" and signal.probability >= 0.5)
    gross = float(found.sells[place] if signal.side == "sell" else found.buys[place])
    entry = float(rates["open"][place + 1])
    return Judged(
        result=_RESULTS[int(found.barriers[place])],
        is_up=rose,
        is_hit=rose == leans_up,
        entry=entry,
        exit=entry * math.exp((-gross if signal.side == "sell" else gross) / labels.BPS),
        returned=None if signal.side == "none" else _net(signal, rates, place, at, gross) / labels.BPS,
        ended_s=int(rates["time"][at]) + PERIODS_S[BY_NAME[spec.timeframe]],
    )


def _net(signal: Signal, rates: Array, place: int, at: int, gross: float) -> float:
    """Return basis points after the spread of the bar that is entered on, commission and nights."""
    costs = costs_of(rates, known_symbols()[signal.symbol], CostTerms(), {})
    times = rates["time"]
    nights = float(costs.nights_between(times[place + 1 : place + 2], times[at : at + 1])[0])
    swap = costs.swap_long if signal.side == "buy" else costs.swap_short
    return gross - float(costs.spread[place + 1]) - costs.commission + nights * swap


def _bars(signal: Signal, spec: ModelSpec) -> Array:
    period_s = PERIODS_S[BY_NAME[spec.timeframe]]
    before_s = int(period_s * (spec.label.volatility_bars + 2) * _WEEKS) + _SLACK_S
    after_s = int(period_s * (spec.horizon_bars + 2) * _WEEKS) + _SLACK_S
    span = (signal.bar_s - before_s, signal.bar_s + after_s)
    return record.bars(signal.server, signal.symbol, spec.timeframe, span=span)


def _server_time(signal: Signal) -> datetime:
    return datetime.fromtimestamp(signal.bar_s, UTC)


def _again(row: SignalOutcome, spec: ModelSpec, now: datetime) -> SignalOutcome:
    horizon = timedelta(seconds=PERIODS_S[BY_NAME[spec.timeframe]] * (spec.horizon_bars + 1))
    if now - row.signal.issued_at > horizon + GIVEN_UP:
        return _end(row, reason="The record has too few bars after it.")
    row.attempts += 1
    row.due_at = now + min(FIRST_AGAIN * 2 ** min(row.attempts - 1, 10), LAST_AGAIN)
    row.save(update_fields=("attempts", "due_at", "updated_at"))
    return row


def _end(row: SignalOutcome, reason: str = "") -> SignalOutcome:
    if reason:
        row.state, row.reason = OutcomeState.UNKNOWN, reason[:200]
    row.due_at = None
    row.save()
    live.publish_on_commit(row.tenant_id, "signal", id=row.signal_id)
    return row
