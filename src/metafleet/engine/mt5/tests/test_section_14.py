"""The twelve checks that catch most stand-ins, by its number, on paper terminals here and behind a socket."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator

import numpy as np
import pytest

from metafleet.engine import mt5
from metafleet.engine.broker.tests.process import BrokerProcess
from metafleet.engine.mt5.configuration import Configuration, KnownAccount, MarketTerms
from metafleet.engine.mt5.local import Paper
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.tests.papers import TUESDAY, SetClock, deal, remote, started, traded

BUY, SELL = mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL
LATER = dt.datetime(2024, 3, 20, tzinfo=dt.UTC)


class Side(enum.IntEnum):
    BUY = 0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    with BrokerProcess(tmp_path_factory.mktemp("broker")) as broker:
        yield broker


@pytest.fixture(params=["local", "remote"])
def terminal(request: pytest.FixtureRequest) -> Iterator[Terminal]:
    if request.param == "local":
        yield started()
        return
    broker = request.getfixturevalue("broker")
    terminal = remote(broker)
    yield terminal
    terminal.shutdown()


def test_1_types_of_a_request_are_strict(terminal: Terminal) -> None:
    request = deal(terminal)
    for name, wrong in (("volume", 1), ("sl", 0)):
        assert terminal.order_send(request | {name: wrong}) is None
        assert terminal.last_error() == (-2, f'Invalid "{name}" argument')
    assert terminal.order_send(request | {"type": np.int64(0)}) is None
    assert terminal.last_error() == (-2, 'Invalid "type" argument')
    for right in ({"volume": np.float64(0.1)}, {"type": Side.BUY}):
        result = terminal.order_send(request | right)
        assert result is not None
        assert result.retcode == mt5.TRADE_RETCODE_DONE


def test_2_comment_holds_29_characters(terminal: Terminal) -> None:
    assert traded(terminal, comment="c" * 29).request.comment == "c" * 29
    assert terminal.order_send(deal(terminal, comment="c" * 30)) is None
    assert terminal.last_error() == (-2, 'Invalid "comment" argument')


def test_3_positions_are_asked_for_by_keyword(terminal: Terminal) -> None:
    assert terminal.positions_get("EURUSD") is None
    assert terminal.last_error() == (-2, "Unnamed arguments not allowed")
    assert terminal.positions_get(ticket=1) == ()
    assert terminal.positions_get(symbol="NOPE") == ()
    assert terminal.last_error() == (1, "Success")


def test_4_bars_are_asked_for_by_place(terminal: Terminal) -> None:
    with pytest.raises(TypeError):
        terminal.copy_rates_from_pos(symbol="EURUSD", timeframe=1, start_pos=0, count=1)
    with pytest.raises(SystemError) as caught:
        terminal.copy_rates_from_pos("EURUSD", "M1", 0, 1)
    assert isinstance(caught.value.__cause__, TypeError)


def test_5_structs_and_arrays(terminal: Terminal) -> None:
    result = traded(terminal)
    assert not hasattr(result, "_fields")
    assert isinstance(result._asdict()["request"], mt5.TradeRequest)
    for array in (
        terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 100),
        terminal.copy_ticks_from("EURUSD", TUESDAY - dt.timedelta(hours=1), 100, mt5.COPY_TICKS_ALL),
    ):
        assert array is not None
        assert (len(array), array.dtype.itemsize, array.flags.writeable) == (100, 60, False)
        assert array.flags.owndata


def test_6_tickets_lead_from_order_to_deals(terminal: Terminal) -> None:
    check = terminal.order_check(deal(terminal))
    assert check is not None
    assert (check.retcode, check.comment) == (0, "Done")
    opened = traded(terminal)
    assert opened.comment == "Request executed"
    positions = terminal.positions_get()
    assert positions is not None
    assert [(one.ticket, one.identifier) for one in positions] == [(opened.order, opened.order)]
    closed = traded(terminal, SELL, position=opened.order)
    deals = terminal.history_deals_get(position=opened.order)
    assert deals is not None
    assert [(one.ticket, one.entry, one.position_id) for one in deals] == [
        (opened.deal, mt5.DEAL_ENTRY_IN, opened.order),
        (closed.deal, mt5.DEAL_ENTRY_OUT, opened.order),
    ]
    assert terminal.positions_get() == ()


def test_7_filling_that_the_symbol_does_not_take(terminal: Terminal) -> None:
    info = terminal.symbol_info("EURUSD")
    assert info is not None
    assert info.trade_exemode == mt5.SYMBOL_TRADE_EXECUTION_MARKET
    for filling in (mt5.ORDER_FILLING_RETURN, info.filling_mode):
        result = terminal.order_send(deal(terminal, type_filling=filling))
        assert result is not None
        assert (result.retcode, result.comment) == (10030, "Unsupported filling mode")


def test_8_nothing_works_without_a_connection() -> None:
    account = KnownAccount(login=1001, password="wonderland", server="Paper-1")
    terms = MarketTerms(begin=TUESDAY, symbols=("EURUSD",))
    terminal = Terminal(Paper(Configuration(market=terms, accounts=(account,)), SetClock()).open)
    assert terminal.account_info() is None
    assert terminal.last_error() == (-10004, "No IPC connection")
    for wrong in ({"password": "guess"}, {"server": "Paper-2"}, {"login": 1002}):
        who = {"login": 1001, "password": "wonderland", "server": "Paper-1"} | wrong
        assert terminal.initialize(**who) is False
        assert terminal.last_error() == (-6, "Terminal: Authorization failed")
        assert terminal.account_info() is None
        assert terminal.last_error() == (-10004, "No IPC connection")
    assert terminal.initialize(login="123") is False
    assert terminal.last_error() == (-2, 'Invalid "login" argument')
    assert terminal.initialize(login=1001, password="wonderland", server="Paper-1") is True
    info = terminal.account_info()
    assert info is not None
    assert (info.login, info.server, info.balance) == (1001, "Paper-1", 10_000.0)


def test_9_tick_values_and_margin_of_a_cross() -> None:
    euros = started(currency="EUR")
    info = euros.symbol_info("EURUSD")
    assert info is not None
    assert info.trade_tick_value == info.trade_tick_value_profit == pytest.approx(1 / info.ask, rel=1e-9)
    assert info.trade_tick_value_loss == pytest.approx(1 / info.bid, rel=1e-9)
    assert info.trade_tick_value_profit < info.trade_tick_value_loss

    dollars = started()
    tick = dollars.symbol_info_tick("EURJPY")
    assert tick is not None
    cross = dollars.order_calc_margin(BUY, "EURJPY", 1.0, tick.ask)
    assert cross == dollars.order_calc_margin(BUY, "EURUSD", 1.0, 1.1)
    assert dollars.order_calc_margin(BUY, "USDJPY", 1.0, 150.0) == 1000.0


def test_10_deals_by_ticket_are_those_of_an_order(terminal: Terminal) -> None:
    opened = traded(terminal)
    deals = terminal.history_deals_get(ticket=opened.order)
    assert deals is not None
    assert [one.ticket for one in deals] == [opened.deal]
    assert terminal.history_deals_get(ticket=opened.deal) == ()


def test_11_netting() -> None:
    clock = SetClock()
    terminal = started(clock, mode="netting")
    info = terminal.account_info()
    assert info is not None
    assert info.margin_mode == mt5.ACCOUNT_MARGIN_MODE_RETAIL_NETTING
    symbol = terminal.symbol_info("EURUSD")
    assert symbol is not None
    assert symbol.order_mode == 63
    first = traded(terminal, sl=1.0)
    assert [one.sl for one in terminal.positions_get() or ()] == [1.0]
    traded(terminal, sl=0.0)
    held = terminal.positions_get()
    assert held is not None
    assert [(one.volume, one.sl, one.ticket) for one in held] == [(0.2, 0.0, first.order)]
    clock.pass_s(60)
    turned = traded(terminal, SELL, volume=0.5)
    held = terminal.positions_get()
    assert held is not None
    found = [(one.type, one.volume, one.ticket, one.identifier) for one in held]
    assert found == [(SELL, 0.3, turned.order, first.order)]
    deals = terminal.history_deals_get(ticket=turned.order)
    assert deals is not None
    assert [one.entry for one in deals] == [mt5.DEAL_ENTRY_INOUT]


def test_12_newest_deals_are_missing_when_the_server_is_ahead() -> None:
    clock = SetClock()
    terminal = started(clock, time_zone="UTC+3")
    opened = traded(terminal)
    now = dt.datetime.fromtimestamp(clock.at_msc / 1000, dt.UTC)
    assert terminal.history_deals_get(TUESDAY - dt.timedelta(days=1), now) == ()
    deals = terminal.history_deals_get(TUESDAY - dt.timedelta(days=1), now + dt.timedelta(days=1))
    assert deals is not None
    assert [one.order for one in deals] == [0, opened.order]
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert tick.time == TUESDAY.timestamp() + 3 * 3600
