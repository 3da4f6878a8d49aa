"""Carry an EA's inputs from one version to a later one: pure, and every fault by the input's name.

A version says what became of the inputs of the version before it: `{renamed: {old: new}, removed:
[name], set: {name: value}}`. From a version further back the steps of all between are taken in turn.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from metafleet.engine.experts.inputs import InputRefused, InputSpec, check_value, specs_of
from metafleet.hub.kernel.errors import Fault, Malformed

MOST: Final = 200
"""Inputs that one migration may name in each of its parts."""
_PARTS: Final = ("renamed", "removed", "set")


@dataclass(frozen=True, slots=True)
class Migrated:
    """The new inputs, all of them, and what does not fit; `changes` says in words what became of which."""

    inputs: dict[str, Any]
    faults: tuple[Fault, ...]
    changes: tuple[str, ...]


def migrate(
    inputs: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], schema: Mapping[str, Any]
) -> Migrated:
    """Return the inputs as the version of this schema takes them.

    steps: the input migrations on the way, oldest first. What is new gets its default. An input that is
    unknown afterwards, two that end up under one name, and a value out of bounds are faults, each with
    a pointer as `/inputs/fast_period`.
    """
    values, faults, changes = dict(inputs), list[Fault](), list[str]()
    for step in steps:
        values = _step(values, step, faults, changes)
    specs = specs_of(schema)
    taken: dict[str, Any] = {}
    for name, spec in specs.items():
        if name not in values:
            taken[name] = spec.default
            changes.append(f"{name} is new: {_shown(spec.default)}")
            continue
        try:
            taken[name] = check_value(spec, values[name])
        except InputRefused as refused:
            faults.append(Fault(f"/inputs/{name}", f"{name} {refused.detail}"))
    for name in values:
        if name not in specs:
            faults.append(Fault(f"/inputs/{name}", _unknown(name, specs)))
    return Migrated(taken, tuple(faults), tuple(changes))


def check_migration(migration: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the migration in full. Raises Malformed naming what in it makes no sense for this schema."""
    unknown = sorted(set(migration) - set(_PARTS))
    if unknown:
        _refuse("", f"{unknown[0]!r} is no part of an input migration. It has renamed, removed and set.")
    renamed, removed, sets = (
        migration.get(part) or kind() for part, kind in zip(_PARTS, (dict, list, dict), strict=True)
    )
    _check_shapes(renamed, removed, sets)
    specs = specs_of(schema)
    for old, new in renamed.items():
        if new not in specs:
            _refuse(f"/renamed/{old}", f"There is no input {new} to rename {old} to.")
    if len(set(renamed.values())) < len(renamed):
        _refuse("/renamed", "Two inputs are renamed to the same name.")
    for name, value in sets.items():
        if name not in specs:
            _refuse(f"/set/{name}", f"There is no input {name} to set.")
        try:
            check_value(specs[name], value)
        except InputRefused as refused:
            _refuse(f"/set/{name}", f"{name} {refused.detail}")
    return {"renamed": dict(renamed), "removed": list(removed), "set": dict(sets)}


def _step(
    values: Mapping[str, Any], step: Mapping[str, Any], faults: list[Fault], changes: list[str]
) -> dict[str, Any]:
    """Take one step. Renames happen at once, so that two names may change places."""
    renamed: Mapping[str, str] = step.get("renamed") or {}
    removed = set(step.get("removed") or ())
    after: dict[str, Any] = {}
    for name, value in values.items():
        if name in removed:
            changes.append(f"{name} is dropped")
            continue
        new = renamed.get(name, name)
        if new in after:
            faults.append(
                Fault(f"/inputs/{new}", f"{new} would get two values: {name} becomes {new} as well")
            )
        after[new] = value
        if new != name:
            changes.append(f"{name} becomes {new}")
    for name, value in (step.get("set") or {}).items():
        if name not in after or after[name] != value:
            changes.append(f"{name} is set to {_shown(value)}")
        after[name] = value
    return after


def _unknown(name: str, specs: Mapping[str, InputSpec]) -> str:
    near = difflib.get_close_matches(name, specs, n=1)
    hint = f" Was it renamed to {near[0]}?" if near else ""
    return f"{name} is no input of the new version, and nothing says what becomes of it.{hint}"


def _check_shapes(renamed: Any, removed: Any, sets: Any) -> None:
    if not isinstance(renamed, dict) or not all(isinstance(new, str) and new for new in renamed.values()):
        _refuse("/renamed", "Say it as a table of old names and new names.")
    if not isinstance(removed, list) or not all(isinstance(name, str) and name for name in removed):
        _refuse("/removed", "Say it as a list of names.")
    if not isinstance(sets, dict):
        _refuse("/set", "Say it as a table of names and values.")
    for part, found in zip(_PARTS, (renamed, removed, sets), strict=True):
        if len(found) > MOST:
            _refuse(f"/{part}", f"At most {MOST} inputs can be named here; found {len(found)}.")


def _refuse(pointer: str, detail: str) -> None:
    raise Malformed(Fault(f"/inputMigration{pointer}", detail))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
