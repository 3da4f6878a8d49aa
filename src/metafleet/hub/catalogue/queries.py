from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.kernel.errors import NotFound


def templates(*, besides: Collection[UUID] = ()) -> list[tuple[EATemplate, EAVersion]]:
    """Every template that has a released version, with its newest one, by name; in one query.

    besides: versions that are not on offer, though they are released.
    """
    newest = (
        EAVersion.objects.filter(state=VersionState.RELEASED)
        .exclude(id__in=besides)
        .select_related("template")
        .order_by("template_id", "-published_at")
        .distinct("template_id")
    )
    return sorted(((row.template, row) for row in newest), key=lambda pair: pair[0].name)


def template_by_slug(slug: str) -> EATemplate | None:
    return EATemplate.objects.filter(slug=slug).first()


def template_by_id(template_id: UUID) -> EATemplate | None:
    return EATemplate.objects.filter(id=template_id).first()


def newest_version(template: EATemplate, *, besides: Collection[UUID] = ()) -> EAVersion | None:
    """The version that is deployed from now on, besides those; None where none is released."""
    released = template.versions.filter(state=VersionState.RELEASED).exclude(id__in=besides)
    return released.order_by("-published_at").first()


def versions_since(before: EAVersion, to: EAVersion) -> list[EAVersion]:
    """Every version that was released after the one, up to the other, oldest first.

    Of a version that was never published none are known to lie between.
    """
    if before.published_at is None or to.published_at is None:
        return [to]
    between = EAVersion.objects.filter(
        template_id=to.template_id,
        state__in=(VersionState.RELEASED, VersionState.WITHDRAWN),
        published_at__gt=before.published_at,
        published_at__lt=to.published_at,
    )
    return [*between.order_by("published_at"), to]


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


def input_schemas(version_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the inputs' schema of each of these versions."""
    return dict(EAVersion.objects.filter(id__in=version_ids).values_list("id", "input_schema"))


def due_trials(*, now: datetime, limit: int) -> list[UUID]:
    """Versions whose trial is due, or whose worker let its lease run out; oldest first."""
    due = EAVersion.objects.filter(state=VersionState.DRAFT, trial_due_at__lte=now).order_by("trial_due_at")
    return list(due.values_list("id", flat=True)[:limit])
