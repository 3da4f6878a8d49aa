"""A program's run from opening its market to the report on its account."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.servertime import Zone, ZoneRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.timeframes import PERIODS_S
from metafleet.engine.mt5.clocks import WallClock
from metafleet.engine.mt5.configuration import (
    AccountTerms,
    Configuration,
    ConfigurationRefused,
    MarketTerms,
    moment_s,
)
from metafleet.engine.mt5.local import Paper
from metafleet.engine.mt5.opening import supplies_of
from metafleet.engine.rehearsal.clock import LeapClock, PacedClock
from metafleet.engine.rehearsal.following import follow
from metafleet.engine.rehearsal.importing import offer
from metafleet.engine.rehearsal.program import Ending, run_file
from metafleet.engine.rehearsal.recorder import Recorder, chart
from metafleet.engine.rehearsal.request import Rehearsal, RehearsalRefused
from metafleet.engine.statements.report import Account, Report, make_report

DEFAULT_BEGIN_S: Final = int(datetime(2024, 3, 4, tzinfo=UTC).timestamp())
"""Where a made-up market begins that is not lived at its own pace: always there, so that runs are alike."""

DEFAULT_DAYS: Final = 30
"""How long a market without an end is lived through when sleeps take no time."""

LONGEST_PAST_S: Final = 30 * 86_400
"""Of a file, a tenth and at most so much is there before the program begins, for its indicators."""

GRACE_S: Final = 10.0
"""Real seconds in which a program ends that was told that the market is over."""

_SECOND_NS: Final = 1_000_000_000
_real_sleep = time.sleep


class Stage:
    """A market, an account and a clock, made by `open_stage`; `perform` the program once."""

    def __init__(self, work: Rehearsal, paper: Paper, clock: LeapClock | PacedClock | WallClock) -> None:
        self.work = work
        self._paper = paper
        self._clock = clock
        self._end_s = moment_s(paper.configuration.market.end)
        begin_s = clock.now_msc() / 1000
        self._recorder = Recorder(paper, math.inf if self._end_s is None else self._end_s - begin_s)
        self._is_over = False
        self._finishing = threading.Lock()

    def perform(self, finish: Callable[[], None]) -> Ending:
        """Run the program; `finish` is called once, when it has ended or had to be ended."""
        offer()
        from metafleet.engine import mt5

        mt5.DEFAULT.opens(self._paper.open)
        self._recorder.note()
        self._begin(finish)
        ending = run_file(Path(self.work.script), self.work.arguments)
        if self._is_over or getattr(self._clock, "is_over", False):
            ending = Ending(0 if ending.over or ending.interrupted else ending.code, over=True)
        self._finish(finish)
        return ending

    def report(self) -> Report:
        """Return the report on the account that the program was signed in to last."""
        paper, recorder = self._paper, self._recorder
        recorder.note()
        login, account = recorder.account()
        samples = recorder.samples(login)
        ledger = account.ledger
        made = Account(
            info=ledger.account(),
            deals=ledger.deals,
            positions=ledger.positions(),
            samples=samples,
        )
        symbols = dict.fromkeys(deal.symbol for deal in ledger.deals if deal.symbol)
        span = samples[0].time_msc // 1000, samples[-1].time_msc // 1000
        return make_report(
            made,
            title=Path(self.work.script).name,
            sample_s=recorder.step_s,
            bars=[chart(paper.market, symbol, *span) for symbol in symbols],
            notes=self._notes(),
        )

    def _notes(self) -> list[str]:
        terms = self._paper.configuration.market
        notes = [f"Market: {terms.source}, seed {terms.seed}; server time is {terms.time_zone}."]
        if self._is_over or getattr(self._clock, "is_over", False):
            notes.append("The market was over before the program.")
        logins = list(self._paper.accounts)
        if len(logins) > 1:
            others = ", ".join(map(str, logins))
            notes.append(f"The program signed in to the accounts {others}; this is the last one's report.")
        step = self._recorder.step_s // 60
        often = "every minute" if step == 1 else f"every {step} minutes"
        notes.append(f"Equity was noted {often}: a fall and rise between two notes is not seen.")
        notes.append("Sharpe: mean / standard deviation of equity's daily changes, times the root of 252.")
        return notes

    def _begin(self, finish: Callable[[], None]) -> None:
        clock = self._clock
        if isinstance(clock, LeapClock):
            self._recorder.follow(clock)
            start_new_thread(self._see_off, (clock, finish))
        else:
            start_new_thread(self._keep_time, (clock, finish))
        if not isinstance(clock, WallClock):
            follow(clock)

    def _see_off(self, clock: LeapClock, finish: Callable[[], None]) -> None:
        """End a program that lives on after the market's end."""
        while not clock.is_over:
            _real_sleep(0.5)
        self._end_soon(finish)

    def _keep_time(self, clock: PacedClock | WallClock, finish: Callable[[], None]) -> None:
        """Note the account now and then, and interrupt the program at the market's end, as Ctrl-C would."""
        speed = clock.speed if isinstance(clock, PacedClock) else 1.0
        step_s = min(60.0, max(0.5, self._recorder.step_s / speed))
        while True:
            left_s = math.inf if self._end_s is None else (self._end_s - clock.now_msc() / 1000) / speed
            if left_s <= 0:
                break
            _real_sleep(min(step_s, left_s))
            self._recorder.note()
        self._is_over = True
        os.kill(os.getpid(), signal.SIGINT)
        self._end_soon(finish)

    def _end_soon(self, finish: Callable[[], None]) -> None:
        _real_sleep(GRACE_S)
        self._finish(finish)
        os._exit(0)

    def _finish(self, finish: Callable[[], None]) -> None:
        if self._finishing.acquire(blocking=False):
            finish()


def open_stage(work: Rehearsal) -> Stage:
    """Open the market that was asked for. Raises RehearsalRefused."""
    try:
        terms = MarketTerms(
            source=work.data,
            symbols=tuple(work.symbols),
            seed=work.seed,
            ticks="real" if work.ticks is None else "generated",
            ticks_per_bar=work.ticks or 1,
            time_zone=work.server_time,
        )
        begin_s, end_s = _lived(work, *_span(terms))
        configuration = Configuration(
            market=msgspec.structs.replace(terms, begin=_utc(begin_s), end=_utc(end_s)),
            account=AccountTerms(
                currency=work.currency,
                deposit=float(work.deposit),
                leverage=work.leverage,
                mode=work.mode,
                dealing=work.dealing,
            ),
        )
        clock = _clock(work, begin_s, end_s)
        return Stage(work, Paper(configuration, clock), clock)
    except (SourceRefused, MarketFileRefused, ZoneRefused, ConfigurationRefused) as refusal:
        raise RehearsalRefused(f"{str(refusal).rstrip('.')}.") from refusal


def _clock(work: Rehearsal, begin_s: int | None, end_s: int | None) -> LeapClock | PacedClock | WallClock:
    if begin_s is None:
        return WallClock()
    if work.speed is not None:
        return PacedClock(begin_s * _SECOND_NS, work.speed)
    assert end_s is not None  # noqa: S101 -- `_lived` gives one
    return LeapClock(begin_s * _SECOND_NS, end_s * _SECOND_NS)


def _span(terms: MarketTerms) -> tuple[int | None, int | None]:
    """Return the first and the last moment at which all symbols have prices, in UTC; None: no end."""
    if terms.source == "generator":
        return None, None
    zone = Zone(terms.time_zone)
    supplies = supplies_of(terms).values()
    last_s = min((supply.last_s or 0) + PERIODS_S.get(supply.timeframe, 0) for supply in supplies)
    return zone.utc_s(max(supply.first_s for supply in supplies)), zone.utc_s(last_s)


def _lived(work: Rehearsal, first_s: int | None, last_s: int | None) -> tuple[int | None, int | None]:
    """Return where the program's life begins and ends; None: now, and never."""
    begin_s, end_s = work.begin_s, work.end_s
    if begin_s is None and end_s is None and work.speed == 1:
        return None, None
    if first_s is None or last_s is None:
        begin_s = DEFAULT_BEGIN_S if begin_s is None else begin_s
        if end_s is None and work.speed is None:
            end_s = begin_s + DEFAULT_DAYS * 86_400
    else:
        if begin_s is None:
            begin_s = first_s + min((last_s - first_s) // 10, LONGEST_PAST_S) // 60 * 60
        end_s = last_s if end_s is None else min(end_s, last_s)
        if not first_s <= begin_s < last_s:
            raise RehearsalRefused(
                f"the data is from {_moment(first_s)} to {_moment(last_s)}: --from must lie in it."
            )
    if end_s is not None and end_s <= begin_s:
        raise RehearsalRefused(f"--to must come after {_moment(begin_s)}, where the program's life begins.")
    return begin_s, end_s


def _utc(at_s: int | None) -> datetime | None:
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC)


def _moment(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M")
