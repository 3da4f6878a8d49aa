"""What hosts cost, shared among those whose EAs they carry."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.fleet import costs
from metafleet.hub.fleet.costs import Use, share_out
from metafleet.hub.fleet.models import Host
from tests.cast import Person, connect, deploy


def use(number: int, *, accounts: int, weight: int, plan: str = "gold") -> Use:
    return Use(UUID(int=number), f"tenant {number}", PlanCode(plan), accounts, accounts, weight)


def test_the_cost_is_shared_by_what_eas_may_use_and_sums_to_the_whole() -> None:
    bill = share_out(Decimal("0.25"), [use(1, accounts=1, weight=256), use(2, accounts=3, weight=768)])
    assert (bill.usd_per_day, bill.accounts) == (Decimal("6.0000"), 4)
    assert bill.usd_per_account_day == Decimal("1.5000")
    large, small = bill.tenants
    assert (large.usd_per_day, large.usd_per_account_day) == (Decimal("4.5000"), Decimal("1.5000"))
    assert (small.usd_per_day, small.usd_per_account_day) == (Decimal("1.5000"), Decimal("1.5000"))


def test_what_a_customer_pays_for_each_account_and_day_is_the_plans_price() -> None:
    (one,) = share_out(Decimal(0), [use(1, accounts=2, weight=1)]).tenants
    assert one.price_per_account_day == Decimal("1.2977")  # 79 / 30.4375 / 2


def test_a_customer_sees_what_the_plan_costs_for_each_account_that_it_uses(
    alice: Person, charlie: Person, catalogue: None
) -> None:
    assert alice.client.get("/api/costs").json() == {"accounts": 0, "usdPerAccountDay": None}
    account = connect(alice)
    deploy(alice, account)
    deploy(alice, account, symbol="GBPUSD")
    assert alice.client.get("/api/costs").json() == {"accounts": 1, "usdPerAccountDay": 2.5955}
    assert charlie.client.get("/api/costs").json()["accounts"] == 0


def test_without_an_ea_nobody_bears_the_cost() -> None:
    bill = share_out(Decimal("0.25"), [])
    assert (bill.usd_per_day, bill.usd_per_account_day, bill.tenants) == (Decimal("6.0000"), None, [])


def test_costs_are_of_the_hosts_that_stand_and_the_eas_that_are_active(
    alice: Person, charlie: Person, catalogue: None
) -> None:
    for name, state in (("a", "active"), ("b", "draining"), ("c", "gone")):
        Host.objects.create(
            name=name, driver="docker", cpu=2, memory_mb=1, state=state, usd_per_hour=Decimal("0.5")
        )
    account = connect(alice)
    deploy(alice, account)
    deploy(alice, account, symbol="GBPUSD")
    bill = costs.costs()
    assert (bill.usd_per_hour, bill.accounts, bill.eas) == (Decimal("1.0000"), 1, 2)
    assert [(one.use.tenant, one.use.eas, one.usd_per_day) for one in bill.tenants] == [
        ("alice@example.com", 2, Decimal("24.0000"))
    ]
