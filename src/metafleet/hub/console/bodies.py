"""From the bytes of a request to JSON's values, all of which JSON can say back."""

from __future__ import annotations

import json
import math
from typing import Any, Never

from django.http import HttpRequest
from ninja.parser import Parser

from metafleet.hub.kernel.errors import Fault, Malformed


class JsonBodies(Parser):
    """Python's parser also takes NaN and Infinity, which are no JSON and break whoever reads a reply."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Raises Malformed for half a character or a number not finite, ValueError for what is no JSON."""
        # From bytes Python would take halves of characters, and other encodings than JSON has.
        body: dict[str, Any] = json.loads(_text(request.body), parse_constant=_refuse, parse_float=_finite)
        if b"\\ud" in request.body.lower():  # an escape that may stand for half a character
            _check_characters(body)
        return body


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(Fault("", "The request is no text in UTF-8, or has half a character.")) from error


def _check_characters(body: Any) -> None:
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed(Fault("", "The request has half a character, which is no text.")) from error


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(text: str) -> Never:
    raise Malformed(Fault("", f"{text[:30]} is no number that can be worked with. Write a finite number."))
