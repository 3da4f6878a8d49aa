"""Who operates and who audits the installation. Said by who has its machine, never over the network."""

from __future__ import annotations

from django.db.models import Q

from metafleet.hub.identity.models import User
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel.errors import NotFound


def set_role(*, email: str, role: PlatformRole | None) -> User:
    """Give the person this role and no other, or none. Raises NotFound where nobody has the address."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFound(f"person as {email.strip()}")
    user.is_operator = role is PlatformRole.OPERATOR
    user.is_auditor = role is PlatformRole.AUDITOR
    user.save(update_fields=("is_operator", "is_auditor", "updated_at"))
    return user


def roles() -> list[tuple[str, PlatformRole]]:
    """Return who has a role: their addresses, in order, and which."""
    found = User.objects.filter(Q(is_operator=True) | Q(is_auditor=True)).order_by("email")
    return [
        (user.email, PlatformRole.OPERATOR if user.is_operator else PlatformRole.AUDITOR) for user in found
    ]
