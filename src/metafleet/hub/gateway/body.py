"""From the bytes of a request to a typed record, or to a refusal that names the field."""

from __future__ import annotations

import re
import zlib
from typing import Final, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from metafleet.hub.gateway.errors import TooLarge
from metafleet.hub.kernel.errors import Fault, Malformed

MOST_BYTES: Final = 1024 * 1024
"""A body as it is sent (terminal protocol)."""
MOST_INFLATED_BYTES: Final = 4 * 1024 * 1024
"""A gzip body unpacked: 10,000 candles with every digit that a double has take three quarters of it."""

_GZIP: Final = 31
_WHERE: Final = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_STEP: Final = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]")
_MISSING: Final = re.compile(r"^Object missing required field `([^`]+)`$")

Record = TypeVar("Record")


async def read_body(request: Request) -> bytes:
    """Return the body as UTF-8 without the trailing NUL that MQL sends. Raises TooLarge, Malformed."""
    raw = await _receive(request)
    if request.headers.get("content-encoding", "").lower() in {"gzip", "x-gzip"}:
        raw = _inflate(raw)
    return _text(raw)


def decode(body: bytes, kind: type[Record]) -> Record:
    """Return the record. Raises Malformed with the JSON pointer of the field that is wrong."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Malformed(_fault(str(error))) from None
    except msgspec.DecodeError as error:
        raise Malformed(Fault("", f"The body is no JSON: {error}.")) from None
    except RecursionError:
        raise Malformed(Fault("", "The body is nested too deeply.")) from None


def item_fault(error: Exception) -> str:
    """Return what is wrong with one item of a batch, its field first."""
    if isinstance(error, msgspec.ValidationError):
        fault = _fault(str(error))
        field = fault.pointer.removeprefix("/")
        return f"{field}: {fault.detail}" if field else fault.detail
    return "The item is nested too deeply." if isinstance(error, RecursionError) else str(error)


async def _receive(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > MOST_BYTES:
        raise TooLarge(MOST_BYTES)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooLarge(MOST_BYTES)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Malformed(Fault("", "The body ended early.")) from None
    return b"".join(chunks)


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


def _fault(message: str) -> Fault:
    """Turn msgspec's message into a fault: "… - at `$.accountInfo.equity`" is /accountInfo/equity."""
    found = _WHERE.match(message)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    pointer = "".join(f"/{name or index}" for name, index in _STEP.findall(path))
    if missing := _MISSING.match(what):
        return Fault(f"{pointer}/{missing[1]}", "This field is required.")
    if what.startswith("Invalid enum value"):
        what = "This is none of the allowed words"
    return Fault(pointer, f"{what}.")
