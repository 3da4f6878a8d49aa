from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from metafleet.hub.kernel.models import Row


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person. Belongs to tenants by memberships; holds nothing private of a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(
        default=False, db_default=False, help_text="sees the whole installation: hosts, scaling, releases"
    )
    is_auditor = models.BooleanField(
        default=False, db_default=False, help_text="sees what an operator sees, and changes nothing"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "email"
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = (
            # One account per address, whatever its case; also serves the look-up at sign-in.
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(
                condition=~models.Q(is_operator=True, is_auditor=True), name="user_one_platform_role"
            ),
        )


class Tenant(Row):
    """A customer: the owner of everything private. Its own id is what its row is fenced by."""

    name = models.CharField(max_length=80)


class Role(models.TextChoices):
    OWNER = "owner"
    TRADER = "trader"
    VIEWER = "viewer"


class Membership(Row):
    """A person's role in a tenant. Visible to the tenant and to the person."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("tenant", "user"), name="membership_once"),)


class ApiKey(Row):
    """A program's way in, in the name of the member who made it. Its secret is kept as a hash only."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12, help_text="the part of the key that may be shown")
    secret_hash = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=8))
    account_ids = ArrayField(models.UUIDField(), default=list, help_text="empty: every account")
    instance_ids = ArrayField(models.UUIDField(), default=list, help_text="empty: every EA of those")
    expires_at = models.DateTimeField(null=True, help_text="null: never, which somebody chose")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, default="")

    class Meta:
        constraints = (
            # The look-up of each request, by the key's own part before its tenant is known.
            models.UniqueConstraint(fields=("prefix",), name="api_key_prefix_once"),
        )
        indexes = (
            # The tenant's keys, the newest first.
            models.Index(fields=("tenant", "-created_at"), name="api_key_newest"),
        )


class ApiKeyDay(models.Model):
    """How many requests a key made on one UTC day; brought up to date once a minute of use."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    requests = models.BigIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key", "day"), name="api_key_day_once"),)
        indexes = (
            # The fence's own condition.
            models.Index(fields=("tenant", "day"), name="api_key_day_of_tenant"),
        )


class Invitation(Row):
    """A place in a tenant that somebody is offered, by a link that works once. Kept as a hash only."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=8, choices=Role)
    token_hash = models.BinaryField(max_length=32)
    invited_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # The look-up by a link, before its tenant is known.
            models.UniqueConstraint(fields=("token_hash",), name="invitation_token_once"),
            # One open offer for each address: inviting again renews it.
            models.UniqueConstraint(
                fields=("tenant", "email"),
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
        )


class SupportAccess(Row):
    """An operator's way into a customer's desk: asked for, granted by its owner, over by itself.

    Without `operator` the owner granted it unasked, to whichever operator helps.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    operator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=300, default="")
    may_act = models.BooleanField(default=False)
    granted_at = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=254, default="")
    expires_at = models.DateTimeField(help_text="of the request until it is granted, then of the access")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, default="")

    class Meta:
        indexes = (
            # What is asked and granted of a tenant, the newest first; and whether an operator may look now.
            models.Index(fields=("tenant", "-created_at"), name="support_newest"),
        )
