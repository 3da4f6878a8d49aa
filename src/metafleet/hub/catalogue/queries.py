from __future__ import annotations

from datetime import datetime
from uuid import UUID

from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.kernel.errors import NotFound


def templates() -> list[tuple[EATemplate, EAVersion]]:
    """Every template that has a released version, with its newest one, by name; in one query."""
    newest = (
        EAVersion.objects.filter(state=VersionState.RELEASED)
        .select_related("template")
        .order_by("template_id", "-published_at")
        .distinct("template_id")
    )
    return sorted(((row.template, row) for row in newest), key=lambda pair: pair[0].name)


def template_by_slug(slug: str) -> EATemplate | None:
    return EATemplate.objects.filter(slug=slug).first()


def template_by_id(template_id: UUID) -> EATemplate | None:
    return EATemplate.objects.filter(id=template_id).first()


def newest_version(template: EATemplate) -> EAVersion | None:
    """The version that is deployed from now on; None where none is released."""
    return template.versions.filter(state=VersionState.RELEASED).order_by("-published_at").first()


def released_versions(template: EATemplate) -> list[EAVersion]:
    """Every version that is or was on offer, newest first."""
    shown = (VersionState.RELEASED, VersionState.WITHDRAWN)
    return list(template.versions.filter(state__in=shown).order_by("-published_at"))


def all_versions() -> list[EAVersion]:
    """Every version of every template, by template's name, newest first, without its source; in one query."""
    return list(
        EAVersion.objects.select_related("template")
        .defer("source", "input_schema")
        .order_by("template__name", "-created_at")
    )


def find_version(version_id: UUID) -> EAVersion:
    """Raises NotFound."""
    found = EAVersion.objects.select_related("template").filter(id=version_id).first()
    if found is None:
        raise NotFound("EA version")
    return found


def due_trials(*, now: datetime, limit: int) -> list[UUID]:
    """Versions whose trial is due, or whose worker let its lease run out; oldest first."""
    due = EAVersion.objects.filter(state=VersionState.DRAFT, trial_due_at__lte=now).order_by("trial_due_at")
    return list(due.values_list("id", flat=True)[:limit])
