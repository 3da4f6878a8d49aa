"""What its trader says of a trade, and the views of the journal that somebody keeps."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas.base import Form, Record, Text

_LINE_ENDS = "\n\r\t"


def _without_nul(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in _LINE_ENDS for character in text):
        raise PydanticCustomError("control_character", "Leave out control characters other than line ends.")
    return text


Tag = Annotated[Text, Field(min_length=1, max_length=40)]


class Review(Record):
    """`rating` is 1 to 5, null for none; tags are lower case."""

    note: str
    rating: int | None
    tags: list[str]


class ReviewForm(Form):
    """Everything that is said of the trade from now on; what is left out is taken back."""

    note: Annotated[str, AfterValidator(_without_nul)] = Field("", max_length=20_000)
    rating: int | None = Field(None, ge=1, le=5)
    tags: list[Tag] = Field(default_factory=list, max_length=20)


class TagCount(Record):
    tag: str
    count: int


class Screenshot(Record):
    id: UUID
    caption: str
    media_type: str
    created_at: datetime


class CaptionForm(Form):
    """What the picture shows; empty takes the caption away."""

    caption: Text = Field(max_length=200)


class SavedFilter(Record):
    """`query` is what the journal's screen keeps in its address."""

    id: UUID
    name: str
    query: dict[str, Any]
    created_at: datetime


_Word = Annotated[Text, Field(max_length=200)]
_Number = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class SavedFilterForm(Form):
    name: Text = Field(min_length=1, max_length=60)
    query: dict[
        Annotated[Text, Field(max_length=40)],
        _Word | bool | _Number | Annotated[list[_Word], Field(max_length=200)] | None,
    ] = Field(default_factory=dict, max_length=30)
