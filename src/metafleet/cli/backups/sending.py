"""Sending the copy in a bucket on while the log is followed."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from metafleet.cli.backups import mirror
from metafleet.cli.backups.bucket import Bucket
from metafleet.cli.backups.sealing import Damaged
from metafleet.cli.backups.taking import BackupFailed, Server, asked
from metafleet.cli.refusal import Refused

_EVERY_S: Final = 60.0
_SWITCH_EVERY_S: Final = 300.0
"""Only whole segments are sent: so long what was committed may wait for its segment to be one."""


class Sending:
    """problem: why the last try failed, "" where it did not; it is tried again each minute."""

    def __init__(self, folder: Path, bucket: Bucket, keep: int) -> None:
        self._folder, self._bucket, self._keep = folder, bucket, keep
        self._sent_at = self._switched_at = -_SWITCH_EVERY_S
        self.problem = ""

    def look(self, server: Server, *, is_news: bool) -> None:
        """Send what is due. is_news: a backup or its verification has just been made."""
        now = time.monotonic()
        if now - self._switched_at >= _SWITCH_EVERY_S:
            self._switched_at = now
            # Where nothing was written since the last, PostgreSQL does nothing; it may not be ours to ask.
            with suppress(BackupFailed):
                asked(server, "SELECT pg_switch_wal()::text")
        if not is_news and now - self._sent_at < _EVERY_S:
            return
        self._sent_at = now
        try:
            mirror.push(self._folder, self._bucket, self._keep)
            self.problem = ""
        except (Refused, Damaged, OSError) as error:
            self.problem = str(error)
