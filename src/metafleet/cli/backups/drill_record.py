"""What drills found, kept beside the backups: a line of JSON for each."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.cli.backups.drill import Outcome

FILE: Final = "drills.jsonl"


def as_json(done: Outcome, began_at: datetime, *, commits_wait: bool) -> dict[str, Any]:
    """Return an outcome in the words of the API, with when and by what it was found."""
    return {
        "beganAt": began_at.isoformat(timespec="seconds"),
        "version": version("metafleet"),
        "machine": platform.node(),
        "database": done.database,
        "commitsWait": commits_wait,
        "deals": done.deals,
        "lostDeals": done.lost_deals,
        "trades": done.trades,
        "lostTrades": done.lost_trades,
        "rpoSeconds": round(done.rpo_s, 3),
        "rtoSeconds": round(done.rto_s, 1),
    }


def append(folder: Path, record: dict[str, Any]) -> None:
    """Add a line to the record of drills. Raises Refused where the folder takes none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
    except OSError as error:
        raise Refused(
            f"{folder / FILE} cannot be written ({error.strerror}); name another by --in."
        ) from error
