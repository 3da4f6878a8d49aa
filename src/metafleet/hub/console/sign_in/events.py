"""What people do about their sign-in, into the audit log of each of their tenants.

allauth tells it by signals: they are the only way to hear of all of it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.cache import cache
from django.http import HttpRequest

from metafleet.hub.audit import operations as audit
from metafleet.hub.audit.operations import Changes
from metafleet.hub.console.throttle import address_of
from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

SIGNED_IN = "person.signed_in"
FAILED = "person.sign_in_failed"
ACTIONS = (SIGNED_IN, FAILED)
"""What the page of sign-ins lists."""
_FACTORS = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery codes"}
_FAILURES_APART_S = 60
"""Of many failures in a row one a minute is written: the record is append-only, and guessing is cheap."""


def listen() -> None:
    """Connect to the signals; once, when the app is loaded."""
    account.user_logged_in.connect(_signed_in)
    user_logged_out.connect(_signed_out)
    account.password_changed.connect(_password_changed)
    account.password_set.connect(_password_changed)
    account.password_reset.connect(_password_reset)
    account.email_changed.connect(_email_changed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)
    mfa.authenticator_reset.connect(_codes_renewed)
    mfa.authentication_failed.connect(_factor_failed)
    social.social_account_added.connect(_linked)
    social.social_account_removed.connect(_unlinked)


def sign_in_failed(request: HttpRequest, email: str, by: str = "password") -> None:
    """Write down a failure for an address that is somebody's, once a minute at most."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        return
    key = "failed:" + hashlib.sha256(f"{user.id}/{address_of(request)}".encode()).hexdigest()
    if cache.add(key, "", timeout=_FAILURES_APART_S):
        _record(user, FAILED, by=by)


def sessions_revoked(sessions: list[UserSession]) -> None:
    for session in sessions:
        _record(session.user, "person.session_revoked", of=session.ip, device=session.user_agent[:120])


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    # An instant, and no age: what the session keeps later does not prolong it.
    request.session.set_expiry(clock.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
    records = get_authentication_records(request, user)
    by = [_FACTORS.get(record.get("type", ""), record["method"]) for record in records]
    words = ["OpenID Connect" if method == "socialaccount" else method for method in by]
    _record(user, SIGNED_IN, by=", ".join(dict.fromkeys(words)) or "sign-up")


def _signed_out(user: User | None, **_: Any) -> None:
    if isinstance(user, User):
        _record(user, "person.signed_out")


def _password_changed(user: User, **_: Any) -> None:
    _record(user, "person.password_changed")


def _password_reset(user: User, **_: Any) -> None:
    _record(user, "person.password_reset")


def _email_changed(
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **_: Any,
) -> None:
    before = from_email_address.email if from_email_address else ""
    _record(user, "person.email_changed", {"email": [before, to_email_address.email]})


def _factor_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(user, "person.factor_added", factor=_FACTORS[authenticator.type])


def _factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    _record(user, "person.factor_removed", factor=_FACTORS[authenticator.type])


def _codes_renewed(user: User, **_: Any) -> None:
    _record(user, "person.codes_renewed")


def _factor_failed(request: HttpRequest, user: User, **_: Any) -> None:
    sign_in_failed(request, user.email, by="second factor")


def _linked(sociallogin: SocialLogin, **_: Any) -> None:
    if isinstance(sociallogin.user, User):
        _record(sociallogin.user, "person.oidc_linked")


def _unlinked(socialaccount: SocialAccount, **_: Any) -> None:
    _record(socialaccount.user, "person.oidc_unlinked")


def _record(user: User, action: str, changes: Changes | None = None, **detail: str) -> None:
    for tenant_id in identity.tenants_of(user_id=user.id):
        with tenant_scope(tenant_id):
            audit.record(
                tenant_id=tenant_id,
                actor=user.email,
                action=action,
                subject=user.email,
                subject_id=user.id,
                now=clock.now(),
                detail=detail,
                changes=changes,
            )
