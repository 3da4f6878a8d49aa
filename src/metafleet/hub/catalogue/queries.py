from __future__ import annotations

from uuid import UUID

from metafleet.hub.catalogue.models import EATemplate, EAVersion


def templates() -> list[tuple[EATemplate, EAVersion]]:
    """Every template that has a version, with its newest one, by name."""
    return [
        (template, newest)
        for template in EATemplate.objects.order_by("name")
        if (newest := newest_version(template)) is not None
    ]


def template_by_slug(slug: str) -> EATemplate | None:
    return EATemplate.objects.filter(slug=slug).first()


def template_by_id(template_id: UUID) -> EATemplate | None:
    return EATemplate.objects.filter(id=template_id).first()


def newest_version(template: EATemplate) -> EAVersion | None:
    return template.versions.order_by("-published_at").first()
