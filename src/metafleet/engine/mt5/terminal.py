"""A terminal as an object: every function of the MetaTrader5 package as a method.

    with_account = Terminal(open_paper)          # or Terminal(): what the configuration says
    with_account.initialize()
    with_account.positions_get(symbol="EURUSD")

Several may live in one process, each with its own connection and last error. Each lets one call in at a time,
so threads may share one. The functions of the package `metafleet.engine.mt5` are those of one of them.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from metafleet.engine.mt5 import constants, structs
from metafleet.engine.mt5.session import Opener
from metafleet.engine.mt5.trading import Trading
from metafleet.engine.mt5.venue import Venue

_TRIES: Final = 10
"""How often the package's helpers ask again after a requote."""

_DEVIATION: Final = 10
_ASK_AGAIN: Final = (constants.TRADE_RETCODE_REQUOTE, constants.TRADE_RETCODE_PRICE_OFF)

Result = structs.OrderSendResult | None


class Terminal(Trading):
    """A MetaTrader terminal. Functions, arguments, answers and errors are the package's."""

    def __init__(self, open_venue: Opener | None = None) -> None:
        """open_venue: opens what `initialize` is asked for; None: what the configuration says then."""
        super().__init__(open_venue or _open_configured)

    def opens(self, open_venue: Opener) -> None:
        """Let `initialize` open venues so from now on."""
        self._open = open_venue

    def Buy(  # noqa: N802 -- the package's name
        self,
        symbol: str,
        volume: float,
        price: float | None = None,
        *,
        comment: str | None = None,
        ticket: int | None = None,
    ) -> Result:
        """Buy at a price, or at the ask of the moment, asking again after a requote."""
        return self._trade(constants.ORDER_TYPE_BUY, symbol, volume, price, comment, ticket)

    def Sell(  # noqa: N802 -- the package's name
        self,
        symbol: str,
        volume: float,
        price: float | None = None,
        *,
        comment: str | None = None,
        ticket: int | None = None,
    ) -> Result:
        """Sell at a price, or at the bid of the moment, asking again after a requote."""
        return self._trade(constants.ORDER_TYPE_SELL, symbol, volume, price, comment, ticket)

    def Close(  # noqa: N802 -- the package's name
        self, symbol: str, *, comment: str | None = None, ticket: int | None = None
    ) -> bool | Literal["Partially"] | None:
        """Close a symbol's positions, or the one of a ticket: True if all, "Partially" if some were closed.

        False when none was, None after an error.
        """
        which: dict[str, Any] = {"symbol": symbol} if ticket is None else {"ticket": ticket}
        positions = self.positions_get(**which)
        if positions is None:
            return None
        closed = 0
        for position in positions:
            side = 1 - position.type
            result = self._trade(side, symbol, position.volume, None, comment, position.ticket)
            if result is None:
                return None
            closed += result.retcode == constants.TRADE_RETCODE_DONE
        if not closed:
            return False
        return True if closed == len(positions) else "Partially"

    def _RawOrder(  # noqa: N802 -- the package's name
        self,
        order_type: int,
        symbol: str,
        volume: float,
        price: float,
        comment: str | None = None,
        ticket: int | None = None,
    ) -> Result:
        """Send one deal, with a deviation of 10 points and nothing else said."""
        request: dict[str, Any] = {
            "action": constants.TRADE_ACTION_DEAL,
            "symbol": symbol,
            "volume": volume,
            "type": order_type,
            "price": price,
            "deviation": _DEVIATION,
        }
        if comment is not None:
            request["comment"] = comment
        if ticket is not None:
            request["position"] = ticket
        return self.order_send(request)

    def _trade(
        self,
        side: int,
        symbol: str,
        volume: float,
        price: float | None,
        comment: str | None,
        ticket: int | None,
    ) -> Result:
        if price is not None:
            return self._RawOrder(side, symbol, volume, price, comment, ticket)
        result: Result = None
        for _ in range(_TRIES):
            tick = self.symbol_info_tick(symbol)
            if tick is None:
                return None
            at = tick.ask if side == constants.ORDER_TYPE_BUY else tick.bid
            result = self._RawOrder(side, symbol, volume, at, comment, ticket)
            if result is None or result.retcode not in _ASK_AGAIN:
                break
        return result


def _open_configured(path: str | None) -> Venue:
    # Not before it is needed: a program that brings its own venue needs no market of ours.
    from metafleet.engine.mt5.local import open_configured

    return open_configured(path)
