"""What the gateway is given: read from the settings at the edge, arguments everywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from metafleet.hub.gateway.limits import Limit, read_limits

_SESSION: Final = "-c statement_timeout=8s -c idle_in_transaction_session_timeout=15s"
"""A statement that hangs gives its connection back before the sender gives up."""

CONNECTIONS: Final = 12
"""Of PostgreSQL's usual 100, for one gateway process; a write holds one for about a millisecond."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """`database`: psycopg's connection arguments, `listening`: those for hearing notices.

    `heartbeat_interval_s`: what terminals are asked for. `model_store`: where models' files are, "" for the
    database alone. `calendar`: a file of scheduled events, for models that look at one. `symbols`: which one
    a broker's name means, where an operator has said so.
    """

    database: Mapping[str, Any]
    listening: Mapping[str, Any]
    redis_url: str
    heartbeat_interval_s: int
    lease_s: int
    limits: Mapping[str, Limit]
    connections: int = CONNECTIONS
    metrics_token: str = ""
    model_store: str = ""
    calendar: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)


def from_settings() -> Configuration:
    """Read Django's settings, without setting Django up. Raises LimitsRefused."""
    from django.conf import settings

    return Configuration(
        database=connection_arguments(
            settings.DATABASES["default"], is_pooled=bool(settings.POOLED_DATABASE_URL)
        ),
        listening=connection_arguments(settings.LISTENING_DATABASE, is_pooled=False),
        redis_url=settings.REDIS_URL,
        heartbeat_interval_s=settings.HEARTBEAT_INTERVAL_S,
        lease_s=settings.LEASE_S,
        limits=read_limits(settings.GATEWAY_LIMITS, heartbeat_interval_s=settings.HEARTBEAT_INTERVAL_S),
        metrics_token=settings.METRICS_TOKEN,
        model_store=settings.MODEL_STORE,
        calendar=settings.MARKET_CALENDAR,
        symbols=settings.BRAIN_SYMBOLS,
    )


def connection_arguments(database: Mapping[str, Any], *, is_pooled: bool) -> dict[str, Any]:
    """Return psycopg's arguments for an entry of settings.DATABASES; the pool is our own.

    is_pooled: behind a pooler of transactions, which takes no options of a session and keeps no
    statement prepared for the next transaction.
    """
    options = {key: value for key, value in database["OPTIONS"].items() if key != "pool"}
    options["application_name"] = "metafleet-gateway"
    if is_pooled:
        options["prepare_threshold"] = None
    else:
        options["options"] = f"{options.get('options', '')} {_SESSION}".strip()
    named = {
        "dbname": database["NAME"],
        "user": database["USER"],
        "password": database["PASSWORD"],
        "host": database["HOST"],
        "port": database["PORT"],
    }
    return {"connect_timeout": 3, **options, **{key: value for key, value in named.items() if value}}
