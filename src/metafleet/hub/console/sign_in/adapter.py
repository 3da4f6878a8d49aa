"""What allauth asks about accounts: whose tenant, how mails leave, when somebody tries too often."""

from __future__ import annotations

import logging
import smtplib
from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import clean_client_ip
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from metafleet.hub.console.access import TENANT_KEY
from metafleet.hub.console.problems import problem
from metafleet.hub.console.sign_in import events
from metafleet.hub.console.throttle import address_of, forgive_sign_in, give_back_sign_in, guard_sign_in
from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Throttled

_log = logging.getLogger(__name__)
PASSWORD_MAX = 256
_VERIFY = "allauth.account.stages.EmailVerificationStage"
_NO_TENANT = "You belong to no desk any more. Ask an owner of one to invite you."
_NO_MAIL = "We could not send the mail just now. Nothing is lost: try again in a few minutes."


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "That e-mail and password do not belong together. Check both and try again."
        ),
        "email_taken": "There is an account with this e-mail already. Sign in instead.",
        "enter_current_password": "This is not your present password.",
        "incorrect_password": "This is not your password.",
        "incorrect_code": "This code is not right. Check it, or ask for a new one.",
        "too_many_login_attempts": "Too many tries. Wait five minutes and try again.",
        "rate_limited": "Too many tries. Wait a few minutes and try again.",
        "same_as_current": "This is your address already.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whom the throttle counts by; all zeros where the server cannot tell."""
        return clean_client_ip(address_of(request)) or "0.0.0.0"  # noqa: S104 - an unknown address

    # -- passwords -----------------------------------------------------------

    def clean_password(self, password: str, user: User | None = None) -> str:
        if len(password) > PASSWORD_MAX:
            raise ValidationError(f"A password has at most {PASSWORD_MAX} characters.", code="too_long")
        return str(super().clean_password(password, user))

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try by our own throttle: allauth's would let a stranger lock an owner out."""
        try:
            guard_sign_in(request, credentials["email"])
        except Throttled as error:
            raise ImmediateHttpResponse(_throttled(request, error)) from error

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user:
            give_back_sign_in(request, credentials["email"])
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        events.sign_in_failed(request, credentials["email"])

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Called by allauth when a password was reset by mail."""
        forgive_sign_in(request, credentials["email"])

    # -- signing in ----------------------------------------------------------

    def get_login_stages(self) -> list[str]:
        """Without a mail server nobody could read a code: addresses then stay unverified, and may act."""
        stages: list[str] = super().get_login_stages()
        return stages if settings.SENDS_MAIL else [stage for stage in stages if stage != _VERIFY]

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        if identity.membership_of(user_id=user.id) is None:
            raise ImmediateHttpResponse(problem(request, 403, _NO_TENANT))
        answer: HttpResponse | None = super().pre_login(request, user, **how)
        return answer

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        membership = identity.membership_of(user_id=user.id)
        if membership:
            request.session[TENANT_KEY] = str(membership.tenant_id)

    # -- mails ---------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send what somebody waits for, once the transaction stands. They hear when it cannot leave."""
        self._send(template_prefix, email, context, is_awaited=True)

    def send_account_already_exists_mail(self, email: str) -> None:
        make_password("as long as for an address that is new")  # so that time tells nothing
        super().send_account_already_exists_mail(email)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell a person what was changed, where a mail can leave; the change stands either way."""
        address = email or EmailAddress.objects.get_primary_email(user) or user.email
        facts = {
            "at": clock.now(),
            "ip": self.get_client_ip(self.request),
            "user_agent": self.get_http_user_agent(self.request)[:200],
        }
        self._send(template_prefix, address, facts | (context or {}), is_awaited=False)

    def _send(self, template: str, email: str, context: dict[str, Any], *, is_awaited: bool) -> None:
        facts = {"email": email, "home": self.request.build_absolute_uri("/")}
        mail = self.render_mail(template, email, facts | context)
        transaction.on_commit(partial(_deliver, self.request, mail, is_awaited))


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: list[UserSession]) -> None:
        super().end_sessions(sessions)
        events.sessions_revoked(sessions)


def _deliver(request: HttpRequest, mail: EmailMessage, is_awaited: bool) -> None:
    try:
        mail.send()
    except (OSError, smtplib.SMTPException) as error:
        _log.error("a mail could not be sent: %s", error)
        if is_awaited:
            raise ImmediateHttpResponse(problem(request, 503, _NO_MAIL)) from error


def _throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
    response = problem(request, error.status, error.detail)
    response["Retry-After"] = str(error.retry_after_s)
    return response
