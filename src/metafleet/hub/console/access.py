"""Who is asking, for which tenant, and what their role may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from metafleet.hub.identity import queries as identity
from metafleet.hub.identity.models import Role, User
from metafleet.hub.kernel.errors import NotFound, Refused

TENANT_KEY = "tenant_id"
"""Where the session keeps which tenant its person works for."""


class RoleRefused(Refused):
    """A viewer looks and never acts."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Your role is viewer: you can look at everything and change nothing. Ask the owner.")


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in their tenant."""

    user: User
    tenant_id: UUID
    role: Role

    @property
    def name(self) -> str:
        return self.user.email

    def must_operate(self) -> None:
        """Raises NotFound for anybody but an operator: there is nothing to see here for others."""
        if not self.user.is_operator:
            raise NotFound("page")

    def must_act(self) -> None:
        """Raises RoleRefused for a viewer."""
        if self.role == Role.VIEWER:
            raise RoleRefused


class SessionActor(APIKeyCookie):
    """Sessions by cookie; Django's CSRF check guards what is not safe."""

    param_name = "sessionid"

    def __init__(self) -> None:
        super().__init__(csrf=True)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        return actor_of(request)


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
    return found
