"""The connectors as this installation gives them: the package that was built, presets with its address."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from metafleet.hub.console.problems import problem

NAME: Final = "metafleet-connectors.zip"
SUMS: Final = "SHA256SUMS"
_UTF_16: Final = b"\xff\xfe"
_ADDRESS: Final = re.compile(r"^InpAddress=[^\r\n]*", re.MULTILINE)


def connectors(request: HttpRequest) -> HttpResponse:
    """Serve the zip. It holds sources and a public address: nobody needs to sign in for it."""
    return _served(request, NAME, "application/zip")


def connectors_sums(request: HttpRequest) -> HttpResponse:
    """Serve the zip's hash, as `sha256sum --check` reads it."""
    return _served(request, SUMS, "text/plain; charset=utf-8")


def _served(request: HttpRequest, name: str, kind: str) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return problem(request, 405, "A download is only read.")
    built = Path(settings.APP_DIR) / "downloads" / NAME
    if not built.is_file():
        return problem(request, 404, "The connectors are not built here: run `make run`.")
    content = addressed(built, built.stat().st_mtime_ns, settings.GATEWAY_URL)
    response = HttpResponse(content if name == NAME else _sums({NAME: content}), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=2)
def addressed(built: Path, changed_ns: int, address: str) -> bytes:  # noqa: ARG001 - a new one is read anew
    """Return the built package with this address in its presets; all programs stay as they are, byte by byte.

    MetaTrader 4 reads presets as ASCII: an address that is none stays out of all of them.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(built) as package, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as own:
        contents = {one.filename: package.read(one) for one in package.infolist()}
        top = next(iter(contents)).partition("/")[0]
        if address.isascii():
            contents |= {path: _preset(old, address) for path, old in contents.items() if _is_preset(path)}
        listed = {path.removeprefix(f"{top}/"): one for path, one in contents.items()}
        contents[f"{top}/{SUMS}"] = _sums({path: one for path, one in listed.items() if path != SUMS})
        for one in package.infolist():
            own.writestr(one, contents[one.filename], zipfile.ZIP_STORED)
    return made.getvalue()


def _is_preset(path: str) -> bool:
    return path.endswith(".set")


def _preset(old: bytes, address: str) -> bytes:
    """Return a preset's bytes: UTF-16 of MetaTrader 5, ASCII of MetaTrader 4."""
    encoding = "utf-16" if old.startswith(_UTF_16) else "ascii"
    text = _ADDRESS.sub(lambda _: f"InpAddress={address}", old.decode(encoding))
    return _UTF_16 + text.encode("utf-16-le") if encoding == "utf-16" else text.encode("ascii")


def _sums(of: dict[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha256(of[name]).hexdigest()}  {name}\n" for name in sorted(of)).encode()
