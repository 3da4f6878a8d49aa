"""`python -m metafleet.runner.agent SETTINGS NAME`: watch one terminal until stdin ends.

Exit codes: 0 stopped as asked, 1 failed (start it again), 4 the hub refuses the terminal for good.
"""

from __future__ import annotations

import importlib.metadata
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from metafleet.runner.agent import lock, machine, records, settings
from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.source import Source, SourceLost
from metafleet.runner.agent.supervisor import EXIT_REFUSED
from metafleet.runner.agent.watcher import Refused, Watcher
from metafleet.wire import loglines

logger = logging.getLogger("metafleet.agent")


def main(path: str, name: str) -> int:
    """Watch the terminal of that name and return the exit code."""
    loglines.to(sys.stdout)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the agent hears it, and closes stdin
    threading.Thread(target=_end_with_stdin, args=(stop,), daemon=True).start()
    try:
        said = settings.read(Path(path))
        terminal, folder = said.terminal(name), said.folder_of(name)
        lock.hold(folder)
        watcher = Watcher(
            settings=terminal,
            hub=said.hub,
            folder=folder,
            source=open_source(terminal),
            version=importlib.metadata.version("metafleet"),
            machine_id=machine.identify(Path(said.state)),
        )
    except (settings.SettingsRefused, lock.Held, SourceLost, OSError, ValueError) as trouble:
        logger.error("%s: %s", name, trouble)
        return 1
    return _watch(watcher, stop, folder)


def open_source(terminal: TerminalSettings) -> Source:
    """Return the terminal of these settings. Raises SourceLost."""
    if terminal.source == "paper":
        from metafleet.runner.agent.paper import PaperSource

        return PaperSource(terminal)
    from metafleet.runner.agent.mt5 import Mt5Source

    return Mt5Source(terminal)


def _watch(watcher: Watcher, stop: threading.Event, folder: Path) -> int:
    try:
        watcher.run(stop)
    except Refused as refused:
        watcher.status.state, watcher.status.detail = "refused", f"{refused}. Pair it anew."
        records.write(folder / records.STATUS, watcher.status)
        logger.error("%s: %s", watcher.status.name, watcher.status.detail)
        return EXIT_REFUSED
    except OSError:
        logger.exception("%s: its folder cannot be written", watcher.status.name)
        return 1
    return 0


def _end_with_stdin(stop: threading.Event) -> None:
    # Unbuffered: a thread that holds the buffer's lock would keep the process from ending in order.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
