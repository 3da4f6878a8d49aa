"""Commands for the simulated terminals, queued by the product's own verb from a thread."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from metafleet.cli.simulator.plan import Plan, habits
from metafleet.cli.simulator.rows import Rows

_ACTOR: Final = "simulation"
_REST_S: Final = 0.3
_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """One command: for which terminal, what, and since when it is on its way (monotonic seconds)."""

    id: UUID
    terminal: int
    type: str
    payload: dict[str, Any]
    began_s: float


@dataclass(slots=True)
class Queued:
    """What was accepted: from then on no command may be lost."""

    wishes: dict[str, Wish] = field(default_factory=dict)
    trouble: int = 0
    """Tries that failed, because a server was away, and were made again."""


class Orders(threading.Thread):
    """Queues commands at the plan's rate until it is stopped. `queued` is for reading after `join`."""

    def __init__(self, plan: Plan, rows: Rows) -> None:
        super().__init__(name="orders", daemon=True)
        self.queued = Queued()
        self._plan = plan
        self._rows = rows
        self._is_over = threading.Event()
        self._rng = random.Random(f"{plan.seed}:orders")

    def stop(self) -> None:
        self._is_over.set()

    def run(self) -> None:
        from django.db import connections

        due_s = time.monotonic()
        while not self._is_over.wait(max(0.0, due_s - time.monotonic())):
            due_s = max(due_s + 1 / self._plan.commands_per_s, time.monotonic() - 1.0)
            wish = self._wish()
            self._queue_for_certain(wish)
            self.queued.wishes[str(wish.id)] = wish
        connections.close_all()

    def _queue_for_certain(self, wish: Wish) -> None:
        """Queue it; where the answer was lost, the command's own id shows whether it was queued."""
        from django.db import DatabaseError, IntegrityError, InterfaceError, connections
        from psycopg_pool import PoolTimeout

        while True:
            try:
                self._queue(wish)
            except IntegrityError:
                return
            except (DatabaseError, InterfaceError, PoolTimeout):
                self.queued.trouble += 1
                connections.close_all()
                time.sleep(_REST_S)
            else:
                return

    def _queue(self, wish: Wish) -> None:
        from metafleet.hub.fleet import commands
        from metafleet.hub.fleet.models import Terminal
        from metafleet.hub.kernel import clock
        from metafleet.hub.kernel.tenancy import tenant_scope

        tenant_id = self._rows.tenant_id
        terminal_id = UUID(self._rows.places[wish.terminal].terminal_id)
        with tenant_scope(tenant_id):
            commands.queue(
                terminal=Terminal(id=terminal_id, tenant_id=tenant_id),
                type=wish.type,
                payload=wish.payload,
                actor=_ACTOR,
                now=clock.now(),
                command_id=wish.id,
            )

    def _wish(self) -> Wish:
        index = self._rng.randrange(self._plan.terminals)
        manner = habits(index, self._plan)
        if manner.protocol == 1:
            kind = self._rng.choice(("FETCH_CANDLES", "SYNC_TRADES"))
        elif manner.mode == "mt4":
            kind = self._rng.choice(("PING", "SYNC_TRADES", "FETCH_CANDLES", "CLOSE"))
        else:
            kind = self._rng.choice(("OPEN", "OPEN", "OPEN", "CLOSE", "PING", "SYNC_TRADES", "FETCH_CANDLES"))
        return Wish(uuid4(), index, kind, _payload(kind, self._rng), time.monotonic())


def states(rows: Rows, ids: Sequence[str]) -> dict[str, tuple[str, int, bool]]:
    """Return state, attempts and whether it expired, of each of these commands that exists.

    Asks again for a while: the database may have been killed a moment ago.
    """
    from django.db import DatabaseError, connections

    until_s = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return _states(rows, ids)
        except DatabaseError:
            if time.monotonic() > until_s:
                raise
            connections.close_all()
            time.sleep(_REST_S)


def _states(rows: Rows, ids: Sequence[str]) -> dict[str, tuple[str, int, bool]]:
    from metafleet.hub.fleet.models import Command
    from metafleet.hub.kernel.tenancy import tenant_scope

    found: dict[str, tuple[str, int, bool]] = {}
    with tenant_scope(rows.tenant_id):
        for start in range(0, len(ids), 5_000):
            known = Command.objects.filter(id__in=ids[start : start + 5_000])
            for key, state, attempt, expires_at, finished_at in known.values_list(
                "id", "state", "attempt", "expires_at", "finished_at"
            ):
                has_expired = bool(expires_at and finished_at and finished_at >= expires_at)
                found[str(key)] = (state, attempt, has_expired)
    return found


def _payload(kind: str, rng: random.Random) -> dict[str, Any]:
    match kind:
        case "OPEN":
            symbol = rng.choice(("EURUSD", "GBPUSD", "XAUUSD", "NOSUCH"))
            # Some are retried once, some for ever: the broker of the simulation is "busy".
            comment = rng.choice(("", "", "", "", "busy:1", "busy:9"))
            return {"symbol": symbol, "side": rng.choice(("buy", "sell")), "volume": 0.1, "comment": comment}
        case "CLOSE":
            return {"ticket": rng.randint(1, 999)}
        case "FETCH_CANDLES":
            start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=rng.randint(2, 48))
            return {
                "symbol": "EURUSD",
                "timeframe": "1m",
                "from": start.isoformat(),
                "to": (start + timedelta(hours=1)).isoformat(),
                "tradeId": str(uuid4()),
            }
        case _:
            return {}
