"""The record of the installation's own markets: every closed M1 bar for good, a row for each symbol and day.

Times are the server's clock's. What is over is final: a bar that is kept is never changed, a later answer
only adds what is missing. Bars of longer timeframes are added up from the minutes, as charts do.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
from django.db import transaction
from django.db.models import Max, Min

from metafleet.engine.market.arrays import RATES, Array, empty, joined
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import BY_NAME, D1, DAY_S, M1, PERIODS_S, next_open_s
from metafleet.hub.market.models import MarketDay

_CACHED_BYTES: Final = 24 * 1024 * 1024
"""What a process keeps of days that it has read: two years of M15 for eight symbols, or ten weeks of M1
for four."""
_PACKED: Final = 1
"""zlib's fastest: a day of minutes takes 2 ms and a third of its 86 kB."""
_NO_END: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Recorded:
    """A symbol that is recorded. first_s: when its first bar opened; until_s: when its newest one closed."""

    server: str
    symbol: str
    first_s: int
    until_s: int


def symbols(server: str | None = None) -> list[Recorded]:
    """Return what is recorded, of one server or of all, by name."""
    rows = MarketDay.objects.filter(**({"server": server} if server else {}), count__gt=0)
    found = rows.values("server", "symbol").annotate(first=Min("first_s"), last=Max("last_s"))
    return [
        Recorded(row["server"], row["symbol"], row["first"], row["last"] + PERIODS_S[M1])
        for row in found.order_by("server", "symbol")
    ]


def newest_s(server: str, symbol: str) -> int | None:
    """Return when the newest bar that is kept opened; None where none is."""
    rows = MarketDay.objects.filter(server=server, symbol=symbol, count__gt=0)
    newest: int | None = rows.aggregate(newest=Max("last_s"))["newest"]
    return newest


def bars(
    server: str,
    symbol: str,
    timeframe: str | int,
    *,
    count: int | None = None,
    span: tuple[int, int] | None = None,
) -> Array:
    """Return closed bars as RATES, oldest first: fewer, or none, where fewer are recorded.

    timeframe: its name, as "M15", or MetaTrader's number. count: the newest so many. span: those that open
    from the first second on and before the second one, by the server's clock. A bar is closed once the
    minutes that are kept go as far as its end, or beyond. Raises KeyError for what is no timeframe.
    """
    number = BY_NAME[timeframe] if isinstance(timeframe, str) else timeframe
    period_s, (from_s, to_s) = PERIODS_S[number], span or (0, _NO_END)
    days = _days(server, symbol, from_s, to_s, number)
    if not days:
        return empty(RATES)
    until_s = days[-1].last_s + PERIODS_S[M1]
    if span is not None and (newest := newest_s(server, symbol)) is not None:
        until_s = newest + PERIODS_S[M1]
    if count is not None and span is None:
        days = _enough(days, count, number)
    whole = joined(_folded(days, number), RATES)
    if period_s > DAY_S:
        whole = aggregated(whole, number)
    if len(whole) and next_open_s(number, int(whole["time"][-1])) > until_s:
        whole = whole[:-1]
    times = whole["time"]
    whole = whole[np.searchsorted(times, from_s) : np.searchsorted(times, to_s)]
    return whole if count is None else whole[max(0, len(whole) - count) :]


def keep(server: str, symbol: str, rates: Array) -> int:
    """Add closed M1 bars to the record and return how many were new.

    rates: RATES, oldest first. Of two who keep the same bars at once the second finds them there. A bar
    whose minute is kept already changes nothing.
    """
    if not len(rates):
        return 0
    kept = 0
    days = rates["time"] // DAY_S
    begins = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    for part in np.split(rates, begins[1:]):
        kept += _keep_day(server, symbol, _date(int(part["time"][0])), part)
    return kept


def _keep_day(server: str, symbol: str, day: date, rates: Array) -> int:
    """One day in a transaction of its own: a first answer of ten weeks is not one long one."""
    with transaction.atomic():
        MarketDay.objects.bulk_create(
            [MarketDay(server=server, symbol=symbol, day=day)], ignore_conflicts=True
        )
        row = MarketDay.objects.select_for_update().get(server=server, symbol=symbol, day=day)
        before = _unpacked(row.bars)
        news = rates[~np.isin(rates["time"], before["time"])]
        if not len(news):
            return 0
        whole = joined([before, news], RATES)
        if len(before) and news["time"][0] < before["time"][-1]:
            whole = whole[np.argsort(whole["time"], kind="stable")]
        row.bars = zlib.compress(whole.tobytes(), _PACKED)
        row.count, row.first_s, row.last_s = len(whole), int(whole["time"][0]), int(whole["time"][-1])
        row.save(update_fields=["bars", "count", "first_s", "last_s", "updated_at"])
        return len(news)


@dataclass(frozen=True, slots=True)
class _Day:
    server: str
    symbol: str
    day: date
    count: int
    last_s: int
    updated_at: datetime


def _days(server: str, symbol: str, from_s: int, to_s: int, timeframe: int) -> list[_Day]:
    """Return which days have minutes of the bars of a span."""
    rows = MarketDay.objects.filter(server=server, symbol=symbol, count__gt=0)
    if from_s:
        rows = rows.filter(day__gte=_date(from_s))
    if to_s < _NO_END:
        rows = rows.filter(day__lte=_date(to_s + PERIODS_S[timeframe]))
    found = rows.order_by("day").values_list("day", "count", "last_s", "updated_at")
    return [_Day(server, symbol, *row) for row in found]


def _enough(days: list[_Day], count: int, timeframe: int) -> list[_Day]:
    """Return the newest days that surely have so many bars and one that is forming."""
    minutes, left = PERIODS_S[timeframe] // 60, count + 1
    if PERIODS_S[timeframe] > DAY_S:
        return days
    for place in range(len(days) - 1, -1, -1):
        left -= -(-days[place].count // minutes)
        if left <= 0:
            return days[place:]
    return days


class _Cache:
    """Folded days that were read, by what they were then: one that was written since is another one, be it
    that it grew, be it that a backup was restored."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[_Day, int], Array] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: tuple[_Day, int]) -> Array | None:
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: tuple[_Day, int], rates: Array) -> None:
        with self._lock:
            if key not in self._kept:
                self._bytes += rates.nbytes
            self._kept[key] = rates
            while self._bytes > _CACHED_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes


_cache = _Cache()


def _folded(days: Sequence[_Day], timeframe: int) -> list[Array]:
    """Return each day's bars of a timeframe; of weeks and months, those of days."""
    within = timeframe if PERIODS_S[timeframe] <= DAY_S else D1
    found = {day: _cache.get((day, within)) for day in days}
    missing = [day for day, rates in found.items() if rates is None]
    for day, minutes in _read(missing):
        rates = minutes if within == M1 else aggregated(minutes, within)
        _cache.put((day, within), rates)
        found[day] = rates
    return [rates for rates in found.values() if rates is not None]


def _read(days: Sequence[_Day]) -> Iterable[tuple[_Day, Array]]:
    if not days:
        return
    rows = MarketDay.objects.filter(
        server=days[0].server, symbol=days[0].symbol, day__in=[one.day for one in days]
    )
    by_day = {one.day: one for one in days}
    for day, packed in rows.values_list("day", "bars"):
        minutes, known = _unpacked(packed), by_day[day]
        # It may have grown since its count was read: what came since is not of this answer.
        yield known, minutes[minutes["time"] <= known.last_s] if len(minutes) > known.count else minutes


def _unpacked(packed: bytes | memoryview) -> Array:
    return np.frombuffer(zlib.decompress(packed) if packed else b"", RATES)


def _date(at_s: int) -> date:
    return datetime.fromtimestamp(at_s, UTC).date()
