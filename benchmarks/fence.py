"""What the tenant fence costs: the same work under it, and with every policy taken off the tables.

A batch is 100 deals as the gateway records them; a plain insert is 100 candles written row-secured; a page
is the newest 100 trades. Wanted of the batch: at most 15 % more than without. The fenced side is the
application's role in a tenant's transaction, the other side the tables' owner without policies. They take
turns; medians over all rounds.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg

from benchmarks.gateway import _stage
from benchmarks.record import ACCOUNTS, _fill, _fresh

ROWS, ROUNDS, TIMES = 200_000, 6, 100

_TENANT = "SELECT set_config('app.tenant_id', %s, true)"
_CANDLES = """
    INSERT INTO journal_tradecandles
        (tenant_id, account_id, position_id, part, state, attempt, created_at, updated_at)
    SELECT %s, %s, n, 1, 'stored', 1, now(), now() FROM generate_series(%s::bigint, %s::bigint + 99) AS n
"""
_PAGE = """
    SELECT * FROM journal_trade WHERE tenant_id = %s AND account_id = %s ORDER BY exited_at DESC LIMIT 100
"""

Work = Callable[[], object]


def main() -> None:
    with _stage() as stage:
        places = [stage.terminal() for _ in range(ACCOUNTS)]
        _fill(stage, places, ROWS)
        url = os.environ["DATABASE_URL"]
        with (
            psycopg.connect(url, autocommit=True, options="-c role=metafleet_app") as fenced,
            psycopg.connect(url, autocommit=True) as bare,
        ):
            _compare(stage, places, fenced, bare)


def _compare(stage: Any, places: list[Any], fenced: Any, bare: Any) -> None:
    fresh = {place.id: _fresh(ROWS // ACCOUNTS) for place in places}
    numbers = iter(range(10**9, 2 * 10**9, 100))
    kinds: dict[str, Callable[[Any], Work]] = {
        "100 deals recorded": lambda connection: _batch(connection, random.choice(places), fresh),
        "100 rows inserted": lambda connection: _insert(connection, random.choice(places), next(numbers)),
        "a page of 100 trades": lambda connection: _page(connection, random.choice(places)),
    }
    took: dict[tuple[str, bool], list[float]] = {}
    for number in range(ROUNDS):
        for is_fenced in (number % 2 == 0, number % 2 == 1):
            with _policies(stage, is_fenced):
                for name, prepare in kinds.items():
                    works = [prepare(fenced if is_fenced else bare) for _ in range(TIMES)]
                    took.setdefault((name, is_fenced), []).extend(_time(works))
    for name in kinds:
        with_it, without = (statistics.median(took[name, each]) for each in (True, False))
        cost = with_it / without - 1
        print(f"    {name:22} {with_it * 1e3:6.2f} ms fenced, {without * 1e3:6.2f} ms without: ", end="")
        print(f"{cost:+.1%}")


def _time(works: list[Work]) -> Iterator[float]:
    for work in works[: TIMES // 10]:  # the first of a side plans anew
        work()
    for work in works[TIMES // 10 :]:
        began = time.perf_counter()
        work()
        yield time.perf_counter() - began


@contextmanager
def _policies(stage: Any, is_fenced: bool) -> Iterator[None]:
    """Take row-level security off every table that has it, unless it is to stay."""
    found = stage.owner.execute("SELECT relname FROM pg_class WHERE relrowsecurity").fetchall()
    tables = [name for (name,) in found]
    if not is_fenced:
        _alter(stage, tables, "DISABLE")
    yield
    if not is_fenced:
        _alter(stage, tables, "ENABLE")


def _alter(stage: Any, tables: list[str], verb: str) -> None:
    for table in tables:
        stage.owner.execute(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY".encode())


def _batch(connection: Any, place: Any, fresh: dict[Any, Iterator[Any]]) -> Work:
    from metafleet.hub.journal import intake
    from metafleet.hub.journal.sql import intake as sql

    deals = intake.prepare(next(fresh[place.id]))
    batch = intake.DealBatch(deals=deals, terminal_id=place.id, token_version=1)
    columns = intake._columns([batch], datetime.now(UTC))
    return lambda: connection.execute(sql.RECORD.encode(), columns, prepare=True).fetchall()


def _insert(connection: Any, place: Any, number: int) -> Work:
    values = [place.tenant_id, place.account_id, number, number]
    return lambda: _in_tenant(connection, place, lambda: connection.execute(_CANDLES, values, prepare=True))


def _page(connection: Any, place: Any) -> Work:
    values = [place.tenant_id, place.account_id]
    return lambda: _in_tenant(
        connection, place, lambda: connection.execute(_PAGE, values, prepare=True).fetchall()
    )


def _in_tenant(connection: Any, place: Any, work: Work) -> object:
    """Run it in a transaction of the tenant; naming the tenant is a part of what the fence costs."""
    with connection.transaction():
        if connection.info.parameter_status("is_superuser") == "off":
            connection.execute(_TENANT, [str(place.tenant_id)])
        return work()


if __name__ == "__main__":
    main()
