"""Who operates the installation. Said by who has its machine, never over the network."""

from __future__ import annotations

from metafleet.hub.identity.models import User
from metafleet.hub.kernel.errors import NotFound


def set_operator(*, email: str, is_operator: bool) -> User:
    """Make the person an operator, or no longer one. Raises NotFound where nobody has the address."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFound(f"person as {email.strip()}")
    user.is_operator = is_operator
    user.save(update_fields=("is_operator", "updated_at"))
    return user


def emails() -> list[str]:
    """Return the operators' addresses, in their order."""
    return list(User.objects.filter(is_operator=True).order_by("email").values_list("email", flat=True))
