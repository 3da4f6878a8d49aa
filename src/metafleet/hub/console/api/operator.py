"""The operator's view: what waits, hosts, scaling, costs. For anybody else there is nothing here."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.hub.audit import operations as audit
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import operator as shown
from metafleet.hub.fleet import costs, groups, hosts, oversight, placement, scaling, task_results
from metafleet.hub.fleet.clouds import SIMULATED
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Host, HostState, ScalingDecision, ScalingGroup
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import backups

router = Router(by_alias=True)
MOST_HOSTS = 1000


@router.get("/operator/overview", response=shown.OperatorOverview)
@needs(Right.AUDIT)
def operator_overview(request: HttpRequest) -> shown.OperatorOverview:
    now = clock.now()
    seen = oversight.oversight(now=now)
    bill, fleet = costs.costs(), placement.survey()
    real = Host.objects.exclude(state=HostState.GONE).exclude(driver=SIMULATED)
    states = Counter(real.values_list("state", flat=True))
    return shown.OperatorOverview(
        states=seen.states,
        due=shown.Waiting.model_validate(seen.due),
        held=shown.Waiting.model_validate(seen.held),
        stuck=seen.stuck,
        commands=shown.Waiting.model_validate(seen.commands),
        dropped_commands=seen.dropped_commands,
        failed_total=seen.failed_total,
        failed=[shown.FailedStart.model_validate(row) for row in seen.failed],
        hosts=shown.HostTotals(
            active=states[HostState.ACTIVE],
            draining=states[HostState.DRAINING],
            lost=states[HostState.LOST],
            running=fleet.counts.total(),
            room=sum(placement.room(seat, fleet.typical) for seat in fleet.seats.values()),
        ),
        usd_per_day=float(bill.usd_per_day),
        usd_per_account_day=_number(bill.usd_per_account_day),
        backups=_backups(now),
    )


@router.get("/operator/hosts", response=shown.HostList)
@needs(Right.AUDIT)
def list_hosts(request: HttpRequest, gone: bool = False) -> shown.HostList:
    """`gone`: also those that were removed."""
    fleet = placement.survey()
    rows = Host.objects.order_by("name")
    rows = rows if gone else rows.exclude(state=HostState.GONE)
    return shown.HostList(
        hosts=[_host(row, fleet) for row in rows[:MOST_HOSTS]],
        typical=shown.Need.model_validate(fleet.typical),
    )


@router.post("/operator/hosts/{uuid:host_id}/drain", response=shown.Host)
@needs(Right.OPERATE)
def drain(request: HttpRequest, host_id: UUID, form: shown.DrainForm) -> shown.Host:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        host = hosts.drain(host_id=host_id, reason=form.reason or f"Asked by {who.name}", now=now)
        _record(who, "host.drained", host.name, host.id, hosts.as_detail(host), now)
    return _host(host, placement.survey())


@router.post("/operator/hosts/{uuid:host_id}/activate", response=shown.Host)
@needs(Right.OPERATE)
def activate(request: HttpRequest, host_id: UUID) -> shown.Host:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        host = hosts.activate(host_id=host_id)
        _record(who, "host.activated", host.name, host.id, hosts.as_detail(host), now)
    return _host(host, placement.survey())


@router.post("/operator/hosts/{uuid:host_id}/evacuate", response=shown.Evacuation)
@needs(Right.OPERATE)
def evacuate(request: HttpRequest, host_id: UUID, form: shown.EvacuateForm) -> shown.Evacuation:
    """Move what is on a host that is being drained at once, on demand with open positions too."""
    who, now = actor(request), clock.now()
    host = Host.objects.filter(id=host_id).first()
    if host is None:
        raise NotFound("host")
    if host.state != HostState.DRAINING:
        raise WrongState(f"{host.name} is {host.state}. Drain it first, so that nothing new comes to it.")
    done = placement.move_away(
        host=host, actor=who.name, even_with_positions=form.even_with_positions, now=now
    )
    with tenant_scope(who.tenant_id):
        detail = {"moved": done.moved, "evenWithPositions": form.even_with_positions}
        _record(who, "host.evacuated", host.name, host.id, detail, now)
    return shown.Evacuation(moved=done.moved, waiting=list(done.waiting[:50]), homeless=done.homeless)


@router.delete("/operator/hosts/{uuid:host_id}", response={204: None})
@needs(Right.OPERATE)
def forget_host(request: HttpRequest, host_id: UUID) -> Status[None]:
    """Take out a host that is lost for good."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        host = hosts.forget(host_id=host_id)
        _record(who, "host.removed", host.name, host.id, hosts.as_detail(host), now)
    return Status(204, None)


@router.get("/operator/tasks", response=shown.Tasks)
@needs(Right.AUDIT)
def list_tasks(request: HttpRequest, limit: int = QueryParam(100, ge=1, le=500)) -> shown.Tasks:
    """What became of the newest `limit` tasks of the workers, failures first."""
    return shown.Tasks(
        kinds=[shown.TaskKind.model_validate(kind) for kind in task_results.kinds(now=clock.now())],
        newest=[shown.TaskDone.model_validate(done) for done in task_results.newest(limit=limit)],
        keep_days=task_results.KEEP.days,
        keep_failed_days=task_results.KEEP_FAILED.days,
    )


@router.get("/operator/scaling", response=shown.Scaling)
@needs(Right.AUDIT)
def get_scaling(request: HttpRequest, limit: int = QueryParam(100, ge=1, le=500)) -> shown.Scaling:
    """The groups, and the newest `limit` decisions."""
    now, active = clock.now(), scaling.active_eas()
    decisions = ScalingDecision.objects.select_related("group").order_by("-created_at")[:limit]
    return shown.Scaling(
        active=active,
        are_markets_closed=scaling.are_markets_closed(now),
        groups=[_group(row, active, now) for row in ScalingGroup.objects.order_by("name")],
        decisions=[_decision(row) for row in decisions],
    )


@router.post("/operator/scaling/groups", response={201: shown.ScalingGroup})
@needs(Right.OPERATE)
def make_group(request: HttpRequest, form: shown.GroupForm) -> Status[shown.ScalingGroup]:
    who, now = actor(request), clock.now()
    settings: dict[str, Any] = {"usdPerHour": str(form.usd_per_hour), "driver": form.driver}
    if form.provider == "aws":
        settings |= {"asg": form.asg, "region": form.region}
    with tenant_scope(who.tenant_id):
        row = groups.make_group(
            name=form.name,
            provider=form.provider,
            settings=settings,
            rule=_rule(form),
            is_dry_run=form.is_dry_run,
            now=now,
        )
        _record(who, "scaling.group_made", row.name, row.id, {"provider": row.provider}, now)
    return Status(201, _group(row, scaling.active_eas(), now))


@router.put("/operator/scaling/groups/{uuid:group_id}", response=shown.ScalingGroup)
@needs(Right.OPERATE)
def change_group(request: HttpRequest, group_id: UUID, form: shown.RuleForm) -> shown.ScalingGroup:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = groups.change_group(group_id=group_id, rule=_rule(form), is_dry_run=form.is_dry_run, now=now)
        _record(who, "scaling.group_changed", row.name, row.id, form.model_dump(by_alias=True), now)
    return _group(row, scaling.active_eas(), now)


@router.delete("/operator/scaling/groups/{uuid:group_id}", response={204: None})
@needs(Right.OPERATE)
def remove_group(request: HttpRequest, group_id: UUID) -> Status[None]:
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = groups.find_group(group_id)
        groups.remove_group(group_id=group_id)
        _record(who, "scaling.group_removed", row.name, group_id, {}, now)
    return Status(204, None)


@router.get("/operator/costs", response=shown.Costs)
@needs(Right.AUDIT)
def get_costs(request: HttpRequest) -> shown.Costs:
    bill = costs.costs()
    return shown.Costs(
        usd_per_hour=float(bill.usd_per_hour),
        usd_per_day=float(bill.usd_per_day),
        accounts=bill.accounts,
        eas=bill.eas,
        usd_per_account_day=_number(bill.usd_per_account_day),
        tenants=[
            shown.TenantCost(
                tenant_id=one.use.tenant_id,
                tenant=one.use.tenant,
                plan=one.use.plan.value,  # type: ignore[arg-type]
                accounts=one.use.accounts,
                eas=one.use.eas,
                usd_per_day=float(one.usd_per_day),
                usd_per_account_day=_number(one.usd_per_account_day),
                price_per_account_day=_number(one.price_per_account_day),
            )
            for one in bill.tenants
        ],
    )


def _rule(form: shown.RuleForm) -> scaling.Rule:
    return scaling.Rule(form.per_host, form.buffer, form.minimum, form.maximum, form.weekend_minimum)


def _record(
    who: Actor, action: str, subject: str, subject_id: UUID, detail: dict[str, Any], now: datetime
) -> None:
    """An operator's deed stands in the platform's own record."""
    audit.record_of_platform(
        actor=who.name,
        action=action,
        subject=subject,
        subject_id=subject_id,
        now=now,
        detail=detail,
    )


def _host(row: Host, fleet: placement.Fleet) -> shown.Host:
    seat = fleet.seats.get(row.name)
    return shown.Host(
        id=row.id,
        name=row.name,
        driver=row.driver,
        group=row.group,
        state=row.state,  # type: ignore[arg-type]
        state_reason=row.state_reason,
        cpu=row.cpu,
        memory_mb=row.memory_mb,
        cpu_percent=row.cpu_percent,
        memory_used_mb=row.memory_used_mb,
        versions=row.versions,
        usd_per_hour=float(row.usd_per_hour),
        seen_at=row.seen_at,
        drained_at=row.drained_at,
        eas=fleet.counts[row.name],
        room=placement.room(seat, fleet.typical) if seat else 0,
        filled=placement.filled(seat) if seat else 0.0,
    )


def _group(row: ScalingGroup, active: int, now: datetime) -> shown.ScalingGroup:
    wanted, reason = scaling.required(scaling.rule_of(row), active, now)
    states = Counter(Host.objects.filter(group=row.name).values_list("state", flat=True))
    return shown.ScalingGroup(
        id=row.id,
        name=row.name,
        provider=row.provider,  # type: ignore[arg-type]
        per_host=row.per_host,
        buffer=row.buffer,
        minimum=row.minimum,
        maximum=row.maximum,
        weekend_minimum=row.weekend_minimum,
        is_dry_run=row.is_dry_run,
        due_at=row.due_at,
        hosts=states[HostState.ACTIVE] + states[HostState.DRAINING],
        draining=states[HostState.DRAINING],
        wanted=wanted,
        reason=reason,
    )


def _decision(row: ScalingDecision) -> shown.ScalingDecision:
    return shown.ScalingDecision(
        id=row.id,
        group_id=row.group_id,
        group=row.group.name,
        at=row.created_at,
        action=row.action,
        active=row.active,
        hosts=row.hosts,
        wanted=row.wanted,
        reason=row.reason,
        error=row.error,
    )


def _backups(now: datetime) -> shown.Backups | None:
    row = backups.standing()
    if row is None:
        return None
    facts = {name: getattr(row, name) for name in shown.Backups.model_fields if name != "is_too_old"}
    return shown.Backups(**facts, is_too_old=backups.is_too_old(row, now))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
