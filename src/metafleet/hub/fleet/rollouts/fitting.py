"""Whether an EA's inputs fit another version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metafleet.hub.catalogue import operations as catalogue
from metafleet.hub.catalogue.migrating import Migrated, migrate
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.catalogue.queries import versions_since
from metafleet.hub.kernel.errors import Fault, Refused


def fit(before: EAVersion, to: EAVersion, inputs: dict[str, Any]) -> Migrated:
    """Return the inputs as `to` takes them, with every fault."""
    return fit_by([version.input_migration for version in versions_since(before, to)], to, inputs)


def fit_by(steps: Sequence[dict[str, Any]], to: EAVersion, inputs: dict[str, Any]) -> Migrated:
    """Return the same where the input migrations on the way are known.

    What fits one by one is judged together as well, where the version's code is at hand.
    """
    found = migrate(inputs, steps, to.input_schema)
    if found.faults:
        return found
    try:
        checked = catalogue.check_inputs(template=to.template, version=to, inputs=found.inputs)
    except Refused as refusal:
        return Migrated(found.inputs, refusal.faults or (Fault("", refusal.detail),), found.changes)
    return Migrated(checked, (), found.changes)


def sentence(faults: Sequence[Fault]) -> str:
    """Return the faults as one text for a person, at most 300 characters."""
    text = "Its inputs do not fit: " + "; ".join(fault.detail for fault in faults)
    return text if len(text) <= 300 else text[:299] + "…"
