"""The journal's questions over 100,000 trades of one tenant, through the API, sign-in and JSON included.

The trades lie among as many of other tenants. Beside the list and the figures stands the plain way
to answer the same, in the same run: every trade read as an object, each shown trade asked about
by itself.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from metafleet.cli.data_folder import open_data_folder
from metafleet.cli.keys import ensure_keys
from metafleet.cli.servers import lay_out_servers
from metafleet.cli.temporary_servers import serving

TRADES = 100_000
ACCOUNTS = 3
TIMES, NAIVE_TIMES = 25, 3
SHOWN = 100
AIM_LIST_MS, AIM_FIGURES_MS = 100, 300

LISTS: dict[str, dict[str, Any]] = {
    "newest": {},
    "page 1,000 of 2,000": {"page": 1000},
    "last page": {"page": 2000},
    "by net profit": {"sort": "-net_profit"},
    "by net profit, page 1,000": {"sort": "-net_profit", "page": 1000},
    "by R": {"sort": "-r"},
    "one account": {"account": ""},
    "symbol and side": {"symbol": "EURUSD", "side": "buy"},
    "losses on Mondays": {"result": "loss", "weekday": 0, "tz": "Europe/Berlin"},
    "London session": {"session": "london"},
    "tag": {"tag": "fomo"},
    "rating": {"rating": 5},
    "words in comment or note": {"q": "run 77"},
    "words that nobody wrote": {"q": "zzz"},
}
FIGURES: dict[str, tuple[str, dict[str, Any]]] = {
    "statistics": ("statistics", {}),
    "statistics of positions": ("statistics", {"count": "trades"}),
    "statistics of a symbol": ("statistics", {"symbol": "EURUSD"}),
    "by symbol": ("breakdown", {"by": "symbol"}),
    "by hour in Berlin": ("breakdown", {"by": "hour", "tz": "Europe/Berlin"}),
    "by session": ("breakdown", {"by": "session"}),
    "by tag": ("breakdown", {"by": "tag"}),
    "calendar of a year": ("calendar", {"year": 2023}),
    "balance curve": ("curve", {}),
    "curve of a symbol": ("curve", {"symbol": "EURUSD"}),
    "cash flows": ("cash-flows", {}),
}

_MADE = """
    WITH made AS (
        SELECT n, (%(accounts)s::uuid[])[1 + n %% cardinality(%(accounts)s::uuid[])] AS account_id,
               timestamptz '2022-01-03' + n * interval '17 minutes' AS entered_at,
               (5 + (n * 7919) %% 1440) * interval '1 minute' AS held,
               (ARRAY['EURUSD', 'GBPUSD', 'USDJPY', 'XAUUSD', 'AUDUSD', 'USDCHF', 'NZDUSD', 'EURJPY'])
                   [1 + n %% 8] AS symbol,
               n %% 2 AS side, (((n * 104729) %% 20003) - 9800) / 100.0 AS profit,
               77000 + n %% 6 AS magic, 'run ' || n %% 500 AS comment,
               CASE WHEN n %% 3 > 0 THEN 1.1 - (1 - 2 * (n %% 2)) * 0.002 END AS stop
        FROM generate_series(1, %(count)s::bigint) AS n
    )
"""
_DEALS = """
    {made}
    INSERT INTO journal_deal
        (tenant_id, account_id, created_at, updated_at, ticket, position_id, order_id, symbol, kind, entry,
         volume, price, executed_at, profit, commission, swap, fee, magic, reason, stop_loss, comment)
    SELECT %(tenant)s, account_id, now(), now(), n * 2 + leg, n, n * 2 + leg, symbol, abs(side - leg), leg,
           0.1, 1.1 + leg * (1 - 2 * side) * profit / 10000, entered_at + leg * held, leg * profit,
           -0.35, 0, 0, magic, 3, stop, comment
    FROM made, (VALUES (0), (1)) AS legs (leg)
"""
_TRADES = """
    {made}
    INSERT INTO journal_trade
        (id, tenant_id, account_id, created_at, updated_at, position_id, part, symbol, side, state,
         volume, closed_volume, entry_price, exit_price, entered_at, exited_at, profit, commission,
         swap, fee, net_profit, magic, exit_reason, stop_loss, initial_stop, comment)
    SELECT gen_random_uuid(), %(tenant)s, account_id, now(), now(), n, 0, symbol,
           (ARRAY['buy', 'sell'])[1 + side], 'closed', 0.1, 0.1, 1.1, 1.1 + (1 - 2 * side) * profit / 10000,
           entered_at, entered_at + held, profit, -0.7, 0, 0, profit - 0.7, magic, 'expert',
           stop, stop, comment
    FROM made
"""
_REVIEWS = """
    INSERT INTO journal_tradereview
        (id, tenant_id, account_id, created_at, updated_at, position_id, part, note, rating, tags)
    SELECT gen_random_uuid(), tenant_id, account_id, now(), now(), position_id, part,
           'Entered late, note ' || position_id %% 700, 1 + position_id %% 5,
           CASE WHEN position_id %% 20 = 0 THEN ARRAY['breakout', 'fomo'] ELSE ARRAY['plan'] END
    FROM journal_trade WHERE tenant_id = %(tenant)s AND position_id %% 3 = 0
"""
_CANDLES = """
    INSERT INTO journal_tradecandles
        (tenant_id, account_id, position_id, part, state, attempt, mae, mfe, created_at, updated_at)
    SELECT tenant_id, account_id, position_id, part, 'stored', 1, 0.001, 0.002, now(), now()
    FROM journal_trade WHERE tenant_id = %(tenant)s
"""
_DEPOSITS = """
    INSERT INTO journal_deal
        (tenant_id, account_id, created_at, updated_at, ticket, symbol, kind, volume, executed_at,
         profit, commission, swap, fee, comment)
    SELECT %(tenant)s, account_id, now(), now(), -n, '', 2, 0,
           timestamptz '2022-01-01' + n * interval '60 days', CASE n %% 3 WHEN 0 THEN 10000 ELSE -500 END,
           0, 0, 0, 'Transfer'
    FROM unnest(%(accounts)s::uuid[]) AS a (account_id), generate_series(0, 19) AS n
"""


def main() -> None:
    with _journal() as (client, tenant_id):
        account_id = client.get("/api/accounts").json()[0]["id"]
        for name, query in LISTS.items():
            asked = query | ({"account": account_id} if "account" in query else {})
            _say(f"list: {name}", _measured(client, "/api/trades", asked), AIM_LIST_MS)
        plain = _naive(lambda: _plain_list(tenant_id))
        _compare("list: newest, the plain way", plain, _measured(client, "/api/trades", {"pageSize": SHOWN}))
        for name, (address, asked) in FIGURES.items():
            _say(name, _measured(client, f"/api/journal/{address}", asked), AIM_FIGURES_MS)
        plain = _naive(lambda: _plain_statistics(tenant_id))
        _compare("statistics, the plain way", plain, _measured(client, "/api/journal/statistics", {}))
        _say("the accounts' screen", _measured(client, "/api/accounts", {}), AIM_LIST_MS)
        _say("the overview", _measured(client, "/api/overview", {}), AIM_LIST_MS)


def _measured(client: Any, address: str, asked: dict[str, Any]) -> list[float]:
    """Seconds of each answer, after one that warms up."""
    taken = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        answer = client.get(address, asked)
        taken.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.content
    return taken[1:]


def _naive(work: Callable[[], object]) -> list[float]:
    taken = []
    for _ in range(NAIVE_TIMES):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def _plain_list(tenant_id: UUID) -> list[dict[str, Any]]:
    """Read all to count, sort and add up; ask about each trade that is shown."""
    from metafleet.hub.fleet.models import EAInstance
    from metafleet.hub.journal.models import Trade, TradeCandles, TradeReview, TradeScreenshot
    from metafleet.hub.kernel.tenancy import tenant_scope

    with tenant_scope(tenant_id):
        newest = attrgetter("exited_at")
        found = sorted(Trade.objects.filter(tenant_id=tenant_id), key=newest, reverse=True)
        sum(row.net_profit for row in found)
        shown = []
        for row in found[:SHOWN]:
            own = {"account_id": row.account_id, "position_id": row.position_id, "part": row.part}
            shown.append(
                {
                    "account": row.account.label,
                    "instance": EAInstance.objects.filter(account=row.account, magic=row.magic or 0).first(),
                    "review": TradeReview.objects.filter(**own).first(),
                    "candles": TradeCandles.objects.filter(**own).first(),
                    "screenshots": TradeScreenshot.objects.filter(**own).count(),
                }
            )
        return shown


def _plain_statistics(tenant_id: UUID) -> object:
    """Read every deal as an object, fold them, and add up."""
    from metafleet.engine.statements import folding
    from metafleet.engine.statements import statistics as figures
    from metafleet.hub.journal.models import Deal
    from metafleet.hub.kernel.tenancy import tenant_scope

    columns = folding.Deal.__struct_fields__
    with tenant_scope(tenant_id):
        deals = [
            folding.Deal(**{name: getattr(row, name) for name in columns})
            for row in Deal.objects.filter(tenant_id=tenant_id)
        ]
        closed = [trade for trade in folding.fold(deals) if trade.exited_at]
        closed.sort(key=lambda trade: trade.exited_at or trade.position_id)
        series = figures.Series(
            at=[trade.exited_at.timestamp() for trade in closed if trade.exited_at],
            net=[float(trade.net_profit) for trade in closed],
            is_long=[trade.side == "buy" for trade in closed],
            opening=10_000.0,
        )
        return figures.figures(series)


def _say(what: str, taken: list[float], aim_ms: int) -> None:
    p50, p99 = _percentiles(taken)
    print(f"{what:<44} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   (aim {aim_ms})")


def _compare(what: str, plain: list[float], ours: list[float]) -> None:
    p50, _ = _percentiles(plain)
    print(f"{what:<44} p50 {p50:7.0f} ms   {p50 / _percentiles(ours)[0]:5.0f} times ours")


def _percentiles(taken: list[float]) -> tuple[float, float]:
    return statistics.median(taken) * 1000, sorted(taken)[int(len(taken) * 0.99)] * 1000


@contextmanager
def _journal() -> Iterator[tuple[Any, UUID]]:
    """Fresh servers, and somebody signed in whose journal has all these trades."""
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name:
        root = Path(name)
        root.chmod(0o711)
        folder = open_data_folder(root / "data")
        ensure_keys(folder.root)
        servers = lay_out_servers(folder, None, None)
        os.environ |= {
            "METAFLEET_DATA_DIR": str(folder.root),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "DJANGO_SETTINGS_MODULE": "metafleet.hub.config.settings",
            "METAFLEET_LOG_LEVEL": "WARNING",
        }
        with serving(servers, folder.logs):
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connections

            call_command("migrate", database="owner", verbosity=0)
            with psycopg.connect(servers.database_url, autocommit=True) as owner:
                yield _person_with_trades(owner)
            connections.close_all()


def _person_with_trades(owner: psycopg.Connection[Any]) -> tuple[Any, UUID]:
    from tests.cast import connect, sign_up

    person = sign_up("bench@example.com")
    stranger = sign_up("stranger@example.com")
    for other in (stranger, person):
        accounts = [connect(other, login=5001 + n, label=f"Account {n}").id for n in range(ACCOUNTS)]
        values = {"tenant": other.tenant_id, "accounts": accounts, "count": TRADES}
        for statement in (_DEALS, _TRADES, _REVIEWS, _CANDLES, _DEPOSITS):
            owner.execute(statement.replace("{made}", _MADE).encode(), values)
        owner.execute("UPDATE fleet_tradingaccount SET currency = 'EUR' WHERE id = %s", [accounts[-1]])
    owner.execute("VACUUM ANALYZE")
    person.client.defaults["HTTP_HOST"] = "localhost"
    return person.client, person.tenant_id
