"""Keep the catalogue equal to the EAs that ship, and check inputs against them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused, input_schema, parse_by, parse_inputs, specs_of
from metafleet.engine.experts.provenance import content_hash
from metafleet.hub.catalogue.migrating import check_migration
from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.kernel.errors import Fault, Malformed, Refused

REQUIRED_PLANS: Final = {
    "channel-breakout": "gold",
    "momentum": "gold",
    "brain-signal": "gold",
    "scalping": "platinum",
}
"""Of the EAs that ship, by slug, while nobody has set another: all else is for every plan."""


class ReleaseMissing(Refused):
    """The code of this version is not installed, so it can neither be checked nor run."""

    def __init__(self, slug: str, version: str) -> None:
        super().__init__(f"{slug} {version} is no longer installed. Deploy the newest version instead.")


class NotReleased(Refused):
    """The version is not on offer: still under review, refused, or withdrawn."""

    def __init__(self, version: EAVersion) -> None:
        is_withdrawn = version.state == VersionState.WITHDRAWN
        why = "was withdrawn" if is_withdrawn else "is not released"
        super().__init__(
            f"{version.template.name} {version.version} {why}, so it starts nowhere anew. "
            "Deploy the newest version instead."
        )


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
            defaults={
                "input_schema": input_schema(expert),
                "input_migration": check_migration(expert.input_migration, input_schema(expert)),
                "published_at": now,
                "changelog": "",
            },
        )
        if created:
            released.append(f"{template.name} {version.version}")
    return released


def check_released(version: EAVersion) -> None:
    """Raise NotReleased where the version may not be deployed or started anew."""
    if version.state != VersionState.RELEASED:
        raise NotReleased(version)


def is_runnable(version: EAVersion) -> bool:
    """Whether its code is here: uploaded code comes with its row, what ships must be what is installed."""
    expert = EXPERTS.get(version.template.slug)
    return version.is_uploaded or (expert is not None and content_hash(expert) == version.content_hash)


def check_inputs(*, template: EATemplate, version: EAVersion, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs with defaults filled in.

    Of an uploaded EA, whose code is never loaded here, each value is judged by its schema; how they
    fit together its own code says when it starts. Raises Malformed naming the input, or ReleaseMissing
    where the code of a version that ships is not installed.
    """
    try:
        if version.is_uploaded:
            return dict(parse_by(specs_of(version.input_schema), inputs))
        expert = EXPERTS.get(template.slug)
        if expert is None or content_hash(expert) != version.content_hash:
            raise ReleaseMissing(template.slug, version.version)
        return parse_inputs(expert, inputs)
    except InputRefused as refusal:
        raise Malformed(Fault(f"/inputs/{refusal.field}", refusal.detail)) from refusal


def _write_template(slug: str, expert: type[Expert]) -> EATemplate:
    """What was uploaded and released later describes the template from then on."""
    released = EAVersion.objects.filter(template__slug=slug, state=VersionState.RELEASED)
    uploaded = released.exclude(source="").select_related("template").first()
    if uploaded is not None:
        return uploaded.template
    facts: dict[str, Any] = {
        "name": expert.name,
        "summary": expert.summary,
        "description": expert.description,
        "risk_note": expert.risk_note,
        "category": expert.category,
        "timeframe": expert.timeframe,
        "symbols": list(expert.symbols),
        "cpu": expert.resources.cpu,
        "memory_mb": expert.resources.memory_mb,
    }
    template, _ = EATemplate.objects.update_or_create(
        slug=slug,
        defaults=facts,
        create_defaults=facts | {"required_plan": REQUIRED_PLANS.get(slug, "bronze")},
    )
    return template
