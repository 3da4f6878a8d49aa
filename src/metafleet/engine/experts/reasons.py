"""Why an EA sent an order: a tag that the order carries, and a note that is kept beside it."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from metafleet.engine.broker.records import COMMENT_LENGTH
from metafleet.wire.messages import NOTE_LENGTH, TAG_LENGTH

_TAG: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{TAG_LENGTH - 1}}}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


class ReasonRefused(ValueError):
    """A tag is not one; the text is one sentence."""


class Reason(msgspec.Struct, frozen=True):
    """tag: a word, to count trades by; note: a sentence. Either may be empty."""

    tag: str = ""
    note: str = ""


def reason_of(tag: str, note: str) -> Reason | None:
    """Return what an EA says of an order, None for nothing. A note that is too long is cut.

    Raises ReasonRefused for a tag that is no word of at most TAG_LENGTH letters, digits, dots and dashes.
    """
    if tag and not _TAG.fullmatch(tag):
        raise ReasonRefused(
            f"tag {tag[:40]!r}: one word of at most {TAG_LENGTH} letters, digits, '.', '_' and '-'"
        )
    said = _UNPRINTABLE.sub(" ", note).strip()[:NOTE_LENGTH]
    return Reason(tag, said) if tag or said else None


def tagged(comment: str, tag: str) -> str:
    """Return an order's comment with its tag at the end, as long as a server keeps."""
    if not tag:
        return comment
    return f"{comment[: COMMENT_LENGTH - len(tag) - 1]} {tag}".strip()
