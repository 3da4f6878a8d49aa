"""What a change of plan does to EAs: whom it pauses, what it leaves alone, what it says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.errors import PaysAlready, SubscriptionEnded
from metafleet.hub.billing.models import Subscription
from metafleet.hub.billing.plans import PlanCode
from metafleet.hub.catalogue.models import EATemplate
from metafleet.hub.fleet import operations, places, plans, queries
from metafleet.hub.fleet.errors import PlanLimitReached, TemplateNotInPlan
from metafleet.hub.fleet.models import EAInstance, PauseMode
from metafleet.hub.fleet.tests.world import World, running
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

pytestmark = pytest.mark.usefixtures("catalogue")
SYMBOLS = ("EURUSD", "GBPUSD", "USDJPY")


def three(alice: Person) -> list[UUID]:
    """Three EAs of Alice's, oldest first."""
    account = connect(alice)
    return [deploy(alice, account, symbol=symbol).id for symbol in SYMBOLS]


def change(person: Person, plan: str, reason: str = "") -> plans.PlanChange:
    with tenant_scope(person.tenant_id):
        return plans.set_plan(
            tenant_id=person.tenant_id, plan=PlanCode(plan), actor="op@example.com", reason=reason, now=NOW
        )


def row(person: Person, instance_id: UUID) -> EAInstance:
    with tenant_scope(person.tenant_id):
        return EAInstance.objects.get(id=instance_id)


def act(verb: Any, person: Person, instance_id: UUID, **wishes: Any) -> Any:
    with tenant_scope(person.tenant_id):
        return verb(
            instance_id=instance_id, tenant_id=person.tenant_id, actor=person.email, now=NOW, **wishes
        )


def test_a_downgrade_pauses_the_newest_above_the_limit_and_says_so(alice: Person) -> None:
    oldest, *others = three(alice)
    answer = change(alice, "bronze", reason="Asked by phone")
    assert [item.instance.id for item in answer.paused] == others
    assert row(alice, oldest).desired_state == "running"
    for instance_id in others:
        paused = row(alice, instance_id)
        assert (paused.desired_state, paused.pause_mode, paused.paused_by) == ("paused", "hold", "plan")
        assert paused.pause_reason == "The Bronze plan allows 1 active EA"
        assert paused.status_text == "The Bronze plan allows 1 active EA"
        assert (paused.reconcile_due_at, paused.paused_until) == (NOW, None)
    with tenant_scope(alice.tenant_id):
        said = AuditEntry.objects.get(action="plan.changed")
        assert said.detail == {"from": "Gold", "paused": 2, "reason": "Asked by phone"}
        assert AuditEntry.objects.filter(action="instance.paused", subject_id__in=others).count() == 2


def test_what_the_plan_has_paused_takes_no_place_and_is_resumed_only_into_one(alice: Person) -> None:
    oldest, middle, newest = three(alice)
    change(alice, "bronze")
    with tenant_scope(alice.tenant_id):
        assert queries.places_used(tenant_id=alice.tenant_id) == (3, 1)
    with pytest.raises(PlanLimitReached, match="1 active"):
        act(operations.resume, alice, middle)
    act(operations.stop, alice, oldest, close_positions=False)
    act(operations.resume, alice, middle)
    assert row(alice, middle).desired_state == "running"
    with pytest.raises(PlanLimitReached, match="1 active"):
        act(operations.resume, alice, newest)


def test_pausing_again_by_hand_opens_no_way_around_the_limit(alice: Person) -> None:
    _, _, newest = three(alice)
    change(alice, "bronze")
    act(operations.pause, alice, newest)
    with pytest.raises(PlanLimitReached, match="1 active"):
        act(operations.resume, alice, newest)
    assert row(alice, newest).desired_state == "paused"


def test_a_persons_pause_within_the_limit_keeps_its_place(alice: Person) -> None:
    oldest, *_ = three(alice)
    act(operations.pause, alice, oldest)
    with tenant_scope(alice.tenant_id):
        assert queries.places_used(tenant_id=alice.tenant_id) == (3, 3)
    act(operations.resume, alice, oldest)
    assert row(alice, oldest).desired_state == "running"


def test_a_persons_pause_above_the_limit_stays_as_strict_and_stays_theirs(alice: Person) -> None:
    *_, newest = three(alice)
    act(operations.pause, alice, newest)
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=newest).update(
            pause_mode=PauseMode.FREEZE,
            paused_by=alice.email,
            paused_by_person=True,
            pause_reason="News at 14:30",
            paused_until=NOW + timedelta(hours=1),
        )
    change(alice, "bronze")
    paused = row(alice, newest)
    assert (paused.pause_mode, paused.paused_by, paused.paused_by_person) == ("freeze", "plan", True)
    assert paused.paused_until is None
    expected = "The Bronze plan allows 1 active EA; paused before by alice@example.com: News at 14:30"
    assert paused.pause_reason == expected


def test_an_upgrade_makes_room_and_resumes_nothing_by_itself(alice: Person) -> None:
    _, middle, _ = three(alice)
    change(alice, "bronze")
    assert change(alice, "platinum").paused == ()
    assert row(alice, middle).desired_state == "paused"
    act(operations.resume, alice, middle)
    resumed = row(alice, middle)
    assert (resumed.desired_state, resumed.paused_by, resumed.pause_reason) == ("running", "", "")


def test_the_same_plan_twice_changes_nothing_more(alice: Person) -> None:
    three(alice)
    change(alice, "bronze")
    assert change(alice, "bronze").paused == ()
    with tenant_scope(alice.tenant_id):
        assert AuditEntry.objects.filter(action="instance.paused").count() == 2
        assert AuditEntry.objects.filter(action="plan.changed").count() == 1


def test_a_template_beyond_the_plan_pauses_and_is_not_resumed(alice: Person) -> None:
    oldest, *_ = three(alice)
    EATemplate.objects.filter(slug="trend-following").update(required_plan="gold")
    change(alice, "bronze")
    assert row(alice, oldest).pause_reason == "Trend Following needs the Gold plan, and this is Bronze"
    with pytest.raises(TemplateNotInPlan, match="needs the Gold plan and you are on Bronze"):
        act(operations.resume, alice, oldest)


def test_nothing_runs_on_a_subscription_that_has_ended(alice: Person) -> None:
    oldest, *_ = three(alice)
    act(operations.stop, alice, oldest, close_positions=False)
    with tenant_scope(alice.tenant_id):
        Subscription.objects.update(status="cancelled")
    with pytest.raises(SubscriptionEnded, match="Choose a plan"):
        act(operations.resume, alice, oldest)
    with pytest.raises(SubscriptionEnded):
        deploy(alice, connect(alice, login=5002, label="Second"))


def test_an_operators_word_does_not_override_who_pays(alice: Person) -> None:
    with tenant_scope(alice.tenant_id):
        Subscription.objects.update(provider="stripe")
    with pytest.raises(PaysAlready, match="Cancel it there first"):
        change(alice, "bronze")
    with tenant_scope(alice.tenant_id):
        assert billing.plan_of(tenant_id=alice.tenant_id).code == "gold"


def at_once(*verbs: Callable[[], object]) -> list[object]:
    """Run the verbs in threads of their own at the same moment; return what each gave, or its refusal."""
    outcomes: list[object] = [None] * len(verbs)
    start = threading.Barrier(len(verbs))

    def run(index: int, verb: Callable[[], object]) -> None:
        start.wait()
        try:
            outcomes[index] = verb()
        except Refused as refusal:
            outcomes[index] = refusal
        finally:
            connection.close()

    racers = [threading.Thread(target=run, args=each) for each in enumerate(verbs)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return outcomes


def newcomer(email: str) -> Person:
    from metafleet.hub.catalogue.operations import publish_shipped_templates

    publish_shipped_templates(now=NOW)
    return sign_up(email, plan="gold")


def active(person: Person) -> int:
    with tenant_scope(person.tenant_id):
        return EAInstance.objects.filter(places.HOLDS_A_PLACE).count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_changes_at_once_leave_one_plan_and_its_limit_kept(attempt: int) -> None:
    person = newcomer(f"two-{attempt}@example.com")
    three(person)
    at_once(lambda: change(person, "bronze"), lambda: change(person, "platinum"))
    with tenant_scope(person.tenant_id):
        plan = billing.plan_of(tenant_id=person.tenant_id)
        last = AuditEntry.objects.filter(action="plan.changed").order_by("created_at", "id").last()
    assert plan.code in {"bronze", "platinum"}
    assert last is not None
    assert active(person) <= plan.active_limit
    assert active(person) == 1, "bronze paused two, before or after; nothing resumes them"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_a_deploy_or_a_resume_beside_a_downgrade_never_goes_above_the_limit(attempt: int) -> None:
    person = newcomer(f"beside-{attempt}@example.com")
    account = connect(person)
    first, second = (deploy(person, account, symbol=symbol) for symbol in SYMBOLS[:2])
    act(operations.stop, person, second.id, close_positions=False)
    outcomes = at_once(
        lambda: change(person, "bronze"),
        lambda: deploy(person, account, symbol=SYMBOLS[2]),
        lambda: act(operations.resume, person, second.id),
    )
    assert isinstance(outcomes[0], plans.PlanChange)
    assert active(person) == 1
    assert row(person, first.id).desired_state == "running", "the oldest keeps its place"
    for outcome in outcomes[1:]:
        assert isinstance(outcome, EAInstance | PlanLimitReached)


def test_a_start_gets_its_plans_share_of_the_machine(world: World) -> None:
    running(world)
    with tenant_scope(world.person.tenant_id):
        template = EATemplate.objects.get(slug="trend-following")
        assert (float(template.cpu), template.memory_mb) == (0.25, 256)
    (spec,) = world.driver.started
    assert (spec.cpu, spec.memory_mb) == (0.375, 384)


def test_a_runner_that_the_plan_pauses_is_told_to_hold(world: World) -> None:
    running(world)
    with tenant_scope(world.person.tenant_id):
        EATemplate.objects.update(required_plan="gold")
    change(world.person, "bronze")
    world.reconcile(timedelta(seconds=1))
    assert "PAUSE" in world.commands()
    assert world.instance().paused_by == places.PLAN
