"""The explanation that is always there: plain sentences of the numbers that are shown."""

from __future__ import annotations

from typing import Final

import msgspec

from metafleet.hub.advisor.evidence.judging import CONFIDENCE, MONTH_DAYS
from metafleet.hub.advisor.recommending.records import Evidence

_SOURCES: Final = {
    "file": "prices of the operator's file",
    "record": "the record of this installation's market",
    "sample": "the sample that ships",
}


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that an explanation may speak of, as it is shown. Money in USD of a test account.

    None: cannot be said.
    """

    ea: str
    symbol: str
    verdict: str
    missing: list[str]
    regime: str
    prices: str
    days_out_of_sample: int
    trades_out_of_sample: int
    trades_in_this_regime: int
    net_per_trade: float | None
    interval_low: float | None
    interval_high: float | None
    confidence_percent: int
    win_rate_percent: float | None
    sharpe: float | None
    sets_tried: int
    sets_compared: int
    more_than_luck_percent: int | None
    drawdown_usual: float | None
    drawdown_bad: float | None
    drawdown_days: int
    trades_a_month: float
    deposit: int


def facts_of(ea: str, symbol: str, evidence: Evidence) -> Facts:
    """Return the facts of a recommendation."""
    told = evidence.judgement
    return Facts(
        ea=ea,
        symbol=symbol,
        verdict=told.verdict,
        missing=told.missing,
        regime=told.regime,
        prices=_SOURCES[evidence.origin.source],
        days_out_of_sample=told.days,
        trades_out_of_sample=told.trades,
        trades_in_this_regime=told.similar,
        net_per_trade=told.net_per_trade,
        interval_low=told.low,
        interval_high=told.high,
        confidence_percent=round(100 * CONFIDENCE),
        win_rate_percent=None if told.win_rate is None else round(100 * told.win_rate, 1),
        sharpe=told.sharpe,
        sets_tried=evidence.tried,
        sets_compared=evidence.compared,
        more_than_luck_percent=None if told.luck.dsr is None else min(99, round(100 * told.luck.dsr)),
        drawdown_usual=told.fall.usual if told.fall else None,
        drawdown_bad=told.fall.bad if told.fall else None,
        drawdown_days=MONTH_DAYS,
        trades_a_month=told.per_month,
        deposit=evidence.deposit,
    )


def explain(facts: Facts) -> str:
    """Return the explanation: a few plain sentences, the verdict first."""
    return " ".join(filter(None, (_verdict(facts), _result(facts), _luck(facts), _fall(facts), _end(facts))))


def _verdict(facts: Facts) -> str:
    where = f"{facts.ea} on {facts.symbol}"
    if facts.verdict == "supported":
        return f"The evidence supports {where} while the market is {facts.regime}."
    if facts.verdict == "against":
        return f"The evidence speaks against {where}: in a market like today's it has lost."
    return f"There is not enough evidence for {where}. {' '.join(facts.missing)}"


def _result(facts: Facts) -> str:
    if facts.net_per_trade is None:
        return ""
    interval = (
        ""
        if facts.interval_low is None
        else (
            f", with a {facts.confidence_percent} % interval from {_money(facts.interval_low)} "
            f"to {_money(facts.interval_high or 0)}"
        )
    )
    return (
        f"On {facts.prices}, over {facts.days_out_of_sample} days that its inputs were not chosen on, "
        f"{facts.trades_in_this_regime} trades began in such a market and made "
        f"{_money(facts.net_per_trade)} each after costs{interval}."
    )


def _luck(facts: Facts) -> str:
    if facts.more_than_luck_percent is None:
        return ""
    return (
        f"{facts.sets_tried} sets of inputs were tried here and {facts.sets_compared} compared in all; that "
        f"there is more behind it than the luck of so many tries has a probability of "
        f"{facts.more_than_luck_percent} %."
    )


def _fall(facts: Facts) -> str:
    if facts.drawdown_usual is None or facts.drawdown_bad is None:
        return ""
    return (
        f"Expect to be down by {_money(facts.drawdown_usual)} at some time within {facts.drawdown_days} "
        f"days, and in a bad month by {_money(facts.drawdown_bad)}, on an account of {facts.deposit:,} USD."
    )


def _end(facts: Facts) -> str:
    return "" if facts.verdict == "against" else "Try it on paper first; the past promises nothing."


def _money(amount: float) -> str:
    return f"{amount:.2f} USD"
