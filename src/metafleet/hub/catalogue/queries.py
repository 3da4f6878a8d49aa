from __future__ import annotations

from uuid import UUID

from metafleet.hub.catalogue.models import EATemplate, EAVersion


def templates() -> list[tuple[EATemplate, EAVersion]]:
    """Every template that has a version, with its newest one, by name; in one query."""
    newest = (
        EAVersion.objects.select_related("template")
        .order_by("template_id", "-published_at")
        .distinct("template_id")
    )
    return sorted(((row.template, row) for row in newest), key=lambda pair: pair[0].name)


def template_by_slug(slug: str) -> EATemplate | None:
    return EATemplate.objects.filter(slug=slug).first()


def template_by_id(template_id: UUID) -> EATemplate | None:
    return EATemplate.objects.filter(id=template_id).first()


def newest_version(template: EATemplate) -> EAVersion | None:
    return template.versions.order_by("-published_at").first()
