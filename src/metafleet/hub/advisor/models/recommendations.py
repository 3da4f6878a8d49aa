from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Recommendation(Row):
    """An EA, a symbol and inputs as they were shown to a tenant, with the evidence of that moment.

    Written once: the database lets nobody change or remove one, so that the track record is what was said.
    `evidence` is as `records.Evidence`. `fingerprint`: of what makes it another one: code, symbol, inputs,
    regime, verdict and the bars that it rests on.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    timeframe = models.CharField(max_length=4)
    inputs = models.JSONField()
    regime = models.CharField(max_length=40, blank=True)
    verdict = models.CharField(max_length=9, help_text="supported, thin or against")
    evidence = models.JSONField()
    fingerprint = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        constraints = (
            # The same advice is given once, however often it is looked at.
            models.UniqueConstraint(fields=("tenant", "fingerprint"), name="recommendation_once"),
        )
        indexes = (models.Index(fields=("tenant", "-given_at"), name="recommendation_list"),)


class RecommendationScore(Row):
    """What a recommendation made in the days after it was given, by a paper test on the market's record.

    Written once, like what it scores. Money in USD of the test account; `daily`: [day since 1970, net].
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    recommendation = models.ForeignKey(Recommendation, on_delete=models.PROTECT, related_name="scores")
    days = models.PositiveSmallIntegerField(help_text="how long after it was given")
    trades = models.PositiveIntegerField()
    won = models.PositiveIntegerField()
    net = models.DecimalField(max_digits=18, decimal_places=2)
    fall = models.DecimalField(max_digits=18, decimal_places=2, help_text="deepest fall of the summed net")
    daily = models.JSONField(default=list)
    source = models.CharField(max_length=80)
    scored_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("recommendation", "days"), name="recommendation_scored_once"),
        )
        indexes = (models.Index(fields=("tenant", "scored_at"), name="recommendation_scores"),)


class Explanation(Row):
    """A recommendation in words. Begins with the template's; another's text takes its place when it comes.

    `author`: template, bedrock or openai. `note`: why another's text is not used. `due_at`: when an author
    outside is asked; null when that is over.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    recommendation = models.OneToOneField(
        Recommendation, on_delete=models.PROTECT, related_name="explanation"
    )
    text = models.TextField()
    author = models.CharField(max_length=12, default="template")
    note = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = (
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="explanation_due"),
        )


class AdviceStanding(Row):
    """What a tenant is advised now, and when that is looked at again.

    `shown`: the current recommendations, the best first, as records.Shown. `unjudged`: what could not be
    judged and why, as records.Unjudged. `beyond`: how many more there are than the plan shows.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(null=True)
    shown = models.JSONField(default=list)
    unjudged = models.JSONField(default=list)
    beyond = models.PositiveIntegerField(default=0)
