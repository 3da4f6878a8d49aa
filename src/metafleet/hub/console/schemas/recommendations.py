"""Recommendations with their evidence, and what became of them.

Money is USD of a test account of `deposit`. Days are by the server's clock, seven hours ahead of New York.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text

Verdict = Literal["supported", "thin", "against"]
PriceSource = Literal["file", "record", "sample"]
Author = Literal["template", "bedrock", "openai"]


class RecommendedInput(Record):
    """An input as the EA's form shows it. `is_changed`: it is not what the EA's author has."""

    name: str
    title: str
    unit: str
    value: bool | int | float | str
    is_changed: bool


class EquityDay(Record):
    """What all trades that had ended by that day made together."""

    day: date
    net: float


class RecommendationScore(Record):
    """What it made in the days after it was given, by a paper test on the market's record."""

    days: int
    trades: int
    won: int
    net: float
    fall: float
    source: str
    scored_at: datetime


class Likeness(Record):
    """The EA that you run whose days are most like these: a correlation, -1 to 1, over so many days."""

    instance_id: UUID
    name: str
    correlation: float
    days: int
    basis: Literal["live", "tested"]


class RecommendationEvidence(Record):
    """Out of sample throughout; null: cannot be said.

    `similar`: trades that were entered in a regime like today's; `net_per_trade` with `low` and `high`, its
    interval of `confidence`, `win_rate` and `sharpe` (annual) are of these. `fall_usual`, `fall_bad`: the
    deepest fall to be expected within `fall_days`: in half of all cases no more than the one, in 95 of 100 no
    more than the other. `tried`: sets of inputs here; `compared`: in all; `beyond_luck`: the probability that
    there is more behind it than the luck of so many tries. `missing`: why it is not enough, in sentences.
    """

    missing: list[str]
    trades: int
    similar: int
    days: int
    net: float
    net_per_trade: float | None
    low: float | None
    high: float | None
    confidence: float
    win_rate: float | None
    sharpe: float | None
    trades_a_month: float
    fall_usual: float | None
    fall_bad: float | None
    fall_days: int
    tried: int
    compared: int
    beyond_luck: float | None
    luck: str
    deposit: int
    equity: list[EquityDay]
    source: PriceSource
    source_name: str
    from_day: date
    to_day: date
    regime_source: str


class Recommendation(Record):
    """An EA, a symbol and inputs as they were recommended; never changed afterwards.

    `explanation_note`: why the text of an author outside is not shown; "" where there is nothing to say.
    """

    id: UUID
    template_id: UUID
    template_slug: str
    template_name: str
    version: str
    symbol: str
    timeframe: str
    verdict: Verdict
    regime: str
    inputs: dict[str, Any]
    shown_inputs: list[RecommendedInput]
    evidence: RecommendationEvidence
    explanation: str
    explanation_author: Author
    explanation_note: str
    given_at: datetime
    scores: list[RecommendationScore]


class CurrentRecommendation(Recommendation):
    """One of today's. `worth`: what it is ranked by, 0 to 1. `unlike`: why `likeness` is null."""

    worth: float
    likeness: Likeness | None
    unlike: str


class UnjudgedEA(Record):
    """An EA that cannot be judged, on a symbol or ("") on all, and what is missing."""

    slug: str
    name: str
    symbol: str
    why: str


class EvidenceGathering(Record):
    """How far the gathering of evidence is: `done` of `total` sets while it runs; `ran` the last time."""

    is_running: bool
    done: int
    total: int
    ran: int
    elapsed_s: float
    finished_at: datetime | None
    error: str


class Recommendations(Record):
    """What you are advised now. `limit`: how many your plan shows; `beyond`: how many more there are."""

    items: list[CurrentRecommendation]
    unjudged: list[UnjudgedEA]
    limit: int
    beyond: int
    plan_name: str
    refreshed_at: datetime | None
    gathering: EvidenceGathering | None


class TrackRecord(Record):
    """What became of recommendations of one verdict after so many days, each as if deployed on paper."""

    verdict: Verdict
    days: int
    scored: int
    traded: int
    won: int
    trades: int
    net: float
    curve: list[EquityDay]


class TrackRecordPage(Record):
    """The record of all that was ever said, losses included; `rows`: the newest of it."""

    given: int
    waiting: int
    records: list[TrackRecord]
    rows: list[Recommendation]


class PaperDeployForm(Form):
    """`account_id`: of a paper account; every other one is refused."""

    account_id: UUID
    name: Text = Field("", max_length=60)


class PaperDeployed(Record):
    instance_id: UUID
