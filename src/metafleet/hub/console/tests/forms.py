"""What the console's tests send, and a broker's answer to it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, TypeAlias

from django.test import Client

from metafleet.hub.fleet.accounts import AccountFacts

Opened: TypeAlias = list[dict[str, Any]]


def send(client: Client, method: str, address: str, form: dict[str, Any]) -> Any:
    return client.generic(method, address, json.dumps(form), content_type="application/json")


def post(client: Client, address: str, form: dict[str, Any]) -> Any:
    return send(client, "POST", address, form)


def facts(login: int) -> AccountFacts:
    """What the paper broker says of an account that it has just let us into."""
    return AccountFacts(
        login=login,
        server="metafleet-Paper",
        currency="USD",
        leverage=100,
        margin_mode="hedging",
        balance=Decimal("1000.00"),
        equity=Decimal("1000.00"),
        margin=Decimal(0),
        free_margin=Decimal("1000.00"),
    )
