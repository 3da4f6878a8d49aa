"""Models of the Brain: what they are of, their versions and cards, how they do, when they are trained."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, PlanCode, Record, Text

ModelState = Literal["draft", "challenger", "champion", "retired"]
RetrainingState = Literal["queued", "running", "done", "failed"]
Stability = Literal["stable", "moved", "moved_much"]


class ModelHealth(Record):
    """How a version stood on a day, over its newest signals of all customers, each bar counted once.

    `signals`: bars in the window. `judged`: of them with a side and a known outcome; `hitRatio` of these,
    with Wilson's 95 % interval; `expectedHitRatio`: what the model itself said. `meanReturnBps`: of these,
    after costs. `psi`: the largest population stability index of a feature, `psiFeature`; its `stability`:
    below 0.1 stable, from 0.25 on moved much. `scored`: with a known outcome, whatever the side;
    `calibrationGap`: of these, mean probability less the share of rises; `calibrationP`: of a gap like this
    by chance (Spiegelhalter); `isDecayed`: it is below 0.05. null: too little is known.
    """

    day: date
    signals: int
    judged: int
    hits: int
    hit_ratio: float | None
    hit_low: float | None
    hit_high: float | None
    expected_hit_ratio: float | None
    mean_return_bps: float | None
    scored: int
    brier: float | None
    calibration_gap: float | None
    calibration_p: float | None
    is_decayed: bool
    psi: float | None
    psi_feature: str
    psi_features: dict[str, float]
    stability: Stability | None


class ModelVersion(Record):
    """One file of a model. `gatePassed`, `gateVerdict`: what its card's gate says. `size` in bytes."""

    id: UUID
    model_id: UUID
    model_name: str
    number: int
    state: ModelState
    content_hash: str
    symbols: list[str]
    timeframe: str
    origin: Literal["upload", "retraining"]
    made_by: str
    gate_passed: bool
    promoted_at: datetime | None
    promoted_by: str
    retired_at: datetime | None
    note: str
    size: int
    created_at: datetime
    health: ModelHealth | None


class ModelVersionDetail(ModelVersion):
    """`card` and `spec`: as they stand in the file, `metafleet.brain.model.Card` and `ModelSpec`."""

    gate_verdict: str
    card: dict[str, Any]
    spec: dict[str, Any]


class Retraining(Record):
    """One time that a model is trained again. `outcome`: a sentence, once it has ended."""

    id: UUID
    model_id: UUID
    reason: str
    asked_by: str
    state: RetrainingState
    version_id: UUID | None
    version_number: int | None
    outcome: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Model(Record):
    """A model. `isOpen`: it is served to this desk's plan. `champion`: whose signals are handed out, null
    where nobody's are; `challenger`: who is tried in its shadow. `versions`: how many there are.
    `retrainEveryDays`: null for never by itself."""

    id: UUID
    name: str
    symbols: list[str]
    timeframe: str
    required_plan: PlanCode
    is_open: bool
    champion: ModelVersion | None
    challenger: ModelVersion | None
    versions: int
    retrain_every_days: int | None
    retrain_due_at: datetime | None
    promotes_by_itself: bool
    retraining: Retraining | None
    created_at: datetime


class RecipeFields(Record):
    """On which bars a model is trained again: the newest `mostBars` of each symbol of a server's record."""

    server: str
    most_bars: int
    folds: int
    confidence: float
    seed: int


class ModelDetail(Model):
    """A model with its versions and trainings, the newest first."""

    all_versions: list[ModelVersion]
    retrainings: list[Retraining]
    recipe: RecipeFields


class RecipeForm(Form):
    server: Text = Field("metafleet-Paper", min_length=1, max_length=64)
    most_bars: int = Field(100_000, ge=1_000, le=500_000)
    folds: int = Field(5, ge=2, le=50)
    confidence: float = Field(0.95, gt=0.5, lt=1)
    seed: int = Field(0, ge=0, le=2**31 - 1)


class ScheduleForm(Form):
    """`everyDays`: null for never by itself. `promotesByItself`: what passes its gate serves at once."""

    every_days: int | None = Field(None, ge=1, le=366)
    promotes_by_itself: bool = False
    recipe: RecipeForm = Field(default_factory=lambda: RecipeForm.model_validate({}))


class ModelPlanForm(Form):
    required_plan: PlanCode


class ModelNoteForm(Form):
    note: Text = Field("", max_length=500)


class ModelReasonForm(Form):
    reason: Text = Field(min_length=1, max_length=200)
