"""What the zip holds, by its place there. Of the same sources always the same bytes, on any machine."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

CONNECTORS: Final = Path(__file__).parents[1]
Platform = Literal["MQL4", "MQL5"]
PLATFORMS: Final[tuple[Platform, ...]] = ("MQL4", "MQL5")
OWN_FOLDER: Final = "Metafleet"

_VERSION: Final = re.compile(r'^#define MF_VERSION "([0-9]+\.[0-9]+\.[0-9]+)"$', re.M)
_INCLUDED: Final = re.compile(r"^#include <metafleet/(\w+\.mqh)>$", re.M)
_INPUT: Final = re.compile(r"^input (?!group)(\w+) (Inp\w+) = ([^;]+);", re.M)

PRESETS: Final = {
    "MetafleetConnector - report only": {"InpMayTrade": "false"},
    "MetafleetConnector - report and obey": {"InpMayTrade": "true"},
}
"""Presets of the connector, by the name of the file, and what each sets otherwise than the program does."""


def version() -> str:
    """Return the connectors' own version, which a terminal reports: "1.0.0"."""
    text = (CONNECTORS / "include" / "metafleet" / "Connector.mqh").read_text(encoding="ascii")
    found = _VERSION.search(text)
    if found is None:
        raise ValueError("Connector.mqh: expected #define MF_VERSION, found none")
    return found[1]


def files() -> dict[str, bytes]:
    """Return each file's bytes by its path within the zip's one folder, the list of their hashes included."""
    made = {path: content for platform in PLATFORMS for path, content in _of_platform(platform)}
    words = (Path(__file__).parent / "README.txt").read_text(encoding="ascii")
    made["README.txt"] = words.replace("VERSION", version()).encode()
    made["LICENSE"] = (CONNECTORS.parent / "LICENSE").read_bytes()
    made["SHA256SUMS"] = sums(made)
    return made


def sums(of: dict[str, bytes]) -> bytes:
    """Return the hashes as `sha256sum --check` reads them."""
    return "".join(f"{hashlib.sha256(of[name]).hexdigest()}  {name}\n" for name in sorted(of)).encode()


def _of_platform(platform: Platform) -> Iterator[tuple[str, bytes]]:
    programs = sorted((CONNECTORS / platform.lower()).glob("*.mq?"))
    for path in programs:
        yield f"{platform}/Experts/{OWN_FOLDER}/{path.name}", path.read_bytes()
    for name in sorted(_included([path.read_text(encoding="ascii") for path in programs])):
        yield f"{platform}/Include/metafleet/{name}", _header(name).read_bytes()
    connector = next(path for path in programs if path.stem == "MetafleetConnector")
    for name, changes in PRESETS.items():
        text = preset(connector.read_text(encoding="ascii"), changes, platform)
        yield f"{platform}/Presets/{name}.set", encoded(text, platform)


def _header(name: str) -> Path:
    return CONNECTORS / "include" / "metafleet" / name


def _included(texts: list[str]) -> set[str]:
    """Return the headers that these texts include, and those that they include."""
    known: set[str] = set()
    while texts:
        for name in _INCLUDED.findall(texts.pop()):
            if name not in known:
                known.add(name)
                texts.append(_header(name).read_text(encoding="ascii"))
    return known


def inputs_of(program: str) -> dict[str, str]:
    """Return the inputs of a program's text, and what they are without a preset."""
    return {name: value.strip().strip('"') for _, name, value in _INPUT.findall(program)}


_TRUTHS: Final = {"false": "0", "true": "1"}
"""MetaTrader 4 writes them so, and reads nothing else for certain."""


def preset(program: str, changes: dict[str, str], platform: Platform) -> str:
    """Return the text of a preset of all inputs. Raises KeyError for an input that the program has not."""
    inputs = inputs_of(program)
    if missing := sorted(set(changes) - set(inputs)):
        raise KeyError(f"a preset sets {missing}, which the program has not")
    lines = [f"; metafleet connectors {version()}"]
    words = _TRUTHS if platform == "MQL4" else {}
    lines += [f"{name}={words.get(value, value)}" for name, value in (inputs | changes).items()]
    return "\r\n".join(lines) + "\r\n"


def encoded(text: str, platform: Platform) -> bytes:
    """Return a preset's bytes: UTF-16 as MetaTrader 5 writes them itself, ASCII as MetaTrader 4."""
    return b"\xff\xfe" + text.encode("utf-16-le") if platform == "MQL5" else text.encode("ascii")
