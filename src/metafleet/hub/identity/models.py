from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
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
