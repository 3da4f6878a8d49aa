"""Questions about models and signals. None of them writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.signals import stores
from metafleet.hub.signals.errors import FileAway
from metafleet.hub.signals.models import Model, ModelHealth, ModelVersion, Retraining, Signal
from metafleet.hub.signals.stores import ModelStore


def models() -> QuerySet[Model]:
    """Return all models, by name."""
    return Model.objects.order_by("name")


def find_model(model_id: UUID) -> Model:
    """Raises NotFound."""
    row = Model.objects.filter(id=model_id).first()
    if row is None:
        raise NotFound("model")
    return row


def versions(model_ids: Iterable[UUID]) -> QuerySet[ModelVersion]:
    """Return the versions of these models, the newest first, without their files and cards."""
    rows = ModelVersion.objects.filter(model_id__in=list(model_ids)).select_related("model")
    return rows.defer("file", "card").order_by("model__name", "-number")


def find_version(version_id: UUID) -> ModelVersion:
    """Return a version with its card, without its file. Raises NotFound."""
    row = ModelVersion.objects.filter(id=version_id).select_related("model").defer("file").first()
    if row is None:
        raise NotFound("model version")
    return row


def file_of(version_id: UUID, store: ModelStore | None) -> bytes:
    """Return a version's file. store: where those are that their rows do not have.

    Raises NotFound, FileAway.
    """
    row = ModelVersion.objects.filter(id=version_id).values_list("file", "content_hash").first()
    if row is None:
        raise NotFound("model version")
    try:
        return stores.file_of(bytes(row[0]), row[1], store)
    except stores.StoreRefused as refused:
        raise FileAway(str(refused)) from refused


def retrainings(model_id: UUID) -> QuerySet[Retraining]:
    """Return a model's trainings, the newest first."""
    return Retraining.objects.filter(model_id=model_id).select_related("version").order_by("-created_at")


def health(version_ids: Iterable[UUID]) -> dict[UUID, ModelHealth]:
    """Return how each of these versions stands, by its id; those of which nothing is known are left out."""
    rows = ModelHealth.objects.filter(version_id__in=list(version_ids)).order_by("version_id", "-day")
    return {row.version_id: row for row in rows.distinct("version_id")}


def decay(version_id: UUID) -> QuerySet[ModelHealth]:
    """Return how a version stood on each day, the oldest first."""
    return ModelHealth.objects.filter(version_id=version_id).order_by("day")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """Which signals: those that all of this leaves.

    outcome: waiting, unknown, hit or miss. since, until: of when they were issued, the latter not included.
    shadow: those of challengers, which were handed out to nobody, instead.
    """

    account_id: UUID | None = None
    model: str | None = None
    version_id: UUID | None = None
    symbol: str | None = None
    timeframe: str | None = None
    side: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    shadow: bool = False


def signals(*, tenant_id: UUID, wanted: SignalFilter) -> QuerySet[Signal]:
    """Return the tenant's signals that the filter leaves, the newest first, without what they saw."""
    rows = Signal.objects.filter(tenant_id=tenant_id, is_shadow=wanted.shadow)
    exact = {
        "account_id": wanted.account_id,
        "version__model__name": wanted.model,
        "version_id": wanted.version_id,
        "symbol": wanted.symbol,
        "timeframe": wanted.timeframe,
        "side": wanted.side,
        "issued_at__gte": wanted.since,
        "issued_at__lt": wanted.until,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    match wanted.outcome:
        case "waiting" | "unknown":
            rows = rows.filter(outcome__state=wanted.outcome)
        case "hit" | "miss":
            rows = rows.filter(outcome__state="known", outcome__is_hit=wanted.outcome == "hit")
        case _:
            pass
    kept = rows.select_related("version__model", "outcome").order_by("-issued_at", "-id")
    return kept.defer("features", "version__file", "version__card", "version__spec")


def find_signal(*, tenant_id: UUID, signal_id: UUID) -> Signal:
    """Return a signal with what it saw. Raises NotFound."""
    rows = Signal.objects.filter(tenant_id=tenant_id, id=signal_id)
    row = rows.select_related("version__model", "outcome").defer("version__file", "version__card").first()
    if row is None:
        raise NotFound("signal")
    return row
