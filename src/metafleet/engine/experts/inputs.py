"""An EA's inputs: typed class attributes that validate themselves and render as a form."""

from __future__ import annotations

import difflib
import math
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

InputValue = bool | int | float | str
Value = TypeVar("Value", bool, int, float, str)

_TYPE_WORDS: Final[dict[type, str]] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
}


class InputRefused(Exception):
    """An input's value was refused. `field`: the input's name; `detail`: what was wanted and found."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class InputMisdeclared(TypeError):
    """The author's declaration of an input makes no sense; raised when the class is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """One declared input. Bounds and step apply to numbers; `choices` to any type.

    step: how far apart the values are that an optimiser tries, from `ge` on; None: the author has not said.
    Values between two steps are as good, and so may the default be.
    """

    name: str
    type: type[InputValue]
    default: InputValue
    title: str
    ge: float | None
    le: float | None
    gt: float | None
    lt: float | None
    unit: str
    group: str
    help: str
    choices: tuple[InputValue, ...]
    step: float | None = None


class InputField:
    """What `Input(...)` leaves on the class: the class shows the default, an instance its own value."""

    def __init__(self, spec: InputSpec) -> None:
        self.spec = spec

    def __set_name__(self, owner: type, name: str) -> None:
        title = self.spec.title or name.replace("_", " ").capitalize()
        self.spec = replace(self.spec, name=name, title=title)

    def __get__(self, instance: object | None, owner: type | None = None) -> InputValue:
        return self.spec.default


def Input(  # noqa: N802, PLR0913 - reads as the type it stands for; every argument is one field of the form
    default: Value,
    *,
    title: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
    step: float | None = None,
    unit: str = "",
    group: str = "",
    help: str = "",  # noqa: A002 - the word that authors expect
    choices: Sequence[Value] = (),
) -> Value:
    """Declare an input: `fast_period: int = Input(12, ge=2, le=200, unit="bars")`.

    The annotation gives the type (int, float, bool or str); `ge`, `le`, `gt`, `lt`
    bound a number; `choices` lists the only values allowed; `step` is how far apart an
    optimiser's tries are; the rest is for the form.
    """
    spec = InputSpec(
        name="",
        type=type(default),
        default=default,
        title=title,
        ge=ge,
        le=le,
        gt=gt,
        lt=lt,
        unit=unit,
        group=group,
        help=help,
        choices=tuple(choices),
        step=step,
    )
    return cast(Value, InputField(spec))


def declared_inputs(cls: type) -> dict[str, InputSpec]:
    """Return the inputs of an EA class by name, inherited ones first, in written order.

    Raises InputMisdeclared for a missing or unsupported annotation, or a default
    outside its own bounds.
    """
    return dict(_declared(cls))


@lru_cache(maxsize=256)
def _declared(cls: type) -> dict[str, InputSpec]:
    """The same for as long as there is the class; to find it out costs more than a quick test."""
    hints = typing.get_type_hints(cls)
    fields: dict[str, InputField] = {}
    for owner in reversed(cls.__mro__):
        fields.update({name: field for name, field in vars(owner).items() if isinstance(field, InputField)})
    return {name: _typed(cls, field.spec, hints.get(name)) for name, field in fields.items()}


def _typed(cls: type, spec: InputSpec, hint: Any) -> InputSpec:
    where = f"{cls.__name__}.{spec.name}"
    if hint not in _TYPE_WORDS:
        raise InputMisdeclared(f"{where}: annotate it as int, float, bool or str, found {hint!r}")
    typed = replace(spec, type=hint)
    _check_step(where, typed)
    try:
        return replace(typed, default=check_value(typed, spec.default))
    except InputRefused as refused:
        raise InputMisdeclared(f"{where}: its own default is refused: {refused.detail}") from refused


def _check_step(where: str, spec: InputSpec) -> None:
    """Raise InputMisdeclared for a step that leads nowhere."""
    step = spec.step
    if step is None:
        return
    if spec.type not in {int, float} or spec.choices:
        raise InputMisdeclared(f"{where}: a step is for numbers without choices")
    if not math.isfinite(step) or step <= 0:
        raise InputMisdeclared(f"{where}: its step must be more than 0, found {step!r}")
    if spec.type is int and step != int(step):
        raise InputMisdeclared(f"{where}: the step of a whole number must be whole, found {step!r}")


def check_value(spec: InputSpec, value: object) -> InputValue:
    """Return the value in its declared type (a whole number serves as a float). Raises InputRefused."""
    typed = _checked_type(spec, value)
    if spec.choices and typed not in spec.choices:
        allowed = ", ".join(str(choice) for choice in spec.choices)
        raise InputRefused(spec.name, f"must be one of {allowed}; found {typed!r}")
    if isinstance(typed, int | float) and not isinstance(typed, bool):
        _check_bounds(spec, typed)
    return typed


def _checked_type(spec: InputSpec, value: object) -> InputValue:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if spec.type is float and (is_whole or isinstance(value, float)):
        number = float(cast(float, value))
        if math.isfinite(number):
            return number
    elif spec.type is int and (is_whole or (isinstance(value, float) and value.is_integer())):
        return int(cast(float, value))
    elif spec.type in {bool, str} and isinstance(value, spec.type):
        return value
    raise InputRefused(spec.name, f"must be {_TYPE_WORDS[spec.type]}; found {value!r}")


def _check_bounds(spec: InputSpec, value: float) -> None:
    rules = (
        (spec.ge, "at least", spec.ge is not None and value < spec.ge),
        (spec.gt, "more than", spec.gt is not None and value <= spec.gt),
        (spec.le, "at most", spec.le is not None and value > spec.le),
        (spec.lt, "less than", spec.lt is not None and value >= spec.lt),
    )
    for bound, words, is_broken in rules:
        if is_broken:
            unit = f" {spec.unit}" if spec.unit else ""
            raise InputRefused(spec.name, f"must be {words} {bound:g}{unit}; found {value!r}")


def parse_inputs(cls: type, given: Mapping[str, object]) -> dict[str, InputValue]:
    """Return every input of an EA class: those given, checked, and defaults for the rest.

    After each value alone, the class's own `check_inputs` judges them together.
    Raises InputRefused with the field; an unknown name gets a suggestion.
    """
    values = parse_by(declared_inputs(cls), given)
    check_together = getattr(cls, "check_inputs", None)
    if check_together is not None:
        check_together(values)
    return values


def parse_by(specs: Mapping[str, InputSpec], given: Mapping[str, object]) -> dict[str, InputValue]:
    """Return every input of these, each judged alone. Raises InputRefused."""
    for name in given:
        if name not in specs:
            raise InputRefused(name, _unknown(name, specs))
    return {
        name: check_value(spec, given[name]) if name in given else spec.default
        for name, spec in specs.items()
    }


def _unknown(name: str, specs: Mapping[str, InputSpec]) -> str:
    near = difflib.get_close_matches(name, specs, n=1)
    if near:
        return f"no such input; did you mean {near[0]}?"
    return f"no such input; there are {', '.join(specs) or 'none'}"


def input_schema(cls: type) -> dict[str, Any]:
    """Return the inputs as a JSON Schema (draft 2020-12) object that a form renders from.

    `x-unit`, `x-group` and `x-step` carry what JSON Schema has no word for (`multipleOf`
    would refuse what lies between two steps); properties keep the author's order.
    """
    specs = declared_inputs(cls)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "title": getattr(cls, "name", cls.__name__),
        "properties": {name: _property(spec) for name, spec in specs.items()},
        "additionalProperties": False,
    }


def _property(spec: InputSpec) -> dict[str, Any]:
    words = {bool: "boolean", int: "integer", float: "number", str: "string"}
    optional = {
        "description": spec.help or None,
        "minimum": spec.ge,
        "exclusiveMinimum": spec.gt,
        "maximum": spec.le,
        "exclusiveMaximum": spec.lt,
        "enum": list(spec.choices) or None,
        "x-unit": spec.unit or None,
        "x-group": spec.group or None,
        "x-step": spec.step,
    }
    shown = {key: value for key, value in optional.items() if value is not None}
    return {"type": words[spec.type], "title": spec.title, "default": spec.default, **shown}


def specs_of(schema: Mapping[str, Any]) -> dict[str, InputSpec]:
    """Return the inputs that an `input_schema` describes: the way back, where the class is not at hand.

    Raises InputMisdeclared for a schema that `input_schema` would not have written.
    """
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        raise InputMisdeclared(f"properties: expected a table of inputs, found {properties!r:.80}")
    return {str(name): _spec(str(name), shown) for name, shown in properties.items()}


def _spec(name: str, shown: Any) -> InputSpec:
    kinds = {"boolean": bool, "integer": int, "number": float, "string": str}
    if not isinstance(shown, Mapping) or shown.get("type") not in kinds or "default" not in shown:
        raise InputMisdeclared(f"{name}: expected a type and a default, found {shown!r:.80}")
    spec = InputSpec(
        name=name,
        type=kinds[shown["type"]],
        default=shown["default"],
        title=str(shown.get("title", "")),
        ge=_bound(name, shown, "minimum"),
        le=_bound(name, shown, "maximum"),
        gt=_bound(name, shown, "exclusiveMinimum"),
        lt=_bound(name, shown, "exclusiveMaximum"),
        unit=str(shown.get("x-unit", "")),
        group=str(shown.get("x-group", "")),
        help=str(shown.get("description", "")),
        choices=_choices(name, shown),
        step=_bound(name, shown, "x-step"),
    )
    _check_step(name, spec)
    try:
        return replace(spec, default=check_value(spec, spec.default))
    except InputRefused as refused:
        raise InputMisdeclared(f"{name}: its own default is refused: {refused.detail}") from refused


def _bound(name: str, shown: Mapping[str, Any], word: str) -> float | None:
    value = shown.get(word)
    if value is None or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    raise InputMisdeclared(f"{name}: {word} must be a number, found {value!r:.80}")


def _choices(name: str, shown: Mapping[str, Any]) -> tuple[InputValue, ...]:
    found = shown.get("enum", [])
    if isinstance(found, list) and all(isinstance(one, bool | int | float | str) for one in found):
        return tuple(found)
    raise InputMisdeclared(f"{name}: enum must be a list of values, found {found!r:.80}")
