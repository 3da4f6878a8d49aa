"""The product behind a pooler of transactions, under a login that is no more than the application role."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest
from psycopg import sql

from metafleet.cli.servers import Servers
from tests.flows.conftest import StartStack
from tests.flows.person import Person
from tests.flows.pooler import CONNECTIONS, find_pooler, pooler
from tests.flows.stack import Stack

pytestmark = pytest.mark.flow
LOGIN = "metafleet_processes"
ROUNDS = 25


@pytest.fixture(scope="module")
def program() -> str:
    found = find_pooler()
    if found is None:
        assert not os.environ.get("CI"), "The test of a pooler must run here, and there is no PgBouncer."
        pytest.skip("NO PGBOUNCER: the product was not tried behind a pooler. Install pgbouncer and repeat.")
    return found


@pytest.fixture(scope="module")
def database(servers: Servers) -> Iterator[str]:
    """A database of its own, and a login that may do what the application role may."""
    url = servers.database_url.replace("/metafleet?", "/pooled?")
    with psycopg.connect(servers.database_url, autocommit=True) as owner:
        owner.execute("CREATE DATABASE pooled")
        owner.execute(
            "DO $$ BEGIN CREATE ROLE metafleet_app NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE metafleet_app").format(sql.Identifier(LOGIN)))
        yield url
        owner.execute("DROP DATABASE pooled WITH (FORCE)")
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(LOGIN)))


@pytest.fixture(scope="module")
def pooled(program: str, database: str) -> Iterator[str]:
    with pooler(program, database, LOGIN) as url:
        yield url


@pytest.fixture(scope="module")
def stack(start_stack: StartStack, database: str, pooled: str) -> Stack:
    return start_stack(
        DATABASE_URL=database,
        METAFLEET_APP_DATABASE_URL=database.replace("metafleet@", f"{LOGIN}@"),
        METAFLEET_POOLED_DATABASE_URL=pooled,
        METAFLEET_DEMO="false",
        METAFLEET_MARKET_SPEED="60",
    )


def test_an_ea_is_deployed_and_trades_behind_a_pooler(stack: Stack) -> None:
    with Person(stack) as trader:
        trader.sign_up("pooled@example.com")
        instance_id = trader.deploy(
            trader.connect(), "trend-following", "EURUSD", fast_period=3, slow_period=8
        )
        running = trader.wait_for_state(instance_id, "running")
        assert running["receipt"]["firstTickAt"] is not None
        trader.post(f"/api/instances/{instance_id}/pause")
        trader.wait_for_state(instance_id, "paused")


def test_tenants_that_share_connections_never_see_each_other(stack: Stack) -> None:
    people = [Person(stack) for _ in range(2 * CONNECTIONS)]
    own = {}
    for number, person in enumerate(people):
        person.sign_up(f"desk-{number}@example.com")
        own[number] = {account_named(person, f"{number}-{each}") for each in range(2)}

    def look(number: int) -> list[set[str]]:
        return [{row["id"] for row in people[number].get("/api/accounts")} for _ in range(ROUNDS)]

    with ThreadPoolExecutor(len(people)) as crowd:
        seen = list(crowd.map(look, own))
    for person in people:
        person.__exit__()
    assert seen == [[own[number]] * ROUNDS for number in own]


def account_named(person: Person, label: str) -> str:
    form: dict[str, Any] = {"label": label, "platform": "mt5", "server": "Broker-Live", "currency": "USD"}
    account = person.post("/api/accounts/register", form | {"login": 1 + uuid4().int % 10**9})
    return str(account["id"])


def test_a_tenant_that_one_transaction_named_is_unknown_to_the_next(stack: Stack, pooled: str) -> None:
    with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as client:
        for _ in range(2 * CONNECTIONS):
            with client.transaction():
                client.execute("SELECT set_config('app.tenant_id', %s, true)", [str(uuid4())])
                assert client.execute("SELECT count(*) FROM fleet_tradingaccount").fetchone() == (0,)
            with pytest.raises(psycopg.Error, match=r"app\.tenant_id|invalid input syntax for type uuid"):
                client.execute("SELECT count(*) FROM fleet_tradingaccount")


def test_the_login_cannot_become_the_owner_and_no_process_knows_the_owners_way(
    stack: Stack, pooled: str, database: str
) -> None:
    with psycopg.connect(database.replace("metafleet@", f"{LOGIN}@"), autocommit=True) as client:
        for attempt in ("SET ROLE metafleet", "ALTER TABLE fleet_tradingaccount DISABLE ROW LEVEL SECURITY"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                client.execute(attempt)
    for name in ("web", "gateway", "worker", "judge", "beat"):
        environment = psutil.Process(stack.pid(name)).environ()
        assert environment["METAFLEET_POOLED_DATABASE_URL"] == pooled
        assert "DATABASE_URL" not in environment, name
