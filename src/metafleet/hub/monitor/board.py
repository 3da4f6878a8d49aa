"""The board: every account with what people say of it and how it stands, in seven queries. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from metafleet.hub.fleet import addressees, truths
from metafleet.hub.fleet.models import AgentTerminal, EAInstance, Terminal, TradingAccount
from metafleet.hub.fleet.truths import Telemetry, Voice
from metafleet.hub.journal.models import Deal, Position, Trade
from metafleet.hub.monitor.models import FIRST_PHASE

ZERO = Decimal(0)
_FIRST_CASH_FLOW: Final = 2
"""Kinds of deals below it are trading; from it on, deposits and the like."""
_LIMITS: Final = ("daily_loss", "total_loss", "trailing")
_FACTS: Final = (
    *("id", "label", "platform", "login", "server", "currency"),
    *("state__balance", "state__equity", "state__open_positions"),
    *("profile__holder", "profile__firm", "profile__phase", "profile__phase_since"),
    *("profile__group__name", "profile__initial_balance"),
    *("mark__days_traded", "mark__verdict"),
)


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The loss limit of an account that is nearest to its breach. percent: of the limit, that is used."""

    kind: str
    limit: float
    used: float
    left: float
    percent: float
    is_breached: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An account on the board. Money in `currency`; None where no terminal has said it.

    day_profit: what today's deals (UTC) realised, and what is open now. total_profit: all trades that
    the journal knows, costs included, and what is open. days_traded: days with an entry. drawdown:
    None where no programme judges it. host: the machine its terminal is on, "" where nobody knows.
    """

    id: UUID
    label: str
    platform: str
    login: int
    server: str
    currency: str
    balance: Decimal | None
    equity: Decimal | None
    day_profit: Decimal
    total_profit: Decimal
    open_positions: int
    days_traded: int
    holder: str
    firm: str
    phase: str
    phase_since: datetime | None
    group: str
    initial_balance: Decimal | None
    drawdown: Drawdown | None
    host: str
    telemetry: Telemetry
    heartbeat_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Books:
    """What the journal knows, by account."""

    today: Mapping[UUID, Decimal]
    made: Mapping[UUID, tuple[Decimal, int]]
    floating: Mapping[UUID, Decimal]


def rows(*, tenant_id: UUID, midnight: datetime, now: datetime) -> list[Row]:
    """Return all of the tenant's accounts by their labels."""
    books = _books(tenant_id, midnight)
    voices, hosts = _voices(tenant_id), _hosts(tenant_id)
    accounts = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None)
    return [
        _row(facts, books, voices.get(facts["id"], []), hosts.get(facts["id"], ""), now)
        for facts in accounts.order_by("label", "id").values(*_FACTS)
    ]


def _books(tenant_id: UUID, midnight: datetime) -> _Books:
    today = Deal.objects.filter(
        tenant_id=tenant_id, executed_at__gte=midnight, kind__lt=_FIRST_CASH_FLOW
    ).values_list("account_id")
    made = Trade.objects.filter(tenant_id=tenant_id).values_list("account_id")
    floating = Position.objects.filter(tenant_id=tenant_id).values_list("account_id")
    cost = F("profit") + F("commission") + F("swap") + F("fee")
    return _Books(
        today=dict(today.annotate(made=Sum(cost)).order_by()),
        made={
            account: (total, days)
            for account, total, days in made.annotate(
                total=Sum("net_profit"), days=Count(TruncDate("entered_at"), distinct=True)
            ).order_by()
        },
        floating=dict(floating.annotate(made=Sum(F("profit") + F("swap"))).order_by()),
    )


def _voices(tenant_id: UUID) -> dict[UUID, list[Voice]]:
    found: dict[UUID, list[Voice]] = defaultdict(list)
    said = ("account_id", "instance_id", "protocol", "heartbeat_at", "linked_at", "trade_allowed")
    for terminal in Terminal.objects.filter(tenant_id=tenant_id, revoked_at=None).only(*said):
        found[terminal.account_id].append(addressees.voice(terminal))
    return found


def _hosts(tenant_id: UUID) -> dict[UUID, str]:
    """A customer's own machine by the agent that watches it; else where the account's EAs run."""
    own = AgentTerminal.objects.filter(tenant_id=tenant_id).order_by("observed_at")
    ours = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None, host__isnull=False)
    return {
        **dict(ours.order_by("created_at").values_list("account_id", "host__name")),
        **dict(own.values_list("terminal__account_id", "agent__label")),
    }


def _row(facts: Mapping[str, Any], books: _Books, voices: list[Voice], host: str, now: datetime) -> Row:
    account = facts["id"]
    total, days = books.made.get(account, (ZERO, 0))
    floating = books.floating.get(account, ZERO)
    trust, heard_at = truths.account_telemetry(voices, now)
    said_days = facts["mark__days_traded"]
    return Row(
        **{name: facts[name] for name in ("id", "label", "platform", "login", "server", "currency")},
        balance=facts["state__balance"],
        equity=facts["state__equity"],
        day_profit=books.today.get(account, ZERO) + floating,
        total_profit=total + floating,
        open_positions=facts["state__open_positions"] or 0,
        days_traded=days if said_days is None else said_days,
        holder=facts["profile__holder"] or "",
        firm=facts["profile__firm"] or "",
        phase=facts["profile__phase"] or FIRST_PHASE,
        phase_since=facts["profile__phase_since"],
        group=facts["profile__group__name"] or "",
        initial_balance=facts["profile__initial_balance"],
        drawdown=drawdown(facts["mark__verdict"]),
        host=host,
        telemetry=trust,
        heartbeat_at=heard_at,
    )


def drawdown(verdict: Mapping[str, Any] | None) -> Drawdown | None:
    """Return the loss limit of a verdict of which the most is used."""
    limits = [one for one in (verdict or {}).get("limits", ()) if one["kind"] in _LIMITS]
    nearest = max(limits, key=lambda one: float(one["percent"]), default=None)
    if nearest is None:
        return None
    return Drawdown(
        kind=nearest["kind"],
        limit=float(nearest["limit"]),
        used=float(nearest["used"]),
        left=float(nearest["left"]),
        percent=float(nearest["percent"]),
        is_breached=bool(nearest["isBreached"]),
    )
