"""The journal's filter as query parameters, and the names that its trades are shown under."""

from __future__ import annotations

import zoneinfo
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Literal
from uuid import UUID

from django.db.models import QuerySet
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from metafleet.hub.console import present, schemas
from metafleet.hub.console.schemas.reviews import Tag
from metafleet.hub.fleet.models import EAInstance, TradingAccount
from metafleet.hub.journal import reviews, trades
from metafleet.hub.journal.models import Trade
from metafleet.hub.journal.trades import Totals, TradeFilter


def _known_zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PydanticCustomError(
            "time_zone", "This is no time zone. Write a name as Europe/Berlin, or UTC."
        ) from error
    return name


Name = tuple[UUID, int]
"""An instance's account and magic number: what its trades bear."""
Zone = Annotated[
    str, Field(max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_+\-/]*$"), AfterValidator(_known_zone)
]
Day = Annotated[date, Field(ge=date(1970, 1, 1), lt=date(2200, 1, 1))]


class Chosen(schemas.Record):
    """Which trades; what is left out means any.

    `weekday`, `hour` and `session` are those of the entry, `closedOn` is the day of the exit,
    days and hours in the zone `tz`. `q` is looked for in symbol, comment and note. Several
    accounts, symbols or tags: any of them.
    """

    account: list[UUID] = Field(default_factory=list, max_length=200)
    instance: UUID | None = None
    symbol: list[Annotated[schemas.Text, Field(max_length=32)]] = Field(default_factory=list, max_length=100)
    state: Literal["", "open", "closed", "orphan"] = ""
    side: Literal["", "buy", "sell"] = ""
    since: schemas.Instant | None = Field(None, alias="from")
    until: schemas.Instant | None = Field(None, alias="to")
    tag: list[Tag] = Field(default_factory=list, max_length=20)
    rating: int | None = Field(None, ge=1, le=5)
    weekday: int | None = Field(None, ge=0, le=6, description="0 is Monday")
    hour: int | None = Field(None, ge=0, le=23)
    session: Literal["", "asia", "london", "newyork"] = ""
    result: Literal["", "win", "loss", "even"] = ""
    magic: int | None = Field(None, ge=-(2**63), lt=2**63)
    q: schemas.Text = Field("", max_length=100)
    closed_on: Day | None = None
    tz: Zone = "UTC"
    sort: schemas.Text = Field("-exited_at", max_length=20)

    @property
    def is_of_accounts(self) -> bool:
        """Whether nothing but accounts and a span are chosen: then balances mean something."""
        asked = self.model_dump(exclude={"account", "since", "until", "tz", "sort"}, exclude_defaults=True)
        return not asked


class Book:
    """The tenant's accounts and instances, read when asked for, to name trades by. Open the tenant first."""

    def __init__(self, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        # Removed accounts and instances keep their trades and their names.
        self.accounts = {row.id: row for row in TradingAccount.objects.filter(tenant_id=tenant_id)}

    @cached_property
    def instances(self) -> dict[Name, EAInstance]:
        """All of them, by account and magic number: thousands, where only a few trades are shown."""
        return _by_name(EAInstance.objects.filter(tenant_id=self.tenant_id))

    def filter(self, chosen: Chosen) -> TradeFilter | None:
        """Return the journal's filter, or None where an account or EA is asked for that is not here."""
        accounts, magic = tuple(chosen.account), chosen.magic
        if any(account_id not in self.accounts for account_id in accounts):
            accounts = tuple(account_id for account_id in accounts if account_id in self.accounts)
            if not accounts:
                return None
        if chosen.instance:
            owner = self.instance(chosen.instance)
            if owner is None or (accounts and owner.account_id not in accounts):
                return None
            accounts, magic = (owner.account_id,), owner.magic
        return TradeFilter(
            accounts=accounts,
            magic=magic,
            symbols=tuple(chosen.symbol),
            state=chosen.state,
            side=chosen.side,
            since=chosen.since,
            until=chosen.until,
            tags=tuple(reviews.tidy(chosen.tag)),
            rating=chosen.rating,
            weekday=chosen.weekday,
            hour=chosen.hour,
            session=chosen.session,
            result=chosen.result,
            text=chosen.q,
            closed_on=chosen.closed_on,
            zone=zoneinfo.ZoneInfo(chosen.tz),
            sort=chosen.sort,
        )

    def instance(self, instance_id: UUID) -> EAInstance | None:
        return next((row for row in self.instances.values() if row.id == instance_id), None)

    def by_currency(self, chosen: TradeFilter) -> list[tuple[str, list[UUID]]]:
        """Return the chosen accounts by currency: money of different currencies is never added."""
        found: dict[str, list[UUID]] = {}
        for account_id in chosen.accounts or self.accounts:
            found.setdefault(self.accounts[account_id].currency, []).append(account_id)
        return sorted(found.items())

    def label(self, account_id: UUID) -> str:
        return self.accounts[account_id].label

    def shown(self, rows: Sequence[Trade]) -> list[schemas.Trade]:
        """Return these trades as the console shows them, with what was said of them, in five queries."""
        said = reviews.said_of(rows)
        accounts = {row.account_id for row in rows}
        owners = _by_name(EAInstance.objects.filter(tenant_id=self.tenant_id, account_id__in=accounts))
        return [
            present.trade(
                row,
                self.accounts[row.account_id],
                None if row.magic is None else owners.get((row.account_id, row.magic)),
                said.get(trades.key_of(row), reviews.NOTHING),
            )
            for row in rows
        ]

    def rows_by_id(self, ids: Sequence[UUID]) -> list[Trade]:
        """Return these trades in this order, without any that is gone."""
        found = Trade.objects.filter(tenant_id=self.tenant_id).in_bulk(ids)
        return [found[trade_id] for trade_id in ids if trade_id in found]

    def totals(self, made: dict[UUID, Totals]) -> list[schemas.TradeTotals]:
        """Return the totals of each currency that has trades."""
        found: dict[str, list[Totals]] = {}
        for account_id, totals in made.items():
            found.setdefault(self.accounts[account_id].currency, []).append(totals)
        return [_totals(currency, trades.total(rows)) for currency, rows in sorted(found.items())]


def _by_name(found: QuerySet[EAInstance]) -> dict[Name, EAInstance]:
    return {(row.account_id, row.magic): row for row in found.only("account_id", "magic", "name")}


def _totals(currency: str, made: Totals) -> schemas.TradeTotals:
    return schemas.TradeTotals(
        currency=currency,
        trades=made.trades,
        open=made.open,
        wins=made.wins,
        losses=made.losses,
        profit=float(made.profit),
        commission=float(made.commission),
        swap=float(made.swap),
        fee=float(made.fee),
        net_profit=float(made.net_profit),
        win_rate=made.wins / made.closed if made.closed else None,
        profit_factor=float(made.gross_win / -made.gross_loss) if made.gross_loss else None,
        average_win=float(made.gross_win / made.wins) if made.wins else None,
        average_loss=float(made.gross_loss / made.losses) if made.losses else None,
        best=None if made.best is None else float(made.best),
        worst=None if made.worst is None else float(made.worst),
    )
