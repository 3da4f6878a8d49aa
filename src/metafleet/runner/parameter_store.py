"""`python -m metafleet.runner.parameter_store --region R --ticket NAME --state-dir DIR`: take the ticket
of this start out of AWS Parameter Store, and become the runner.

Needs botocore, which the image for Amazon ECS has, and the task's role. The ticket goes on to the
runner's standard input. What gives access to the role does not go on: the runner takes this process's
place with an environment that has nothing of AWS in it.
Exit code 4 when the ticket is not there: it was taken, or withdrawn, or is of another start.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from typing import Any, Final, NoReturn

from metafleet.runner import clock
from metafleet.runner.switches import EXIT_CRASHED, EXIT_REFUSED, EXIT_STOPPED
from metafleet.wire import loglines

SHOWN_WITHIN_S: Final = 5.0
"""How long a parameter that was put may take to be shown everywhere."""
_LOOK_EVERY_S: Final = 0.5

logger = logging.getLogger("metafleet.runner")


class TicketGone(Exception):
    """There is no such parameter."""


def main(arguments: list[str] | None = None) -> int:
    """Return the exit code of a start that came to nothing; a good one does not return."""
    parser = argparse.ArgumentParser(prog="python -m metafleet.runner.parameter_store", description=__doc__)
    parser.add_argument("--region", required=True, help="AWS region of the parameter")
    parser.add_argument("--ticket", required=True, help="name of the parameter")
    parser.add_argument("--state-dir", required=True, help="folder of this instance's own files")
    options = parser.parse_args(arguments)
    # Without this a first process of a container does not hear that it is to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_STOPPED))
    loglines.to(sys.stdout)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    # Loaded here alone: the other runners' image does not have it.
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    patience = Config(connect_timeout=3, read_timeout=8, retries={"max_attempts": 4})
    try:
        ssm = botocore.session.get_session().create_client("ssm", region_name=options.region, config=patience)
        ticket = take(ssm, options.ticket)
    except TicketGone:
        logger.error("the ticket %s is gone: taken, withdrawn or never put", options.ticket)
        return EXIT_REFUSED
    except (BotoCoreError, ClientError) as trouble:
        logger.error("the ticket cannot be had: %s", trouble)
        return EXIT_CRASHED
    return become_runner(ticket, options.state_dir)


def take(ssm: Any, name: str, within_s: float = SHOWN_WITHIN_S) -> bytes:
    """Return the ticket, and delete it where it was. Raises TicketGone, and what botocore raises."""
    value = _read(ssm, name, clock.steady_s() + within_s)
    try:
        ssm.delete_parameter(Name=name)
    except ssm.exceptions.ParameterNotFound:
        # Somebody else has taken it meanwhile: the gateway gives the work to one of us.
        logger.warning("the ticket was taken by somebody else too")
    return value


def become_runner(ticket: bytes, state_dir: str) -> NoReturn:
    """Put the ticket on a pipe as standard input and run the runner in this process's place."""
    # A stop that comes now waits, through the change of programs, until the runner listens.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM, signal.SIGINT))
    taken, handed = os.pipe()
    os.write(handed, ticket + b"\n")  # far less than a pipe holds
    os.close(handed)
    os.dup2(taken, 0)
    os.close(taken)
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ECS_"))}
    os.execve(  # noqa: S606 - our own program, no shell
        sys.executable, [sys.executable, "-m", "metafleet.runner", "--state-dir", state_dir], bare
    )


def _read(ssm: Any, name: str, deadline_s: float) -> bytes:
    while True:
        try:
            value: str = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            if clock.steady_s() >= deadline_s:
                raise TicketGone from None
            time.sleep(_LOOK_EVERY_S)
        else:
            return value.encode()


if __name__ == "__main__":
    sys.exit(main())
