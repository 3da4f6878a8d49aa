"""How a runner learns what to do: one line on stdin, traded for the assignment."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from typing import BinaryIO, Final

import msgspec

from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.loading import NotLoadable, hash_of, load_expert
from metafleet.runner import clock
from metafleet.runner.backoff import Backoff
from metafleet.runner.secret import Secret
from metafleet.wire import messages
from metafleet.wire.client import WireClient, WireError

FETCH_FOR_S: Final = 30.0
"""How long a gateway that does not answer is asked again before the start is given up."""

logger = logging.getLogger(__name__)


class StartRefused(Exception):
    """This start can never succeed: bad input, a refused token, or other code than was assigned."""


class Ticket(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The line on stdin."""

    gateway_url: str
    assignment_token: str


def read_ticket(stream: BinaryIO) -> tuple[str, Secret]:
    """Return the gateway's address and the one-start token. Raises StartRefused."""
    line = bytearray(stream.readline())
    try:
        ticket = msgspec.json.decode(line, type=Ticket)
    except msgspec.DecodeError as garbled:
        raise StartRefused(
            f"expected one line of JSON with gatewayUrl and assignmentToken: {garbled}"
        ) from None
    finally:
        line[:] = bytes(len(line))
    return ticket.gateway_url, Secret(ticket.assignment_token)


def fetch(
    client: WireClient, token: Secret, is_stopping: Callable[[], bool], within_s: float = FETCH_FOR_S
) -> messages.Assignment:
    """Trade the token for the work, asking again while the gateway is away; the token is wiped then.

    Raises StartRefused when the gateway refuses, WireError when it stayed away.
    """
    # An answer may be lost on its way: asked again, the gateway knows us by this.
    ourselves = secrets.token_hex(16)
    try:
        return _ask_until(client, token, ourselves, is_stopping, clock.steady_s() + within_s)
    finally:
        token.wipe()


def _ask_until(
    client: WireClient, token: Secret, ourselves: str, is_stopping: Callable[[], bool], deadline_s: float
) -> messages.Assignment:
    backoff = Backoff()
    while True:
        try:
            return client.assignment(token.reveal(), ourselves)
        except WireError as trouble:
            if trouble.permanent:
                raise StartRefused(f"the assignment was refused: {trouble.detail}") from trouble
            wait_s = backoff.next_wait_s(trouble.retry_after_s)
            if is_stopping() or clock.steady_s() + wait_s > deadline_s:
                raise
            logger.warning("no assignment yet, asking again in %.1f s: %s", wait_s, trouble.detail)
            time.sleep(wait_s)


def find_expert(assignment: messages.Assignment) -> type[Expert]:
    """Return the EA class assigned: one of ours, or the one whose source came with the work.

    Raises StartRefused when this code is not the code assigned.
    """
    if isinstance(assignment.source, str):
        return _uploaded(assignment, assignment.source)
    cls = EXPERTS.get(assignment.expert)
    if cls is None:
        raise StartRefused(f"no EA {assignment.expert!r} here; there are {', '.join(EXPERTS)}")
    found = (cls.version, content_hash(cls))
    if found != (assignment.version, assignment.hash):
        raise StartRefused(
            f"assigned {assignment.expert} {assignment.version} {assignment.hash}, "
            f"but this runner has {found[0]} {found[1]}"
        )
    return cls


def _uploaded(assignment: messages.Assignment, source: str) -> type[Expert]:
    """Load the source that came. Its hash is looked at before anything of it runs."""
    found = hash_of(source.encode())
    if found != assignment.hash:
        raise StartRefused(
            f"assigned {assignment.expert} {assignment.version} {assignment.hash}, "
            f"but the source that came with it is {found}"
        )
    try:
        cls = load_expert(source)
    except NotLoadable as fault:
        raise StartRefused(f"{assignment.expert} {assignment.version} does not load: {fault}") from fault
    if (cls.slug, cls.version) != (assignment.expert, assignment.version):
        raise StartRefused(
            f"assigned {assignment.expert} {assignment.version}, but its source says that it is "
            f"{cls.slug} {cls.version}"
        )
    return cls
