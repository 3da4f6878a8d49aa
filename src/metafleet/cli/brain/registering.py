"""`metafleet brain register` and `models`: the registry of an installation, over its API. For operators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from metafleet.cli.asking import AsJson, Email, Password, Url, asking, say, say_json, say_table
from metafleet.cli.refusal import Refused

MOST_BYTES: Final = 8 * 1024 * 1024


def register(
    file: Annotated[Path, typer.Argument(metavar="MODEL.mfm", help="What `brain train` has written.")],
    challenge: Annotated[bool, typer.Option("--challenge", help="Try it in the champion's shadow.")] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Serve it; refused where its gate is shut.")
    ] = False,
    url: Url = None,
    email: Email = None,
    password: Password = None,
    as_json: AsJson = False,
) -> None:
    """Register a model's file as the next version of the model that it names."""
    if challenge and promote:
        raise Refused("Say either --challenge or --promote, not both.")
    content = _read(file)
    with asking(url, email, password) as api:
        row = api.upload("/api/models", (file.name, content), {})
        at = f"/api/models/versions/{row['id']}"
        if challenge:
            row = api.post(f"{at}/challenge")
        elif promote:
            row = api.post(f"{at}/promote", {"note": ""})
    if as_json:
        say_json(row)
        return
    say(f"{row['modelName']} version {row['number']} is registered, and is {_word(row)}.")
    say(row["gateVerdict"])


def models(url: Url = None, email: Email = None, password: Password = None, as_json: AsJson = False) -> None:
    """List the models that are registered, who serves and who challenges."""
    with asking(url, email, password) as api:
        found = api.get("/api/models")
    if as_json:
        say_json(found)
        return
    say_table(
        ("MODEL", "SYMBOLS", "TIMEFRAME", "PLAN", "CHAMPION", "CHALLENGER", "VERSIONS", "HIT RATIO", "DRIFT"),
        ((
            row["name"], " ".join(row["symbols"]), row["timeframe"], row["requiredPlan"],
            _number(row["champion"]), _number(row["challenger"]), row["versions"],
            _ratio(row["champion"]), _drift(row["champion"]),
        ) for row in found),
    )  # fmt: skip


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            content = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file}: cannot be read: {error.strerror or error}.") from error
    if len(content) > MOST_BYTES:
        raise Refused(f"{file}: has more than {MOST_BYTES >> 20} MiB, which is more than is registered.")
    return content


def _word(row: dict[str, Any]) -> str:
    words = {"draft": "a draft", "challenger": "the challenger", "champion": "the champion"}
    return words.get(row["state"], str(row["state"]))


def _number(version: dict[str, Any] | None) -> str:
    return "" if version is None else str(version["number"])


def _ratio(version: dict[str, Any] | None) -> str:
    health = version["health"] if version else None
    if health is None or health["hitRatio"] is None:
        return ""
    return f"{health['hitRatio']:.1%} of {health['judged']}"


def _drift(version: dict[str, Any] | None) -> str:
    health = version["health"] if version else None
    return "" if health is None or health["psi"] is None else f"{health['psi']:.2f} {health['psiFeature']}"
