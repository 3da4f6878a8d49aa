"""Rules that most desks want, for who has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from metafleet.hub.monitor import desk_rules
from metafleet.hub.monitor.desk_rules import Wish
from metafleet.hub.monitor.models import Rule, Severity
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import Kind, params_of


class Suggestion(NamedTuple):
    """A rule over all of the desk."""

    kind: str
    name: str
    params: Mapping[str, Any]
    actions: tuple[str, ...] = ("notify",)

    @property
    def read(self) -> Kind:
        """Its kind with these parameters."""
        return params_of(KINDS[self.kind], dict(self.params))

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind].severity


SUGGESTED: Final = (
    Suggestion("loss", "Daily loss", {"limit": 1000, "unit": "money", "of": "day"}, ("notify", "pause")),
    Suggestion("drawdown", "Drawdown", {"limit": 10, "unit": "percent", "below": "peak_equity"}),
    Suggestion("margin_level", "Margin level", {"below": 150}),
    Suggestion("heartbeat_late", "Heartbeat late", {"afterS": 120}),
    Suggestion("host_load", "Processor", {"of": "cpu", "above": 80, "forS": 60}),
    Suggestion("host_load", "Memory", {"of": "memory", "above": 90, "forS": 60}),
    Suggestion("host_load", "Disk", {"of": "disk", "above": 90, "forS": 60}),
    Suggestion("machine_late", "Machine late", {"afterS": 120}),
    Suggestion("failed_items", "Failed items", {"above": 10, "windowS": 3600}),
    Suggestion("spread", "Wide spread", {"factor": 5, "atLeast": 10, "forS": 30}),
    Suggestion("results_range", "Results out of range", {"last": 20, "percentile": 1}),
)


OF_PLATFORM: Final = (
    Suggestion("backup_age", "Backup too old", {"afterH": 48}),
    Suggestion("model_drift", "A model drifts", {"index": 0.25, "chance": 1}),
    Suggestion("database_connections", "Database connections", {"above": 80, "forS": 30}),
)
"""For desks of operators."""


def missing(*, tenant_id: UUID, is_platform: bool = False) -> list[Suggestion]:
    """Return those of whose kind the desk has no rule. is_platform: those too that watch the platform."""
    there = set(desk_rules.rules(tenant_id=tenant_id).values_list("kind", flat=True))
    all_of_them = SUGGESTED + (OF_PLATFORM if is_platform else ())
    return [one for one in all_of_them if one.kind in KINDS and one.kind not in there]


def add(*, tenant_id: UUID, actor: str, now: datetime, is_platform: bool = False) -> list[Rule]:
    """Make those that are missing; return them. Raises TooManyRules."""
    return [
        desk_rules.add(
            tenant_id=tenant_id,
            kind=one.kind,
            wish=Wish(name=one.name, params=one.params, actions=one.actions, severity=one.severity),
            actor=actor,
            now=now,
            is_platform=is_platform,
        )
        for one in missing(tenant_id=tenant_id, is_platform=is_platform)
    ]
