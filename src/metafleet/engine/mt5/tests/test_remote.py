"""The paper terminal behind a socket: what differs from the one in this process is the way there."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from metafleet.engine import mt5
from metafleet.engine.broker import frames
from metafleet.engine.broker.records import SERVER_NAME, ClosedEvent
from metafleet.engine.broker.session import encoded
from metafleet.engine.broker.tests.process import PASSWORD, BrokerProcess
from metafleet.engine.market.timeframes import NAMES
from metafleet.engine.mt5 import remote as remotes
from metafleet.engine.mt5.remote import Remote
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.tests.papers import remote, traded

BUY, SELL = mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL
BEGINNING = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2037, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    with BrokerProcess(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture
def terminal(broker: BrokerProcess) -> Iterator[Terminal]:
    terminal = remote(broker)
    yield terminal
    terminal.shutdown()


def test_account_has_every_field_of_the_original(terminal: Terminal) -> None:
    info = terminal.account_info()
    assert info is not None
    assert (info.balance, info.currency, info.leverage, info.margin_mode) == (10_000.0, "USD", 100, 2)
    assert (info.margin_so_call, info.margin_so_so, info.server) == (100.0, 50.0, SERVER_NAME)


def test_wrong_credentials_are_refused(broker: BrokerProcess, terminal: Terminal) -> None:
    info = terminal.account_info()
    assert info is not None
    for wrong in (
        {"login": info.login, "password": "guess!"},
        {"login": 1, "password": PASSWORD},
        {"login": info.login, "password": PASSWORD, "server": "MetaQuotes-Demo"},
        {"login": 77},
    ):
        stranger = Terminal(Remote(host="127.0.0.1", port=broker.port).open)
        assert stranger.initialize(**wrong) is False
        assert stranger.last_error() == (-6, "Terminal: Authorization failed")
    assert stranger.initialize(login=info.login, password=PASSWORD, server=SERVER_NAME) is True
    stranger.shutdown()


def test_unknown_symbols_are_unknown_as_in_process(terminal: Terminal) -> None:
    assert terminal.symbol_info("NOPE") is None
    assert terminal.symbol_info_tick("NOPE") is None
    assert terminal.last_error()[0] == -4
    assert terminal.copy_rates_from_pos("NOPE", mt5.TIMEFRAME_M1, 0, 1) is None
    assert terminal.last_error()[0] == -1
    assert terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 40_000, 1) is None
    assert terminal.last_error()[0] == -1


def test_bars_of_every_timeframe_end_with_the_last_quote(terminal: Terminal) -> None:
    for timeframe in NAMES:
        bars = terminal.copy_rates_from_pos("EURUSD", timeframe, 0, 10)
        tick = terminal.symbol_info_tick("EURUSD")
        assert bars is not None, NAMES[timeframe]
        assert tick is not None
        assert np.all(np.diff(bars["time"]) > 0)
        assert bars["low"][-1] <= bars["close"][-1] <= bars["high"][-1]
        assert bars["time"][-1] <= tick.time


def test_bars_by_date_are_those_by_place(terminal: Terminal) -> None:
    bars = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M5, 1, 100)
    assert bars is not None
    first, last = (int(bars["time"][place]) for place in (0, -1))
    by_range = terminal.copy_rates_range("EURUSD", mt5.TIMEFRAME_M5, first, last)
    by_date = terminal.copy_rates_from("EURUSD", mt5.TIMEFRAME_M5, last, 100)
    assert by_range is not None
    assert by_date is not None
    assert np.array_equal(bars, by_range)
    assert np.array_equal(bars, by_date)


def test_day_of_a_quote_encloses_it(terminal: Terminal) -> None:
    info = terminal.symbol_info("EURUSD")
    assert info is not None
    assert 0 < info.bidlow <= info.bid <= info.bidhigh
    assert 0 < info.asklow <= info.ask <= info.askhigh
    assert info.trade_tick_value == 1.0


def test_pending_order_waits_is_changed_and_removed(terminal: Terminal) -> None:
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    request = {
        "action": mt5.TRADE_ACTION_PENDING,
        "symbol": "EURUSD",
        "volume": 0.1,
        "type": mt5.ORDER_TYPE_BUY_LIMIT,
        "price": round(tick.bid - 0.01, 5),
        "type_filling": mt5.ORDER_FILLING_RETURN,
    }
    placed = terminal.order_send(request)
    assert placed is not None
    assert placed.retcode == mt5.TRADE_RETCODE_DONE
    (waiting,) = terminal.orders_get() or ()
    assert (waiting.ticket, waiting.type, waiting.state) == (placed.order, 2, mt5.ORDER_STATE_PLACED)
    lower = round(tick.bid - 0.02, 5)
    changed = terminal.order_send({"action": mt5.TRADE_ACTION_MODIFY, "order": placed.order, "price": lower})
    assert changed is not None
    assert changed.retcode == mt5.TRADE_RETCODE_DONE
    assert [order.price_open for order in terminal.orders_get() or ()] == [lower]
    terminal.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": placed.order})
    assert terminal.orders_get() == ()
    assert terminal.orders_total() == 0
    (gone,) = terminal.history_orders_get(ticket=placed.order) or ()
    assert (gone.state, gone.position_id) == (mt5.ORDER_STATE_CANCELED, 0)


def test_what_another_client_does_is_seen(broker: BrokerProcess, terminal: Terminal) -> None:
    info = terminal.account_info()
    assert info is not None
    place = Remote(host="127.0.0.1", port=broker.port, login=info.login, password=PASSWORD)
    other = Terminal(place.open)
    assert other.initialize()
    assert terminal.positions_get() == ()
    opened = traded(other)
    assert [held.ticket for held in terminal.positions_get() or ()] == [opened.order]
    traded(terminal, SELL, position=opened.order)
    assert other.positions_get() == ()
    other.shutdown()


def test_history_comes_in_pages(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        traded(terminal)
    whole = terminal.history_deals_get(BEGINNING, END), terminal.history_orders_get(BEGINNING, END)
    monkeypatch.setattr(remotes, "_PAGE", 2)
    assert (
        terminal.history_deals_get(BEGINNING, END),
        terminal.history_orders_get(BEGINNING, END),
    ) == whole
    deals, orders = whole
    assert deals is not None
    assert orders is not None
    assert [deal.entry for deal in deals] == [0] * 5
    assert [deal.order for deal in deals[1:]] == [order.ticket for order in orders]
    assert terminal.history_deals_total(BEGINNING, BEGINNING) == 0


def test_netting_account_turns_its_position(broker: BrokerProcess) -> None:
    terminal = remote(broker, "netting")
    first = traded(terminal)
    turned = traded(terminal, SELL, volume=0.3)
    held = terminal.positions_get()
    assert held is not None
    assert [(one.type, one.volume, one.ticket, one.identifier) for one in held] == [
        (SELL, 0.2, turned.order, first.order)
    ]
    deals = terminal.history_deals_get(position=first.order)
    assert deals is not None
    assert [one.entry for one in deals] == [mt5.DEAL_ENTRY_IN, mt5.DEAL_ENTRY_INOUT]
    terminal.shutdown()


def test_calculations_are_the_brokers(terminal: Terminal) -> None:
    assert terminal.order_calc_margin(BUY, "EURUSD", 1.0, 1.1) == pytest.approx(1_000, rel=0.2)
    assert terminal.order_calc_profit(BUY, "EURUSD", 1.0, 1.1, 1.101) == 100.0
    assert terminal.order_calc_profit(SELL, "EURUSD", 1.0, 1.1, 1.101) == -100.0


def test_broker_that_went_away_is_found_again(tmp_path: Path) -> None:
    with BrokerProcess(tmp_path) as broker:
        terminal = remote(broker)
        opened = traded(terminal)
        port = broker.port
        broker.kill()
        assert terminal.positions_get() is None
        assert terminal.last_error() == (-10004, "No IPC connection")
        assert terminal.order_send(deal_without_price()) is None
        broker.start(port)
        assert [held.ticket for held in terminal.positions_get() or ()] == [opened.order]
        assert traded(terminal).order > opened.order
        terminal.shutdown()


def test_no_broker_is_no_terminal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    terminal = Terminal(Remote(host="127.0.0.1", port=port, login=1, password="wonderland").open)
    assert terminal.initialize() is False
    code, text = terminal.last_error()
    assert code == -10003
    assert f"no broker at 127.0.0.1:{port}" in text


def test_broker_of_before_is_named_so() -> None:
    """It hangs up at a request that it does not know, and says that it is none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_answer_as_before, args=(listener,))
        answering.start()
        place = Remote(
            host="127.0.0.1", port=listener.getsockname()[1], login=1, password="wonderland", token="t"
        )
        terminal = Terminal(place.open)
        assert terminal.initialize() is False
        answering.join()
    assert (
        "this broker is of an older metafleet and serves no MetaTrader programs" in terminal.last_error()[1]
    )


def deal_without_price() -> dict[str, object]:
    return {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": BUY}


def _answer_as_before(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        length = frames.body_length(connection.recv(4))
        assert b"hello" in connection.recv(length)
        connection.sendall(encoded(ClosedEvent("not a request: Invalid value 'hello' - at `$.op`")))
