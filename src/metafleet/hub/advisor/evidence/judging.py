"""What is to be thought of trades out of sample: how much a trade made, how sure that is, how far it fell.

Intervals are by a circular block bootstrap over the trades in their order, so that runs of losses stay runs.
Source: Politis and Romano, "A circular block-resampling procedure for stationary data", 1992; blocks of
n^(1/3) trades, as Hall, Horowitz and Jing, Biometrika 82(3), 1995, have it for a variance. Deflation:
`engine.tester.optimising.luck`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.tester.optimising.luck import Luck, Moments, luck_of, moments_of
from metafleet.hub.advisor.evidence.outcomes import Outcome, days_of
from metafleet.hub.advisor.evidence.regimes import UNKNOWN, Regimes
from metafleet.hub.advisor.evidence.trying import DEPOSIT
from metafleet.hub.advisor.evidence.walking import FEWEST, Walk

FEWEST_SIMILAR: Final = 30
"""Trades out of sample in a regime like today's: of fewer an interval of the mean says little."""

CONFIDENCE: Final = 0.9
RESAMPLES: Final = 2_000

LIKELY: Final = 0.5
"""The least probability that it is more than the best of as many tries without skill: more likely than not.
A high bar for one EA, and no proof."""

MONTH_DAYS: Final = 28
"""What the expected drawdown is of."""

POINTS: Final = 60
"""Of the equity that is shown."""

Verdict = Literal["supported", "thin", "against"]
"""supported: nothing is missing. thin: not enough evidence. against: it lost, and that is sure enough."""


class Fall(msgspec.Struct, frozen=True, rename="camel"):
    """The deepest fall from a peak within MONTH_DAYS, account currency: in half of all resamples no more than
    the usual, in 95 of 100 no more than the bad one."""

    usual: float
    bad: float


class Judgement(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money in USD of a test account of DEPOSIT; None: cannot be said.

    trades: out of sample; similar: of these, entered while the regime was today's. net_per_trade, low, high:
    of the similar ones, with the interval of CONFIDENCE. sharpe: annual, of their days. per_month: trades to
    be expected in MONTH_DAYS. missing: what of the evidence is not enough, in sentences. equity: (day
    since 1970, summed net) out of sample. days: how long that was.
    """

    verdict: Verdict
    missing: list[str]
    regime: str
    trades: int
    similar: int
    days: int
    net: float
    net_per_trade: float | None
    low: float | None
    high: float | None
    win_rate: float | None
    sharpe: float | None
    per_month: float
    fall: Fall | None
    luck: Luck
    equity: list[tuple[int, float]]


def judge(
    walked: Walk,
    outcomes: Sequence[Outcome],
    regimes: Regimes,
    *,
    tried: int,
    now: str | None = None,
    seed: int = 0,
) -> Judgement:
    """Judge what a walk left. outcomes: of all sets, for what luck would have made of as many.

    regimes: of the same bars. tried: how many sets were compared in all, other EAs and symbols included.
    now: today's regime; None for the last of these bars.
    """
    begin_s, end_s = (walked.steps[0].window.out_s, walked.steps[-1].window.end_s) if walked.steps else (0, 0)
    after = walked.after
    labels = np.array(regimes.at(after.entered_s), object)
    now = regimes.newest if now is None else now
    similar = after.chosen(labels == now) if now != UNKNOWN else after.chosen(np.zeros(len(after), bool))
    chance = np.random.default_rng(seed)
    interval = mean_interval(similar.net, chance)
    returns = _returns(similar, begin_s, end_s)
    trials = [moments_of(_returns(one.between(begin_s, end_s), begin_s, end_s)) for one in outcomes]
    luck = luck_of(moments_of(_returns(after, begin_s, end_s)), _sharpes(trials), tried=tried)
    days = max(0, (end_s - begin_s) // 86_400)
    per_month = len(after) / days * MONTH_DAYS if days else 0.0
    like = similar if len(similar) >= FEWEST else after
    moments = moments_of(returns)
    missing = _missing(walked, similar, now, interval, luck)
    is_against = interval is not None and len(similar) >= FEWEST_SIMILAR and interval[1] < 0
    return Judgement(
        verdict="against" if is_against else "thin" if missing else "supported",
        missing=missing,
        regime=now,
        trades=len(after),
        similar=len(similar),
        days=days,
        net=round(float(after.net.sum()), 2),
        net_per_trade=round(float(similar.net.mean()), 2) if len(similar) else None,
        low=None if interval is None else round(interval[0], 2),
        high=None if interval is None else round(interval[1], 2),
        win_rate=round(float((similar.net > 0).mean()), 4) if len(similar) else None,
        sharpe=None if moments is None or not len(similar) else round(moments.annual_sharpe, 2),
        per_month=round(per_month, 1),
        fall=expected_fall(like.net, round(per_month), chance),
        luck=luck,
        equity=_equity(after),
    )


def mean_interval(
    net: NDArray[np.float64], chance: np.random.Generator, confidence: float = CONFIDENCE
) -> tuple[float, float] | None:
    """Return the interval of the mean; None for fewer than FEWEST trades."""
    if len(net) < FEWEST:
        return None
    means = _resampled(net, len(net), chance).mean(axis=1)
    low, high = np.quantile(means, ((1 - confidence) / 2, (1 + confidence) / 2))
    return float(low), float(high)


def expected_fall(net: NDArray[np.float64], count: int, chance: np.random.Generator) -> Fall | None:
    """Return the fall to be expected in so many trades; None for fewer than FEWEST to draw from, or none."""
    if len(net) < FEWEST or count < 1:
        return None
    paths = _resampled(net, count, chance).cumsum(axis=1)
    peaks = np.maximum.accumulate(np.maximum(paths, 0.0), axis=1)
    falls = (peaks - paths).max(axis=1)
    usual, bad = np.quantile(falls, (0.5, 0.95))
    return Fall(round(float(usual), 2), round(float(bad), 2))


def _resampled(net: NDArray[np.float64], count: int, chance: np.random.Generator) -> NDArray[np.float64]:
    """Return RESAMPLES series of so many trades, put together from blocks of neighbours."""
    block = max(1, round(len(net) ** (1 / 3)))
    blocks = -(-count // block)
    begins = chance.integers(0, len(net), (RESAMPLES, blocks, 1))
    places = (begins + np.arange(block)) % len(net)
    return net[places.reshape(RESAMPLES, -1)[:, :count]]


def _returns(outcome: Outcome, begin_s: int, end_s: int) -> list[float]:
    """Return each weekday's net as a share of the deposit."""
    made = days_of(outcome)
    days = np.arange(begin_s // 86_400, end_s // 86_400)
    weekdays = days[(days + 3) % 7 < 5].tolist()  # 1970-01-01 was a Thursday
    return [made.get(day, 0.0) / DEPOSIT for day in weekdays]


def _sharpes(trials: Sequence[Moments | None]) -> list[float]:
    return [one.sharpe for one in trials if one is not None]


def _missing(
    walked: Walk, similar: Outcome, regime: str, interval: tuple[float, float] | None, luck: Luck
) -> list[str]:
    missing = []
    if not walked.steps:
        missing.append("There are too few days of prices to choose on one stretch and judge on the next.")
    elif walked.chosen is None:
        missing.append("No set of inputs has earned anything on the newest stretch, so none is chosen.")
    if regime == UNKNOWN:
        missing.append("The regime of the market is not known.")
    elif len(similar) < FEWEST_SIMILAR:
        missing.append(
            f"{len(similar)} trades out of sample in a regime like today's; "
            f"at least {FEWEST_SIMILAR} are needed."
        )
    if interval is not None and interval[0] <= 0:
        missing.append(
            f"What a trade makes may be nothing: its {CONFIDENCE:.0%} interval begins at {interval[0]:.2f}."
        )
    if luck.dsr is None or luck.dsr < LIKELY:
        missing.append(luck.verdict)
    return missing


def _equity(outcome: Outcome) -> list[tuple[int, float]]:
    """Return the summed net by day, thinned to POINTS, the last day kept."""
    days: Mapping[int, float] = days_of(outcome)
    order = sorted(days)
    sums = np.cumsum([days[day] for day in order])
    kept = sorted({round(place) for place in np.linspace(0, len(order) - 1, min(POINTS, len(order)))})
    return [(order[place], round(float(sums[place]), 2)) for place in kept]
