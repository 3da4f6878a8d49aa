from __future__ import annotations

from django.db import models

from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Subscription(Row):
    """Which plan a tenant is on. Its row is the lock under which limits are checked."""

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="+")
    plan = models.CharField(max_length=8, choices=PlanCode)
