"""Keep the catalogue equal to the EAs that ship, and check inputs against them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused, input_schema, parse_inputs
from metafleet.engine.experts.provenance import content_hash
from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.kernel.errors import Fault, Malformed, Refused


class ReleaseMissing(Refused):
    """The code of this version is not installed, so it can neither be checked nor run."""

    def __init__(self, slug: str, version: str) -> None:
        super().__init__(f"{slug} {version} is no longer installed. Deploy the newest version instead.")


def publish_shipped_templates(*, now: datetime) -> list[str]:
    """Create or renew the template and version row of every EA that ships; return what was released.

    Safe to run at every start: a version whose code has not changed stays as it is.
    """
    released = []
    for slug, expert in EXPERTS.items():
        template = _write_template(slug, expert)
        version, created = EAVersion.objects.get_or_create(
            template=template,
            version=expert.version,
            content_hash=content_hash(expert),
            defaults={"input_schema": input_schema(expert), "published_at": now, "changelog": ""},
        )
        if created:
            released.append(f"{template.name} {version.version}")
    return released


def check_inputs(*, template: EATemplate, version: EAVersion, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs with defaults filled in.

    Raises Malformed naming the input, or ReleaseMissing where the version's code is not installed.
    """
    expert = EXPERTS.get(template.slug)
    if expert is None or content_hash(expert) != version.content_hash:
        raise ReleaseMissing(template.slug, version.version)
    try:
        return parse_inputs(expert, inputs)
    except InputRefused as refusal:
        raise Malformed(Fault(f"/inputs/{refusal.field}", refusal.detail)) from refusal


def _write_template(slug: str, expert: type[Expert]) -> EATemplate:
    template, _ = EATemplate.objects.update_or_create(
        slug=slug,
        defaults={
            "name": expert.name,
            "summary": expert.summary,
            "description": expert.description,
            "risk_note": expert.risk_note,
            "category": expert.category,
            "timeframe": expert.timeframe,
            "symbols": list(expert.symbols),
            "cpu": expert.resources.cpu,
            "memory_mb": expert.resources.memory_mb,
        },
    )
    return template
