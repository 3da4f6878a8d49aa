"""Verbs on EA instances: each decides, in one transaction, what is wanted.

What is wanted becomes so by `reconcile`. Rows are locked in one order:
subscription, account, instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.catalogue import operations as catalogue
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet import commands, pauses, places
from metafleet.hub.fleet.drivers import driver
from metafleet.hub.fleet.errors import (
    NotIsolated,
    SymbolTaken,
    SymbolUnknown,
    TemplateNotInPlan,
    WrongState,
)
from metafleet.hub.fleet.models import (
    DesiredState,
    EAInstance,
    InstanceState,
    PauseMode,
    Terminal,
)
from metafleet.hub.kernel import live, nudges
from metafleet.hub.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asks to be deployed."""

    template: EATemplate
    version: EAVersion
    account_id: UUID
    symbol: str
    name: str
    inputs: dict[str, Any]


def check(*, tenant_id: UUID, order: Order) -> dict[str, Any]:
    """Return the inputs as they would run. Raises what `deploy` would raise; writes nothing."""
    plan = billing.plan_of(tenant_id=tenant_id)
    account = places.find_account(tenant_id, order.account_id)
    inputs = _check_order(plan, order)
    places.check_place(tenant_id, plan)
    if places.is_symbol_taken(account, order.symbol):
        raise SymbolTaken(order.symbol, account.label)
    _check_isolated(order.version)
    return inputs


def deploy(*, tenant_id: UUID, actor: str, order: Order, now: datetime) -> EAInstance:
    """Want an EA to run on an account and symbol.

    Raises TemplateNotInPlan, PlanLimitReached, SymbolUnknown, SymbolTaken, Malformed for
    inputs outside their schema, NotReleased, NotIsolated, NotFound for an account that is not the tenant's.
    """
    plan = billing.lock_plan(tenant_id=tenant_id)
    account = places.find_account(tenant_id, order.account_id, lock=True)
    inputs = _check_order(plan, order)
    places.check_place(tenant_id, plan)
    _check_isolated(order.version)
    instance = EAInstance(
        id=uuid4(),
        tenant_id=tenant_id,
        account=account,
        template=order.template,
        version=order.version,
        symbol=order.symbol,
        name=order.name or f"{order.template.name} {order.symbol}",
        magic=places.next_magic(account),
        inputs=inputs,
        desired_state=DesiredState.RUNNING,
        state=InstanceState.DEPLOYING,
        status_text="Waiting for its turn",
        wanted_at=now,
    )
    _save_new(instance)
    Terminal.objects.create(
        tenant_id=tenant_id, account=account, instance=instance, platform=account.platform
    )
    _record(instance, actor, "instance.deployed", now, {"symbol": instance.symbol, "inputs": inputs})
    _wake(instance, now)
    return instance


def pause(
    *, instance_id: UUID, tenant_id: UUID, actor: str, now: datetime, wish: pauses.Wish = pauses.HOLD
) -> EAInstance:
    """Want it paused as wished; what is paused already is paused so from now on.

    Its runner hears of it at once. Raises WrongState for one that is stopped, Malformed for a
    time that has passed.
    """
    pauses.check(wish, now)
    instance = lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    if instance.desired_state == DesiredState.STOPPED:
        raise WrongState(f"{instance.name} is stopped, so there is nothing to pause. Start it first.")
    stands = pauses.put(instance, wish, actor)
    if stands.mode == PauseMode.FLATTEN:
        # What crashed must be up again to close its positions, however often it has crashed.
        instance.crash_count, instance.next_attempt_at = 0, None
    _want(instance, DesiredState.PAUSED, actor, now)
    _record(instance, actor, "instance.paused", now, pauses.said(wish))
    return instance


def resume(
    *, instance_id: UUID, tenant_id: UUID, actor: str, now: datetime, lifter: pauses.Lifter = "person"
) -> EAInstance:
    """Want it to trade: lifts a pause, starts a stopped one, tries a failed one again at once.

    Raises PlanLimitReached, SubscriptionEnded, TemplateNotInPlan, SymbolTaken, WrongState while it is
    still stopping, PauseStands where the pause is a person's and the lifter is none, NotReleased for a
    stopped one whose version was withdrawn.
    """
    plan = billing.lock_plan(tenant_id=tenant_id)
    places.lock_account_of(tenant_id, instance_id)
    instance = lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    pauses.check_may_lift(instance, lifter, now)
    if instance.state == InstanceState.STOPPING:
        raise WrongState(f"{instance.name} is still stopping. Start it again once it has stopped.")
    if instance.desired_state == DesiredState.STOPPED:
        places.check_account_stands(instance)
        catalogue.check_released(instance.version)
    if instance.desired_state != DesiredState.RUNNING:
        _check_template(plan, instance.template)
        places.check_active_place(tenant_id, plan, besides=instance.id)
    instance.crash_count = 0
    instance.next_attempt_at = None
    instance.last_error = ""
    try:
        with transaction.atomic():
            _want(instance, DesiredState.RUNNING, actor, now)
    except IntegrityError as error:
        raise SymbolTaken(instance.symbol, instance.account.label) from error
    _record(instance, actor, "instance.resumed", now)
    return instance


def stop(
    *, instance_id: UUID, tenant_id: UUID, actor: str, close_positions: bool, now: datetime
) -> EAInstance:
    """Want it to end, its own positions closed or left open as asked.

    Once a run has been told to close them it does; between runs a plain stop takes that back.
    """
    instance = lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    instance.close_on_stop = close_positions or (instance.close_on_stop and _has_run(instance))
    instance.crash_count = 0
    instance.next_attempt_at = None
    _want(instance, DesiredState.STOPPED, actor, now)
    _record(instance, actor, "instance.stopped", now, {"closePositions": close_positions})
    return instance


def configure(
    *, instance_id: UUID, tenant_id: UUID, actor: str, inputs: dict[str, Any], now: datetime
) -> EAInstance:
    """Change these inputs and keep the others: at once when it runs, else from its next start.

    Raises Malformed naming the input; nothing is changed then.
    """
    instance = lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    before = instance.inputs
    checked = catalogue.check_inputs(
        template=instance.template, version=instance.version, inputs=before | inputs
    )
    instance.inputs = checked
    instance.save(update_fields=("inputs", "updated_at"))
    if _has_run(instance):
        commands.withdraw(
            terminal=instance.terminal, types=("CONFIGURE",), why="Newer inputs took its place", now=now
        )
        commands.queue(
            terminal=instance.terminal, type="CONFIGURE", payload={"config": checked}, actor=actor, now=now
        )
    changed = changes.between(before, checked)
    inputs_now = {key: checked[key] for key in changed if key in checked}
    _record(instance, actor, "instance.configured", now, {"inputs": inputs_now}, changed)
    _tell(instance)
    return instance


def remove(*, instance_id: UUID, tenant_id: UUID, actor: str, now: datetime) -> None:
    """Hide a stopped instance; its trades stay. Raises WrongState while it is not stopped for good."""
    instance = lock_instance(tenant_id=tenant_id, instance_id=instance_id)
    at_rest = (DesiredState.STOPPED, InstanceState.STOPPED, False)
    is_at_rest = (instance.desired_state, instance.state, instance.close_on_stop) == at_rest
    if not is_at_rest or _has_run(instance):
        raise WrongState(f"{instance.name} is not stopped. Stop it, then remove it.")
    instance.deleted_at = now
    instance.save(update_fields=("deleted_at", "updated_at"))
    _record(instance, actor, "instance.removed", now)
    _tell(instance)


def lock_instance(*, tenant_id: UUID, instance_id: UUID) -> EAInstance:
    """Return the instance, its row held until commit. Raises NotFound."""
    instance = (
        EAInstance.objects.select_for_update(of=("self",))
        .select_related("account", "template", "version", "terminal")
        .filter(tenant_id=tenant_id, id=instance_id, deleted_at__isnull=True)
        .first()
    )
    if instance is None:
        raise NotFound("EA instance")
    return instance


def change_version(
    instance: EAInstance, *, version: EAVersion, inputs: dict[str, Any], now: datetime
) -> None:
    """Give a held instance another version of its EA and the inputs for it; who does so records why.

    What is wanted of it, its pause included, stays. A run of another version is ended by the
    reconciler, its positions left open with their stops, and the next start runs this one, with the
    failures of the one before forgiven.
    """
    instance.version, instance.inputs = version, inputs
    instance.crash_count, instance.next_attempt_at, instance.last_error = 0, None, ""
    instance.save(
        update_fields=("version", "inputs", "crash_count", "next_attempt_at", "last_error", "updated_at")
    )
    _wake(instance, now)


def want_paused(instance: EAInstance, *, actor: str, now: datetime) -> None:
    """Want a held instance paused; whoever pauses it says why on its row and in the record."""
    _want(instance, DesiredState.PAUSED, actor, now)


def _has_run(instance: EAInstance) -> bool:
    return instance.runs.filter(ended_at__isnull=True).exists()


def _want(instance: EAInstance, desired: DesiredState, actor: str, now: datetime) -> None:
    if desired != DesiredState.RUNNING:
        instance.wanted_at = None
    elif instance.desired_state == DesiredState.STOPPED:
        instance.wanted_at = now
    instance.desired_state = desired
    if desired != DesiredState.STOPPED:
        instance.close_on_stop = False
    if desired != DesiredState.PAUSED:
        pauses.clear(instance)
    instance.save(
        update_fields=(
            *pauses.FIELDS,
            "desired_state",
            "wanted_at",
            "close_on_stop",
            "crash_count",
            "next_attempt_at",
            "last_error",
            "updated_at",
        )
    )
    _take_back(instance, desired, actor, now)
    _wake(instance, now)


def _take_back(instance: EAInstance, desired: DesiredState, actor: str, now: datetime) -> None:
    """Withdraw what was wanted before; what a runner may have got already is followed by its contrary."""
    terminal = instance.terminal
    types = {"PAUSE", "RESUME"} if desired == DesiredState.STOPPED else {"PAUSE", "RESUME", "STOP"}
    why = f"The EA is wanted {desired} since"
    withdrawn = commands.withdraw(terminal=terminal, types=types, why=why, now=now)
    if desired == DesiredState.PAUSED and _has_run(instance):
        payload = pauses.payload(instance)
        commands.queue(terminal=terminal, type="PAUSE", payload=payload, actor=actor, now=now)
    if desired == DesiredState.RUNNING and withdrawn:
        commands.queue(terminal=terminal, type="RESUME", payload={}, actor=actor, now=now)


def _wake(instance: EAInstance, now: datetime) -> None:
    """Make the instance due, by a write of one column that no lease holder overwrites."""
    EAInstance.objects.filter(id=instance.id).update(reconcile_due_at=now)
    nudges.enqueue_on_commit(
        "fleet.reconcile", tenant_id=str(instance.tenant_id), instance_id=str(instance.id)
    )
    _tell(instance)


def _tell(instance: EAInstance) -> None:
    live.publish_on_commit(instance.tenant_id, "instance", id=instance.id, accountId=instance.account_id)


def _check_order(plan: Plan, order: Order) -> dict[str, Any]:
    _check_template(plan, order.template)
    catalogue.check_released(order.version)
    if order.symbol not in order.template.symbols:
        raise SymbolUnknown(order.symbol, order.template.symbols)
    return catalogue.check_inputs(template=order.template, version=order.version, inputs=order.inputs)


def _check_isolated(version: EAVersion) -> None:
    gap = driver(settings.FLEET_DRIVER).isolation_gap() if version.is_uploaded else ""
    if gap:
        raise NotIsolated(gap)


def _check_template(plan: Plan, template: EATemplate) -> None:
    required = PLANS[PlanCode(template.required_plan)]
    if plan.rank < required.rank:
        raise TemplateNotInPlan(template.name, plan, required.name)


def _save_new(instance: EAInstance) -> None:
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError as error:
        raise SymbolTaken(instance.symbol, instance.account.label) from error


def _record(
    instance: EAInstance,
    actor: str,
    action: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
    changed: audit.Changes | None = None,
) -> None:
    audit.record(
        tenant_id=instance.tenant_id,
        actor=actor,
        action=action,
        subject=instance.name,
        subject_id=instance.id,
        now=now,
        detail=detail,
        changes=changed,
    )
