"""Verifying the newest backup beside what goes on: a process of its own, whose memory goes with it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from metafleet.cli.backups import store

Command = Callable[[str], list[str]]
"""Return the command that verifies the backup of that id."""


class Checking:
    """One verification at a time, of the newest backup that was not verified. problem: of the last."""

    def __init__(self, folder: Path, command: Command) -> None:
        self._folder, self._command = folder, command
        self._process: subprocess.Popen[bytes] | None = None
        self._said: IO[bytes] | None = None
        self._tried = ""
        self.problem = ""

    def look(self) -> bool:
        """Begin one where one is due, or see what became of it; return whether one ended just now."""
        if self._process is None:
            self._begin()
            return False
        code = self._process.poll()
        if code is None:
            return False
        self.problem = "" if code == 0 else f"backup {self._tried} does not verify: {self._last_line()}"
        self._end()
        return True

    def close(self) -> None:
        """End what is under way; its scratch folder goes with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._end()

    def _begin(self) -> None:
        kept = store.backups_in(self._folder)
        # One that failed is not tried again: its reason stands until there is a newer one.
        if not kept or kept[-1].verified or kept[-1].manifest.id == self._tried:
            return
        self._tried = kept[-1].manifest.id
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            self._command(self._tried), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._said
        )

    def _last_line(self) -> str:
        if self._said is None:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("metafleet: ") if lines else "no message"

    def _end(self) -> None:
        if self._said is not None:
            self._said.close()
        self._process = self._said = None


def verify_command(folder: Path, key_file: Path) -> Command:
    """Return how a backup in the folder is verified by this very command."""
    options = ["--in", str(folder), "--key", str(key_file)]
    return lambda backup: [sys.executable, "-m", "metafleet.cli", "backup", "verify", backup, *options]
