"""Backtests as somebody asks for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from metafleet.engine.tester.contract import Test
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import market_data, operations
from metafleet.hub.tester.models import Backtest
from tests.cast import NOW, Person


def wish(slug: str = "trend-following", symbol: str = "EURUSD", **setup: Any) -> operations.Wish:
    """A wish for the newest version of an EA on the sample."""
    version = EAVersion.objects.filter(template__slug=slug).latest("created_at")
    test = Test(symbol=symbol, **{"deposit": Decimal(10_000), **setup})
    return operations.Wish(version, test, market_data.find(source="sample", symbol=symbol))


def ask(person: Person, slug: str = "trend-following", **setup: Any) -> Backtest:
    with tenant_scope(person.tenant_id):
        return operations.ask(
            tenant_id=person.tenant_id, actor=person.email, wish=wish(slug, **setup), now=NOW
        )


def now_of(person: Person, row: Backtest) -> Backtest:
    """The row as it is in the database."""
    with tenant_scope(person.tenant_id):
        return Backtest.objects.get(id=row.id)
