"""Who has which account, and where: what lists of accounts are filtered and named by. Read only."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from metafleet.hub.fleet.models import AgentTerminal, EAInstance, TradingAccount
from metafleet.hub.monitor.models import FIRST_PHASE


@dataclass(frozen=True, slots=True)
class Party:
    """An account by what people call it. programme: firm and name. host: the machine its terminal is on,
    "" where nobody knows."""

    id: UUID
    label: str
    login: int
    server: str
    currency: str
    holder: str
    firm: str
    phase: str
    group: str
    programme: str
    host: str


def parties(*, tenant_id: UUID) -> list[Party]:
    """Return the tenant's accounts by their labels, in three queries."""
    where = hosts(tenant_id=tenant_id)
    found = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).order_by("label", "id")
    said = ("profile__holder", "profile__firm", "profile__phase", "profile__group__name")
    programme = ("profile__programme__firm", "profile__programme__name")
    return [
        Party(
            *(account, label, login, server, currency),
            holder=holder or "",
            firm=firm or "",
            phase=phase or FIRST_PHASE,
            group=group or "",
            programme=programme_name(*terms),
            host=where.get(account, ""),
        )
        for account, label, login, server, currency, holder, firm, phase, group, *terms in (
            found.values_list("id", "label", "login", "server", "currency", *said, *programme)
        )
    ]


def programme_name(firm: str | None, name: str | None) -> str:
    """Return what people call a programme, "" for none."""
    return f"{firm} {name}" if firm and name else name or ""


def hosts(*, tenant_id: UUID) -> dict[UUID, str]:
    """A customer's own machine by the agent that watches it; else where the account's EAs run."""
    own = AgentTerminal.objects.filter(tenant_id=tenant_id).order_by("observed_at")
    ours = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None, host__isnull=False)
    return {
        **dict(ours.order_by("created_at").values_list("account_id", "host__name")),
        **dict(own.values_list("terminal__account_id", "agent__label")),
    }
