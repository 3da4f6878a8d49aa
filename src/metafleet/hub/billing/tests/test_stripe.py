"""Stripe: what we ask of it, which of its events are believed, and what they are read as."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from metafleet.hub.billing.errors import EventNotPlaced, EventRefused, ProviderFailed
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.billing.providers.contract import Purchase
from metafleet.hub.billing.providers.stripe import Stripe, from_settings
from metafleet.hub.billing.tests.stripe_fake import FakeStripe, event, signature, subscription
from tests.cast import NOW

TENANT = UUID("6a1c2e6e-5a5b-4c6e-9d0f-3b7a8f0c1d2e")
PURCHASE = Purchase(TENANT, PlanCode.GOLD, "alice@example.com", "", "https://fleet.test/plans")


@pytest.fixture
def shop(stripe_here: FakeStripe) -> Stripe:
    return from_settings()


def read(shop: Stripe, about: dict[str, Any], **changes: Any) -> Any:
    body = event(about, at=2_000_000, **changes)
    return shop.read_event(body, signature(body, NOW), now=NOW)


def test_a_checkout_names_price_tenant_and_the_way_back(shop: Stripe, stripe_here: FakeStripe) -> None:
    assert shop.checkout(PURCHASE, now=NOW).url == "https://checkout.test/1"
    ((path, form),) = stripe_here.asked
    assert path == "/v1/checkout/sessions"
    assert form == {
        "mode": "subscription",
        "line_items[0][price]": "price_g",
        "line_items[0][quantity]": "1",
        "client_reference_id": str(TENANT),
        "subscription_data[metadata][metafleet_tenant]": str(TENANT),
        "success_url": "https://fleet.test/plans?paid=gold",
        "cancel_url": "https://fleet.test/plans",
        "customer_email": "alice@example.com",
    }


def test_a_double_click_gets_the_same_page_and_another_plan_another(shop: Stripe) -> None:
    first = shop.checkout(PURCHASE, now=NOW)
    assert shop.checkout(PURCHASE, now=NOW + timedelta(seconds=2)) == first
    assert shop.checkout(replace(PURCHASE, plan=PlanCode.PLATINUM), now=NOW) != first


def test_a_known_customer_buys_as_that_customer(shop: Stripe, stripe_here: FakeStripe) -> None:
    shop.checkout(replace(PURCHASE, customer_ref="cus_1"), now=NOW)
    form = stripe_here.asked[0][1]
    assert form["customer"] == "cus_1"
    assert "customer_email" not in form


def test_the_portal_is_the_customers_own(shop: Stripe, stripe_here: FakeStripe) -> None:
    assert shop.portal("cus_1", return_url="https://fleet.test/plans") == "https://portal.test/1"
    expected = {"customer": "cus_1", "return_url": "https://fleet.test/plans"}
    assert stripe_here.asked == [("/v1/billing_portal/sessions", expected)]


def test_a_stripe_that_is_down_is_tried_again_later(
    shop: Stripe, stripe_here: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.001)
    stripe_here.is_down = True
    with pytest.raises(ProviderFailed, match="Nothing was charged; try again") as failure:
        shop.checkout(PURCHASE, now=NOW)
    assert (failure.value.permanent, failure.value.status) == (False, 503)


def test_a_price_that_stripe_does_not_know_is_the_operators_to_mend(
    shop: Stripe, stripe_here: FakeStripe, settings: Any
) -> None:
    settings.STRIPE_PRICES = {**settings.STRIPE_PRICES, "gold": "price_old"}
    with pytest.raises(ProviderFailed, match="No such price: 'price_old'") as failure:
        from_settings().checkout(PURCHASE, now=NOW)
    assert failure.value.permanent


def test_a_signed_event_is_read(shop: Stripe) -> None:
    seen = read(shop, subscription(TENANT, "gold", cancel_at_period_end=True)).seen
    assert (seen.ref, seen.customer_ref, seen.tenant_id) == ("sub_1", "cus_1", TENANT)
    assert (seen.plan, seen.status) == ("gold", "active")
    ends = datetime.fromtimestamp(3_000_000, UTC)
    assert (seen.period_ends_at, seen.cancels_at) == (ends, ends)
    assert seen.said_at == datetime.fromtimestamp(2_000_000, UTC)


def test_an_older_stripe_says_the_period_of_the_subscription(shop: Stripe) -> None:
    about = subscription(TENANT, "gold", current_period_end=4_000_000)
    del about["items"]["data"][0]["current_period_end"]
    assert read(shop, about).seen.period_ends_at == datetime.fromtimestamp(4_000_000, UTC)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("active", "active"),
        ("trialing", "active"),
        ("past_due", "past_due"),
        ("unpaid", "cancelled"),
        ("paused", "cancelled"),
        ("canceled", "cancelled"),
        ("incomplete_expired", "cancelled"),
    ],
)
def test_each_of_stripes_words_means_one_of_ours(shop: Stripe, said: str, means: str) -> None:
    assert read(shop, subscription(TENANT, "gold", said)).seen.status == means


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "incomplete"},
        {"status": "new_word"},
        {"metadata": {}},
        {"metadata": {"metafleet_tenant": "x"}},
    ],
)
def test_what_is_not_paid_yet_or_not_ours_changes_no_plan(shop: Stripe, changes: dict[str, Any]) -> None:
    assert read(shop, subscription(TENANT, "gold") | changes).seen is None


def test_other_kinds_change_no_plan(shop: Stripe) -> None:
    assert read(shop, subscription(TENANT, "gold"), kind="invoice.paid").seen is None


def test_an_unknown_price_is_refused_so_that_stripe_sends_it_again(shop: Stripe) -> None:
    with pytest.raises(EventNotPlaced, match=r"price_new is no plan's\. Name it in METAFLEET_STRIPE_PRICE_"):
        read(shop, subscription(TENANT, "price_new"))
    assert read(shop, subscription(TENANT, "price_new", "canceled")).seen.status == "cancelled"


BODY = event(subscription(TENANT, "gold"), at=2_000_000)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=" + "0" * 64,
        "t=abc,v1=00",
        f"t={int(NOW.timestamp())},v1=" + "0" * 64,
        f"t={int(NOW.timestamp())}," + signature(BODY, NOW).split(",")[1].replace("v1", "v0"),
        signature(BODY, NOW, secret="whsec_other"),
        signature(BODY + b" ", NOW),
        "t=٣,v1=00",
        "\x00",
    ],
)
def test_what_stripe_has_not_signed_is_refused(shop: Stripe, header: str) -> None:
    with pytest.raises(EventRefused, match="METAFLEET_STRIPE_WEBHOOK_SECRET"):
        shop.read_event(BODY, header, now=NOW)


@pytest.mark.parametrize("age", [timedelta(seconds=301), timedelta(seconds=-301), timedelta(days=400)])
def test_a_signature_from_another_time_is_refused(shop: Stripe, age: timedelta) -> None:
    with pytest.raises(EventRefused, match="more than 5 minutes"):
        shop.read_event(BODY, signature(BODY, NOW - age), now=NOW)
    assert shop.read_event(BODY, signature(BODY, NOW - timedelta(minutes=5)), now=NOW).seen


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"id": 1}',
        b'{"id": "e", "type": 3, "created": 1, "data": {"object": {}}}',
        b'{"id": "e", "type": "customer.subscription.updated", "created": 1e400, "data": {"object": {}}}',
        event(subscription(uuid4(), "gold"), at=99999999999999999),
        b"[" * 100_000,
        event({}, at=1),
        event(subscription(uuid4(), "gold", items={"data": []}), at=1),
        event(subscription(uuid4(), "gold", metadata=["a"]), at=1),
        event(subscription(uuid4(), "gold") | {"status": ["a"]}, at=1),
    ],
)
def test_a_signed_event_that_cannot_be_read_is_refused(shop: Stripe, body: bytes) -> None:
    with pytest.raises(EventRefused):
        shop.read_event(body, signature(body, NOW), now=NOW)
