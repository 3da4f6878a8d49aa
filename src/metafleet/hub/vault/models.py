from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class DataKey(Row):
    """The data key of one owner (a trading account), wrapped by a master key."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    owner_id = models.UUIDField()
    master_key_id = models.CharField(max_length=120)
    wrapped = models.BinaryField()
    made_at = models.DateTimeField(
        db_default=Now(), help_text="when the data key itself was made; re-wrapping leaves it"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "owner_id"), name="data_key_once"),)


class SealedField(Row):
    """One secret under its owner's data key: nonce and AES-256-GCM ciphertext."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    data_key = models.ForeignKey(DataKey, on_delete=models.PROTECT, related_name="fields")
    field = models.CharField(max_length=40)
    sealed = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("tenant", "data_key", "field"), name="sealed_field_once"),
        )
