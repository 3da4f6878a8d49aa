"""Which version of each EA is deployed anew: the newest one that a rollout does not hold back."""

from __future__ import annotations

from uuid import UUID

from metafleet.hub.catalogue import operations as catalogue
from metafleet.hub.catalogue import queries
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.fleet.models import Rollout, RolloutState

_ON_OFFER = (RolloutState.PROMOTING, RolloutState.PROMOTED)


def held() -> set[UUID]:
    """Return the versions that are released and not on offer.

    A version that is tried on canaries, or was rolled back or stopped by its newest rollout, is held
    back until a rollout of it is promoted; but not in favour of code that is not installed any more.
    """
    newest = Rollout.objects.select_related("from_version__template").order_by("to_version_id", "-created_at")
    return {
        row.to_version_id
        for row in newest.distinct("to_version_id")
        if row.state not in _ON_OFFER and catalogue.is_runnable(row.from_version)
    }


def offered(template: EATemplate) -> EAVersion | None:
    """Return the version that a new deployment gets; None where there is none."""
    return queries.newest_version(template, besides=held()) or queries.newest_version(template)


def all_offered() -> list[tuple[EATemplate, EAVersion]]:
    """Return every template with what a new deployment of it gets, by name."""
    best = {template.id: (template, version) for template, version in queries.templates()}
    best |= {template.id: (template, version) for template, version in queries.templates(besides=held())}
    return sorted(best.values(), key=lambda pair: pair[0].name)


def offered_besides(template: EATemplate, version: EAVersion) -> EAVersion | None:
    """Return what a new deployment would get if there were not this version; None where nothing."""
    return queries.newest_version(template, besides={*held(), version.id})
