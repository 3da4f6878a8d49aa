"""The runner's terminal: one signed-in connection to the paper broker, made again when it is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.errors import BrokerTooOld, BrokerUnavailable, Fenced, NothingThere
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.records import AccountInfo, ClosedEvent, Event
from metafleet.engine.experts.desk import DeskLost
from metafleet.engine.market.records import Bar
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.runner import clock
from metafleet.runner.bell import Bell
from metafleet.runner.lease import OVER, Lease
from metafleet.runner.secret import Secret

ANSWER_TIMEOUT_S: Final = 10.0

_LOST: Final = (BrokerUnavailable, BrokerTooOld, Fenced)
"""After these the connection is closed."""

Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


class Terminal:
    """Used by the trading loop only.

    Questions go through `ask`; the first one that finds the line dead closes it and
    raises DeskLost, and so does every later one until `connect` has succeeded. So does one
    that finds the trading lease over: a line that is hung up holds no order back for later.
    `is_connected`: whether the line is up as far as anyone has noticed. `tells_ticks`: whether each tick
    comes, and not of each minute the first alone.
    """

    def __init__(
        self,
        *,
        address: tuple[str, int],
        login: int,
        password: Secret,
        server: str,
        symbol: str,
        trader: Trader,
        lease: Lease,
        bell: Bell,
    ) -> None:
        self._address = address
        self._login, self._password, self._server = login, password, server
        self._symbol_name = symbol
        self._trader, self._lease, self._bell = trader, lease, bell
        self._client: BrokerClient | None = None
        self._may_leave_out = False
        self._spec: SymbolSpec | None = None
        self._has_rates = self._can_be_followed = self._has_bars = True
        self.tells_ticks = True
        self.is_connected = False
        self.fault: str | None = "not connected yet"

    @property
    def symbol(self) -> SymbolSpec:
        """The assigned symbol's specification. Raises DeskLost before the first connection."""
        if self._spec is None:
            raise DeskLost("the terminal has not been connected yet")
        return self._spec

    def connect(self) -> AccountInfo:
        """Connect, sign in and subscribe; deals are pushed from then on.

        Raises BrokerUnavailable, which may pass, and LoginRefused, UnknownSymbol and Fenced, which do not.
        """
        self.close()
        client = BrokerClient(*self._address, timeout_s=ANSWER_TIMEOUT_S, bell=self._bell.fileno())
        try:
            account = client.login(
                self._login,
                self._password.reveal(),
                self._server,
                expert=self._trader.expert,
                generation=self._trader.generation,
            )
            self._spec = client.symbol(self._symbol_name)
            is_followed = self._follow(client)
            client.subscribe([self._symbol_name])
        except BaseException:
            client.close()
            raise
        self._client, self.is_connected, self.fault = client, True, None
        self._may_leave_out = self._has_bars and not is_followed
        self.tells_ticks = True
        return account

    def listen(self, *, ticks: bool) -> None:
        """Have each tick told or, where the broker can, of each minute only the first. Raises DeskLost.

        A broker that is too old for that hangs up, and is asked no more. A market that waits for who follows
        it loses no time by telling.
        """
        if ticks == self.tells_ticks or not self._may_leave_out:
            return
        try:
            self.ask(lambda client: client.subscribe([self._symbol_name], bars=not ticks))
        except DeskLost as lost:
            self._has_bars = not isinstance(lost.__cause__, BrokerTooOld)
            raise
        self.tells_ticks = ticks

    def ask(self, question: Callable[[BrokerClient], Answer]) -> Answer:
        """Put a question to the broker. Raises DeskLost, and what the question itself raises."""
        if self._client is None or clock.passed_s() >= self._lease.trade_until_s:
            raise self._away()
        try:
            return question(self._client)
        except _LOST as lost:
            self._lose(str(lost))
            raise DeskLost(str(lost)) from lost

    def rates(self, symbol: str, timeframe: int, until_s: int, count: int) -> list[Bar] | None:
        """Return the last bars of a timeframe that open at until_s or before; see `BrokerClient.rates`.

        None of a broker that is too old to have any but M1 bars: it hangs up at the first question, and
        after the next connection it is known. Raises DeskLost, UnknownSymbol.
        """
        if not self._has_rates:
            return None
        try:
            return self.ask(lambda client: client.rates(symbol, timeframe, until_s, count))
        except NothingThere:
            return []
        except DeskLost as lost:
            self._has_rates = not isinstance(lost.__cause__, BrokerTooOld)
            raise

    def poll(self, timeout_s: float) -> list[Event]:
        """Return what came since, waiting for the first or the bell; deals before ticks. Raises DeskLost."""
        if self._client is None or clock.passed_s() >= self._lease.trade_until_s:
            raise self._away()
        try:
            events = self._client.poll(timeout_s)
        except _LOST as lost:
            self._lose(str(lost))
            raise DeskLost(str(lost)) from lost
        last = events[-1] if events else None
        if type(last) is ClosedEvent:
            self._lose(last.detail)
            events.pop()
        return events

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client, self.is_connected = None, False

    def _follow(self, client: BrokerClient) -> bool:
        if not self._can_be_followed:
            return False
        try:
            return client.follow()
        except BrokerTooOld as old:
            self._can_be_followed = False
            raise BrokerUnavailable("this broker is of an older version, and is taken as one") from old

    def _away(self) -> DeskLost:
        """Say why nothing is asked now; a line on which nothing may be sent any more is hung up."""
        if self._client is None:
            return DeskLost(self.fault or "not connected")
        self._lose(OVER)
        return DeskLost(OVER)

    def _lose(self, detail: str) -> None:
        logger.warning("terminal lost: %s", detail)
        self.close()
        self.fault = detail
