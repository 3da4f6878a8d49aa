from __future__ import annotations

import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.inputs import parse_inputs
from metafleet.hub.advisor.evidence.sets import COUNT, changed, hash_of, input_sets


@pytest.mark.parametrize("slug", EXPERTS)
def test_each_ea_has_thirty_sets_that_it_takes_the_defaults_first(slug: str) -> None:
    cls = EXPERTS[slug]
    made = input_sets(cls)
    assert made[0] == parse_inputs(cls, {})
    assert len({hash_of(one) for one in made}) == len(made) == COUNT
    assert all(parse_inputs(cls, dict(one)) == one for one in made)


def test_the_same_sets_are_made_each_time() -> None:
    cls = EXPERTS["momentum"]
    assert input_sets(cls) == input_sets(cls)


def test_volumes_and_sessions_are_nobodys_to_try() -> None:
    cls = EXPERTS["mean-reversion"]
    touched = {name for one in input_sets(cls) for name in changed(cls, one)}
    assert "band_period" in touched
    assert not touched & {
        "sizing",
        "risk_percent",
        "fixed_volume",
        "session_start_hour",
        "daily_loss_percent",
    }


def test_a_hash_does_not_depend_on_the_order_of_inputs() -> None:
    assert hash_of({"a": 1, "b": 2.5}) == hash_of({"b": 2.5, "a": 1})
    assert hash_of({"a": 1}) != hash_of({"a": 2})
