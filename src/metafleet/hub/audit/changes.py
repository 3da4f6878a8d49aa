"""What a deed changed: each field before and after, without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from metafleet.hub.kernel.secrets import Secret

_SECRET: Final = re.compile(
    r"password|passphrase|secret|token|api_?key|private_?key|credential", re.IGNORECASE
)
_LONGEST: Final = 2_000
"""Characters kept of a text: a record of deeds is no archive of files."""


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return {field: [before, after]} of the fields that differ; a field that is missing counts as None.

    What a name calls a secret is shown as dots: that it changed, and nothing of it.
    """
    names = sorted({*before, *after})
    return {
        name: [_shown(name, before.get(name)), _shown(name, after.get(name))]
        for name in names
        if before.get(name) != after.get(name)
    }


def _shown(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, bool | int | float) and not _SECRET.search(name)):
        return value
    if _SECRET.search(name) or isinstance(value, Secret):
        return str(Secret(""))
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown("", item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)[:_LONGEST]
