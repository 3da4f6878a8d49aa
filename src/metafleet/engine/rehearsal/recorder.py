"""Notes the accounts' equity while a program trades on them, at even steps of the market's time."""

from __future__ import annotations

import math
from typing import Final

from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.market.timeframes import NAMES, PERIODS_S
from metafleet.engine.mt5.local import Account, Paper
from metafleet.engine.mt5.market import PaperMarket
from metafleet.engine.rehearsal.clock import LeapClock
from metafleet.engine.statements.report import Bars, Sample

MOST_SAMPLES: Final = 5_000
"""More than a chart has pixels; a year's are an hour and three quarters apart."""

MOST_BARS: Final = 2_500
MINUTE_S: Final = 60


class Recorder:
    """Samples of every account of a paper market. span_s: how long it goes on, in seconds, inf perhaps."""

    def __init__(self, paper: Paper, span_s: float) -> None:
        self.step_s = MINUTE_S
        if math.isfinite(span_s):
            self.step_s = max(1, math.ceil(span_s / MOST_SAMPLES / MINUTE_S)) * MINUTE_S
        self._paper = paper
        self._samples: dict[int, list[Sample]] = {}
        self._began_msc = 0

    def follow(self, clock: LeapClock) -> None:
        """Note at every step that the clock passes, however far it leaps."""
        step_ns = self.step_s * 1_000_000_000

        def moved(before_ns: int, after_ns: int) -> None:
            for at_ns in range((before_ns // step_ns + 1) * step_ns, after_ns + 1, step_ns):
                clock.pass_by(at_ns)
                self.note()

        clock.on_move = moved

    def note(self) -> None:
        """Bring the market up to now and note the accounts; of too many notes every other one goes."""
        with self._paper.lock:
            self._paper.advance()
            now_msc = self._paper.market.quotes.now_msc
            self._began_msc = self._began_msc or now_msc
            for login, account in self._paper.accounts.items():
                self._note(login, account, now_msc)

    def account(self) -> tuple[int, Account]:
        """Return the account that the program was signed in to last; where there was none, a fresh one."""
        paper = self._paper
        if not paper.accounts:
            paper.open(None).sign_in(None, None, None)
            self.note()
        login = next(reversed(list(paper.current.values())))
        return login, paper.accounts[login]

    def samples(self, login: int) -> list[Sample]:
        """Return an account's samples, the first at the market's beginning."""
        kept = self._samples[login]
        if kept[0].time_msc > self._began_msc:
            deposit = float(self._paper.accounts[login].ledger.deals[0].profit)
            return [Sample(self._began_msc, deposit, deposit, 0.0), *kept]
        return kept

    def _note(self, login: int, account: Account, now_msc: int) -> None:
        try:
            info = account.ledger.account()
        except NoRate:
            return
        sample = Sample(now_msc, float(info.balance), float(info.equity), float(info.margin))
        kept = self._samples.setdefault(login, [])
        if kept and kept[-1].time_msc == now_msc:
            kept[-1] = sample
            return
        kept.append(sample)
        if len(kept) > 2 * MOST_SAMPLES:
            self._samples[login] = kept[::2]


def chart(market: PaperMarket, symbol: str, from_s: int, to_s: int) -> Bars:
    """Return a symbol's bars of a span by the server's clock, of a timeframe that does not make too many."""
    fitting = (frame for frame in NAMES if (to_s - from_s) / PERIODS_S.get(frame, math.inf) <= MOST_BARS)
    frame = next(fitting, max(PERIODS_S, key=lambda one: PERIODS_S[one]))
    rates = market.history(symbol).rates_range(frame, from_s - PERIODS_S[frame], to_s)
    return Bars(
        symbol=symbol,
        digits=market.specs[symbol].digits,
        period_s=PERIODS_S[frame],
        times=rates["time"].tolist(),
        open=rates["open"].tolist(),
        high=rates["high"].tolist(),
        low=rates["low"].tolist(),
        close=rates["close"].tolist(),
    )
