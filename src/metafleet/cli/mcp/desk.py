"""The platform's API as an assistant is given it: by one key, answers cut to what a reader can take in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mcp.server.mcpserver.exceptions import ToolError

from metafleet.cli.api_client import Api, ApiRefused
from metafleet.cli.refusal import Refused
from metafleet.hub.kernel.secrets import Secret

MOST_CHARACTERS: Final = 60_000
"""Of one answer, some 15,000 tokens: an assistant that is given more reads none of it well."""


class Desk:
    """One tenant's desk through one API key. `rights`: what the key may."""

    def __init__(self, api: Api, rights: frozenset[str]) -> None:
        self._api = api
        self.rights = rights

    def get(self, path: str, **query: object) -> Any:
        """Return what is at the address. Raises ToolError with the platform's sentence."""
        asked = {name: str(value) for name, value in query.items() if value not in {None, ""}}
        try:
            return self._api.get(path, **asked)
        except ApiRefused as refused:
            raise ToolError(str(refused)) from refused

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask for a change. Raises ToolError with the platform's sentence."""
        try:
            return self._api.post(path, body)
        except ApiRefused as refused:
            raise ToolError(str(refused)) from refused


def open_desk(url: str, key: str) -> Desk:
    """Return the desk that the key opens. Raises Refused."""
    if not key.strip():
        raise Refused(
            "METAFLEET_KEY is missing: make a key under Settings, API keys, with the scope read, "
            "and give it in that variable."
        )
    api = Api(url, key=Secret(key.strip()), agent="metafleet-mcp")
    return Desk(api, frozenset(api.get("/api/me")["rights"]))


def kept(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the fields that say something, in this order."""
    return {name: row[name] for name in names if row.get(name) not in (None, "", [])}


def bounded(rows: list[dict[str, Any]], *, of: int | None = None) -> dict[str, Any]:
    """Return as many rows as an answer may hold, and how many there are. of: how many the platform has."""
    held: list[dict[str, Any]] = []
    room = MOST_CHARACTERS
    for row in rows:
        room -= len(json.dumps(row, ensure_ascii=False))
        if room < 0:
            break
        held.append(row)
    total = len(rows) if of is None else of
    left = total - len(held)
    return {"total": total, "items": held, **({"notShown": left} if left > 0 else {})}
