"""Tell the engine which of its machines take nothing more, where it can be told (`ClosesMachines`).

What is told is written before it is told, and looked at with every report of the hosts: a call that
was lost is made again, and a machine is opened only where it was closed from here.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction

from metafleet.hub.fleet.drivers.contract import ClosesMachines, DriverError, Machine
from metafleet.hub.fleet.hosts import CLOSED_BY_ENGINE
from metafleet.hub.fleet.models import Host, HostState

_log = logging.getLogger(__name__)


def tell(engine: object, *, driver: str, seen: Sequence[Machine]) -> None:
    """Close at the engine what is drained here, and open again what is not; `seen` is what it just said.

    A machine that cannot be told now is told with the next report.
    """
    if not isinstance(engine, ClosesMachines):
        return
    for machine, is_open in _due(driver, seen):
        try:
            engine.set_open(machine, is_open=is_open)
        except DriverError as error:
            _log.warning("the driver %s did not %s %s: %s", driver, _verb(is_open), machine.name, error)


def _due(driver: str, seen: Sequence[Machine]) -> list[tuple[Machine, bool]]:
    with transaction.atomic():
        rows = Host.objects.select_for_update().filter(driver=driver).order_by("name")
        hosts = {row.name: row for row in rows}
        there = [machine for machine in seen if machine.is_up and machine.name in hosts]
        taken_back = [each for each in there if _is_taken_back(hosts[each.name])]
        is_known = [each.name for each in taken_back if each.is_open]
        Host.objects.filter(name__in=is_known).update(is_told_closed=False)
        to_open = [each for each in taken_back if not each.is_open]
        to_close = [machine for machine in there if machine.is_open and _is_drained(hosts[machine.name])]
        # One stays open: a run that closes positions is started though all are drained.
        open_after = sum(machine.is_open for machine in there) + len(to_open) - len(to_close)
        to_close = to_close[: len(to_close) + min(0, open_after - 1)]
        told = [machine.name for machine in to_close]
        Host.objects.filter(name__in=told, is_told_closed=False).update(is_told_closed=True)
    return [(machine, True) for machine in to_open] + [(machine, False) for machine in to_close]


def _is_taken_back(host: Host) -> bool:
    return host.is_told_closed and host.state == HostState.ACTIVE


def _is_drained(host: Host) -> bool:
    return host.state == HostState.DRAINING and host.state_reason != CLOSED_BY_ENGINE


def _verb(is_open: bool) -> str:
    return "open" if is_open else "close"
