"""The registry's rows, and what was served: models, versions, retrainings; signals, outcomes, health."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Model(Row):
    """A named model with its versions. The installation's: operators register it, customers are served.

    `symbols` are its champion's, or its newest version's while it has none. `recipe`: as
    `records.Recipe`, how it is trained again; null for one that was only ever uploaded.
    """

    name = models.SlugField(max_length=60, unique=True)
    symbols = models.JSONField(default=list)
    timeframe = models.CharField(max_length=4)
    required_plan = models.CharField(max_length=8, default="bronze", help_text="the least plan that may ask")
    recipe = models.JSONField(null=True)
    retrain_every_days = models.PositiveSmallIntegerField(null=True, help_text="null: never by itself")
    retrain_due_at = models.DateTimeField(null=True)
    promotes_by_itself = models.BooleanField(
        default=False, help_text="an operator's word: what passes the gate becomes the champion at once"
    )

    class Meta:
        indexes = (
            # The sweep: which is to be trained again.
            models.Index(
                fields=("retrain_due_at",),
                condition=Q(retrain_due_at__isnull=False),
                name="model_retrain_due",
            ),
        )


class VersionState(models.TextChoices):
    """draft → challenger → champion → retired; a champion may also come from draft, and from retired.

    draft: kept, not served. challenger: served in its champion's shadow. champion: its signals are handed
    out. retired: not served; the last one to be retired is what a roll-back brings back.
    """

    DRAFT = "draft"
    CHALLENGER = "challenger"
    CHAMPION = "champion"
    RETIRED = "retired"


SERVED: Final = (VersionState.CHAMPION, VersionState.CHALLENGER)


class ModelVersion(Row):
    """One file of a model, never changed: the database lets nobody write to `file`, `card`, `spec`.

    `content_hash`: SHA-256 of the file. `card` and `spec`: what the file holds of that name.
    """

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="from 1, in the order of their coming")
    content_hash = models.CharField(max_length=64)
    symbols = models.JSONField(default=list)
    timeframe = models.CharField(max_length=4)
    spec = models.JSONField()
    card = models.JSONField()
    file = models.BinaryField()
    size = models.PositiveIntegerField(help_text="bytes of the file")
    origin = models.CharField(max_length=10, help_text="upload or retraining")
    made_by = models.CharField(max_length=254)
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    is_promoted_by_gate = models.BooleanField(help_text="what the card's own gate says")
    promoted_at = models.DateTimeField(null=True)
    promoted_by = models.CharField(max_length=254, blank=True)
    retired_at = models.DateTimeField(null=True)
    note = models.CharField(
        max_length=500, blank=True, help_text="why it was promoted, rolled back or retired"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("model", "number"), name="model_version_number"),
            # The same file is registered once.
            models.UniqueConstraint(fields=("content_hash",), name="model_version_once"),
            # One answers, and one is tried beside it.
            models.UniqueConstraint(
                fields=("model",), condition=Q(state="champion"), name="model_one_champion"
            ),
            models.UniqueConstraint(
                fields=("model",), condition=Q(state="challenger"), name="model_one_challenger"
            ),
        )


class RetrainingState(models.TextChoices):
    """queued → running → done or failed."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Retraining(Row):
    """One time that a model is trained again: why, how far, and what came of it."""

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="retrainings")
    reason = models.CharField(max_length=200, help_text="schedule, or a person's word")
    asked_by = models.CharField(max_length=254)
    state = models.CharField(max_length=7, choices=RetrainingState, default=RetrainingState.QUEUED)
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", null=True)
    outcome = models.CharField(max_length=500, blank=True, help_text="a sentence: what came of it, and why")

    class Meta:
        constraints = (
            # One at a time of each model.
            models.UniqueConstraint(
                fields=("model",), condition=Q(state__in=("queued", "running")), name="retraining_one_open"
            ),
        )
        indexes = (
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="retraining_due"),
        )


class Signal(Row):
    """What a version said of a bar to a tenant, written once before it was answered, never changed.

    `bar_at`: when the bar opened, UTC. `inputs_hash`: SHA-256 of the bars that were looked at. `features`:
    float32, little-endian, in the spec's order. `probability`: of the upper side. `is_shadow`: a
    challenger's, kept and scored, handed out to nobody.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal_id = models.UUIDField(help_text="who asked first")
    account_id = models.UUIDField()
    server = models.CharField(max_length=64)
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    bar_at = models.DateTimeField()
    bar_s = models.BigIntegerField(
        default=0, db_default=0, help_text="when the bar opened, seconds of the server's clock"
    )
    inputs_hash = models.BinaryField()
    features = models.BinaryField()
    side = models.CharField(max_length=4, help_text="buy, sell or none")
    probability = models.FloatField()
    size = models.FloatField(help_text="0 to 1")
    is_shadow = models.BooleanField()
    valid_until = models.DateTimeField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = (
            # Asked again, by whichever gateway, it is the same row.
            models.UniqueConstraint(
                fields=(
                    *("tenant", "version", "server", "symbol", "timeframe", "bar_at"),
                    *("inputs_hash", "is_shadow"),
                ),
                name="signal_once",
            ),
        )
        indexes = (
            models.Index(fields=("tenant", "-issued_at"), name="signal_list"),
            # How a version does.
            models.Index(fields=("version", "-bar_at"), name="signal_of_version"),
        )


class OutcomeState(models.TextChoices):
    """waiting → known or unknown."""

    WAITING = "waiting"
    KNOWN = "known"
    UNKNOWN = "unknown"


class SignalOutcome(Row):
    """What became of a signal, by its model's own label and the bars of the record.

    `result`: upper, lower or expiry, whichever came first, or both where one bar met both. `return_ratio`:
    the log return from entry to exit in the signal's direction, after costs; null for side none. `is_hit`:
    whether the side, or what it leaned to, was right before costs.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    signal = models.OneToOneField(Signal, on_delete=models.CASCADE, related_name="outcome")
    state = models.CharField(max_length=7, choices=OutcomeState, default=OutcomeState.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=6, blank=True)
    is_up = models.BooleanField(null=True, help_text="the label: whether the upper side was right")
    is_hit = models.BooleanField(null=True)
    entry = models.FloatField(null=True)
    exit = models.FloatField(null=True)
    return_ratio = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when the bar closed that decided it")
    reason = models.CharField(max_length=200, blank=True, help_text="why nothing is known")

    class Meta:
        indexes = (
            # The sweep: what can be judged by now.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="signal_outcome_due"),
        )


class ModelHealth(Row):
    """How a served version stood on a day, over its newest signals: the newest row is how it stands.

    The installation's: counts over all tenants, each bar once. `psi`: the largest population stability
    index of a feature, `psi_features` all of them. `calibration_gap`: mean of what was said less what came.
    """

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="health")
    day = models.DateField()
    signals = models.PositiveIntegerField(help_text="bars that were signalled, in the window")
    judged = models.PositiveIntegerField(help_text="with a side, and a known outcome")
    hits = models.PositiveIntegerField()
    hit_low = models.FloatField(null=True)
    hit_high = models.FloatField(null=True)
    expected_hits = models.FloatField(null=True, help_text="sum of the probabilities of the sides taken")
    mean_return = models.FloatField(null=True, help_text="of what was judged, net of costs")
    scored = models.PositiveIntegerField(default=0, help_text="with a known outcome, whatever the side")
    brier = models.FloatField(null=True)
    calibration_gap = models.FloatField(null=True)
    calibration_p = models.FloatField(null=True, help_text="of as much by chance, if it were right")
    is_decayed = models.BooleanField(default=False, db_default=False)
    psi = models.FloatField(null=True)
    psi_feature = models.CharField(max_length=60, blank=True)
    psi_features = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("version", "day"), name="model_health_day"),)
