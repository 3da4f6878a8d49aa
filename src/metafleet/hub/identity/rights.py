"""Who may do what: the one table of rights that the API, its document, the screens and the manual follow."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from metafleet.hub.identity.models import Role, User


class Right(StrEnum):
    """What an address of the API asks for."""

    OPEN = "open"
    SELF = "self"
    READ = "read"
    TRADE = "trade"
    DEPLOY = "deploy"
    ADMIN = "admin"
    AUDIT = "audit"
    OPERATE = "operate"


MEANINGS: Final[Mapping[Right, str]] = {
    Right.OPEN: "Signing in and public pages: asks for nobody.",
    Right.SELF: "A signed-in person's own things, like their saved filters.",
    Right.READ: "See everything of the desk, and take it along as a file.",
    Right.TRADE: "Send commands and the kill switch to terminals; write the journal; share pages.",
    Right.DEPLOY: "Deploy, pause, stop and configure EAs; connect accounts and terminals; see to alerts.",
    Right.ADMIN: "Members, API keys, the plan and its payment, support access.",
    Right.AUDIT: "See the platform's pages; change nothing.",
    Right.OPERATE: "Run the platform: hosts, scaling, releases, rollouts, customers' plans.",
}
OF_PLATFORM: Final = frozenset({Right.AUDIT, Right.OPERATE})
"""Addresses that ask for these are not there for anybody else."""

_VIEWER: Final = frozenset({Right.OPEN, Right.SELF, Right.READ})
_TRADER: Final = _VIEWER | {Right.TRADE, Right.DEPLOY}
OF_ROLE: Final[Mapping[Role, frozenset[Right]]] = {
    Role.VIEWER: _VIEWER,
    Role.TRADER: _TRADER,
    Role.OWNER: _TRADER | {Right.ADMIN},
}
"""What a member may do in their tenant."""


class PlatformRole(StrEnum):
    """What somebody is to the installation, beside their tenants."""

    OPERATOR = "operator"
    AUDITOR = "auditor"


OF_PLATFORM_ROLE: Final[Mapping[PlatformRole, frozenset[Right]]] = {
    PlatformRole.OPERATOR: OF_PLATFORM,
    PlatformRole.AUDITOR: frozenset({Right.AUDIT}),
}


def platform_rights(user: User) -> frozenset[Right]:
    """Return what the person may do on the platform, beside their role in a tenant."""
    if user.is_operator:
        return OF_PLATFORM_ROLE[PlatformRole.OPERATOR]
    return OF_PLATFORM_ROLE[PlatformRole.AUDITOR] if user.is_auditor else frozenset()
