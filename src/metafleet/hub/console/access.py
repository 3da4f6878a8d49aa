"""Who is asking, for which tenant, and whether they have the right that an address asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from ninja.constants import NOT_SET
from ninja.errors import HttpError
from ninja.operation import Operation
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from metafleet.hub.billing import operations as billing
from metafleet.hub.console import key_limits, key_quota, support_looks
from metafleet.hub.identity import keys, support
from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import ApiKey, Membership, Role, User
from metafleet.hub.identity.rights import OF_PLATFORM, OF_ROLE, Right, platform_rights
from metafleet.hub.kernel import clock, origin
from metafleet.hub.kernel.errors import NotFound, Refused
from metafleet.hub.kernel.tenancy import limit_to, tenant_scope

TENANT_KEY = "tenant_id"
"""Where the session keeps which tenant its person works for."""
SUPPORT_KEY = "support_tenant_id"
"""Where the session keeps whose desk an operator helps at; whether they still may, the grant says."""
SUPPORT: Final = "support"
View = TypeVar("View", bound=Callable[..., Any])


class RightMissing(Refused):
    """The role, or the key, does not go so far; says who may."""

    status = 403

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class KeyRefused(Refused):
    """The key is none of ours, is over, or its maker has left; which of these is not said."""

    status = 401

    def __init__(self) -> None:
        super().__init__("This API key does not work. Make a new one under Settings, API keys.")


_LOOKS_ONLY: Final = "Your role is viewer: you can look at everything and change nothing. Ask the owner."
_OWNERS_ONLY: Final = "Only the owner of the desk sees to members, API keys and the plan. Ask them."
_PERSONS_ONLY: Final = "Only a signed-in person does this; an API key cannot."
_HELPS_ONLY: Final = "You are here as support: the customer has not let you do this. Ask their owner."
NOT_LIMITED: Final = (
    "This is about the whole desk, and this API key is limited to some accounts or EAs. Use one that is not."
)


class FactorMissing(Refused):
    """Who sees the whole installation signs in by more than a password."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Operators need a second factor here. Add an authenticator app or a passkey under "
            "Settings, Security, then come back."
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody in a tenant: a signed-in person, or a key in its maker's name.

    `via`: how they come, for the record of deeds: "session", or "API key" and its name.
    """

    user: User
    tenant_id: UUID
    role: Role
    via: str = "session"
    scopes: frozenset[Right] | None = None
    """Of a key: it may do no more than these, nor more than its maker."""

    @property
    def name(self) -> str:
        return support_name(self.user) if self.is_support else self.user.email

    @property
    def is_support(self) -> bool:
        """Whether this is an operator at a customer's desk."""
        return self.via == SUPPORT

    @property
    def rights(self) -> frozenset[Right]:
        if self.scopes is not None:
            return OF_ROLE[self.role] & self.scopes
        if self.is_support:
            # Nothing of their own, nor of the platform: whose record would it stand in?
            return OF_ROLE[self.role] - {Right.SELF}
        return OF_ROLE[self.role] | platform_rights(self.user)

    def must(self, right: Right) -> None:
        """Raises RightMissing; NotFound for the platform's pages, which are not there for others.

        Raises FactorMissing for who has a password alone, where the settings want more of an operator.
        """
        if right in self.rights:
            self._must_have_factor(right)
            return
        if right in OF_PLATFORM:
            raise NotFound("page")
        raise RightMissing(self._sentence(right))

    def _sentence(self, right: Right) -> str:
        if self.scopes is not None and right is Right.SELF:
            return _PERSONS_ONLY
        if self.scopes is not None and right not in self.scopes:
            return f"This API key lacks the scope {right.value}. Make one that has it."
        if self.is_support:
            return _HELPS_ONLY
        return _OWNERS_ONLY if right is Right.ADMIN else _LOOKS_ONLY

    def _must_have_factor(self, right: Right) -> None:
        if right in OF_PLATFORM and settings.OPERATORS_NEED_MFA and not is_mfa_enabled(self.user):
            raise FactorMissing


class SessionActor(APIKeyCookie):
    """Sessions by cookie; Django's CSRF check guards what is not safe. Lets in whoever has the right."""

    param_name = "sessionid"

    def __init__(self, right: Right) -> None:
        super().__init__(csrf=True)
        self._right = right

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        found = actor_of(request)
        if found is None:
            return None
        origin.came_by(found.via, str(found.tenant_id))
        found.must(self._right)
        if found.is_support:
            support_looks.note(
                tenant_id=found.tenant_id, actor=found.name, path=request.path, now=clock.now()
            )
        return found


class KeyActor(HttpBearer):
    """`Authorization: Bearer mfk_…`. Whoever sends one is asked for no cookie, and none of theirs counts."""

    def __init__(self, right: Right, *, takes_limited: bool) -> None:
        super().__init__()
        self._right, self._takes_limited = right, takes_limited
        if right not in keys.SCOPES:
            del self.openapi_security_schema  # says so itself, and is not in the document

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """Raises KeyRefused, Throttled, RightMissing."""
        now = clock.now()
        found = keys.led_to(token.strip())
        if found is None:
            raise KeyRefused
        tenant_id, key_id = found
        with tenant_scope(tenant_id):
            key = keys.find(tenant_id=tenant_id, key_id=key_id)
            maker = _maker(key)
            if maker is None or keys.is_over(key, now):
                raise KeyRefused
            quota = key_quota.count(key.id, billing.plan_of(tenant_id=tenant_id), now)
            cast(Any, request).quota = quota
            today = quota.today if quota else 0
            address = str(request.META.get("REMOTE_ADDR", ""))
            keys.note_use(row=key, address=address, requests_today=today, now=now)
            limits = key_limits.of(key)
        if quota is not None:
            quota.must_have_room()
        found_actor = Actor(
            key.user, tenant_id, maker, f"API key {key.name}", frozenset(map(Right, key.scopes))
        )
        found_actor.must(self._right)
        if limits is not None:
            if not self._takes_limited:
                raise RightMissing(NOT_LIMITED)
            limit_to(limits)
        return found_actor


def _maker(key: ApiKey) -> Role | None:
    """Return the role that the key's maker has now; None for who has left, or may not sign in."""
    if not key.user.is_active:
        return None
    membership = Membership.objects.filter(tenant_id=key.tenant_id, user_id=key.user_id).first()
    return Role(membership.role) if membership else None


def needs(right: Right, *, takes_limited_keys: bool = True) -> Callable[[View], View]:
    """Declare what an address asks for. It is looked at before the request's body or any id is.

    The API's document says it as `x-right`. An address without a declaration lets nobody in.
    takes_limited_keys: whether what is asked here can be limited to some accounts and EAs.
    """

    def declare(operation: Operation) -> None:
        said = {"x-right": right.value, **({} if takes_limited_keys else {"x-limited-keys": False})}
        operation.openapi_extra = {**(operation.openapi_extra or {}), **said}
        if operation.auth_param is NOT_SET and right is not Right.OPEN:
            guards = [KeyActor(right, takes_limited=takes_limited_keys), SessionActor(right)]
            operation.auth_param = operation.auth_callbacks = guards

    def decorate(view: View) -> View:
        cast(Any, view)._ninja_contribute_to_operation = [declare]
        return view

    return decorate


def nobody(request: HttpRequest) -> None:
    """Let nobody in: what stands at an address that does not say which right it asks for."""


def actor_of(request: HttpRequest) -> Actor | None:
    """Return who is signed in on this request, or None; a lost membership is a sign-out."""
    user = request.user
    if not isinstance(user, User):
        return None
    if helping := _helping(request, user):
        return helping
    wanted = request.session.get(TENANT_KEY)
    membership = identity.membership_of(user_id=user.id, tenant_id=UUID(wanted) if wanted else None)
    if membership is None:
        return None
    return Actor(user, membership.tenant_id, Role(membership.role))


def _helping(request: HttpRequest, user: User) -> Actor | None:
    """Return an operator in a customer's desk, as far and as long as the customer lets them."""
    desk = request.session.get(SUPPORT_KEY)
    if not desk or not user.is_operator:
        return None
    tenant_id = UUID(desk)
    with tenant_scope(tenant_id):
        access = support.access_of(tenant_id=tenant_id, operator_id=user.id, now=clock.now())
    if access is None:
        return None
    return Actor(user, tenant_id, Role.TRADER if access.may_act else Role.VIEWER, SUPPORT)


def support_name(user: User) -> str:
    """Return how a customer's record names an operator who helps."""
    return f"support ({user.email})"


def from_our_pages(request: HttpRequest) -> bool:
    """Guard what needs no session but writes one: signing in and out comes from our own pages only."""
    if check_csrf(request) is not None:
        raise HttpError(403, "CSRF")
    return True


def actor(request: HttpRequest) -> Actor:
    """Return the actor whom the address has let in."""
    found: Actor = cast(Any, request).auth
    origin.came_by(found.via, str(found.tenant_id))
    return found
