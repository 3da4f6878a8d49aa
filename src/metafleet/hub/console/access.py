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
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import Role, User
from metafleet.hub.identity.rights import OF_PLATFORM, OF_ROLE, Right, platform_rights
from metafleet.hub.kernel import origin
from metafleet.hub.kernel.errors import NotFound, Refused

TENANT_KEY = "tenant_id"
"""Where the session keeps which tenant its person works for."""
View = TypeVar("View", bound=Callable[..., Any])


class RightMissing(Refused):
    """The role does not go so far; says who may."""

    status = 403

    def __init__(self, right: Right) -> None:
        super().__init__(_OWNERS_ONLY if right is Right.ADMIN else _LOOKS_ONLY)


_LOOKS_ONLY: Final = "Your role is viewer: you can look at everything and change nothing. Ask the owner."
_OWNERS_ONLY: Final = "Only the owner of the desk sees to members, API keys and the plan. Ask them."


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
    """A signed-in person in their tenant. `via`: how they come, for the record of deeds."""

    user: User
    tenant_id: UUID
    role: Role
    via: str = "session"

    @property
    def name(self) -> str:
        return self.user.email

    @property
    def rights(self) -> frozenset[Right]:
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
        raise RightMissing(right)

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
        if found is not None:
            found.must(self._right)
        return found


def needs(right: Right) -> Callable[[View], View]:
    """Declare what an address asks for. It is looked at before the request's body or any id is.

    The API's document says it as `x-right`. An address without a declaration lets nobody in.
    """

    def declare(operation: Operation) -> None:
        operation.openapi_extra = {**(operation.openapi_extra or {}), "x-right": right.value}
        if operation.auth_param is NOT_SET and right is not Right.OPEN:
            operation.auth_param = operation.auth_callbacks = [SessionActor(right)]

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
    wanted = request.session.get(TENANT_KEY)
    membership = identity.membership_of(user_id=user.id, tenant_id=UUID(wanted) if wanted else None)
    if membership is None:
        return None
    return Actor(user, membership.tenant_id, Role(membership.role))


def from_our_pages(request: HttpRequest) -> bool:
    """Guard what needs no session but writes one: signing in and out comes from our own pages only."""
    if check_csrf(request) is not None:
        raise HttpError(403, "CSRF")
    return True


def actor(request: HttpRequest) -> Actor:
    """Return the actor that `SessionActor` has let in."""
    found: Actor = cast(Any, request).auth
    origin.came_by(found.via)
    return found
