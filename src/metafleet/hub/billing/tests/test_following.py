"""Events come late, twice and out of order: what is believed of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from metafleet.hub.billing import operations
from metafleet.hub.billing.models import Subscription, SubscriptionStatus
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.billing.providers.contract import SubscriptionSeen

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
TENANT = UUID(int=7)


def at(seconds: int) -> datetime:
    return T0 + timedelta(seconds=seconds)


def seen(said: int, plan: str = "gold", status: str = "active", ref: str = "sub_1", began: int = 0) -> Any:
    return SubscriptionSeen(
        ref=ref,
        customer_ref="cus_1",
        tenant_id=TENANT,
        plan=PlanCode(plan),
        status=SubscriptionStatus(status),
        period_ends_at=at(1000),
        cancels_at=None,
        started_at=at(began),
        said_at=at(said),
    )


@pytest.fixture
def row(monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """A tenant's first subscription; nothing of it is kept."""
    monkeypatch.setattr(Subscription, "save", lambda *_, **__: None)
    return Subscription(tenant_id=TENANT, plan="bronze", id=uuid4(), customer_ref="", subscription_ref="")


def follow(row: Subscription, *events: SubscriptionSeen) -> list[str]:
    return [operations.follow(row, provider="stripe", seen=item) for item in events]


def test_the_newest_of_one_subscription_counts_in_whatever_order_it_comes(row: Subscription) -> None:
    said = follow(row, seen(5), seen(9, "platinum"), seen(7, "bronze"), seen(8, status="cancelled"))
    assert said == ["", "", "Late: something newer is known", "Late: something newer is known"]
    assert (row.plan, row.status, row.provider, row.changed_at) == ("platinum", "active", "stripe", at(9))


def test_an_end_leaves_nothing_that_may_run_and_remembers_the_plan(row: Subscription) -> None:
    follow(row, seen(5, "platinum"), seen(6, "platinum", "cancelled"))
    assert operations.allowed_by(row).active_limit == 0
    assert row.plan == "platinum"


def test_who_is_late_with_paying_keeps_the_plan(row: Subscription) -> None:
    follow(row, seen(5), seen(6, status="past_due"))
    assert operations.allowed_by(row).code == "gold"


def test_a_new_subscription_takes_over_from_one_that_has_ended(row: Subscription) -> None:
    follow(row, seen(5), seen(6, status="cancelled"), seen(8, "platinum", ref="sub_2", began=7))
    assert (row.subscription_ref, row.plan, row.status) == ("sub_2", "platinum", "active")


def test_the_end_of_an_earlier_subscription_does_not_end_the_new_one(row: Subscription) -> None:
    said = follow(row, seen(5), seen(8, ref="sub_2", began=7), seen(9, status="cancelled"))
    assert said[-1] == "The end of a subscription that is not this desk's"
    assert (row.subscription_ref, row.status) == ("sub_2", "active")


def test_a_second_subscription_beside_a_living_one_is_told_to_the_operator(row: Subscription) -> None:
    said = follow(row, seen(5), seen(6, "platinum", ref="sub_2", began=4))
    assert said[-1] == "A second subscription beside sub_1: cancel one of them at stripe"
    assert row.plan == "gold"


def test_the_operators_plan_outlives_the_end_of_what_was_paid_before(row: Subscription) -> None:
    follow(row, seen(5), seen(6, status="cancelled"))
    operations.set_by_hand(row, plan=PlanCode.PLATINUM)
    said = follow(row, seen(7, status="cancelled"), seen(4))
    assert said == ["The operator set a plan since", "Late: something newer is known"]
    assert (row.plan, row.provider, row.status) == ("platinum", "manual", "active")


@pytest.mark.parametrize(
    ("item", "doubtful"),
    [
        (seen(5), True),
        (seen(6), False),
        (seen(4), False),
        (seen(5, ref="sub_2"), True),
        (seen(6, ref="sub_2"), False),
        (seen(4, status="cancelled", ref="sub_2"), False),
    ],
)
def test_the_provider_is_asked_where_instants_do_not_say_what_came_last(
    row: Subscription, item: SubscriptionSeen, doubtful: bool
) -> None:
    assert not operations.is_doubtful(row, item)
    follow(row, seen(5))
    assert operations.is_doubtful(row, item) is doubtful
