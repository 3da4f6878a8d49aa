"""The board: every account with what people say of it and how it stands, in seven queries. Read only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Func, IntegerField, Sum, Value
from django.db.models.functions import TruncDate

from metafleet.hub.fleet import addressees, truths
from metafleet.hub.fleet.models import Terminal, TradingAccount
from metafleet.hub.fleet.truths import Telemetry, Voice
from metafleet.hub.journal.models import Deal, Position, Trade
from metafleet.hub.monitor import parties
from metafleet.hub.monitor.models import FIRST_PHASE

ZERO: Final = Decimal(0)
DAY: Final = timedelta(days=1)
_FIRST_CASH_FLOW: Final = 2
"""Kinds of deals below it are trading; from it on, deposits and the like."""
_LIMITS: Final = ("daily_loss", "total_loss", "trailing")
_FACTS: Final = (
    *("id", "label", "platform", "login", "server", "currency"),
    *("state__balance", "state__equity", "state__open_positions"),
    *("profile__holder", "profile__firm", "profile__phase", "profile__phase_since"),
    *("profile__group__name", "profile__initial_balance"),
    *("profile__programme_id", "profile__programme__firm", "profile__programme__name"),
    *("mark__days_traded", "mark__day_began_at", "mark__verdict"),
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

    day_profit: what the deals since day_began_at realised, and what is open now; that is the day that the
    account's marks count, and the UTC day where it has none. total_profit: all trades that the journal
    knows, costs included, and what is open. days_traded: days with an entry. drawdown: None where no
    programme judges it. host: the machine its terminal is on, "" where nobody knows.
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
    day_began_at: datetime
    total_profit: Decimal
    open_positions: int
    days_traded: int
    holder: str
    firm: str
    phase: str
    phase_since: datetime | None
    group: str
    initial_balance: Decimal | None
    programme_id: UUID | None
    programme: str
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


def count(*, tenant_id: UUID) -> int:
    """Return how many accounts the tenant has."""
    return TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).count()


def rows(*, tenant_id: UUID, midnight: datetime, now: datetime, first: int | None = None) -> list[Row]:
    """Return the tenant's accounts by their labels: all of them, or the first few."""
    found = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).order_by("label", "id")
    accounts = list(found.values(*_FACTS)[:first])
    only = None if first is None else [facts["id"] for facts in accounts]
    began = {facts["id"]: _day_began(facts["mark__day_began_at"], midnight, now) for facts in accounts}
    books = _books(tenant_id, began, only)
    voices, hosts = _voices(tenant_id, only), parties.hosts(tenant_id=tenant_id)
    return [
        _row(
            facts,
            books=books,
            began=began[facts["id"]],
            trust=truths.account_telemetry(voices.get(facts["id"], ()), now),
            host=hosts.get(facts["id"], ""),
        )
        for facts in accounts
    ]


def _day_began(marked: datetime | None, midnight: datetime, now: datetime) -> datetime:
    """Return when the account's day began: of a mark that is older than a day, at the same hour."""
    if marked is None:
        return midnight
    return marked + max((now - marked) // DAY, 0) * DAY


def _owned(tenant_id: UUID, only: Collection[UUID] | None) -> dict[str, Any]:
    return {"tenant_id": tenant_id, **({} if only is None else {"account_id__in": only})}


def _books(tenant_id: UUID, began: Mapping[UUID, datetime], only: Collection[UUID] | None) -> _Books:
    owned = _owned(tenant_id, only)
    made = Trade.objects.filter(**owned).values_list("account_id")
    floating = Position.objects.filter(**owned).values_list("account_id")
    return _Books(
        today=_today(owned, began),
        made={
            account: (total, days)
            for account, total, days in made.annotate(
                total=Sum("net_profit"), days=Count(TruncDate("entered_at"), distinct=True)
            ).order_by()
        },
        floating=dict(floating.annotate(made=Sum(F("profit") + F("swap"))).order_by()),
    )


def _today(owned: Mapping[str, Any], began: Mapping[UUID, datetime]) -> dict[UUID, Decimal]:
    """Return what each account's day realised. Few clocks are in use: deals are added up between their
    beginnings, in one query."""
    if not began:
        return {}
    starts = sorted(set(began.values()))
    deals = Deal.objects.filter(**owned, executed_at__gte=starts[0], kind__lt=_FIRST_CASH_FLOW)
    span = Func(F("executed_at"), Value(starts), function="width_bucket", output_field=IntegerField())
    cost = Sum(F("profit") + F("commission") + F("swap") + F("fee"))
    counted: dict[UUID, Decimal] = defaultdict(Decimal)
    by_span = deals.annotate(span=span).values_list("account_id", "span").annotate(made=cost).order_by()
    for account, passed, made in by_span:
        if account in began and starts[passed - 1] >= began[account]:
            counted[account] += made
    return counted


def _voices(tenant_id: UUID, only: Collection[UUID] | None) -> dict[UUID, list[Voice]]:
    found: dict[UUID, list[Voice]] = defaultdict(list)
    said = ("account_id", "instance_id", "protocol", "heartbeat_at", "linked_at", "trade_allowed")
    for terminal in Terminal.objects.filter(**_owned(tenant_id, only), revoked_at=None).only(*said):
        found[terminal.account_id].append(addressees.voice(terminal))
    return found


def _row(
    facts: Mapping[str, Any],
    *,
    books: _Books,
    began: datetime,
    trust: tuple[Telemetry, datetime | None],
    host: str,
) -> Row:
    account = facts["id"]
    total, days = books.made.get(account, (ZERO, 0))
    floating = books.floating.get(account, ZERO)
    said_days = facts["mark__days_traded"]
    return Row(
        **{name: facts[name] for name in ("id", "label", "platform", "login", "server", "currency")},
        balance=facts["state__balance"],
        equity=facts["state__equity"],
        day_profit=books.today.get(account, ZERO) + floating,
        day_began_at=began,
        total_profit=total + floating,
        open_positions=facts["state__open_positions"] or 0,
        days_traded=said_days if facts["mark__verdict"] else days,
        holder=facts["profile__holder"] or "",
        firm=facts["profile__firm"] or "",
        phase=facts["profile__phase"] or FIRST_PHASE,
        phase_since=facts["profile__phase_since"],
        group=facts["profile__group__name"] or "",
        initial_balance=facts["profile__initial_balance"],
        programme_id=facts["profile__programme_id"],
        programme=parties.programme_name(
            facts["profile__programme__firm"], facts["profile__programme__name"]
        ),
        drawdown=drawdown(facts["mark__verdict"]),
        host=host,
        telemetry=trust[0],
        heartbeat_at=trust[1],
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
