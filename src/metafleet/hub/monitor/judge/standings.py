"""How every rule stands for every subject, in memory; what is only carried on is written by the turn."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.judge import deeds
from metafleet.hub.monitor.models import RuleState
from metafleet.hub.monitor.standing import WELL, Standing

Key = tuple[UUID, UUID]
"""Rule, subject."""


class Standings:
    """Begins with what the database has; a judge that takes over loads it again."""

    def __init__(self) -> None:
        self._by_key: dict[Key, Standing] = {}
        self._unwritten: dict[UUID, dict[Key, tuple[Standing, float | None]]] = defaultdict(dict)

    def load(self) -> None:
        """Read all of it, in an operator's scope."""
        self._unwritten.clear()
        self._by_key = {
            (row.rule_id, row.subject_id): Standing(row.is_firing, row.since, row.stage)
            for row in RuleState.objects.all()
        }

    def keep_only(self, rules: set[UUID]) -> None:
        """Forget the rules that are off or gone."""
        self._by_key = {key: standing for key, standing in self._by_key.items() if key[0] in rules}

    def of(self, key: Key) -> Standing:
        return self._by_key.get(key, WELL)

    def remembered(self) -> list[Key]:
        """Return where rules do not stand well."""
        return [key for key, standing in self._by_key.items() if standing != WELL]

    def firing(self, rules: set[UUID]) -> list[Key]:
        """Return where these rules fire."""
        return [key for key, standing in self._by_key.items() if standing.is_firing and key[0] in rules]

    def set(self, key: Key, standing: Standing) -> None:
        """Note what is written already."""
        self._by_key[key] = standing

    def carry(self, tenant_id: UUID, key: Key, standing: Standing, value: float | None) -> None:
        """Note what is no news, to be written by `flush`."""
        if standing != self.of(key):
            self._by_key[key] = standing
            self._unwritten[tenant_id][key] = (standing, value)

    def flush(self) -> None:
        """Write what is no news, a transaction for each tenant."""
        for tenant_id, rows in self._unwritten.items():
            with tenant_scope(tenant_id):
                deeds.keep(tenant_id, [(*key, standing, value) for key, (standing, value) in rows.items()])
        self._unwritten.clear()
