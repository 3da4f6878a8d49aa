"""`python -m metafleet.runner --state-dir DIR`: run one EA instance.

One line of JSON on stdin says where the gateway is and holds the one-start token.
Exit codes: 0 stopped as asked, 1 crashed (start it again), 3 fenced off by a newer
generation, 4 refused for good.
"""

from __future__ import annotations

import argparse
import logging
import resource
import signal
import sys
from pathlib import Path

from metafleet.runner import assignment, folder, run, switches
from metafleet.wire.client import WireClient, WireError

logger = logging.getLogger("metafleet.runner")


def main(arguments: list[str] | None = None) -> int:
    """Run to the end and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m metafleet.runner", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="folder of this instance's own files")
    state_dir: Path = parser.parse_args(arguments).state_dir
    _set_up_process()
    asked = _listen_for_signals()
    try:
        return _start(state_dir, asked)
    except assignment.StartRefused as refused:
        logger.error("%s", refused)
        return switches.EXIT_REFUSED
    except (WireError, folder.FolderTaken) as trouble:
        logger.error("%s", trouble)
        return switches.EXIT_STOPPED if asked.is_stopping() else switches.EXIT_CRASHED


def _start(state_dir: Path, asked: switches.Switches) -> int:
    gateway_url, token = assignment.read_ticket(sys.stdin.buffer)
    folder.hold(state_dir)
    try:
        client = WireClient(gateway_url)
    except ValueError as fault:
        raise assignment.StartRefused(str(fault)) from fault
    # The assignment holds secrets: nothing here keeps a name for it.
    return run.run(assignment.fetch(client, token, asked.is_stopping), client, state_dir, asked)


def _set_up_process() -> None:
    """Log to stdout, and leave no core file: it would hold the password."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


def _listen_for_signals() -> switches.Switches:
    asked = switches.Switches()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.ask_to_stop())
    return asked


if __name__ == "__main__":
    sys.exit(main())
