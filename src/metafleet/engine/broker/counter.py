"""The broker's counter: what each request of a client is answered with."""

from __future__ import annotations

import asyncio
import hmac
import logging
import sqlite3
from collections.abc import Callable
from typing import Any, Final

import msgspec

from metafleet.engine.broker import messages, retcodes
from metafleet.engine.broker.accounts import Throttle, check_opening, margin_mode_of
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.enquiries import Enquiries, Reading, trade_request
from metafleet.engine.broker.errors import (
    AdminRefused,
    BrokerError,
    BrokerUnavailable,
    Fenced,
    LoginRefused,
    RequestRefused,
    UnknownSymbol,
)
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import Ledger, NewAccount
from metafleet.engine.broker.orders import refused
from metafleet.engine.broker.passwords import MAX_PASSWORD_LENGTH, Remembered, hash_password, password_fits
from metafleet.engine.broker.records import (
    SERVER_NAME,
    AccountInfo,
    Deal,
    OrderRequest,
    OrderResult,
    TickEvent,
)
from metafleet.engine.broker.session import Session, encoded
from metafleet.engine.broker.tokens import fits
from metafleet.engine.broker.withheld import Withheld
from metafleet.engine.market.history import NoHistory
from metafleet.engine.market.records import Bar

MAX_DEALS: Final = 5_000
MAX_BARS: Final = 5_000
MAX_SESSION_FAILURES: Final = 10
_HASHES_AT_ONCE: Final = 2

_LOST: Final = "the broker's database failed: what was to be told did not happen"

log = logging.getLogger(__name__)

_CODES: Final[dict[type[BrokerError], messages.FailureCode]] = {
    LoginRefused: "login",
    Fenced: "fenced",
    AdminRefused: "admin",
    UnknownSymbol: "symbol",
    RequestRefused: "request",
    BrokerUnavailable: "unavailable",
}


_ReadAccount = (
    messages.GetAccount | messages.GetPositions | messages.GetDeals | messages.Subscribe | messages.Question
)
_Read = messages.Follow | messages.GetSymbols | messages.GetBars | _ReadAccount
_Quick = messages.Hello | messages.SendOrder | messages.Trade | _Read
_Slow = messages.Login | messages.OpenAccount
"""Those for which a password is hashed."""

_SAID: Final = (BrokerError, NoRate, NoHistory, sqlite3.Error)
"""What a client is told."""


class Counter:
    """Serves requests. followed: told when somebody follows the market; None where it waits for nobody.

    announce: told of an account's deals after their order's answer.
    token: the digest of what a connection has to say before anything else; None: nothing.
    retire: told that older generations of this EA of the account are let in no more.
    """

    def __init__(
        self,
        house: House,
        withheld: Withheld,
        *,
        admin_key: str | None,
        token: bytes | None = None,
        wall_s: Callable[[], float],
        market_msc: Callable[[], int],
        announce: Callable[[int, tuple[Deal, ...]], None],
        retire: Callable[[int, Trader], None],
    ) -> None:
        self._house = house
        self._withheld = withheld
        self._admin_key = admin_key
        self._token = token
        self.followed: Callable[[], object] | None = None
        self._enquiries = Enquiries(house, market_msc)
        self._wall_s = wall_s
        self._market_msc = market_msc
        self._announce = announce
        self._retire = retire
        self._throttle = Throttle()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._decoder = msgspec.msgpack.Decoder(messages.AnyRequest)
        self._nobody = hash_password("no account has this password")
        self._remembered = Remembered()

    async def serve(self, session: Session, body: bytes) -> None:
        """Answer one request. Raises RequestRefused when the frame is no request at all."""
        request = self._decoded(body)
        if not isinstance(request, _Slow):
            self._serve(session, request)
            return
        try:
            self._let_in(session, request)
            if isinstance(request, messages.Login):
                info = await self._login(session, request)
            else:
                info = await self._open_account(session, request)
        except _SAID as error:
            self._failed(session, request, error)
        else:
            self._answer(session, request, info)

    def serve_at_once(self, session: Session, body: bytes) -> bool:
        """Answer one request, if it is one that nothing has to be waited for; say whether it was."""
        try:
            request = self._decoded(body)
        except RequestRefused:
            return False
        if isinstance(request, _Slow):
            return False
        self._serve(session, request)
        return True

    def _decoded(self, body: bytes) -> messages.AnyRequest:
        try:
            request: messages.AnyRequest = self._decoder.decode(body)
            return request
        except (msgspec.DecodeError, RecursionError) as error:
            raise RequestRefused(f"not a request: {error}") from error

    def _serve(self, session: Session, request: _Quick | messages.Taken) -> None:
        if isinstance(request, messages.Taken):
            session.catch_up(request.deals, request.ticks)
            return
        self._withheld.begin(session)
        try:
            self._attend(session, request)
        finally:
            self._withheld.end()

    def _attend(self, session: Session, request: _Quick) -> None:
        try:
            self._let_in(session, request)
            result, deals = self._result(session, request)
        except _SAID as error:
            self._failed(session, request, error)
            return
        self._answer(session, request, result)
        if deals and session.login is not None:
            self._announce(session.login, deals)

    def _failed(self, session: Session, request: messages.Request, error: Exception) -> None:
        """Say why a request could not be served."""
        match error:
            case BrokerError():
                self._fail(session, request, _CODES[type(error)], str(error))
            case NoRate():
                self._fail(session, request, "unavailable", str(error))
            case NoHistory():
                self._fail(session, request, "history", str(error))
            case _:
                about = {"instance_id": session.trader.expert} if session.trader else None
                log.error("a request could not be served from the database", exc_info=error, extra=about)
                self._fail(session, request, "unavailable", f"the broker's database failed: {error}")

    def _answer(self, session: Session, request: messages.Request, result: Any) -> None:
        def lost() -> bytearray:
            if isinstance(result, OrderResult):
                return _answered(request, refused(retcodes.ERROR))
            return encoded(messages.Failure(request.id, "unavailable", _LOST))

        self._withheld.say(session, _answered(request, result), lost)

    def _fail(
        self, session: Session, request: messages.Request, code: messages.FailureCode, detail: str
    ) -> None:
        failure = encoded(messages.Failure(request.id, code, detail))
        self._withheld.say(session, failure, lambda: failure)

    def _let_in(self, session: Session, request: messages.Request) -> None:
        if self._token is not None and not session.is_let_in and not isinstance(request, messages.Hello):
            raise RequestRefused("this broker asks for a token first")

    def _result(self, session: Session, request: _Quick) -> tuple[Any, tuple[Deal, ...]]:
        match request:
            case messages.Hello():
                self._greet(session, request)
                return None, ()
            case messages.SendOrder():
                return self._send(session, request)
            case messages.Trade():
                return self._trade(session, request)
            case _:
                return self._read(session, request), ()

    def _read(self, session: Session, request: _Read) -> Any:
        if isinstance(request, messages.GetSymbols):
            return self._house.offered
        if isinstance(request, messages.GetBars):
            return self._bars(request)
        if isinstance(request, Reading):
            # Prices are nobody's: a record of the market has no account.
            return self._enquiries.rates(request)
        if isinstance(request, messages.Follow):
            session.follows = self.followed is not None
            session.step.set()
            return session.follows
        return self._read_account(session, request)

    def _read_account(self, session: Session, request: _ReadAccount) -> Any:
        match request:
            case messages.GetAccount():
                return self._ledger(session).account()
            case messages.GetPositions():
                return self._ledger(session).positions()
            case messages.GetDeals():
                return self._deals(self._ledger(session), request)
            case messages.Subscribe():
                return self._subscribe(session, request)
            case _:
                return self._enquiries.answer(self._ledger(session), request)

    def _ledger(self, session: Session) -> Ledger:
        if session.login is None:
            raise RequestRefused("sign in to an account first")
        return self._house.ledger(session.login)

    def _send(self, session: Session, request: messages.SendOrder) -> tuple[OrderResult, tuple[Deal, ...]]:
        ledger = self._ledger(session)
        try:
            order = msgspec.msgpack.decode(request.order, type=OrderRequest)
        except (msgspec.DecodeError, RecursionError):
            return refused(retcodes.INVALID), ()
        self._house.quotes.advance(self._market_msc())
        return self._house.send(ledger.book.login, order, session.trader)

    def _trade(self, session: Session, request: messages.Trade) -> tuple[OrderResult, tuple[Deal, ...]]:
        ledger = self._ledger(session)
        wanted = trade_request(request.order)
        if wanted is None:
            return refused(retcodes.INVALID), ()
        self._house.quotes.advance(self._market_msc())
        return self._house.send(ledger.book.login, wanted, session.trader)

    def _greet(self, session: Session, request: messages.Hello) -> None:
        # Not slowed down by name as passwords are: a stranger could keep everyone out, and guesses nothing.
        if session.failures >= MAX_SESSION_FAILURES:
            raise RequestRefused("too many failed attempts on this connection")
        said = request.token.encode()
        is_token = self._token is not None and fits(said, self._token)
        # Who opens accounts needs no second secret to come in.
        is_admin = self._admin_key is not None and hmac.compare_digest(said, self._admin_key.encode())
        if self._token is not None and not (is_token or is_admin):
            session.failures += 1
            raise RequestRefused("wrong token")
        session.is_let_in = True

    def _bars(self, request: messages.GetBars) -> list[Bar]:
        bars = self._house.bars(request.symbol, min(request.count, MAX_BARS))
        if bars is None:
            raise UnknownSymbol(self._house.not_quoted(request.symbol))
        return bars

    def _deals(self, ledger: Ledger, request: messages.GetDeals) -> list[Deal]:
        if not 1 <= request.limit <= MAX_DEALS or not 0 <= request.after_ticket < 1 << 63:
            raise RequestRefused(f"deals: limit must be 1 to {MAX_DEALS} and after_ticket not negative")
        return self._house.deals(ledger.book.login, request.after_ticket, request.limit)

    def _subscribe(self, session: Session, request: messages.Subscribe) -> None:
        self._ledger(session)
        offered = {spec.name for spec in self._house.offered}
        unknown = [name for name in request.symbols if name not in offered]
        if unknown:
            raise UnknownSymbol(self._house.not_quoted(unknown[0]))
        session.symbols, session.wants_bars = frozenset(request.symbols), request.bars
        if self.followed is not None and session.is_following:
            self.followed()
        for name in request.symbols:
            # As a terminal does that selects a symbol: the last quote comes at once, not with the next tick.
            if tick := self._house.quotes.last(name):
                session.send_tick(name, encoded(TickEvent.of(tick)))

    async def _login(self, session: Session, request: messages.Login) -> AccountInfo:
        self._check_throttle(session, f"login {request.login}", LoginRefused)
        known = self._house.password_hash(request.login) if 0 <= request.login < 1 << 63 else None
        # An unknown login takes as long as a wrong password.
        fits = await self._fits(request.password, known or self._nobody)
        if known is None or not fits or request.server != SERVER_NAME:
            self._count_failure(session, f"login {request.login}")
            raise LoginRefused(f"wrong login, password or server (this is {SERVER_NAME})")
        self._throttle.succeeded(f"login {request.login}")
        trader = Trader(request.expert, request.generation) if request.expert else None
        session.trader = None
        if trader is not None and self._house.let_in(request.login, trader):
            self._retire(request.login, trader)
        session.login, session.symbols, session.trader = request.login, None, trader
        return self._house.ledger(request.login).account()

    async def _fits(self, password: str, kept: str) -> bool:
        if len(password) > MAX_PASSWORD_LENGTH:
            return False
        if self._remembered.knows(password, kept):
            return True
        async with self._hashing:
            # An account's EAs sign in together after an outage: the first of them pays for all.
            fits = self._remembered.knows(password, kept) or await asyncio.to_thread(
                password_fits, password, kept
            )
        if fits:
            self._remembered.add(password, kept)
        return fits

    async def _open_account(self, session: Session, request: messages.OpenAccount) -> AccountInfo:
        if self._admin_key is None:
            raise AdminRefused("this broker was started without an admin key and opens no accounts")
        self._check_throttle(session, "admin", AdminRefused)
        if not hmac.compare_digest(request.admin_key.encode(), self._admin_key.encode()):
            self._count_failure(session, "admin")
            raise AdminRefused("wrong admin key")
        check_opening(request, self._house.currencies())
        async with self._hashing:
            password_hash = await asyncio.to_thread(hash_password, request.password)
        wanted = NewAccount(
            login=0,
            name=request.name,
            deposit=request.deposit,
            currency=request.currency,
            leverage=request.leverage,
            margin_mode=margin_mode_of(request),
        )
        self._house.quotes.advance(self._market_msc())
        return self._house.open_account(wanted, password_hash).account()

    def _check_throttle(self, session: Session, name: str, error: type[BrokerError]) -> None:
        wait_s = self._throttle.wait_s(name, self._wall_s())
        if wait_s > 0:
            raise error(f"too many failed attempts; try again in {wait_s:.0f} s")
        if session.failures >= MAX_SESSION_FAILURES:
            raise RequestRefused("too many failed attempts on this connection")

    def _count_failure(self, session: Session, name: str) -> None:
        session.failures += 1
        self._throttle.failed(name, self._wall_s())


class _Answer(msgspec.Struct, frozen=True, tag="answer"):
    """A `messages.Answer` whose result is encoded with it."""

    id: int
    result: Any


def _answered(request: messages.Request, result: Any) -> bytearray:
    return encoded(_Answer(request.id, result))
