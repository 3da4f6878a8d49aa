"""A cloud that makes machines of nothing: for tests, and to try a rule before it costs money.

Its machines are in the group's settings, so that they outlive the worker. A machine is being
made at the first look that sees it, and ready at the next.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import Any

from metafleet.hub.fleet.clouds.contract import CloudError, CloudHost


def create(group: str, settings: dict[str, Any]) -> SimulatedCloud:
    return SimulatedCloud(group, settings)


class SimulatedCloud:
    def __init__(self, group: str, settings: dict[str, Any]) -> None:
        self._group = group
        self.settings: dict[str, Any] = {"made": 0, "machines": {}} | settings
        try:
            self._price = Decimal(str(settings.get("usdPerHour", "0.10")))
        except InvalidOperation as error:
            raise CloudError("usdPerHour is no number", permanent=True) from error

    def hosts(self) -> list[CloudHost]:
        machines: dict[str, bool] = self.settings["machines"]
        found = [
            CloudHost(
                provider_id=name,
                name=name,
                cpu=float(self.settings.get("cpu", 4)),
                memory_mb=int(self.settings.get("memoryMb", 16_000)),
                usd_per_hour=self._price,
                is_ready=is_ready,
            )
            for name, is_ready in machines.items()
        ]
        self.settings["machines"] = dict.fromkeys(machines, True)
        return found

    def resize(self, count: int) -> None:
        self._fail_as_told()
        machines = dict(self.settings["machines"])
        while len(machines) < count:
            self.settings["made"] += 1
            machines[f"{self._group}-{self.settings['made']:04}"] = False
        self.settings["machines"] = machines

    def remove(self, provider_ids: Collection[str]) -> None:
        self._fail_as_told()
        machines = self.settings["machines"]
        self.settings["machines"] = {name: machines[name] for name in machines if name not in provider_ids}

    def _fail_as_told(self) -> None:
        """A group whose settings say so cannot be changed: how a failure looks."""
        if self.settings.get("fails"):
            raise CloudError(str(self.settings["fails"]), permanent=False)
