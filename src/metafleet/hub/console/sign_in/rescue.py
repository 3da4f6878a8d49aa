"""What whoever has the installation's machine does about a person's sign-in: never over the network."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from metafleet.hub.audit import operations as audit
from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import User
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope


@transaction.atomic
def set_active(*, email: str, is_active: bool, actor: str, now: datetime) -> int:
    """Let the person in again, or no more; return how many sessions ended. Raises NotFound.

    Who is not let in has no session from their next request on, whichever they have.
    """
    user = _find(email)
    user.is_active = is_active
    user.save(update_fields=("is_active", "updated_at"))
    ended = 0 if is_active else _end_sessions(user)
    _record(user, "person.enabled" if is_active else "person.disabled", actor, now)
    return ended


@transaction.atomic
def end_sessions(*, email: str, actor: str, now: datetime) -> int:
    """Sign the person out everywhere; return of how many sessions. Raises NotFound."""
    user = _find(email)
    ended = _end_sessions(user)
    _record(user, "person.signed_out_everywhere", actor, now)
    return ended


@transaction.atomic
def drop_factors(*, email: str, actor: str, now: datetime) -> int:
    """Forget the person's second factors, passkeys too, and sign them out; return how many. Raises NotFound.

    For who has lost all of them and has proved otherwise who they are.
    """
    user = _find(email)
    dropped: int = Authenticator.objects.filter(user=user).delete()[0]
    _end_sessions(user)
    _record(user, "person.factors_dropped", actor, now)
    return dropped


def _find(email: str) -> User:
    user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFound(f"person as {email.strip()}")
    return user


def _end_sessions(user: User) -> int:
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def _record(user: User, action: str, actor: str, now: datetime) -> None:
    audit.record_of_platform(actor=actor, action=action, subject=user.email, subject_id=user.id, now=now)
    for tenant_id in identity.tenants_of(user_id=user.id):
        with tenant_scope(tenant_id):
            audit.record(
                tenant_id=tenant_id,
                actor=actor,
                action=action,
                subject=user.email,
                subject_id=user.id,
                now=now,
            )
