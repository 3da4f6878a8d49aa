"""The rows that a terminal needs before it can speak, and a way to speak as it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from psycopg.types.json import Jsonb

from metafleet.hub.fleet import assignment, tokens
from metafleet.hub.gateway.nudger import Nudge
from metafleet.wire import messages

Owner = psycopg.Connection[tuple[Any, ...]]
T = "/webhook/terminal"


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal with its account; a hosted one has an instance and a run of generation 1."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    login: int
    instance_id: UUID | None = None
    run_id: UUID | None = None

    def token(self, *, version: int = 1, at: datetime | None = None) -> str:
        return tokens.issue(terminal_id=self.id, version=version, now=at or datetime.now(UTC))

    def expert(self, **said: Any) -> dict[str, Any]:
        """What its runner says of the run."""
        return {
            "instanceId": str(self.instance_id),
            "runId": self.run_id.hex if self.run_id else None,
            "generation": 1,
            "status": "running",
            "hash": "sha256:1",
            "version": "1.0.0",
            "symbol": "EURUSD",
            **said,
        }

    def account(self, **said: Any) -> dict[str, Any]:
        facts = {"balance": "10000.00", "equity": "10012.34", "margin": 100, "freeMargin": 9912.34}
        return {"login": self.login, "server": "metafleet-Paper", **facts, **said}


@dataclass
class Stage:
    """The database as its owner sees it, past the fence."""

    owner: Owner
    logins: int = 7000
    nudges: list[tuple[UUID, UUID]] = field(default_factory=list)
    nudged_by: list[str] = field(default_factory=list)

    def nudged(self, nudge: Nudge) -> None:
        self.nudges.append((nudge.tenant_id, nudge.instance_id))
        self.nudged_by.append(nudge.request_id)

    def insert(self, table: str, **columns: Any) -> UUID:
        stamps = {"created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
        row = {"id": uuid4(), **stamps, **columns}
        values = [Jsonb(value) if isinstance(value, dict | list) else value for value in row.values()]
        marks = ", ".join(["%s"] * len(row))
        names = ", ".join(row)
        self.owner.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})".encode(), values)  # noqa: S608
        found = row["id"]
        assert isinstance(found, UUID)
        return found

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.owner.execute(query.encode(), values).fetchall()

    def value(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def run(self, query: str, *values: Any) -> None:
        self.owner.execute(query.encode(), values)

    def tenant(self, name: str = "Alice") -> UUID:
        return self.insert("identity_tenant", name=name)

    def terminal(self, tenant_id: UUID | None = None, account: Terminal | None = None) -> Terminal:
        """A customer's own terminal, on an account of its own or on that of another one."""
        tenant_id = tenant_id or (account.tenant_id if account else self.tenant())
        account_id, login = (account.account_id, account.login) if account else self._account(tenant_id)
        return Terminal(self._terminal(tenant_id, account_id, None), tenant_id, account_id, login)

    def hosted(self, tenant_id: UUID | None = None) -> Terminal:
        """A terminal of a runner of ours, with its run."""
        tenant_id = tenant_id or self.tenant()
        account_id, login = self._account(tenant_id)
        instance_id = self._instance(tenant_id, account_id)
        run_id = self.insert(
            "fleet_run",
            tenant_id=tenant_id,
            instance_id=instance_id,
            generation=1,
            state="starting",
            intent="run",
            driver="process",
            host="",
            handle={},
            limits="",
            reported_status="",
            reported_error="",
            end_reason="",
            started_at=datetime.now(UTC),
        )
        terminal_id = self._terminal(tenant_id, account_id, instance_id)
        return Terminal(terminal_id, tenant_id, account_id, login, instance_id, run_id)

    def command(self, terminal: Terminal, type: str = "PING", **columns: Any) -> UUID:  # noqa: A002
        now = datetime.now(UTC)
        row: dict[str, Any] = {
            "payload": {},
            "state": "queued",
            "attempt": 0,
            "due_at": now,
            "expires_at": now + timedelta(minutes=5),
            "requested_by": "alice@example.com",
            "error": "",
            "finished_at": None if columns.get("state", "queued") in {"queued", "leased"} else now,
            **columns,
        }
        return self.insert(
            "fleet_command", tenant_id=terminal.tenant_id, terminal_id=terminal.id, type=type, **row
        )

    def assignment(self, terminal: Terminal, expires_in: timedelta = timedelta(minutes=1)) -> str:
        """Seal work for the terminal's run; return the one-start token."""
        sealed = assignment.seal(work(terminal))
        self.run(
            "UPDATE fleet_run SET assignment_hash = %s, sealed_assignment = %s, assignment_expires_at = %s "
            "WHERE id = %s",
            *(sealed.token_hash, sealed.sealed, datetime.now(UTC) + expires_in, terminal.run_id),
        )
        return sealed.token

    def _account(self, tenant_id: UUID) -> tuple[UUID, int]:
        self.logins += 1
        account_id = self.insert(
            "fleet_tradingaccount",
            tenant_id=tenant_id,
            label="Demo",
            platform="paper",
            login=self.logins,
            server="metafleet-Paper",
            currency="USD",
            utc_offset_s=0,
        )
        return account_id, self.logins

    def _terminal(self, tenant_id: UUID, account_id: UUID, instance_id: UUID | None) -> UUID:
        return self.insert(
            "fleet_terminal",
            tenant_id=tenant_id,
            account_id=account_id,
            instance_id=instance_id,
            platform="paper",
            token_version=1,
            version="",
        )

    def _instance(self, tenant_id: UUID, account_id: UUID) -> UUID:
        template_id = self.insert(
            "catalogue_eatemplate",
            slug=f"trend-{uuid4().hex[:8]}",
            name="Trend",
            summary="",
            description="",
            risk_note="",
            category="trend",
            timeframe="M1",
            symbols=["EURUSD"],
            cpu=1,
            memory_mb=64,
            required_plan="bronze",
        )
        version_id = self.insert(
            "catalogue_eaversion",
            template_id=template_id,
            version="1.0.0",
            content_hash="sha256:1",
            changelog="",
            input_schema={},
            published_at=datetime.now(UTC),
        )
        return self.insert(
            "fleet_eainstance",
            tenant_id=tenant_id,
            account_id=account_id,
            template_id=template_id,
            version_id=version_id,
            symbol="EURUSD",
            name="Trend",
            magic=77,
            inputs={},
            desired_state="running",
            close_on_stop=False,
            state="deploying",
            status_text="",
            last_error="",
            generation=1,
            crash_count=0,
        )


@dataclass(frozen=True, slots=True)
class Speaker:
    """Posts as one terminal."""

    client: httpx.AsyncClient
    terminal: Terminal

    async def post(self, path: str, token: str | None = None, **body: Any) -> httpx.Response:
        return await self.client.post(
            f"{T}/{path}",
            json={"terminalId": str(self.terminal.id), **body},
            headers={"Authorization": f"Bearer {token or self.terminal.token()}"},
        )

    async def poll(self, wait: int = 0) -> list[Mapping[str, Any]]:
        response = await self.client.get(
            f"{T}/commands?wait={wait}", headers={"Authorization": f"Bearer {self.terminal.token()}"}
        )
        assert response.status_code == 200, response.text
        commands: list[Mapping[str, Any]] = response.json()["commands"]
        return commands

    async def trades(self, deals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        response = await self.post("trades", trades=list(deals))
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


async def eventually(is_so: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait until it is so, for what the gateway writes beside the requests."""
    until = asyncio.get_running_loop().time() + within_s
    while not is_so():
        assert asyncio.get_running_loop().time() < until, "it did not become so"
        await asyncio.sleep(0.02)


def deal(ticket: int, **said: Any) -> dict[str, Any]:
    """An opening deal of 0.10 lots EURUSD, unless said otherwise."""
    facts = {
        "ticket": ticket,
        "symbol": "EURUSD",
        "type": "BUY",
        "volume": 0.1,
        "openPrice": 1.085,
        "openTime": 1_770_000_000 + ticket,
        "commission": "-0.35",
        "positionId": ticket,
        "entryType": 0,
        "magic": 77,
    }
    return {**facts, **said}


def closing(ticket: int, position: int, **said: Any) -> dict[str, Any]:
    """The deal that closes `deal(position)` at a target."""
    facts = {"type": "SELL", "openPrice": 1.087, "positionId": position, "entryType": 1, "reason": 5}
    return deal(ticket, **{**facts, "profit": "20.00", "swap": "-0.10", **said})


def work(terminal: Terminal) -> messages.Assignment:
    assert terminal.run_id is not None
    return messages.Assignment(
        instance_id=str(terminal.instance_id),
        run_id=terminal.run_id.hex,
        generation=1,
        intent="run",
        terminal_id=str(terminal.id),
        terminal_token=terminal.token(),
        expert="trend-following",
        version="1.0.0",
        hash="sha256:1",
        symbol="EURUSD",
        magic=77,
        inputs={"fast_period": 12},
        platform="paper",
        broker=messages.BrokerLogin(
            host="127.0.0.1",
            port=8002,
            login=terminal.login,
            password="hunter2hunter2",
            server="metafleet-Paper",
        ),
        heartbeat_interval_s=5.0,
    )
