"""The monitor's tables, mirrored elsewhere: phases and groups of a desk's accounts, and their closed trades.

What changed since the pass before is written; everything is where the state of that pass is not known, or
is another table's. A pass that dies is begun again where it was, and what it writes twice is the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import Trade, TradeState
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.clouds.contract import GROUPS, PHASES, TRADES, Item, Tables
from metafleet.hub.monitor.models import FIRST_PHASE, AccountProfile

PAGE: Final = 1000
OVERLAP: Final = timedelta(minutes=3)
"""A trade is written before it is committed: no transaction of the hub lasts so long."""
LATELY_AT_MOST: Final = 10_000
"""Trades; of more, some are written again by the next pass."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class SameLogin(Refused):
    def __init__(self, login: str) -> None:
        super().__init__(
            f"The login {login} is at several servers of this desk. Use --by-server: "
            "an account's key is then login@server."
        )


@dataclass(slots=True)
class State:
    """What is known to be in the mirror. tables: their ids. accounts: the items of PHASES and GROUPS, by
    table and account. trades: changed until when, and what of them was written lately, by id. is_swept:
    whether the trades that are no more were looked for."""

    tables: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    trades_until: datetime = _BEGINNING
    lately: dict[str, datetime] = field(default_factory=dict)
    is_swept: bool = False


@dataclass(slots=True)
class Written:
    """How many items were put, and deleted."""

    put: int = 0
    deleted: int = 0


def mirror(
    *, tenant_id: UUID, tables: Tables, state: State, is_full: bool = False, by_server: bool = False
) -> Iterator[Written]:
    """Bring the mirror to what is so; `state` is what is written at each yield, page by page.

    is_full: write everything, and delete the trades that are there no more. Raises SameLogin,
    AmazonError. Not inside a scope: it opens its own, and none while it waits for the mirror.
    """
    ids = dict(tables.ids())
    if is_full or state.tables != ids:
        state.tables, state.accounts, state.trades_until = ids, {}, _BEGINNING
        state.lately, state.is_swept = {}, False
    names = _names(tenant_id, by_server=by_server)
    yield _write_accounts(tenant_id, tables, state, names)
    for page in _changed(tenant_id, state.trades_until - OVERLAP):
        yield _write_trades(tables, state, page, names)
    if not state.is_swept:
        for name in sorted(set(names.values())):
            yield _drop_trades(tenant_id, tables, [id for id, one in names.items() if one == name], name)  # noqa: A001
        state.is_swept = True
        yield Written()


def _names(tenant_id: UUID, *, by_server: bool) -> dict[UUID, str]:
    """Return the key of each account. Those that were removed keep their trades, so they are here too."""
    with tenant_scope(tenant_id):
        rows = list(TradingAccount.objects.filter(tenant_id=tenant_id).values("id", "login", "server"))
    servers: dict[str, set[str]] = {}
    for row in rows:
        servers.setdefault(str(row["login"]), set()).add(row["server"])
    several = sorted(login for login, found in servers.items() if len(found) > 1)
    if several and not by_server:
        raise SameLogin(several[0])
    return {row["id"]: f"{row['login']}@{row['server']}" if by_server else str(row["login"]) for row in rows}


def _write_accounts(tenant_id: UUID, tables: Tables, state: State, names: Mapping[UUID, str]) -> Written:
    written = Written()
    for table, items in _account_items(tenant_id, names).items():
        known = state.accounts.get(table, {})
        puts = [item for account, item in items.items() if known.get(account) != item]
        gone = [{"account": account} for account in known.keys() - items.keys()]
        tables.write(table, puts=puts, gone=gone)
        state.accounts[table] = items
        written.put += len(puts)
        written.deleted += len(gone)
    return written


def _account_items(tenant_id: UUID, names: Mapping[UUID, str]) -> dict[str, dict[str, dict[str, str]]]:
    phases: dict[str, dict[str, str]] = {}
    groups: dict[str, dict[str, str]] = {}
    with tenant_scope(tenant_id):
        accounts = list(TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None))
        found = AccountProfile.objects.filter(tenant_id=tenant_id).select_related("group")
        profiles = {row.account_id: row for row in found}
    for account in accounts:
        name, profile = names[account.id], profiles.get(account.id)
        shared = {"account": name, "server": account.server, "label": account.label}
        phases[name] = {**shared, "phase": profile.phase if profile else FIRST_PHASE}
        if profile and profile.phase_since:
            phases[name]["phase_since"] = profile.phase_since.isoformat()
        if profile and profile.group:
            groups[name] = {**shared, "group": profile.group.name}
    return {PHASES: phases, GROUPS: groups}


def _changed(tenant_id: UUID, since: datetime) -> Iterator[list[Trade]]:
    """Yield the trades that were written since, oldest first, page by page."""
    after = Q(updated_at__gte=since)
    while True:
        with tenant_scope(tenant_id):
            found = Trade.objects.filter(after, tenant_id=tenant_id).order_by("updated_at", "id")
            page = list(found[:PAGE])
        if page:
            yield page
        if len(page) < PAGE:
            return
        last = page[-1]
        after = Q(updated_at__gt=last.updated_at) | Q(updated_at=last.updated_at, id__gt=last.id)


def _write_trades(tables: Tables, state: State, page: list[Trade], names: Mapping[UUID, str]) -> Written:
    """A trade that a late deal has opened again is no closed one, and goes."""
    new = [row for row in page if state.lately.get(str(row.id)) != row.updated_at and row.account_id in names]
    puts = [_item(row, names[row.account_id]) for row in new if row.state == TradeState.CLOSED]
    gone: list[Item] = [_key(row, names[row.account_id]) for row in new if row.state != TradeState.CLOSED]
    tables.write(TRADES, puts=puts, gone=gone)
    state.lately |= {str(row.id): row.updated_at for row in new}
    state.trades_until = max(state.trades_until, page[-1].updated_at)
    recent = sorted(state.lately.items(), key=lambda one: one[1])[-LATELY_AT_MOST:]
    state.lately = {id: at for id, at in recent if at >= state.trades_until - OVERLAP}  # noqa: A001
    return Written(len(puts), len(gone))


def _drop_trades(tenant_id: UUID, tables: Tables, ids: list[UUID], account: str) -> Written:
    with tenant_scope(tenant_id):
        rows = Trade.objects.filter(tenant_id=tenant_id, account_id__in=ids, state=TradeState.CLOSED)
        here = {_position(row.position_id, row.part) for row in rows.only("position_id", "part")}
    gone = sorted(set(tables.positions(account)) - here)
    tables.write(TRADES, puts=(), gone=[{"account": account, "position": one} for one in gone])
    return Written(0, len(gone))


def _position(position_id: int, part: int) -> str:
    return f"{position_id}-{part}" if part else str(position_id)


def _key(row: Trade, account: str) -> dict[str, Any]:
    return {"account": account, "position": _position(row.position_id, row.part)}


def _item(row: Trade, account: str) -> Item:
    """The words of the cache that it takes the place of; what is not known is not there."""
    facts: dict[str, Any] = {
        **_key(row, account),
        "position_id": row.position_id,
        "symbol": row.symbol,
        "side": row.side,
        "lot": row.volume,
        "entry_price": row.entry_price,
        "exit_price": row.exit_price,
        "entry_time": row.entered_at and row.entered_at.isoformat(),
        "exit_time": row.exited_at and row.exited_at.isoformat(),
        "profit": row.profit,
        "commission": row.commission,
        "swap": row.swap,
        "fee": row.fee,
        "net_profit": row.net_profit,
        "stop_loss": row.stop_loss,
        "take_profit": row.take_profit,
        "magic": row.magic,
    }
    return {name: _plain(value) for name, value in facts.items() if value is not None}


def _plain(value: Any) -> Any:
    """1.50000000 is 1.5: DynamoDB has no scale."""
    return value.normalize() + 0 if isinstance(value, Decimal) else value
