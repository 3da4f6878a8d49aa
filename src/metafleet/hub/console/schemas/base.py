"""What every schema is made of: words, instants, records, forms, problems."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from ninja import Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

InstanceState = Literal["deploying", "running", "paused", "stopping", "stopped", "error"]
DesiredState = Literal["running", "paused", "stopped"]
Telemetry = Literal["fresh", "late", "stale", "none"]
PlanCode = Literal["bronze", "gold", "platinum"]
Role = Literal["owner", "trader", "viewer"]


def _without_control_characters(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError("control_character", "Leave out control characters, like line ends.")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_control_characters)]
"""One line that somebody typed. PostgreSQL takes no NUL, and no list or file shows the others well."""

Instant = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
"""An instant to compare with: in UTC, where the database has it, one at the calendar's end overflows."""


class Record(Schema):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)

    @model_validator(mode="wrap")
    @classmethod
    def _run_root_validator(cls, values: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read attributes and keys as they are.

        ninja's own validator of this name looks each of them up as Django's templates do, and a
        page of trades is two thousand of them.
        """
        return handler(values)


class Form(Record):
    """A request body: unknown fields are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ProblemItem(Record):
    """One fault; `pointer` is a JSON pointer into the request body, as `/inputs/fastPeriod`."""

    pointer: str
    detail: str


class Problem(Record):
    """RFC 9457 problem details; `detail` is a sentence for people, with the way out."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemItem] = Field(default_factory=list)
