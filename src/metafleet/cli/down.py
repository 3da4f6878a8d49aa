"""`metafleet down`: stop a running installation from another shell."""

from __future__ import annotations

import os
import signal

from metafleet.cli.data_folder import DataFolder, lock_holder, locked
from metafleet.cli.preparation import Say
from metafleet.cli.readiness import wait_until
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings
from metafleet.cli.shutdown import stop_installation

STOP_TIMEOUT_S = 60.0


class DownRefused(Refused):
    """There is nothing to stop, or it does not stop."""


def run_down(settings: Settings, say: Say) -> None:
    """Order `metafleet up` to stop and wait for it; without one, stop what it left behind.

    Raises DownRefused when there is no such installation or it does not stop.
    """
    folder = DataFolder(settings.data_dir)
    if not folder.version.exists():
        raise DownRefused(
            f"There is no metafleet data folder at {folder.root}; name it by METAFLEET_DATA_DIR."
        )
    holder = lock_holder(folder)
    if holder is None:
        with locked(folder):
            stop_installation(folder)
    else:
        _ask(folder, holder)
    say("Everything has stopped.")


def _ask(folder: DataFolder, holder: int) -> None:
    try:
        os.kill(holder, signal.SIGTERM)
    except PermissionError as error:
        raise DownRefused(f"Process {holder} belongs to another user; run this as that user.") from error
    if not wait_until(lambda: lock_holder(folder) is None, STOP_TIMEOUT_S, 0.05):
        raise DownRefused(f"metafleet (process {holder}) did not stop within {STOP_TIMEOUT_S:.0f} s.")
