"""Optimisations: what was asked, how far it is, what came out. Otherwise as of backtests.

A finished one's document is as `engine.tester.optimising.report.document.Document`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, model_validator

from metafleet.hub.console.schemas.backtests import (
    BacktestForm,
    BacktestSetup,
    BacktestState,
    MarketData,
)
from metafleet.hub.console.schemas.base import Form, Record, Text

Method = Literal["grid", "random", "genetic", "bayes"]
InputValue = bool | int | float | str


class RangeForm(Form):
    """An input that is searched over: from an end to the other by a step, or the named values.

    Numbers as text, so that 0.1 is 0.1. Without a step, the input's own; without ends and values, all that
    the input may be.
    """

    name: Text = Field(min_length=1, max_length=64)
    begin: Text = Field("", max_length=24, alias="from")
    end: Text = Field("", max_length=24, alias="to")
    step: Text = Field("", max_length=24)
    values: list[Text] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> RangeForm:
        if bool(self.begin) != bool(self.end):
            raise ValueError("Say both where the range begins and where it ends.")
        if any(mark in text for text in self.values for mark in ",="):
            raise ValueError("A value has no comma and no equals sign.")
        return self


class OptimisationForm(BacktestForm):
    """What to search. `inputs`: of them those that are not in `ranges` are fixed.

    `tries`: at most so many, null for the method's usual number. `criterion`: a figure, or a formula over
    figures. `fewestTrades`: what trades less has no value. `windows`: of the walk-forward, 0 for none;
    `ratio`: how much longer an in-sample stretch is than an out-of-sample one. `seed` also seeds the search.
    """

    ranges: list[RangeForm] = Field(min_length=1, max_length=10)
    method: Method = "genetic"
    tries: int | None = Field(None, ge=1, le=100_000)
    criterion: Text = Field("net_profit", min_length=1, max_length=200)
    fewest_trades: int = Field(1, ge=1, le=1_000_000)
    windows: int = Field(0, ge=0, le=50)
    manner: Literal["rolling", "anchored"] = "rolling"
    ratio: int = Field(4, ge=1, le=20)


class OptimisationSize(Record):
    """How large it would be. `refused`: combinations that the EA's own rules leave out, estimated where
    `isExact` is false. `tries`: of one search; `runs`: of all there is to do, at most. `seconds`: about;
    null while none of this EA's runs is known."""

    combinations: int
    refused: int
    is_exact: bool
    tries: int
    runs: int
    seconds: float | None


class CriterionChoice(Record):
    """A figure that may be looked for; the better is the more, or the less."""

    name: str
    title: str
    is_less_better: bool


class OptimisationLimits(Record):
    """What the plan allows, and what of it is used."""

    at_once: int
    tries: int
    tries_kept: int
    kept: int
    kept_now: int
    under_way: int


class OptimisationOptions(Record):
    """`methods`: those that this installation can do."""

    methods: list[Method]
    most_bayes: int
    criteria: list[CriterionChoice]
    limits: OptimisationLimits


class InputRange(Record):
    """An input that is searched over, as it was asked for."""

    name: str
    begin: str = Field(alias="from")
    end: str = Field(alias="to")
    step: str
    values: list[str]


class OptimisationSearch(Record):
    ranges: list[InputRange]
    method: Method
    tries: int | None
    seed: int
    criterion: str
    criterion_title: str
    is_less_better: bool
    fewest_trades: int
    windows: int
    manner: Literal["rolling", "anchored"]
    ratio: int


class Luck(Record):
    """How likely the best is luck: `dsr`, the deflated Sharpe ratio, is the probability that it is not."""

    trials: int
    periods: int
    sharpe: float | None
    noise_sharpe: float | None
    psr: float | None
    dsr: float | None
    verdict: str


class Plateau(Record):
    """What surrounds the best: how much of its value its neighbours keep."""

    neighbours: int
    without_value: int
    median: float | None
    worst: float | None
    median_kept: float | None
    worst_kept: float | None
    verdict: str


class TryShown(Record):
    """`inputs`: all of them. `value`: the criterion's. `forward`: its figures in the forward period."""

    inputs: dict[str, InputValue]
    value: float | None
    figures: dict[str, float | None]
    forward_value: float | None = None
    forward: dict[str, float | None] | None = None


class Optimisation(Record):
    """`done` of at most `total` tries are known, `made` of them were run for it. `best` and `luck` while it
    goes on: so far. `secondsLeft`: about, null where nobody can say."""

    id: UUID
    template_id: UUID
    template_slug: str
    template_name: str
    version: str
    content_hash: str
    is_uploaded: bool
    instance_id: UUID | None
    instance_name: str | None
    symbol: str
    timeframe: str
    data: MarketData
    setup: BacktestSetup
    inputs: dict[str, Any]
    search: OptimisationSearch
    state: BacktestState
    done: int
    total: int
    made: int
    seconds_left: float | None
    message: str
    best: TryShown | None
    luck: Luck | None
    plateau: Plateau | None
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class TriesSoFar(Record):
    """The best of those that were made for it, the best first, and how likely that one is luck."""

    rows: list[TryShown]
    luck: Luck
