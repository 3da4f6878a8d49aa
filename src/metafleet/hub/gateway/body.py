"""From the bytes of a request to a typed record, or to a refusal that names the field."""

from __future__ import annotations

import re
import zlib
from typing import Final, TypeVar

import msgspec

from metafleet.hub.gateway.errors import TooLarge
from metafleet.hub.gateway.http import Request
from metafleet.hub.kernel.decoding import fault
from metafleet.hub.kernel.errors import Fault, Malformed

MOST_BYTES: Final = 1024 * 1024
"""A body as it is sent (terminal protocol)."""
MOST_INFLATED_BYTES: Final = 4 * 1024 * 1024
"""A gzip body unpacked: 10,000 candles with every digit that a double has take three quarters of it."""
_GZIP: Final = 31
_FORM: Final = re.compile(rb"[\w.\[\]%-]{1,64}=")

Record = TypeVar("Record")


async def read_body(request: Request) -> bytes:
    """Return the body as UTF-8 without the trailing NUL that MQL sends. Raises TooLarge, Malformed."""
    raw = await _receive(request)
    encoding = request.header(b"content-encoding")
    if encoding and encoding.lower() in {b"gzip", b"x-gzip"}:
        raw = _inflate(raw)
    return _text(raw)


def decode(body: bytes, decoder: msgspec.json.Decoder[Record]) -> Record:
    """Return the record. Raises Malformed with the JSON pointer of the field that is wrong."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Malformed(fault(error)) from None
    except msgspec.DecodeError as error:
        raise Malformed(Fault("", _no_json(body, error))) from None
    except RecursionError:
        raise Malformed(Fault("", "The body is nested too deeply.")) from None


def _no_json(body: bytes, error: Exception) -> str:
    """EAs of others send forms and tables; whoever reads the answer is told what came."""
    if not body:
        return "The body is empty; the terminal protocol is JSON."
    if _FORM.match(body):
        return "The body is a form, name=value; the terminal protocol is JSON, an object in braces."
    return f"The body is no JSON: {error}."


async def _receive(request: Request) -> bytes:
    announced = request.header(b"content-length")
    if announced.isdigit() and int(announced[:20]) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    first, is_last = await _piece(request)
    if is_last:
        return first
    # Pieces of a byte each must not take more room than what they make up.
    body = bytearray(first)
    while not is_last:
        piece, is_last = await _piece(request)
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLarge(MOST_BYTES)
    return bytes(body)


async def _piece(request: Request) -> tuple[bytes, bool]:
    """Return the next piece, and whether it is the last."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise Malformed(Fault("", "The body ended early."))
    piece: bytes = message.get("body", b"")
    if len(piece) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    return piece, not message.get("more_body", False)


def _inflate(raw: bytes) -> bytes:
    """Unpack at most MOST_INFLATED_BYTES, whatever the packed bytes promise."""
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        plain = unpacker.decompress(raw, MOST_INFLATED_BYTES)
    except zlib.error:
        raise Malformed(Fault("", "The body is said to be gzip, and is not.")) from None
    if unpacker.unconsumed_tail:
        raise TooLarge(MOST_INFLATED_BYTES)
    if not unpacker.eof:
        raise Malformed(Fault("", "The gzip body is cut off."))
    return plain


def _text(raw: bytes) -> bytes:
    """MQL ends strings with a NUL, and writes the code page of its machine."""
    body = raw.rstrip(b"\x00 \t\r\n").removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; inside a comment they do no harm.
        return body.decode("windows-1252", "replace").encode()
    return body
