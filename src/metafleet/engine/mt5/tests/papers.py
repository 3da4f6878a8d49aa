"""A paper terminal whose clock the test moves, and requests to it."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

from metafleet.engine.broker.tests.process import PASSWORD, BrokerProcess
from metafleet.engine.market.generator import Generator
from metafleet.engine.market.records import Bar
from metafleet.engine.mt5 import constants, structs
from metafleet.engine.mt5.configuration import AccountTerms, Configuration, MarketTerms
from metafleet.engine.mt5.local import Paper
from metafleet.engine.mt5.remote import Remote
from metafleet.engine.mt5.terminal import Terminal

TUESDAY = dt.datetime(2024, 3, 5, 10, 0, tzinfo=dt.UTC)
"""London is at work, and New York not yet."""


_weeks: dict[tuple[str, int, int], list[Bar]] = {}


class _Once(Generator):
    """Makes no week twice, for all tests together."""

    def week(self, week: int) -> list[Bar]:
        key = (self._spec.name, self._seed, week)
        if key not in _weeks:
            _weeks[key] = super().week(week)
        return _weeks[key]


class SetClock:
    """Stands still until it is moved."""

    def __init__(self, at: dt.datetime = TUESDAY) -> None:
        self.at_msc = int(at.timestamp() * 1000)

    def now_msc(self) -> int:
        return self.at_msc

    def pass_s(self, seconds: float) -> None:
        self.at_msc += int(seconds * 1000)


def paper(clock: SetClock | None = None, **said: Any) -> Paper:
    """Return a generated market that begins on a Tuesday. said: of MarketTerms and AccountTerms."""
    market = {name: said.pop(name) for name in MarketTerms.__struct_fields__ if name in said}
    cache = str(Path(tempfile.gettempdir()) / "metafleet-test-market")
    usual: dict[str, Any] = {
        "cache": cache,
        "begin": TUESDAY,
        "symbols": ("EURUSD", "USDJPY", "EURJPY", "BTCUSD"),
    }
    terms = MarketTerms(**usual | market)
    account = AccountTerms(**{"commission": 0} | said)
    with mock.patch("metafleet.engine.market.supplies.Generator", _Once):
        return Paper(Configuration(market=terms, account=account), clock or SetClock())


def started(clock: SetClock | None = None, **said: Any) -> Terminal:
    """Return a terminal that is connected to a paper of its own."""
    terminal = Terminal(paper(clock, **said).open)
    assert terminal.initialize() is True
    return terminal


def remote(broker: BrokerProcess, margin_mode: str = "hedging") -> Terminal:
    """Return a terminal that is connected to a broker's process, signed in to a new account."""
    account = broker.new_account(margin_mode=margin_mode)
    place = Remote(host="127.0.0.1", port=broker.port, login=account.login, password=PASSWORD)
    terminal = Terminal(place.open)
    assert terminal.initialize() is True, terminal.last_error()
    return terminal


def deal(terminal: Terminal, side: int = constants.ORDER_TYPE_BUY, **fields: Any) -> dict[str, Any]:
    """Return a request to trade 0.1 EURUSD at the market."""
    symbol = fields.get("symbol", "EURUSD")
    tick = terminal.symbol_info_tick(symbol)
    assert tick is not None
    price = tick.ask if side == constants.ORDER_TYPE_BUY else tick.bid
    return {
        "action": constants.TRADE_ACTION_DEAL,
        "symbol": "EURUSD",
        "volume": 0.1,
        "type": side,
        "price": price,
        "type_filling": constants.ORDER_FILLING_FOK,
    } | fields


def traded(
    terminal: Terminal, side: int = constants.ORDER_TYPE_BUY, **fields: Any
) -> structs.OrderSendResult:
    """Return the result of a deal that was done."""
    result = terminal.order_send(deal(terminal, side, **fields))
    assert result is not None
    assert result.retcode == constants.TRADE_RETCODE_DONE, result
    return result
