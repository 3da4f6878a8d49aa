"""Inputs validate themselves, say what is wrong, and render as a schema."""

from __future__ import annotations

import pytest

from metafleet.engine.experts import Expert, Input, InputRefused, input_schema, parse_inputs
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.experts.expert import ExpertMisdeclared
from metafleet.engine.experts.inputs import InputMisdeclared, declared_inputs, specs_of
from metafleet.engine.experts.review.shape import VERSION
from metafleet.engine.experts.tests.examples import FirstEa
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import BY_NAME


class Sample(Expert):
    """One input of every type."""

    name = "Sample"

    period: int = Input(12, title="Period", ge=2, le=200, unit="bars", group="Signal", help="How many bars.")
    ratio: float = Input(1.5, gt=0.0, lt=10.0)
    mode: str = Input("a", choices=("a", "b"))
    is_loud: bool = Input(False)


def test_defaults_fill_what_is_not_given() -> None:
    assert parse_inputs(Sample, {"period": 20}) == {
        "period": 20,
        "ratio": 1.5,
        "mode": "a",
        "is_loud": False,
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"period": 1}, "period: must be at least 2 bars; found 1"),
        ({"period": 201}, "period: must be at most 200 bars; found 201"),
        ({"period": 2.5}, "period: must be a whole number; found 2.5"),
        ({"period": True}, "period: must be a whole number; found True"),
        ({"period": "12"}, "period: must be a whole number; found '12'"),
        ({"period": None}, "period: must be a whole number; found None"),
        ({"ratio": 0}, "ratio: must be more than 0; found 0.0"),
        ({"ratio": 10.0}, "ratio: must be less than 10; found 10.0"),
        ({"ratio": float("nan")}, "ratio: must be a number; found nan"),
        ({"ratio": float("inf")}, "ratio: must be a number; found inf"),
        ({"mode": "c"}, "mode: must be one of a, b; found 'c'"),
        ({"is_loud": 1}, "is_loud: must be true or false; found 1"),
        ({"perod": 5}, "perod: no such input; did you mean period?"),
        ({"zzz": 5}, "zzz: no such input; there are period, ratio, mode, is_loud"),
    ],
)
def test_a_refusal_names_the_field_and_what_was_wanted(given: dict[str, object], refusal: str) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_inputs(Sample, given)
    assert str(refused.value) == refusal
    assert refused.value.field == next(iter(given))


def test_a_whole_number_serves_as_a_float_and_the_other_way_round() -> None:
    values = parse_inputs(Sample, {"ratio": 2, "period": 7.0})
    assert (type(values["ratio"]), type(values["period"])) == (float, int)


def test_the_schema_carries_everything_that_a_form_needs() -> None:
    schema = input_schema(Sample)
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == ["period", "ratio", "mode", "is_loud"]
    assert schema["properties"]["period"] == {
        "type": "integer",
        "title": "Period",
        "default": 12,
        "description": "How many bars.",
        "minimum": 2,
        "maximum": 200,
        "x-unit": "bars",
        "x-group": "Signal",
    }
    assert schema["properties"]["mode"] == {
        "type": "string",
        "title": "Mode",
        "default": "a",
        "enum": ["a", "b"],
    }
    assert schema["properties"]["ratio"]["exclusiveMinimum"] == 0.0


def test_an_input_of_an_unsupported_type_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(InputMisdeclared, match=r"Bad\.levels: annotate it as int, float, bool or str"):
        type("Bad", (Expert,), {"levels": Input(1), "__annotations__": {"levels": list}})


def test_a_default_outside_its_own_bounds_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(InputMisdeclared, match="its own default is refused: must be at least 5; found 1"):
        type("Bad", (Expert,), {"levels": Input(1, ge=5), "__annotations__": {"levels": int}})


def test_a_misspelt_hook_gets_a_suggestion_when_the_class_is_made() -> None:
    with pytest.raises(ExpertMisdeclared, match=r"Bad\.on_tik is never called; did you mean on_tick\?"):
        type("Bad", (Expert,), {"on_tik": lambda self, tick: None})


def test_inputs_are_inherited_and_may_be_declared_anew() -> None:
    class Narrow(Sample):
        period: int = Input(5, ge=5, le=6)

    assert parse_inputs(Narrow, {})["period"] == 5
    assert list(declared_inputs(Narrow)) == ["period", "ratio", "mode", "is_loud"]
    assert parse_inputs(Sample, {})["period"] == 12


@pytest.mark.parametrize("slug", EXPERTS)
def test_a_shipped_ea_has_all_that_the_catalogue_shows(slug: str) -> None:
    cls = EXPERTS[slug]
    assert cls.slug == slug
    assert VERSION.fullmatch(cls.version)
    assert min(map(len, (cls.name, cls.summary, cls.description, cls.risk_note))) > 3
    assert cls.symbols
    assert set(cls.symbols) <= set(SYMBOLS)
    assert cls.timeframe in BY_NAME
    assert (cls.resources.cpu, cls.resources.memory_mb) == (0.25, 256)
    assert set(input_schema(cls)["properties"]) == set(parse_inputs(cls, {}))
    assert content_hash(cls).startswith("sha256:")
    assert len(content_hash(cls)) == 71


def test_inputs_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(InputRefused, match=r"fast_period: must be less than slow_period \(30\); found 30"):
        parse_inputs(EXPERTS["trend-following"], {"fast_period": 30, "slow_period": 30})


def test_the_hash_is_of_the_modules_source() -> None:
    assert content_hash(EXPERTS["grid"]) != content_hash(EXPERTS["trend-following"])
    assert content_hash(FirstEa) == content_hash(FirstEa)


def test_a_step_is_shown_and_read_back_and_need_not_hit_the_default() -> None:
    class Stepped(Expert):
        period: int = Input(12, ge=2, le=200, step=5)
        ratio: float = Input(1.5, ge=0.5, le=10.0, step=0.5)

    schema = input_schema(Stepped)
    assert [one["x-step"] for one in schema["properties"].values()] == [5, 0.5]
    assert {name: spec.step for name, spec in specs_of(schema).items()} == {"period": 5, "ratio": 0.5}
    schema["properties"]["period"]["x-step"] = 2.5
    with pytest.raises(InputMisdeclared, match="the step of a whole number must be whole"):
        specs_of(schema)


@pytest.mark.parametrize("step", [0, -1, float("nan"), float("inf")])
def test_a_step_that_leads_nowhere_is_misdeclared(step: float) -> None:
    with pytest.raises(InputMisdeclared, match="period: its step must be more than 0"):

        class Wrong(Expert):
            period: int = Input(12, ge=2, step=step)


def test_only_numbers_have_a_step() -> None:
    with pytest.raises(InputMisdeclared, match="a step is for numbers without choices"):

        class Wrong(Expert):
            minutes: int = Input(5, choices=(1, 5), step=1)
