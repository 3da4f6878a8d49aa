"""Inputs on their way to another version."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.catalogue.migrating import check_migration, migrate
from metafleet.hub.kernel.errors import Malformed


def schema(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


PERIOD = {"type": "integer", "default": 12, "minimum": 2, "maximum": 200}
LOTS = {"type": "number", "default": 0.1, "exclusiveMinimum": 0}
SIDE = {"type": "string", "default": "both", "enum": ["both", "buy"]}
NEW = schema(fast=PERIOD, lots=LOTS, side=SIDE)


def test_what_did_not_change_stays_as_its_owner_set_it() -> None:
    found = migrate({"fast": 7, "lots": 0.5, "side": "buy"}, [{}], NEW)
    assert (found.inputs, found.faults, found.changes) == ({"fast": 7, "lots": 0.5, "side": "buy"}, (), ())


def test_renamed_removed_set_and_new_inputs_are_carried_over_and_told() -> None:
    step = {"renamed": {"fast_period": "fast"}, "removed": ["old"], "set": {"side": "buy"}}
    found = migrate({"fast_period": 7, "old": 1, "side": "both"}, [step], NEW)
    assert found.inputs == {"fast": 7, "lots": 0.1, "side": "buy"}
    assert found.faults == ()
    assert found.changes == (
        "fast_period becomes fast",
        "old is dropped",
        "side is set to buy",
        "lots is new: 0.1",
    )


def test_two_names_may_change_places() -> None:
    pair = schema(a=PERIOD, b=PERIOD)
    assert migrate({"a": 3, "b": 5}, [{"renamed": {"a": "b", "b": "a"}}], pair).inputs == {"a": 5, "b": 3}


def test_the_steps_of_versions_between_are_taken_in_turn() -> None:
    steps = [{"renamed": {"period": "fast_period"}}, {"renamed": {"fast_period": "fast"}}]
    assert migrate({"period": 9}, steps, NEW).inputs["fast"] == 9


@pytest.mark.parametrize(
    ("given_inputs", "step", "pointer", "detail"),
    [
        ({"fast": 500}, {}, "/inputs/fast", "fast must be at most 200; found 500"),
        ({"fast": "often"}, {}, "/inputs/fast", "fast must be a whole number; found 'often'"),
        ({"side": "sell"}, {}, "/inputs/side", "side must be one of both, buy; found 'sell'"),
        (
            {"fastt": 5},
            {},
            "/inputs/fastt",
            "fastt is no input of the new version, and nothing says what becomes of it. "
            "Was it renamed to fast?",
        ),
        (
            {"fast": 5, "quick": 6},
            {"renamed": {"quick": "fast"}},
            "/inputs/fast",
            "fast would get two values: quick becomes fast as well",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    given_inputs: dict[str, Any], step: dict[str, Any], pointer: str, detail: str
) -> None:
    (fault,) = migrate(given_inputs, [step], NEW).faults
    assert (fault.pointer, fault.detail) == (pointer, detail)


def test_every_fault_is_named_and_not_only_the_first() -> None:
    found = migrate({"fast": 1, "lots": 0, "side": "sell"}, [], NEW)
    assert [fault.pointer for fault in found.faults] == ["/inputs/fast", "/inputs/lots", "/inputs/side"]


@pytest.mark.parametrize(
    ("migration", "pointer"),
    [
        ({"moved": {}}, "/inputMigration"),
        ({"renamed": ["a"]}, "/inputMigration/renamed"),
        ({"renamed": {"a": "nowhere"}}, "/inputMigration/renamed/a"),
        ({"renamed": {"a": "fast", "b": "fast"}}, "/inputMigration/renamed"),
        ({"removed": "old"}, "/inputMigration/removed"),
        ({"set": {"fast": 1}}, "/inputMigration/set/fast"),
        ({"set": {"nothing": 1}}, "/inputMigration/set/nothing"),
        ({"set": 5}, "/inputMigration/set"),
        ({"removed": ["x"] * 201}, "/inputMigration/removed"),
    ],
)
def test_a_migration_that_makes_no_sense_is_refused_where_it_is_wrong(
    migration: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        check_migration(migration, NEW)
    assert refusal.value.faults[0].pointer == pointer


names = st.sampled_from(["fast", "lots", "side", "old", "other"])
values = st.integers(-5, 300) | st.floats(-1, 1) | st.sampled_from(["both", "sell"]) | st.booleans()
steps = st.fixed_dictionaries(
    {
        "renamed": st.dictionaries(names, names, max_size=2),
        "removed": st.lists(names, max_size=2),
        "set": st.dictionaries(names, values, max_size=2),
    }
)


@given(st.dictionaries(names, values), st.lists(steps, max_size=3))
def test_what_has_no_fault_fits_and_stays_as_it_is(
    given_inputs: dict[str, Any], path: list[dict[str, Any]]
) -> None:
    found = migrate(given_inputs, path, NEW)
    if not found.faults:
        assert set(found.inputs) == {"fast", "lots", "side"}
        again = migrate(found.inputs, [], NEW)
        assert (again.inputs, again.faults, again.changes) == (found.inputs, (), ())
