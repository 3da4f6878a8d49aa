"""What the AWS provider knows: its resources and data sources, their arguments, blocks and attributes."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("schema.json.gz")

Table = dict[str, Any]
"""Of each name: {"required": true, "kind": "string", "block": {…}, "computed": true}, each where it is so."""


@cache
def _tables() -> dict[str, Table]:
    loaded: dict[str, Table] = json.loads(gzip.decompress(TABLE.read_bytes()))
    return loaded


def provider_version() -> str:
    return str(_tables()["provider"])


def table(kind: str, name: str) -> Table | None:
    """kind: `resource` or `data`; None where the provider has no such thing."""
    return _tables().get(f"{kind} {name}")
