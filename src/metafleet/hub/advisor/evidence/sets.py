"""Which inputs of an EA are tried: its defaults, and a small, fixed scatter around them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused, InputSpec, InputValue, declared_inputs, parse_inputs

COUNT: Final = 30
"""The defaults among them. Few: each more is one more chance for luck to look like skill."""

FACTORS: Final = (0.5, 0.75, 1.5, 2.0)
"""Of the default. Tries lie this far away, on the input's own steps."""

GROUPS: Final = ("Signal", "Exit", "Grid")
"""What decides when an EA trades. Volumes and sessions are the customer's business."""

_DRAWS: Final = 2_000
_CHANGED: Final = (1, 2, 2, 3, 3)
"""How many inputs differ from the defaults in a draw."""


def input_sets(cls: type[Expert], count: int = COUNT) -> list[dict[str, InputValue]]:
    """Return up to so many complete sets of inputs, the defaults first; always the same for the same EA.

    Fewer where the EA has nothing to vary, or refuses the rest.
    """
    specs = declared_inputs(cls)
    usual = parse_inputs(cls, {})
    varied = {name: found for name, spec in specs.items() if (found := _around(spec))}
    made = [dict(usual)]
    chance = random.Random(f"{cls.slug} {cls.version}")
    names = list(varied)
    for _ in range(_DRAWS if names else 0):
        if len(made) >= count:
            break
        chosen = chance.sample(names, min(chance.choice(_CHANGED), len(names)))
        inputs = usual | {name: chance.choice(varied[name]) for name in chosen}
        if inputs not in made and _is_allowed(cls, inputs):
            made.append(inputs)
    return made


def _is_allowed(cls: type[Expert], inputs: Mapping[str, InputValue]) -> bool:
    try:
        parse_inputs(cls, dict(inputs))
    except InputRefused:
        return False
    return True


def _around(spec: InputSpec) -> list[InputValue]:
    """Return other values of a number around its default, on its steps; none for what is not varied."""
    if spec.group not in GROUPS or spec.type not in {int, float} or spec.choices or not spec.default:
        return []
    default = Decimal(str(spec.default))
    step = Decimal(str(spec.step)) if spec.step else Decimal(1) if spec.type is int else default / 8
    low = Decimal(str(spec.ge if spec.ge is not None else 0))
    found: list[InputValue] = []
    for factor in FACTORS:
        steps = (default * Decimal(str(factor)) - low) / step
        value = spec.type(low + step * round(steps))
        if value != spec.default and value not in found and _is_within(spec, float(value)):
            found.append(value)
    return found


def _is_within(spec: InputSpec, value: float) -> bool:
    return not (
        (spec.ge is not None and value < spec.ge)
        or (spec.le is not None and value > spec.le)
        or (spec.gt is not None and value <= spec.gt)
        or (spec.lt is not None and value >= spec.lt)
    )


def hash_of(inputs: Mapping[str, InputValue]) -> str:
    """Return a name of these inputs: the first 32 hexadecimal digits of the SHA-256 of their JSON."""
    encoded = msgspec.json.encode(dict(inputs), order="deterministic")
    return hashlib.sha256(encoded).hexdigest()[:32]


def changed(cls: type[Expert], inputs: Mapping[str, InputValue]) -> Sequence[str]:
    """Return the names of the inputs that are not as the EA's author has them."""
    usual = parse_inputs(cls, {})
    return [name for name, value in inputs.items() if value != usual.get(name)]
