"""`python -m metafleet.runner --state-dir DIR [--data-mb N] [--user UID] [--uploaded]`: run one EA instance.

One line of JSON on stdin says where the gateway is and holds the one-start token.
Exit codes: 0 stopped as asked, 1 crashed (start it again), 3 fenced off by a newer
generation, 4 refused for good, 5 never answered by the gateway.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from metafleet.engine.experts import loading
from metafleet.runner import assignment, clock, confinement, folder, run, switches, warmth
from metafleet.runner.secret import Secret
from metafleet.wire import loglines, messages
from metafleet.wire.client import WireClient, WireError

logger = logging.getLogger("metafleet.runner")


class _EndedEarly(BaseException):
    """Asked to end before there was any work."""


def main(arguments: list[str] | None = None) -> int:
    """Run to the end and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m metafleet.runner", description=__doc__)
    parser.add_argument("--state-dir", type=Path, required=True, help="folder of this instance's own files")
    parser.add_argument("--data-mb", type=int, help="private memory that it may reserve")
    parser.add_argument("--user", type=int, help="numeric user to become, where started by root")
    parser.add_argument("--uploaded", action="store_true", help="load what an uploaded EA may import")
    options = parser.parse_args(arguments)
    warmth.warm_up()
    if options.uploaded:
        loading.preload()
    return run_in(options.state_dir, confinement.Confinement(data_mb=options.data_mb, user=options.user))


def run_in(state_dir: Path, limits: confinement.Confinement, *, is_forked: bool = False) -> int:
    """Take the limits, run by the ticket on stdin to the end, and return the exit code.

    is_forked: from a parent that others share, and so not for uploaded code.
    Raises OSError where the limits cannot be taken.
    """
    loglines.to(sys.stdout)
    confinement.confine(limits)
    began_s, asked = clock.wall_s(), switches.Switches()
    # Without work nothing is at stake, and a gateway that is silent is not waited for.
    _at_signal(_end_early)
    try:
        return _start(state_dir, asked, is_forked, began_s)
    except _EndedEarly:
        return switches.EXIT_STOPPED
    except assignment.StartRefused as refused:
        logger.error("%s", refused)
        return switches.EXIT_REFUSED
    except WireError as unheard:
        logger.error("%s", unheard)
        return switches.EXIT_STOPPED if asked.is_stopping() else switches.EXIT_UNHEARD
    except folder.FolderTaken as trouble:
        logger.error("%s", trouble)
        return switches.EXIT_STOPPED if asked.is_stopping() else switches.EXIT_CRASHED


def _start(state_dir: Path, asked: switches.Switches, is_forked: bool, began_s: float) -> int:
    gateway_url, token = assignment.read_ticket(sys.stdin.buffer)
    folder.hold(state_dir)
    try:
        client = WireClient(gateway_url)
    except ValueError as fault:
        raise assignment.StartRefused(str(fault)) from fault
    # The assignment holds secrets: nothing here keeps a name for it.
    return run.run(_fetch(client, token, asked, is_forked), client, state_dir, asked, began_s)


def _fetch(
    client: WireClient, token: Secret, asked: switches.Switches, is_forked: bool
) -> messages.Assignment:
    """Get the work; from then on a signal ends the run in an orderly way."""
    work = assignment.fetch(client, token, asked.is_stopping)
    _name(work)
    if is_forked and isinstance(work.source, str):
        raise assignment.StartRefused("an uploaded EA is not run in a process that others have made")
    _at_signal(lambda *_: asked.ask_to_stop())
    return work


def _name(work: messages.Assignment) -> None:
    """From now on each line of the log says whose it is."""
    loglines.about(
        instance_id=work.instance_id,
        run_id=work.run_id,
        terminal_id=work.terminal_id,
        tenant_id=work.origin.tenant_id,
        request_id=work.origin.request_id,
    )


def _at_signal(handler: Callable[[int, FrameType | None], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
    # Whoever started us may have held them back until now (`parameter_store`).
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM, signal.SIGINT))


def _end_early(*_: object) -> None:
    raise _EndedEarly


if __name__ == "__main__":
    sys.exit(main())
