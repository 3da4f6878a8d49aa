"""How likely it is that the best of many tries is luck: probabilistic and deflated Sharpe ratios.

A Sharpe ratio here is of one period (a day), never annualised, unless the name says so.

Source: Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012
(probabilistic Sharpe ratio); Bailey and López de Prado, "The Deflated Sharpe Ratio: Correcting for Selection
Bias, Backtest Overfitting and Non-Normality", Journal of Portfolio Management 40(5), 2014.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import msgspec

EULER_MASCHERONI: Final = 0.5772156649015329
"""Of the expected maximum of many normal values."""

PERIODS_A_YEAR: Final = 252
"""Trading days, as the report's Sharpe ratio has them."""

FEWEST_PERIODS: Final = 20
"""A month of days. Of fewer, skewness and kurtosis say nothing."""

_NORMAL: Final = NormalDist()


class Moments(msgspec.Struct, frozen=True, rename="camel"):
    """What is kept of a test's returns, one for each day Monday to Friday.

    mean, deviation: of one period, the deviation with n - 1. skewness: third standardised moment; kurtosis:
    the fourth, 3 of a normal distribution. Both with n.
    """

    count: int
    mean: float
    deviation: float
    skewness: float
    kurtosis: float

    @property
    def sharpe(self) -> float:
        """Mean / deviation of one period; 0 where nothing ever changed."""
        return self.mean / self.deviation if self.deviation > 0 else 0.0

    @property
    def annual_sharpe(self) -> float:
        """The same for a year."""
        return self.sharpe * math.sqrt(PERIODS_A_YEAR)


class Luck(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What is to be thought of the best of many tries.

    trials: how many there were whose Sharpe ratio is known. sharpe, noise_sharpe: annual ones of the best,
    and of the best that as many tries without any skill would be expected to have. psr: probability that the
    true Sharpe ratio is more than 0, as if it had been the only try. dsr: that it is more than noise_sharpe.
    None where it cannot be said; verdict says why.
    """

    trials: int
    periods: int
    sharpe: float | None
    noise_sharpe: float | None
    psr: float | None
    dsr: float | None
    verdict: str


def moments_of(returns: Sequence[float]) -> Moments | None:
    """Return the moments of returns by period, a ratio each; None for fewer than two."""
    count = len(returns)
    if count < 2:
        return None
    mean = math.fsum(returns) / count
    apart = [one - mean for one in returns]
    square = math.fsum(one**2 for one in apart)
    if square <= 0:
        return Moments(count, mean, 0.0, 0.0, 3.0)
    spread = math.sqrt(square / count)
    return Moments(
        count=count,
        mean=mean,
        deviation=math.sqrt(square / (count - 1)),
        skewness=math.fsum((one / spread) ** 3 for one in apart) / count,
        kurtosis=math.fsum((one / spread) ** 4 for one in apart) / count,
    )


def probabilistic_sharpe(
    sharpe: float, *, periods: int, skewness: float, kurtosis: float, benchmark: float = 0.0
) -> float:
    """Return the probability that the true Sharpe ratio is more than the benchmark's.

    PSR = Z[(SR - SR*) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2)], Z the normal
    distribution function.
    """
    variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe**2
    if variance <= 0:
        # Not of any sample: kurtosis >= skewness^2 + 1. Of rounded ones it may be nothing.
        return 1.0 if sharpe > benchmark else 0.0
    return _NORMAL.cdf((sharpe - benchmark) * math.sqrt(periods - 1) / math.sqrt(variance))


def expected_maximum(trials: int, variance: float) -> float:
    """Return the Sharpe ratio that the best of so many tries without skill is expected to have.

    SR0 = sqrt(V) ((1 - g) Z^-1[1 - 1/N] + g Z^-1[1 - 1/(N e)]), g the constant of Euler and Mascheroni,
    V the variance of the tries' Sharpe ratios.
    """
    if trials < 2 or variance <= 0:
        return 0.0
    first = _NORMAL.inv_cdf(1 - 1 / trials)
    second = _NORMAL.inv_cdf(1 - 1 / (trials * math.e))
    return math.sqrt(variance) * ((1 - EULER_MASCHERONI) * first + EULER_MASCHERONI * second)


def luck_of(best: Moments | None, trials: Sequence[float], *, tried: int | None = None) -> Luck:
    """Return how likely the best is luck.

    trials: the Sharpe ratio of each try, the best's included, of one period. tried: how many tries there
    were, where some have no ratio; they were chances all the same.
    """
    count = max(len(trials), tried or 0)
    if best is None or best.count < FEWEST_PERIODS or best.deviation <= 0:
        days = 0 if best is None else best.count
        why = f"there are {days} days, and at least {FEWEST_PERIODS} are needed"
        if best is not None and best.count >= FEWEST_PERIODS:
            why = "the equity never changed"
        return _unknown(count, days, f"Whether this is luck cannot be said: {why}.")
    spread = expected_maximum(count, _variance(trials))
    psr, dsr = (
        probabilistic_sharpe(
            best.sharpe,
            periods=best.count,
            skewness=best.skewness,
            kurtosis=best.kurtosis,
            benchmark=benchmark,
        )
        for benchmark in (0.0, spread)
    )
    year = math.sqrt(PERIODS_A_YEAR)
    return Luck(
        trials=count,
        periods=best.count,
        sharpe=best.annual_sharpe,
        noise_sharpe=spread * year,
        psr=psr,
        dsr=dsr,
        verdict=_verdict(count, best, spread, psr, dsr),
    )


def _unknown(trials: int, periods: int, verdict: str) -> Luck:
    return Luck(
        trials=trials, periods=periods, sharpe=None, noise_sharpe=None, psr=None, dsr=None, verdict=verdict
    )


def _variance(trials: Sequence[float]) -> float:
    """With n - 1, as of a sample."""
    if len(trials) < 2:
        return 0.0
    mean = math.fsum(trials) / len(trials)
    return math.fsum((one - mean) ** 2 for one in trials) / (len(trials) - 1)


LIKELY: Final = 0.95
"""What is usually asked of a test, and no more than that."""


def _verdict(trials: int, best: Moments, spread: float, psr: float, dsr: float) -> str:
    year = math.sqrt(PERIODS_A_YEAR)
    has = f"{best.annual_sharpe:.1f}"
    if best.sharpe <= 0:
        return f"No luck to explain: the Sharpe ratio is {has} over {best.count} days."
    if trials < 2:
        chance = f"with a probability of {_percent(psr)} its true Sharpe ratio is more than 0"
        head = "Hardly luck" if psr >= LIKELY else "May be luck"
        return f"{head}: one try with a Sharpe ratio of {has} over {best.count} days; {chance}."
    noise = f"of {trials} tries the best of pure noise would have a Sharpe ratio of {spread * year:.1f}"
    chance = f"more than that is behind it with a probability of {_percent(dsr)}"
    if dsr >= LIKELY:
        return f"Hardly luck alone: {noise}; this has {has} over {best.count} days, and {chance}."
    if dsr >= 0.5:
        return f"May be luck: {noise}; this has {has} over {best.count} days, and {chance}."
    return f"Likely luck: {noise}; this has {has} over {best.count} days."


def _percent(probability: float) -> str:
    """Nothing here is ever certain."""
    return "more than 99 %" if probability > 0.99 else f"{100 * probability:.0f} %"
