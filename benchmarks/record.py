"""Recording deals in PostgreSQL, without the gateway: one statement that inserts, folds and reports.

A batch is 100 deals, 5 of them known. Beside it, in the same run: the bare insert of the same rows,
and the ORM's way, deal by deal. Medians of three rounds; the machine's other work shows in p99.
`BENCH_RECORD_ROWS`: how many deals are stored, one or several numbers; default 1000000. Each has servers
and a process of its own.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import psycopg

from benchmarks.gateway import _stage

ROWS: Final = [int(number) for number in os.environ.get("BENCH_RECORD_ROWS", "1000000").split()]
ACCOUNTS, BATCH, REPEATED = 10, 100, 5
ROUNDS, TIMES, NAIVE_TIMES = 3, 150, 3
START: Final = datetime(2026, 1, 1, tzinfo=UTC)

_BARE = """
    INSERT INTO journal_deal (tenant_id, account_id, terminal_id, created_at, updated_at,
        ticket, position_id, order_id, symbol, kind, entry, volume, price, executed_at, profit, commission,
        swap, fee, magic, reason, stop_loss, take_profit, comment)
    SELECT %b, %b, %b, now(), now(), i.* FROM json_to_recordset(%b::text::json) AS i (
        ticket bigint, position_id bigint, order_id bigint, symbol text, kind smallint, entry smallint,
        volume numeric, price numeric, executed_at timestamptz, profit numeric, commission numeric,
        swap numeric, fee numeric, magic bigint, reason smallint, stop_loss numeric, take_profit numeric,
        comment text)
    ON CONFLICT DO NOTHING
"""
_STORED_DEALS = """
    INSERT INTO journal_deal (tenant_id, account_id, ticket, position_id, symbol, kind, entry, volume, price,
        executed_at, profit, commission, swap, fee, magic, comment, created_at, updated_at)
    SELECT %s, %s, n, n - (n + 1) %% 2, 'EURUSD', (n + 1) %% 2, (n + 1) %% 2, 0.1, 1.085,
        timestamptz '2024-01-01' + n * interval '30 seconds', 0, -0.35, 0, 0, 77, '', now(), now()
    FROM generate_series(1, %s) AS n
"""
_STORED_TRADES = """
    INSERT INTO journal_trade (id, tenant_id, account_id, created_at, updated_at,
        position_id, part, symbol, side, state, volume, closed_volume, entry_price, exit_price, entered_at,
        exited_at, profit, commission, swap, fee, net_profit, magic, exit_reason, comment)
    SELECT journal_trade_id(), %s, %s, now(), now(),
        n * 2 - 1, 0, 'EURUSD', 'buy', 'closed', 0.1, 0.1, 1.085, 1.085,
        timestamptz '2024-01-01' + n * interval '1 minute',
        timestamptz '2024-01-01' + n * interval '61 seconds', 0, -0.7, 0, 0, -0.7, 77, '', ''
    FROM generate_series(1, %s) AS n
"""
_STORED_CANDLES = """
    INSERT INTO journal_tradecandles
        (tenant_id, account_id, position_id, part, state, attempt, created_at, updated_at)
    SELECT %s, %s, n * 2 - 1, 0, 'stored', 1, now(), now() FROM generate_series(1, %s) AS n
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
    WHERE i.indrelid::regclass::text IN ('journal_deal', 'journal_trade', 'journal_tradecandles')
      AND NOT i.indisunique
"""


def main() -> None:
    if len(ROWS) > 1:
        for rows in ROWS:
            subprocess.run(
                [sys.executable, "-m", "benchmarks.record"],
                env=os.environ | {"BENCH_RECORD_ROWS": str(rows)},
                check=True,
            )
        return
    with _stage() as stage:
        _fill(stage, places := [stage.terminal() for _ in range(ACCOUNTS)], ROWS[0])
        with psycopg.connect(
            os.environ["DATABASE_URL"], autocommit=True, options="-c role=metafleet_app"
        ) as connection:
            _measure(stage, connection, places, ROWS[0])


def _fill(stage: Any, places: Sequence[Any], rows: int) -> None:
    each = rows // len(places)
    stage.run("SET synchronous_commit = off")
    stage.run("SET maintenance_work_mem = '256MB'")
    # An index that is made afterwards takes a fraction of one that grows with ten million rows.
    made_again = stage.rows(_INDEXES)
    for name, _ in made_again:
        stage.run(f"DROP INDEX {name}")
    for place in places:
        owner = (place.tenant_id, place.account_id)
        stage.run(_STORED_DEALS, *owner, each)
        stage.run(_STORED_TRADES, *owner, each // 2)
        stage.run(_STORED_CANDLES, *owner, each // 2)
    for _, made in made_again:
        stage.run(made)
    stage.run("RESET synchronous_commit")
    stage.run("VACUUM ANALYZE")
    stage.run("CHECKPOINT")


def _measure(stage: Any, connection: psycopg.Connection[Any], places: Sequence[Any], rows: int) -> None:
    from metafleet.hub.journal import intake
    from metafleet.hub.journal.sql import intake as sql

    fresh = {place.id: _fresh(rows // len(places)) for place in places}

    def batch(place: Any, deals: Sequence[Any]) -> Any:
        return intake.DealBatch(deals=intake.prepare(deals), terminal_id=place.id, token_version=1)

    def record(*batches: Any) -> Callable[[], object]:
        columns = intake._columns(batches, datetime.now(UTC))
        return lambda: connection.execute(sql.RECORD.encode(), columns, prepare=True).fetchall()

    def one() -> Callable[[], object]:
        place = random.choice(places)
        return record(batch(place, next(fresh[place.id])))

    def known() -> Callable[[], object]:
        start = random.randrange(rows // len(places) // BATCH - 1) * BATCH
        return record(batch(random.choice(places), _deals(start, BATCH)))

    def bare() -> Callable[[], object]:
        place = random.choice(places)
        body = intake.prepare(next(fresh[place.id])).body
        values = [place.tenant_id, place.account_id, place.id, body]
        return lambda: stage.owner.execute(_BARE.encode(), values, prepare=True)

    def ten() -> Callable[[], object]:
        return record(*(batch(place, next(fresh[place.id])) for place in places))

    print(f"{rows:,} deals stored")
    alone = _say(f"{BATCH} deals, {REPEATED} known", _timed(one, TIMES))
    _say(f"{BATCH} deals, all known", _timed(known, TIMES))
    grouped = _say(f"{ACCOUNTS} such batches of {ACCOUNTS} accounts at once", _timed(ten, TIMES // 10))
    inserted = _say("the bare insert of one batch", _timed(bare, TIMES))
    naive = _say("the ORM's way, deal by deal", _timed(_naive(places[0], fresh), NAIVE_TIMES))
    print(
        f"    of the bare insert's rate: {inserted / alone:.0%}; x the ORM's way: {naive / alone:.0f}; ",
        end="",
    )
    print(f"in groups {ACCOUNTS * BATCH / grouped:,.0f} deals/s on one connection")


def _naive(place: Any, fresh: dict[Any, Iterator[Any]]) -> Callable[[], Callable[[], object]]:
    import msgspec

    from metafleet.engine.statements import folding
    from metafleet.hub.journal.models import Deal, Trade
    from metafleet.hub.kernel.tenancy import tenant_scope

    owner = {"tenant_id": place.tenant_id, "account_id": place.account_id}
    columns = folding.Deal.__struct_fields__

    def write(deals: Sequence[Any]) -> None:
        with tenant_scope(place.tenant_id):
            for deal in deals:
                facts = msgspec.structs.asdict(deal)
                _, is_new = Deal.objects.get_or_create(**owner, ticket=facts.pop("ticket"), defaults=facts)
                if not is_new:
                    continue
                found = Deal.objects.filter(account_id=place.account_id, position_id=deal.position_id)
                for trade in folding.fold([folding.Deal(*row) for row in found.values_list(*columns)]):
                    row = msgspec.structs.asdict(trade)
                    key = {name: row.pop(name) for name in ("position_id", "part")}
                    Trade.objects.update_or_create(**owner, **key, defaults=row)

    def work() -> Callable[[], object]:
        deals = next(fresh[place.id])
        return lambda: write(deals)

    return work


def _fresh(stored: int) -> Iterator[list[Any]]:
    for start in itertools.count(stored + stored % 2, BATCH):
        again = [_deals(2 * random.randrange(stored // 2), 2)[0] for _ in range(REPEATED)]
        yield [*_deals(start, BATCH)[REPEATED:], *again]


def _deals(start: int, count: int) -> list[Any]:
    """Tickets from start + 1, each pair a position that opens and closes."""
    from metafleet.engine.statements.folding import Deal

    none = Decimal(0)
    return [
        Deal(
            ticket=ticket, position_id=ticket - (ticket + 1) % 2, order_id=ticket, symbol="EURUSD",
            kind=(ticket + 1) % 2, entry=(ticket + 1) % 2, volume=Decimal("0.1"), price=Decimal("1.08512"),
            executed_at=START + timedelta(seconds=ticket), profit=none, commission=Decimal("-0.35"),
            swap=none, fee=none, magic=77, reason=3, stop_loss=None, take_profit=None, comment="",
        )
        for ticket in range(start + 1, start + count + 1)
    ]  # fmt: skip


def _timed(prepare: Callable[[], Callable[[], object]], times: int) -> list[list[float]]:
    rounds = []
    for _ in range(ROUNDS):
        works = [prepare() for _ in range(times)]
        took = []
        for work in works:
            began = time.perf_counter()
            work()
            took.append(time.perf_counter() - began)
        rounds.append(sorted(took))
    return rounds


def _say(what: str, rounds: Sequence[Sequence[float]]) -> float:
    """Print the median round's p50 and p99; return its p50 in seconds."""
    middle = sorted(rounds, key=statistics.median)[len(rounds) // 2]
    p50, p99 = statistics.median(middle), middle[int(len(middle) * 0.99)]
    print(f"{what:<52} p50 {p50 * 1e3:8.2f} ms  p99 {p99 * 1e3:8.2f} ms", flush=True)
    return p50


if __name__ == "__main__":
    main()
