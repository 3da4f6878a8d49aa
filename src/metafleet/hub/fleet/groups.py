"""Verbs on scaling groups: what an operator sets, and what of it cannot be."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from metafleet.hub.fleet.clouds import PROVIDERS, cloud
from metafleet.hub.fleet.clouds.contract import CloudError
from metafleet.hub.fleet.errors import WrongState
from metafleet.hub.fleet.models import Host, HostState, ScalingGroup
from metafleet.hub.fleet.scaling import Rule
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused


class GroupTaken(Refused):
    def __init__(self, name: str) -> None:
        detail = f"There is a scaling group called {name!r} already. Choose another name."
        super().__init__(detail, faults=(Fault("/name", detail),))


def make_group(
    *, name: str, provider: str, settings: dict[str, Any], rule: Rule, is_dry_run: bool, now: datetime
) -> ScalingGroup:
    """Begin to scale a group of hosts. Raises Malformed naming the field, GroupTaken."""
    check_rule(rule)
    _check_settings(provider, name, settings)
    group = ScalingGroup(
        name=name, provider=provider, settings=settings, is_dry_run=is_dry_run, due_at=now, **asdict(rule)
    )
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError as error:
        raise GroupTaken(name) from error
    return group


def change_group(*, group_id: UUID, rule: Rule, is_dry_run: bool, now: datetime) -> ScalingGroup:
    """Give the group another rule, from the next look on, which is due now. Raises NotFound, Malformed."""
    group = find_group(group_id, lock=True)
    check_rule(rule)
    for field, value in asdict(rule).items():
        setattr(group, field, value)
    group.is_dry_run, group.due_at = is_dry_run, now
    group.save(update_fields=(*asdict(rule), "is_dry_run", "due_at", "updated_at"))
    return group


def remove_group(*, group_id: UUID) -> None:
    """Scale it no more; its decisions go with it. Raises NotFound, WrongState while it has hosts."""
    group = find_group(group_id, lock=True)
    hosts = Host.objects.filter(group=group.name).exclude(state=HostState.GONE).count()
    if hosts and not group.is_dry_run:
        raise WrongState(
            f"{group.name} has {hosts} hosts. Set its minimum, maximum and buffer to end them first."
        )
    group.delete()


def find_group(group_id: UUID, *, lock: bool = False) -> ScalingGroup:
    """Return the group, its row held until commit for `lock`. Raises NotFound."""
    groups = ScalingGroup.objects.filter(id=group_id)
    group = (groups.select_for_update() if lock else groups).first()
    if group is None:
        raise NotFound("scaling group")
    return group


def check_rule(rule: Rule) -> None:
    """Raises Malformed naming the first figure that cannot be."""
    if rule.per_host < 1:
        raise Malformed(Fault("/perHost", "A host must take at least one EA."))
    if rule.minimum > rule.maximum:
        raise Malformed(Fault("/minimum", f"The minimum must not be above the maximum, {rule.maximum}."))
    if rule.weekend_minimum is not None and rule.weekend_minimum > rule.maximum:
        raise Malformed(Fault("/weekendMinimum", f"It must not be above the maximum, {rule.maximum}."))


def _check_settings(provider: str, name: str, settings: dict[str, Any]) -> None:
    if provider not in PROVIDERS:
        raise Malformed(Fault("/provider", f"{provider!r} is not known. Choose {', '.join(PROVIDERS)}."))
    try:
        cloud(provider, name, settings)
    except CloudError as error:
        raise Malformed(Fault("/settings", str(error))) from error
