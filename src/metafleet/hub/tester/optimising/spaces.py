"""What is searched over, as it was asked for: by the EA's own class where it ships, else by its schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.inputs import InputRefused, specs_of
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.tester.optimising.space import Space, SpaceRefused, space_by, space_of
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.catalogue.operations import ReleaseMissing
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.tester.optimising.records import Range


def space_for(version: EAVersion, ranges: Sequence[Range], inputs: Mapping[str, Any]) -> Space:
    """Return the space. inputs: those that are fixed otherwise than by their defaults.

    An uploaded EA's code is never loaded here: what it refuses is found out when it is tried. Raises
    Malformed naming the input, or ReleaseMissing where the code of a version that ships is not installed.
    """
    wanted = [one.text for one in ranges]
    names = {one.name for one in ranges}
    fixed = {name: value for name, value in inputs.items() if name not in names}
    try:
        if version.is_uploaded:
            return space_by(specs_of(version.input_schema), wanted, fixed)
        expert = EXPERTS.get(version.template.slug)
        if expert is None or content_hash(expert) != version.content_hash:
            raise ReleaseMissing(version.template.slug, version.version)
        return space_of(expert, wanted, fixed)
    except InputRefused as refusal:
        where = "ranges" if refusal.field in names else "inputs"
        raise Malformed(Fault(f"/{where}/{refusal.field}", refusal.detail)) from refusal
    except SpaceRefused as refusal:
        raise Malformed(Fault(_place(str(refusal), names), sentence(str(refusal)))) from refusal


def _place(text: str, names: set[str]) -> str:
    """The engine's words begin with the input that they are about."""
    first = text.replace(":", " ").split()[0]
    return f"/ranges/{first}" if first in names else "/ranges"


def sentence(text: str) -> str:
    """Return the engine's words, which begin small and end without a stop, as a sentence."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
