"""Around every endpoint: a request id, refusals as problem documents, one log line."""

from __future__ import annotations

import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final, Generic, TypeVar, cast

import msgspec

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway import metrics, replies
from metafleet.hub.gateway.body import decode, read_body
from metafleet.hub.gateway.callers import Caller, check_terminal
from metafleet.hub.gateway.errors import WrongAccount
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.gateway.limits import bucket
from metafleet.hub.journal import fields
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Malformed, Refused, Throttled
from metafleet.wire import messages

_log = logging.getLogger("metafleet.gateway")

Endpoint = Callable[[Gateway, Request], Awaitable[Response]]
Around = Callable[[Gateway, str, Endpoint, Request], Awaitable[Response]]
Said = TypeVar("Said", bound=messages.Said)

_PROCESS: Final = secrets.token_hex(4)
_numbers = itertools.count(1)


_SAID: Final = msgspec.json.Decoder(messages.Said)
_NOTHING: Final = messages.Said()


class Call(msgspec.Struct, Generic[Said], frozen=True):
    """A request that was let in. `size`: bytes of its body. `now`: when it arrived."""

    caller: Caller
    said: Said
    size: int
    now: datetime


def new_request_id() -> str:
    """Return an id that no other request of any gateway has."""
    return f"{_PROCESS}{next(_numbers):08x}"


async def answer(
    gateway: Gateway, kind: str, endpoint: Endpoint, request: Request, began_s: float | None = None
) -> Response:
    """Call the endpoint so that whatever happens in it becomes one reply and one line in the log.

    began_s: when the request came, by `perf_counter`, where that was some time ago.
    """
    began_s = time.perf_counter() if began_s is None else began_s
    detail = ""
    try:
        response = await endpoint(gateway, request)
    except Refused as refused:
        response, detail = replies.refusal(refused, request.id), refused.detail
    except Exception:  # noqa: BLE001 - the last stop: a sender gets an answer, and the log the reason
        _log.exception(
            "id=%s %s %s failed",
            *(request.id, request.method, request.path),
            extra=named(request),
        )
        response = replies.problem(500, "The hub made a mistake; it is in its log.", request.id)
    took_s = time.perf_counter() - began_s
    metrics.answered(kind, response.status, took_s)
    _note(request, response.status, took_s, detail)
    return response


async def admit(
    gateway: Gateway,
    request: Request,
    kind: str,
    decoder: msgspec.json.Decoder[Said],
    *,
    is_spent_later: bool = False,
) -> Call[Said]:
    """Return the call of a terminal that may speak, and speak now.

    The token comes as a bearer, or else as authToken in the body.
    is_spent_later: whoever calls counts the request, unless it is refused here.
    Raises Unauthorised, Throttled, TooLarge, Malformed.
    """
    now = clock.now()
    token = bearer(request)
    body = await read_body(request)
    caller = await gateway.callers.identify(token, now) if token else None
    claims: messages.Said
    try:
        claims, wrong = decode(body, decoder), None
    except Malformed as error:
        # Whoever says the rest wrongly says who it is all the same, and is counted.
        claims, wrong = decode(body, _SAID), error
    is_spent = wrong is not None or not is_spent_later
    caller = await _let_in(gateway, request, kind, caller, claims, now, is_spent=is_spent)
    if wrong is not None:
        raise wrong
    return Call(caller, cast(Said, claims), len(body), now)


async def admit_bare(
    gateway: Gateway, request: Request, kind: str, *, is_spent_later: bool = False
) -> Caller:
    """As `admit`, of a request whose body says nothing."""
    now = clock.now()
    caller = await gateway.callers.identify(bearer(request), now)
    return await _let_in(gateway, request, kind, caller, _NOTHING, now, is_spent=not is_spent_later)


async def _let_in(
    gateway: Gateway,
    request: Request,
    kind: str,
    caller: Caller | None,
    said: messages.Said,
    now: datetime,
    *,
    is_spent: bool = True,
) -> Caller:
    if caller is None:
        caller = await gateway.callers.identify(said.auth_token, now)
    check_terminal(caller, said.terminal_id)
    slot = caller.slot
    request.terminal_id, request.tenant_id = slot.terminal_id, slot.tenant_id
    login = said.login if said.login is not None else said.mt5_login
    server = said.server or said.mt5_server
    wrong = is_elsewhere(slot, login, server)
    is_crossed = kind != "heartbeat" and login is None and slot.is_crossed
    # What is refused for another reason counts too.
    if is_spent or wrong or is_crossed:
        await spend(gateway, slot, kind, now)
    if wrong:
        raise await wrong_account(gateway, slot, login, server, now)
    if is_crossed:
        raise WrongAccount(
            f"This terminal last said that it is signed in to another account than {slot.login} at "
            f"{slot.server}. Sign it in there; its next heartbeat opens the way again."
        )
    return caller


async def spend(gateway: Gateway, slot: Slot, kind: str, now: datetime) -> None:
    """Count one request of the terminal. Raises Throttled."""
    with showing_limits(gateway, slot, kind, now):
        await gateway.limiter.spend(bucket(slot, kind), slot.name)


@contextmanager
def showing_limits(gateway: Gateway, slot: Slot, kind: str, now: datetime) -> Iterator[None]:
    """Show that a limit was hit, where it is."""
    try:
        yield
    except Throttled as refused:
        metrics.LIMITS.labels(kind).inc()
        gateway.troubles.note(slot, f"limit.{kind}", refused.detail, now)
        raise


def is_elsewhere(slot: Slot, login: int | str | None, server: str | None) -> bool:
    """Whether the terminal is signed in to another account than its own: its data would be that one's."""
    # Nearly always they are equal as they came.
    login_differs = login is not None and login != slot.login and str(login).strip() != str(slot.login)
    return login_differs or (server is not None and server != slot.server and server.strip() != slot.server)


async def wrong_account(
    gateway: Gateway, slot: Slot, login: int | str | None, server: str | None, now: datetime
) -> WrongAccount:
    """Remember where the terminal is signed in instead, and return its refusal."""
    found = f"{login or 'the right login'} at {server or 'an unnamed server'}"
    detail = f"It is signed in to {found}, and is for {slot.login} at {slot.server}."
    metrics.MISMATCHES.inc()
    await gateway.cross(slot, is_crossed=True)
    gateway.troubles.note(slot, "identity", fields.text(detail, 300), now)
    return WrongAccount(
        f"This terminal is for account {slot.login} at {slot.server}; it is signed in to another one."
    )


def bearer(request: Request) -> str | None:
    """Return the token that the header brings."""
    scheme, _, token = request.header(b"authorization").partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


def _note(request: Request, status: int, took_s: float, detail: str) -> None:
    level = logging.DEBUG if status < 400 else logging.WARNING if status >= 500 else logging.INFO
    if _log.isEnabledFor(level):
        terminal = request.terminal_id or "-"
        _log.log(
            level,
            "id=%s %s %s %d %.1f ms terminal=%s %s",
            *(request.id, request.method, _line(request.path), status, took_s * 1000),
            *(terminal, _line(detail)),
            extra=named(request),
        )


def named(request: Request) -> dict[str, str]:
    """Say it on the record itself: a batch that a request begins is of many senders, and not in its name."""
    return {
        "request_id": request.id,
        "tenant_id": str(request.tenant_id or ""),
        "terminal_id": str(request.terminal_id or ""),
    }


def _line(said: str) -> str:
    """What a sender had a part in, without an end of the line: nobody writes lines of our log but us."""
    return said if said.isprintable() else ascii(said)
