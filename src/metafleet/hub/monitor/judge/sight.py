"""What the judge sees: accounts that have news, accounts that are silent, machines. Read over all tenants."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from metafleet.engine.programmes.marks import Marks, Seen
from metafleet.engine.programmes.terms import DayClock
from metafleet.hub.kernel import safejson

AT_MOST: Final = 2_000
"""Accounts in one turn; the rest have the next."""


class Flow(NamedTuple):
    """What was ever paid into an account, less what was paid out; whether it has traded lately."""

    total: Decimal
    is_traded: bool


class Kept(NamedTuple):
    """An account's row of marks, as it was read."""

    marks: Marks
    days_traded: int
    verdict: dict[str, Any]
    initial_balance: Decimal | None
    flows: Decimal
    flow_wanted_since: datetime | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """An account that was heard of since its marks were written. Money in `currency`."""

    id: UUID
    tenant_id: UUID
    label: str
    currency: str
    utc_offset_s: int
    timezone: str
    at: datetime
    balance: Decimal
    equity: Decimal
    margin: Decimal
    phase: str | None
    phase_since: datetime | None
    group_id: UUID | None
    programme_id: UUID | None
    initial_balance: Decimal | None
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Silence:
    """An account by when its terminals were last heard, and last signed in at the broker."""

    id: UUID
    tenant_id: UUID
    label: str
    currency: str
    group_id: UUID | None
    heard_at: datetime
    linked_at: datetime | None


@dataclass(frozen=True, slots=True)
class InstanceSight:
    """An EA, as whom something is told."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    name: str
    group_id: UUID | None


@dataclass(frozen=True, slots=True)
class SpreadSight:
    """The spread of an EA's symbol, in points, as its runner saw it."""

    instance: InstanceSight
    symbol: str
    points: float
    normal: float
    samples: int


@dataclass(frozen=True, slots=True)
class MachineSight:
    """A customer's machine as it was last seen; None for what it did not say."""

    id: UUID
    tenant_id: UUID
    label: str
    heard_at: datetime
    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None


# Which have news is found before anything else is read of them: those are a few of all that there are. How
# few, the planner cannot know, and would rather read all accounts and marks: OFFSET 0 keeps it from that.
_ACCOUNT: Final = """
    WITH moved AS MATERIALIZED (
        SELECT state.account_id, state.observed_at, state.balance, state.equity, state.margin
        FROM fleet_accountstate AS state
        LEFT JOIN monitor_accountmark AS mark ON mark.account_id = state.account_id
        WHERE state.observed_at >= %s AND mark.observed_at IS DISTINCT FROM state.observed_at
    )
    SELECT account.id, account.tenant_id, account.label, account.currency, account.utc_offset_s,
           account.server_timezone, moved.observed_at, moved.balance, moved.equity, moved.margin,
           profile.phase, profile.phase_since, profile.group_id, profile.programme_id,
           profile.initial_balance,
           mark.since, mark.first_balance, mark.day, mark.day_balance, mark.day_equity, mark.day_low,
           mark.day_high, mark.peak_equity, mark.peak_balance, mark.eod_peak, mark.last_balance,
           mark.last_equity, mark.observed_at, mark.best_day, mark.days_traded, mark.verdict,
           mark.initial_balance, mark.flows, mark.flow_wanted_since
    FROM moved
    CROSS JOIN LATERAL (
        SELECT * FROM fleet_tradingaccount WHERE id = moved.account_id AND deleted_at IS NULL OFFSET 0
    ) AS account
    LEFT JOIN LATERAL (
        SELECT * FROM monitor_accountmark WHERE account_id = moved.account_id OFFSET 0
    ) AS mark ON true
    LEFT JOIN LATERAL (
        SELECT * FROM monitor_accountprofile WHERE account_id = moved.account_id OFFSET 0
    ) AS profile ON true
    WHERE profile.phase_since IS NULL OR profile.phase_since <= moved.observed_at
    ORDER BY moved.observed_at
    LIMIT %s
"""
_SILENT: Final = """
    SELECT account.id, account.tenant_id, account.label, account.currency, profile.group_id,
           max(terminal.heartbeat_at) AS heard_at, max(terminal.linked_at) AS linked_at
    FROM fleet_terminal AS terminal
    JOIN fleet_tradingaccount AS account ON account.id = terminal.account_id AND account.deleted_at IS NULL
    LEFT JOIN monitor_accountprofile AS profile ON profile.account_id = account.id
    LEFT JOIN fleet_eainstance AS instance ON instance.id = terminal.instance_id
    WHERE terminal.revoked_at IS NULL AND terminal.heartbeat_at IS NOT NULL
      AND (instance.id IS NULL OR (instance.deleted_at IS NULL AND instance.desired_state <> 'stopped'))
    GROUP BY account.id, profile.group_id
    HAVING max(terminal.heartbeat_at) < %s OR account.id = ANY(%s)
"""
_MACHINES: Final = """
    SELECT id, tenant_id, label, heartbeat_at, cpu_percent,
           memory_used_mb * 100.0 / nullif(memory_mb, 0),
           (disk_mb - disk_free_mb) * 100.0 / nullif(disk_mb, 0)
    FROM fleet_agent WHERE revoked_at IS NULL AND heartbeat_at IS NOT NULL
"""
_SPREADS: Final = """
    SELECT instance.id, instance.tenant_id, instance.account_id, instance.name, profile.group_id,
           instance.symbol, run.spread_points, run.spread_normal, run.spread_samples
    FROM fleet_eainstance AS instance
    JOIN fleet_run AS run ON run.instance_id = instance.id AND run.generation = instance.generation
    LEFT JOIN monitor_accountprofile AS profile ON profile.account_id = instance.account_id
    WHERE instance.tenant_id = ANY(%s) AND instance.deleted_at IS NULL AND run.ended_at IS NULL
      AND run.spread_points IS NOT NULL
"""
_RESULTS: Final = """
    SELECT instance.id, instance.tenant_id, instance.account_id, instance.name, profile.group_id,
           account.currency, results.net
    FROM fleet_eainstance AS instance
    JOIN fleet_tradingaccount AS account ON account.id = instance.account_id
    JOIN monitor_results(%s) AS results ON results.instance_id = instance.id
    LEFT JOIN monitor_accountprofile AS profile ON profile.account_id = instance.account_id
"""
_FAILED: Final = "SELECT tenant_id, failed_at FROM monitor_failed(%s, %s)"
_CONNECTIONS: Final = """
    SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
           current_setting('max_connections')::int
"""
_THERE: Final = """
    SELECT id FROM fleet_tradingaccount WHERE id = ANY(%(ids)s) AND deleted_at IS NULL
    UNION ALL
    SELECT id FROM fleet_agent WHERE id = ANY(%(ids)s) AND revoked_at IS NULL
    UNION ALL
    SELECT id FROM fleet_eainstance
    WHERE id = ANY(%(ids)s) AND deleted_at IS NULL AND desired_state <> 'stopped'
    UNION ALL
    SELECT id FROM identity_tenant WHERE id = ANY(%(ids)s)
"""
_PLACES: Final = """
    SELECT terminal.account_id, seen.agent_id
    FROM fleet_agentterminal AS seen JOIN fleet_terminal AS terminal ON terminal.id = seen.terminal_id
    UNION ALL
    SELECT account_id, id FROM fleet_eainstance WHERE deleted_at IS NULL
"""


def accounts(since: datetime) -> list[Sighting]:
    """Return the accounts whose newest figures are not in their marks, the longest waiting first.

    since: those that were heard of before are left out; a look at all of them costs as much as there are.
    A phase is judged by what was seen since it began: an older heartbeat, still on its way when somebody
    moved the account, begins nothing that a breach could be counted in.
    """
    return [_sighting(row) for row in _rows(_ACCOUNT, [since, AT_MOST])]


def silent(*, since: datetime, and_also: Collection[UUID]) -> list[Silence]:
    """Return the accounts that were heard last before an instant, and those that are named."""
    return [Silence(*row) for row in _rows(_SILENT, [since, list(and_also)])]


def machines() -> list[MachineSight]:
    """Return every machine that an agent has ever reported."""
    return [MachineSight(*row[:4], *map(_float, row[4:])) for row in _rows(_MACHINES)]


def spreads(tenants: Collection[UUID]) -> list[SpreadSight]:
    """Return the spreads that these tenants' runners see."""
    return [SpreadSight(InstanceSight(*row[:5]), *row[5:]) for row in _rows(_SPREADS, [list(tenants)])]


def results(tenants: Collection[UUID]) -> Iterator[tuple[InstanceSight, str, list[float]]]:
    """Yield each EA of these tenants with its account's currency and its closed trades' net results."""
    for *instance, currency, net in _rows(_RESULTS, [list(tenants)]):
        yield InstanceSight(*instance), currency, net


def failed(tenants: Collection[UUID], since: datetime) -> list[tuple[UUID, list[datetime]]]:
    """Return when items of these tenants were set aside since an instant, for each of them."""
    return _rows(_FAILED, [list(tenants), since])


def there(subjects: Collection[UUID]) -> set[UUID]:
    """Return which of these accounts, machines, EAs and tenants are still there."""
    if not subjects:
        return set()
    return {id_ for (id_,) in _rows(_THERE, {"ids": list(subjects)})}


def connections() -> tuple[int, int]:
    """Return how many connections the database has, and how many it takes."""
    found: tuple[int, int] = _rows(_CONNECTIONS)[0]
    return found


def verified_backup() -> datetime | None:
    """Return when the newest backup of the installation that was verified was complete."""
    found: datetime | None = _rows("SELECT max(verified_of) FROM monitor_backupstanding")[0][0]
    return found


def places() -> Iterable[tuple[UUID, UUID]]:
    """Return (account, machine or EA instance) of all accounts."""
    return _rows(_PLACES)


def flows(asked: Mapping[UUID, datetime]) -> dict[UUID, Flow]:
    """Return what the journal knows of these accounts' money. asked: since when of each trading counts."""
    if not asked:
        return {}
    document = [{"account": account, "since": since} for account, since in asked.items()]
    sql = "SELECT account_id, flows, is_traded FROM monitor_flows(%s::jsonb)"
    return {
        account: Flow(total, is_traded)
        for account, total, is_traded in _rows(sql, [safejson.encode(document)])
    }


def days_traded(asked: Collection[tuple[UUID, datetime, DayClock]]) -> dict[UUID, int]:
    """Return on how many days there were entries since an instant, by each account's clock."""
    document = [
        {
            "account": account,
            "since": since,
            "zone": str(clock.zone),
            "starts_s": clock.starts.hour * 3600 + clock.starts.minute * 60,
        }
        for account, since, clock in asked
    ]
    if not document:
        return {}
    return dict(_rows("SELECT account_id, days FROM monitor_days(%s::jsonb)", [safejson.encode(document)]))


def _rows(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Any] = cursor.fetchall()
        return found


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


class _Mark(NamedTuple):
    """The columns of a mark, in the order of the statement."""

    since: datetime
    first_balance: Decimal
    day: date
    day_balance: Decimal
    day_equity: Decimal
    day_low: Decimal
    day_high: Decimal
    peak_equity: Decimal
    peak_balance: Decimal
    eod_peak: Decimal
    last_balance: Decimal
    last_equity: Decimal
    observed_at: datetime
    best_day: Decimal
    days_traded: int
    verdict: Any
    initial_balance: Decimal | None
    flows: Decimal
    flow_wanted_since: datetime | None


def _sighting(row: tuple[Any, ...]) -> Sighting:
    kept = None if row[15] is None else _kept(_Mark(*row[15:]))
    return Sighting(*row[:15], kept)  # type: ignore[call-arg]


def _kept(mark: _Mark) -> Kept:
    marks = Marks(
        since=mark.since,
        first_balance=mark.first_balance,
        day=mark.day,
        day_balance=mark.day_balance,
        day_equity=mark.day_equity,
        day_low=mark.day_low,
        day_high=mark.day_high,
        peak_equity=mark.peak_equity,
        peak_balance=mark.peak_balance,
        eod_peak=mark.eod_peak,
        last=Seen(mark.observed_at, mark.last_balance, mark.last_equity),
        best_day=mark.best_day,
    )
    verdict = msgspec.json.decode(mark.verdict) if isinstance(mark.verdict, str) else mark.verdict
    return Kept(marks, mark.days_traded, verdict, mark.initial_balance, mark.flows, mark.flow_wanted_since)
