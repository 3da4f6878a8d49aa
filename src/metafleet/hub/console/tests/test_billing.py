"""Plans over the API: what is offered, who may buy, what Stripe's events do, what the operator may."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.billing.models import BillingEvent, Subscription
from metafleet.hub.billing.providers import provider
from metafleet.hub.billing.tests import stripe_fake
from metafleet.hub.billing.tests.stripe_fake import FakeStripe, event, signature, subscription
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.fleet import plans
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity.models import User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

WEBHOOK = "/api/billing/stripe/webhook"


@pytest.fixture
def shop(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with stripe_fake.fake_stripe() as fake:
        stripe_fake.sell_by(fake, settings)
        yield fake


@pytest.fixture
def operator(alice: Person, charlie: Person) -> Person:
    """Charlie keeps the installation running."""
    User.objects.filter(email=charlie.email).update(is_operator=True)
    return charlie


def post(client: Client, address: str, form: dict[str, Any]) -> Any:
    return client.post(address, json.dumps(form), content_type="application/json")


def send(body: bytes, header: str | None = None) -> Any:
    """Call the webhook as Stripe does: without a session, without a CSRF token."""
    signed = signature(body, NOW) if header is None else header
    client = Client(enforce_csrf_checks=True)
    return client.post(WEBHOOK, body, content_type="application/json", headers={"Stripe-Signature": signed})


def say(
    person: Person,
    at: int,
    plan: str,
    status: str = "active",
    ref: str = "",
    kind: str = "customer.subscription.updated",
    **changes: Any,
) -> str:
    """Send a signed event of this person's subscription; return what became of it."""
    answer = send(event(subscription(person.tenant_id, plan, status, **changes), at=at, ref=ref, kind=kind))
    assert answer.status_code == 200, answer.content
    outcome: str = answer.json()["outcome"]
    return outcome


def subscribed(person: Person) -> Subscription:
    with tenant_scope(person.tenant_id):
        return Subscription.objects.get()


def on_record(person: Person) -> list[tuple[str, dict[str, Any]]]:
    """What the record of deeds says of cancellations, oldest first."""
    with tenant_scope(person.tenant_id):
        found = AuditEntry.objects.filter(action__in=("plan.cancelled", "plan.kept")).order_by("created_at")
        return list(found.values_list("action", "detail"))


def desired(person: Person) -> list[str]:
    with tenant_scope(person.tenant_id):
        return [row.desired_state for row in EAInstance.objects.order_by("created_at")]


@pytest.mark.usefixtures("catalogue")
def test_the_offers_say_what_each_plan_would_mean_for_this_desk(alice: Person) -> None:
    account = connect(alice)
    names = [deploy(alice, account, symbol=symbol).name for symbol in ("EURUSD", "GBPUSD")]
    found = alice.client.get("/api/billing").json()
    assert (found["plan"], found["provider"], found["isCharged"]) == ("gold", "manual", False)
    bronze, gold, platinum = found["offers"]
    assert [item["name"] for item in bronze["pauses"]] == names[1:]
    assert gold["pauses"] == platinum["pauses"] == []
    assert (gold["priceUsdPerMonth"], gold["resourceClass"], gold["cpuFactor"]) == (79, "Medium", 1.5)
    templates = {row.name: row for row in EATemplate.objects.all()}
    for offer, factor in ((bronze, 1.0), (gold, 1.5), (platinum, 2.0)):
        assert [share["template"] for share in offer["shares"]] == offer["templates"]
        for share in offer["shares"]:
            asks = templates[share["template"]]
            assert (share["cpu"], share["memoryMb"]) == (float(asks.cpu) * factor, asks.memory_mb * factor)
    assert set(bronze["templates"]) < set(gold["templates"]) < set(platinum["templates"])
    assert set(platinum["templates"]) == {expert.name for expert in EXPERTS.values()}
    assert not any(offer["isSold"] for offer in found["offers"])


def test_where_the_operator_sets_plans_nothing_is_sold(alice: Person) -> None:
    answer = post(alice.client, "/api/billing/checkout", {"plan": "platinum"})
    assert answer.status_code == 409
    assert "The operator of this server sets plans" in answer.json()["detail"]
    assert Client().post(WEBHOOK, b"{}", content_type="application/json").status_code == 404


def test_an_owner_goes_to_the_providers_page(alice: Person, shop: FakeStripe) -> None:
    answer = post(alice.client, "/api/billing/checkout", {"plan": "platinum"})
    assert answer.json() == {"url": "https://checkout.test/1"}
    assert shop.asked[0][1]["success_url"] == "http://testserver/plans?paid=platinum"
    assert subscribed(alice).plan == "gold"


def test_only_the_owner_buys(alice: Person, bob: Person, shop: FakeStripe) -> None:
    for address, form in (("/api/billing/checkout", {"plan": "gold"}), ("/api/billing/portal", {})):
        answer = post(bob.client, address, form)
        assert answer.status_code == 403
        assert "Only the owner" in answer.json()["detail"]
    assert shop.asked == []


def test_a_plan_without_a_price_is_not_sold(alice: Person, shop: FakeStripe, settings: Any) -> None:
    settings.STRIPE_PRICES = {**settings.STRIPE_PRICES, "bronze": ""}
    sold = [offer["isSold"] for offer in alice.client.get("/api/billing").json()["offers"]]
    assert sold == [False, True, True]
    assert post(alice.client, "/api/billing/checkout", {"plan": "bronze"}).status_code == 409


def test_who_pays_already_is_sent_to_the_portal_instead(alice: Person, shop: FakeStripe) -> None:
    assert post(alice.client, "/api/billing/portal", {}).status_code == 409
    assert say(alice, 10, "gold") == "Gold, active"
    refusal = post(alice.client, "/api/billing/checkout", {"plan": "platinum"})
    assert refusal.status_code == 409
    assert "Manage payment" in refusal.json()["detail"]
    assert post(alice.client, "/api/billing/portal", {}).json() == {"url": "https://portal.test/1"}
    assert shop.asked == [
        ("/v1/billing_portal/sessions", {"customer": "cus_1", "return_url": "http://testserver/plans"})
    ]


def test_a_stripe_that_refuses_is_told_in_a_sentence(alice: Person, shop: FakeStripe, settings: Any) -> None:
    settings.STRIPE_API_KEY = "sk_wrong"
    answer = post(alice.client, "/api/billing/checkout", {"plan": "gold"})
    assert answer.status_code == 502
    assert "Tell the operator" in answer.json()["detail"]
    assert "sk_wrong" not in answer.json()["detail"]


@pytest.mark.usefixtures("catalogue")
def test_a_subscriptions_life_moves_the_plan_and_its_eas(alice: Person, shop: FakeStripe) -> None:
    account = connect(alice)
    for symbol in ("EURUSD", "GBPUSD"):
        deploy(alice, account, symbol=symbol)
    assert say(alice, 10, "platinum") == "Platinum, active"
    row = subscribed(alice)
    assert (row.provider, row.customer_ref, row.subscription_ref) == ("stripe", "cus_1", "sub_1")
    assert row.period_ends_at == datetime.fromtimestamp(3_000_000, UTC)
    assert say(alice, 20, "bronze") == "Bronze, active, 1 EAs paused"
    assert desired(alice) == ["running", "paused"]
    assert say(alice, 30, "bronze", "past_due") == "Bronze, past_due"
    assert desired(alice) == ["running", "paused"]
    assert say(alice, 40, "bronze", "canceled") == "No plan, cancelled, 1 EAs paused"
    assert desired(alice) == ["paused", "paused"]
    with tenant_scope(alice.tenant_id):
        actors = set(AuditEntry.objects.filter(action="plan.changed").values_list("actor", flat=True))
    assert actors == {"system:stripe"}


@pytest.mark.usefixtures("catalogue")
def test_who_cancels_in_the_portal_keeps_the_plan_until_its_end(alice: Person, shop: FakeStripe) -> None:
    account = connect(alice)
    instances = [deploy(alice, account, symbol=symbol) for symbol in ("EURUSD", "GBPUSD")]
    say(alice, 10, "platinum")
    for at, is_cancelled in ((20, True), (30, False), (40, True)):
        assert say(alice, at, "platinum", cancel_at_period_end=is_cancelled) == "Platinum, active"
        told = alice.client.get("/api/billing").json()
        assert (told["plan"], told["isCharged"], told["canManage"]) == ("platinum", True, True)
        assert told["cancelsAt"] == ("1970-02-04T17:20:00Z" if is_cancelled else None)
        assert desired(alice) == ["running", "running"]
    ends = {"ends": "1970-02-04T17:20:00+00:00"}
    assert on_record(alice) == [("plan.cancelled", ends), ("plan.kept", {}), ("plan.cancelled", ends)]
    ended: dict[str, Any] = {"kind": "customer.subscription.deleted", "cancel_at_period_end": True}
    assert say(alice, 3_000_000, "platinum", "canceled", **ended) == "No plan, cancelled, 2 EAs paused"
    assert say(alice, 50, "platinum") == "Late: something newer is known"
    told = alice.client.get("/api/billing").json()
    assert (told["status"], told["isCharged"], told["canManage"]) == ("cancelled", False, True)
    assert (told["periodEndsAt"], told["cancelsAt"]) == (None, None)
    assert desired(alice) == ["paused", "paused"]
    refusal = post(alice.client, f"/api/instances/{instances[0].id}/resume", {})
    assert refusal.status_code == 409
    assert "subscription has ended" in refusal.json()["detail"]


@pytest.mark.usefixtures("catalogue")
def test_who_ends_it_at_once_and_buys_again_resumes_what_they_want(alice: Person, shop: FakeStripe) -> None:
    row = deploy(alice, connect(alice))
    say(alice, 10, "gold")
    ended = {"kind": "customer.subscription.deleted"}
    assert say(alice, 20, "gold", "canceled", **ended) == "No plan, cancelled, 1 EAs paused"
    answer = post(alice.client, "/api/billing/checkout", {"plan": "gold"})
    assert (answer.status_code, shop.asked[-1][1]["customer"]) == (200, "cus_1")
    again: dict[str, Any] = {"kind": "customer.subscription.created", "id": "sub_2", "created": 30}
    assert say(alice, 30, "gold", **again) == "Gold, active"
    assert say(alice, 40, "gold", "canceled", **ended) == "The end of a subscription that is not this desk's"
    assert desired(alice) == ["paused"]
    assert post(alice.client, f"/api/instances/{row.id}/resume", {}).status_code == 202
    assert desired(alice) == ["running"]


def test_an_event_is_handled_once_and_old_ones_change_nothing(alice: Person, shop: FakeStripe) -> None:
    assert say(alice, 20, "platinum", ref="evt_a") == "Platinum, active"
    assert say(alice, 20, "platinum", ref="evt_a") == "Handled before"
    assert say(alice, 10, "bronze") == "Late: something newer is known"
    assert subscribed(alice).plan == "platinum"
    assert [row.outcome for row in BillingEvent.objects.order_by("created_at")] == [
        "Platinum, active",
        "Late: something newer is known",
    ]


def test_two_events_of_one_second_are_settled_by_asking(alice: Person, shop: FakeStripe) -> None:
    say(alice, 10, "gold", ref="evt_a")
    shop.subscriptions["sub_1"] = subscription(alice.tenant_id, "platinum")
    assert say(alice, 10, "bronze", ref="evt_b") == "Platinum, active"
    assert [path for path, _ in shop.asked] == ["/v1/subscriptions/sub_1"]


def test_while_stripe_cannot_be_asked_the_event_is_left_for_later(
    alice: Person, shop: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.001)
    say(alice, 10, "gold", ref="evt_a")
    shop.is_down = True
    body = event(subscription(alice.tenant_id, "bronze"), at=10, ref="evt_b")
    assert send(body).status_code == 503
    assert not BillingEvent.objects.filter(event_ref="evt_b").exists()
    shop.is_down, shop.subscriptions["sub_1"] = False, subscription(alice.tenant_id, "bronze")
    assert send(body).json() == {"outcome": "Bronze, active"}


def test_a_subscription_whose_end_was_not_told_is_asked_after(alice: Person, shop: FakeStripe) -> None:
    say(alice, 10, "platinum")
    ends = datetime.fromtimestamp(3_000_000, UTC)
    assert plans.catch_up(provider(), now=ends + timedelta(hours=1)) == 0
    shop.subscriptions["sub_1"] = subscription(alice.tenant_id, "platinum", "canceled")
    assert plans.catch_up(provider(), now=ends + timedelta(hours=3)) == 1
    assert subscribed(alice).status == "cancelled"
    assert plans.catch_up(provider(), now=ends + timedelta(hours=4)) == 0


def test_one_that_cannot_be_asked_after_is_asked_after_again(alice: Person, shop: FakeStripe) -> None:
    say(alice, 10, "platinum")
    assert plans.catch_up(provider(), now=NOW) == plans.catch_up(provider(), now=NOW) == 1
    assert subscribed(alice).status == "active"


def bought(person: Person, shop: FakeStripe) -> None:
    """Go to Stripe's page and pay; no event of it ever comes."""
    assert post(person.client, "/api/billing/checkout", {"plan": "platinum"}).status_code == 200
    shop.sessions["cs_1"] |= {"status": "complete", "subscription": "sub_1"}
    shop.subscriptions["sub_1"] = subscription(person.tenant_id, "platinum")


def test_a_first_purchase_of_which_no_event_comes_is_asked_after(alice: Person, shop: FakeStripe) -> None:
    bought(alice, shop)
    assert plans.catch_up_purchases(provider(), now=NOW) == 0
    assert plans.catch_up_purchases(provider(), now=NOW + timedelta(minutes=1)) == 1
    row = subscribed(alice)
    assert (row.plan, row.provider, row.subscription_ref) == ("platinum", "stripe", "sub_1")
    assert (row.checkout_ref, row.checkout_due_at) == ("", None)
    assert plans.catch_up_purchases(provider(), now=NOW + timedelta(minutes=2)) == 0
    assert say(alice, 10, "platinum") == "Late: something newer is known"


def test_a_page_that_nobody_paid_at_is_asked_after_until_it_ends(alice: Person, shop: FakeStripe) -> None:
    post(alice.client, "/api/billing/checkout", {"plan": "platinum"})
    now = NOW + timedelta(minutes=1)
    assert plans.catch_up_purchases(provider(), now=now) == 1
    assert subscribed(alice).checkout_due_at == now + timedelta(minutes=1)
    later = NOW + timedelta(hours=2)
    plans.catch_up_purchases(provider(), now=later)
    assert subscribed(alice).checkout_due_at == later + timedelta(minutes=15)
    shop.sessions["cs_1"]["status"] = "expired"
    assert plans.catch_up_purchases(provider(), now=later + timedelta(minutes=15)) == 1
    assert (subscribed(alice).plan, subscribed(alice).checkout_due_at) == ("gold", None)


def test_an_event_that_comes_after_all_ends_the_asking(alice: Person, shop: FakeStripe) -> None:
    bought(alice, shop)
    say(alice, 10, "platinum")
    assert plans.catch_up_purchases(provider(), now=NOW + timedelta(minutes=1)) == 0


def test_while_stripe_is_down_a_purchase_is_asked_after_again(alice: Person, shop: FakeStripe) -> None:
    bought(alice, shop)
    shop.is_down = True
    now = NOW + timedelta(minutes=1)
    assert plans.catch_up_purchases(provider(), now=now) == 1
    assert subscribed(alice).checkout_due_at == now + timedelta(minutes=1)
    shop.is_down = False
    plans.catch_up_purchases(provider(), now=now + timedelta(minutes=1))
    assert subscribed(alice).plan == "platinum"


def test_an_event_about_nobody_here_is_noted_and_done_with(alice: Person, shop: FakeStripe) -> None:
    stranger = Person("x", type(alice.tenant_id)(int=9), alice.client)
    assert say(stranger, 10, "gold") == "No desk here has this id"
    assert send(event({}, at=11, kind="invoice.paid")).json() == {"outcome": "It changes no plan"}
    assert BillingEvent.objects.count() == 2


def test_what_stripe_did_not_sign_changes_nothing(alice: Person, shop: FakeStripe) -> None:
    body = event(subscription(alice.tenant_id, "platinum"), at=10)
    for header in ("", signature(body, NOW, secret="guess"), signature(body, NOW - timedelta(minutes=6))):
        answer = send(body, header)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
    assert subscribed(alice).plan == "gold"
    assert not BillingEvent.objects.exists()


def test_a_price_that_is_not_set_up_yet_is_sent_again(alice: Person, shop: FakeStripe) -> None:
    body = event(subscription(alice.tenant_id, "price_new"), at=10)
    assert send(body).status_code == 409
    assert not BillingEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_event_twice_at_once_is_handled_once(shop: FakeStripe) -> None:
    person = sign_up("twice@example.com")
    body = event(subscription(person.tenant_id, "platinum"), at=10)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def deliver() -> None:
        start.wait()
        answer = send(body)
        outcomes.append(answer.json().get("outcome", str(answer.status_code)))
        connection.close()

    senders = [threading.Thread(target=deliver) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    # The later one either finds it handled, or the row moved beneath it and is sent again.
    assert outcomes.count("Platinum, active") == 1
    assert BillingEvent.objects.count() == 1


@pytest.mark.usefixtures("catalogue")
def test_an_operator_sets_a_plan_and_hears_whom_it_paused(alice: Person, operator: Person) -> None:
    account = connect(alice)
    newest = [deploy(alice, account, symbol=symbol) for symbol in ("EURUSD", "GBPUSD")][-1]
    address = f"/api/operator/tenants/{alice.tenant_id}/plan"
    answer = post(operator.client, address, {"plan": "bronze", "reason": "Trial is over"})
    paused = {
        "instanceId": str(newest.id),
        "name": newest.name,
        "reason": "The Bronze plan allows 1 active EA",
    }
    assert answer.json() == {"plan": "bronze", "paused": [paused]}
    assert desired(alice) == ["running", "paused"]
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.get(action="plan.changed").actor == operator.email


def test_an_operator_finds_customers(alice: Person, operator: Person) -> None:
    (found,) = operator.client.get("/api/operator/tenants?q=ALICE").json()
    assert (found["id"], found["plan"], found["instances"]) == (str(alice.tenant_id), "gold", 0)
    assert len(operator.client.get("/api/operator/tenants?limit=1").json()) == 1
    assert operator.client.get("/api/operator/tenants?limit=201").status_code == 400


def test_to_others_the_operators_addresses_are_not_there(alice: Person, charlie: Person) -> None:
    address = f"/api/operator/tenants/{charlie.tenant_id}/plan"
    assert post(charlie.client, address, {"plan": "platinum"}).status_code == 404
    assert alice.client.get("/api/operator/tenants").status_code == 404
    assert subscribed(charlie).plan == "platinum"


def test_a_customer_that_is_none_and_a_plan_that_is_none_are_told_apart(operator: Person) -> None:
    nobody = "/api/operator/tenants/00000000-0000-0000-0000-000000000009/plan"
    assert post(operator.client, nobody, {"plan": "gold"}).status_code == 404
    answer = post(operator.client, nobody, {"plan": "diamond"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/plan"
