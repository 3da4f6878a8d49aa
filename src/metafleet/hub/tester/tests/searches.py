"""Optimisations as somebody asks for them, and workers that do them here and now."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from metafleet.engine.tester.contract import Test
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import market_data
from metafleet.hub.tester import operations as backtests
from metafleet.hub.tester.models import Optimisation, TryBatch
from metafleet.hub.tester.optimising import conducting, making, operations
from metafleet.hub.tester.optimising.records import Range, Search
from tests.cast import NOW, Person

BEGIN = 1_704_758_400
END = 1_705_104_000
"""9 and 13 January 2024: days of the sample, by the server's clock."""

TWO = [
    Range(name="fast_period", begin="5", end="15", step="5"),
    Range(name="slow_period", begin="20", end="40", step="10"),
]
"""Nine combinations."""


def asked(
    ranges: list[Range] = TWO, slug: str = "trend-following", *, source: Any = "sample", **search: Any
) -> operations.Asked:
    """A search over four days of the sample; what is a field of the test goes there."""
    version = EAVersion.objects.filter(template__slug=slug).latest("created_at")
    own = {
        name: search.pop(name) for name in list(search) if name in Test.__struct_fields__ and name != "seed"
    }
    test = Test(**{"symbol": "EURUSD", "from_s": BEGIN, "to_s": END, "deposit": Decimal(10_000), **own})
    data = market_data.find(source=source, symbol="EURUSD")
    return operations.Asked(
        backtests.Wish(version, test, data), Search(ranges=ranges, **{"method": "grid", **search})
    )


def ask(person: Person, ranges: list[Range] = TWO, **options: Any) -> Optimisation:
    with tenant_scope(person.tenant_id):
        return operations.ask(
            tenant_id=person.tenant_id, actor=person.email, asked=asked(ranges, **options), now=NOW
        )


def conduct(person: Person, row: Optimisation) -> Optimisation:
    conducting.conduct(tenant_id=person.tenant_id, optimisation_id=row.id)
    return now_of(person, row)


def waiting(person: Person) -> list[UUID]:
    with tenant_scope(person.tenant_id):
        return list(TryBatch.objects.order_by("due_at", "created_at", "id").values_list("id", flat=True))


def work_on(person: Person, row: Optimisation, most: int = 1_000) -> Optimisation:
    """Do what there is to do, as a worker would, batch after batch, until it is over or so many are made."""
    found = conduct(person, row)
    while found.state == "running" and most > 0:
        for batch_id in waiting(person)[:most]:
            assert making.make(tenant_id=person.tenant_id, batch_id=batch_id)
            most -= 1
        found = conduct(person, row)
    return found


def now_of(person: Person, row: Optimisation) -> Optimisation:
    """The row as it is in the database."""
    with tenant_scope(person.tenant_id):
        return Optimisation.objects.select_related("version__template").get(id=row.id)
