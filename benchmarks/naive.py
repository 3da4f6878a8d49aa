"""The plain way to do what the gateway does: a connection for each request, and the ORM, row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec

SECONDS = 2.0


def beats(terminals: Sequence[Any]) -> float:
    """Return heartbeats a second of the plain view: a connection for each, the ORM reads and writes."""
    from django.db import connection

    def one(terminal: Any) -> None:
        _beat(terminal)
        connection.close()

    return _rate(one, terminals)


def _rate(one: Callable[[Any], None], terminals: Sequence[Any]) -> float:
    until = time.perf_counter() + SECONDS

    def work(terminal: Any) -> int:
        count = 0
        while time.perf_counter() < until:
            one(terminal)
            count += 1
        return count

    with ThreadPoolExecutor(4) as threads:
        return sum(threads.map(work, terminals[:4])) / SECONDS


def _beat(terminal: Any) -> None:
    from django.db.models import Max

    from metafleet.hub.fleet.models import AccountState, Terminal
    from metafleet.hub.journal.models import Deal, EquityPoint
    from metafleet.hub.kernel import clock
    from metafleet.hub.kernel.tenancy import tenant_scope

    now = clock.now()
    with tenant_scope(terminal.tenant_id):
        row = Terminal.objects.select_related("account").get(id=terminal.id)
        row.heartbeat_at = now
        row.save(update_fields=("heartbeat_at", "updated_at"))
        money = {"balance": 10000, "equity": 10012, "margin": 100, "free_margin": 9912}
        AccountState.objects.update_or_create(
            account=row.account,
            defaults={"tenant_id": terminal.tenant_id, **money, "observed_at": now},
        )
        EquityPoint.objects.update_or_create(
            account_id=row.account_id,
            at=now.replace(second=now.second // 15 * 15, microsecond=0),
            defaults={"tenant_id": terminal.tenant_id, "balance": 10000, "equity": 10012},
        )
        Deal.objects.filter(account_id=row.account_id).aggregate(Max("ticket"))


def batch(sender: Any, body: bytes) -> None:
    """Record the deals of a batch one by one, each with its position's trades."""
    from metafleet.engine.statements import folding
    from metafleet.hub.journal.items import read_deals
    from metafleet.hub.journal.models import Deal, Trade
    from metafleet.hub.kernel.tenancy import tenant_scope

    said = msgspec.json.decode(body)
    raw = [msgspec.Raw(msgspec.json.encode(item)) for item in said["trades"]]
    owner = {"tenant_id": sender.tenant_id, "account_id": sender.account_id}
    columns = folding.Deal.__struct_fields__
    with tenant_scope(sender.tenant_id):
        for _, (deal,) in read_deals(raw, 0).good:
            facts = msgspec.structs.asdict(deal)
            _, is_new = Deal.objects.get_or_create(**owner, ticket=facts.pop("ticket"), defaults=facts)
            if not is_new:
                continue
            found = Deal.objects.filter(account_id=sender.account_id, position_id=deal.position_id)
            for trade in folding.fold([folding.Deal(*row) for row in found.values_list(*columns)]):
                row = msgspec.structs.asdict(trade)
                key = {name: row.pop(name) for name in ("position_id", "part")}
                Trade.objects.update_or_create(**owner, **key, defaults=row)
