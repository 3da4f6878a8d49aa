"""Coming to a terminal and leaving it, errors, and what it says. Every line is exact or documented."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import Any
from unittest import mock

import msgspec
import pytest

from metafleet.engine import mt5
from metafleet.engine.broker.records import OrderResult
from metafleet.engine.mt5.tests.fakes import (
    LOGIN,
    PASSWORD,
    SERVER,
    FakeVenue,
    connected,
    fresh,
    position,
)
from metafleet.engine.mt5.tests.papers import started
from metafleet.engine.mt5.venue import Station, VenueLost

NO_CONNECTION = (-10004, "No IPC connection")
CALLS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("version", ()),
    ("terminal_info", ()),
    ("account_info", ()),
    ("symbols_total", ()),
    ("symbols_get", ()),
    ("symbol_info", ("EURUSD",)),
    ("symbol_info_tick", ("EURUSD",)),
    ("market_book_get", ("EURUSD",)),
    ("copy_rates_from", ("EURUSD", 1, 1, 1)),
    ("copy_rates_from_pos", ("EURUSD", 1, 0, 1)),
    ("copy_rates_range", ("EURUSD", 1, 0, 1)),
    ("copy_ticks_from", ("EURUSD", 0, 1, -1)),
    ("copy_ticks_range", ("EURUSD", 0, 1, -1)),
    ("orders_total", ()),
    ("orders_get", ()),
    ("positions_total", ()),
    ("positions_get", ()),
    ("history_orders_total", (0, 1)),
    ("history_orders_get", (0, 1)),
    ("history_deals_total", (0, 1)),
    ("history_deals_get", (0, 1)),
    ("order_calc_margin", (0, "EURUSD", 1.0, 1.0)),
    ("order_calc_profit", (0, "EURUSD", 1.0, 1.0, 1.0)),
    ("order_check", ({},)),
    ("order_send", ({},)),
)
FALSE = ("symbol_select", "market_book_add", "market_book_release")


def test_nothing_was_called_yet() -> None:
    assert fresh().last_error() == (0, "")


@pytest.mark.parametrize(("name", "arguments"), CALLS)
def test_every_call_needs_a_connection(name: str, arguments: tuple[object, ...]) -> None:
    terminal = fresh()
    assert getattr(terminal, name)(*arguments) is None
    assert terminal.last_error() == NO_CONNECTION


@pytest.mark.parametrize("name", FALSE)
def test_call_that_answers_yes_or_no_says_no_without_a_connection(name: str) -> None:
    terminal = fresh()
    assert getattr(terminal, name)("EURUSD") is False
    assert terminal.last_error() == NO_CONNECTION


def test_initialize_and_shutdown() -> None:
    venue = FakeVenue()
    terminal = fresh(venue)
    assert terminal.initialize() is True
    assert terminal.last_error() == (1, "Success")
    assert terminal.shutdown() is True
    assert venue.closed == 1
    assert terminal.account_info() is None
    assert terminal.last_error() == NO_CONNECTION
    assert terminal.shutdown() is True
    assert terminal.last_error() == (1, "Success")


def test_path_chooses_the_terminal() -> None:
    terminal = fresh()
    assert terminal.initialize("terminal64.exe") is True
    assert terminal.initialize(path="terminal64.exe", portable=True) is True
    assert terminal.initialize("other.exe") is False
    assert terminal.last_error() == (-10003, "IPC initialize failed, Process create failed 'other.exe'")
    assert terminal.account_info() is None


def test_initialize_drops_the_connection_that_was() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    assert terminal.initialize(1) is False
    assert terminal.last_error() == (-2, "Invalid 1st unnamed argument")
    assert venue.closed == 1
    assert terminal.account_info() is None


def test_initialize_refuses_arguments_by_name() -> None:
    terminal = fresh()
    for keyword, wrong in (
        ("login", "123"),
        ("login", 1.0),
        ("password", 1),
        ("password", "p" * 254),
        ("server", None),
        ("timeout", 1.5),
        ("path", "p" * 258),
    ):
        assert terminal.initialize(**{keyword: wrong}) is False
        assert terminal.last_error() == (-2, f'Invalid "{keyword}" argument')
    assert terminal.initialize("terminal64.exe", 2) is False
    assert terminal.last_error() == (-2, "Invalid number of arguments")
    with pytest.raises(SystemError):
        terminal.initialize(login=-5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"login": LOGIN + 1},
        {"login": LOGIN, "password": "wrong"},
        {"login": LOGIN, "password": PASSWORD, "server": "Elsewhere"},
    ],
)
def test_refused_login_leaves_nothing_connected(wrong: dict[str, object]) -> None:
    terminal = fresh()
    assert terminal.initialize(**wrong) is False
    assert terminal.last_error() == (-6, "Terminal: Authorization failed")
    assert terminal.account_info() is None
    assert terminal.last_error() == NO_CONNECTION


def test_login_takes_password_before_server() -> None:
    terminal = connected()
    assert terminal.login(LOGIN, PASSWORD, SERVER) is True
    assert terminal.login(LOGIN, server=SERVER, password=PASSWORD, timeout=10) is True
    assert terminal.login(login=LOGIN) is True
    assert terminal.login(LOGIN, SERVER, PASSWORD) is False
    assert terminal.last_error() == (-6, "Terminal: Authorization failed")


def test_login_refuses_arguments() -> None:
    terminal = connected()
    for arguments, text in (
        ((), 'Invalid "login" argument'),
        (("123",), "Invalid 1st unnamed argument"),
        ((LOGIN, 1), "Invalid 2nd unnamed argument"),
        ((LOGIN, PASSWORD, 1), "Invalid 3rd unnamed argument"),
        ((LOGIN, PASSWORD, SERVER, 1), "Invalid number of arguments"),
    ):
        assert terminal.login(*arguments) is False
        assert terminal.last_error() == (-2, text)
    assert terminal.login(login="123") is False
    assert terminal.last_error() == (-2, 'Invalid "login" argument')
    assert terminal.account_info() is not None, "the script runs on with the account that it has"
    assert fresh().login(LOGIN) is False


def test_account_that_does_not_connect_times_out() -> None:
    terminal = fresh(FakeVenue(after=1))
    assert terminal.initialize(timeout=200) is True
    terminal = fresh(FakeVenue(after=9))
    assert terminal.initialize(timeout=100) is False
    assert terminal.last_error() == (-10005, "IPC timeout")
    assert terminal.account_info() is None


def test_error_is_reset_by_the_next_call() -> None:
    terminal = connected()
    assert terminal.symbol_info("NOPE") is None
    assert terminal.last_error() == terminal.last_error() == (-4, "Terminal: Not found")
    terminal.symbols_total()
    assert terminal.last_error() == (1, "Success")


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("symbol_info", ("NOPE",), -4),
        ("symbol_info_tick", ("NOPE",), -4),
        ("copy_ticks_from", ("NOPE", 0, 1, -1), -4),
        ("copy_ticks_range", ("NOPE", 0, 1, -1), -4),
        ("copy_rates_from", ("NOPE", 1, 0, 1), -1),
        ("copy_rates_from_pos", ("NOPE", 1, 0, 1), -1),
        ("copy_rates_range", ("NOPE", 1, 0, 1), -1),
        ("copy_rates_from_pos", ("EURUSD", 1, 500, 1), -1),
        ("copy_rates_from_pos", ("EURUSD", 1, 100_000, 1), -1),
    ],
)
def test_unknown_symbol_and_history_that_is_not_there(
    name: str, arguments: tuple[object, ...], code: int
) -> None:
    terminal = connected()
    assert getattr(terminal, name)(*arguments) is None
    assert terminal.last_error()[0] == code


def test_empty_span_is_an_empty_array() -> None:
    terminal = connected()
    rates = terminal.copy_rates_range("EURUSD", mt5.TIMEFRAME_H1, 0, 10)
    assert rates is not None
    assert len(rates) == 0
    assert terminal.last_error() == (1, "Success")


def test_select_of_an_unknown_symbol_is_false() -> None:
    terminal = connected()
    assert terminal.symbol_select("NOPE", True) is False
    assert terminal.last_error() == (-1, "Terminal: Call failed")


def test_symbol_in_use_stays_in_market_watch() -> None:
    venue = FakeVenue()
    venue.held = [position(1)]
    terminal = connected(venue)
    assert terminal.symbol_select("EURUSD", False) is False
    assert terminal.symbol_select("GBPUSD", False) is True
    info = terminal.symbol_info("GBPUSD")
    assert info is not None
    assert (info.select, info.visible) == (False, False)
    assert terminal.symbols_total() == 3
    assert terminal.symbol_select("GBPUSD") is True
    info = terminal.symbol_info("GBPUSD")
    assert info is not None
    assert (info.select, info.visible) == (True, True)


def test_depth_of_market() -> None:
    terminal = connected()
    assert terminal.market_book_get("EURUSD") is None
    assert terminal.market_book_add("NOPE") is False
    assert terminal.last_error() == (1, "Success")
    assert terminal.market_book_add("EURUSD") is True
    book = terminal.market_book_get("EURUSD")
    assert book is not None
    prices = [level.price for level in book]
    assert prices == sorted(prices, reverse=True)
    assert [level.type for level in book] == [mt5.BOOK_TYPE_SELL] * 10 + [mt5.BOOK_TYPE_BUY] * 10
    assert (book[9].price, book[10].price) == (1.1002, 1.1)
    assert terminal.market_book_release("EURUSD") is True
    assert terminal.market_book_release("EURUSD") is False
    assert terminal.last_error() == (1, "Success")


def test_version_is_the_terminals() -> None:
    assert connected().version() == (500, 5430, "21 Nov 2025")
    assert (mt5.__version__, mt5.__author__) == ("5.0.6231", "MetaQuotes Ltd.")


def test_terminal_says_whether_programs_may_trade() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    info = terminal.terminal_info()
    assert info is not None
    assert (info.connected, info.trade_allowed, info.tradeapi_disabled) == (True, True, False)
    assert (info.maxbars, info.build) == (100_000, 5430)

    venue.said = Station(tradeapi_disabled=True)
    assert terminal.order_send({"action": 1}) is None
    assert terminal.last_error() == (-8, "Auto-Trading using Python API disabled in Terminal")

    venue.said = Station(trade_allowed=False)
    result = terminal.order_send({"action": 1, "symbol": "EURUSD"})
    assert result is not None
    assert (result.retcode, result.comment) == (10027, "AutoTrading disabled by client")
    assert result[1:7] == (0, 0, 0.0, 0.0, 0.0, 0.0)
    assert (result.request_id, result.request.symbol) == (0, "EURUSD")
    assert venue.sent == []


def test_requests_are_counted() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    ids = []
    for retcode in (10009, 10009, 10016, 10009):
        venue.answer = msgspec.structs.replace(venue.answer, retcode=retcode)
        if retcode == 10016:
            venue.answer = OrderResult(retcode=10016, comment="Invalid stops")
        else:
            venue.answer = OrderResult(retcode=10009, deal=1, order=2, bid=1.0, ask=1.1)
        result = terminal.order_send({"action": 1})
        assert result is not None
        ids.append(result.request_id)
    assert ids == [1, 2, 0, 3]


def test_position_has_the_packages_fields() -> None:
    venue = FakeVenue()
    venue.held = [
        position(5, identifier=3, reason=3, time_update_msc=1_700_000_001_000),
        position(9, "GBPUSD"),
    ]
    terminal = connected(venue)
    found = terminal.positions_get()
    assert found is not None
    assert found[0]._asdict() == {
        "ticket": 5,
        "time": 1_700_000_000,
        "time_msc": 1_700_000_000_005,
        "time_update": 1_700_000_001,
        "time_update_msc": 1_700_000_001_000,
        "type": 0,
        "magic": 7,
        "identifier": 3,
        "reason": 3,
        "volume": 0.1,
        "price_open": 1.1002,
        "sl": 0.0,
        "tp": 1.2,
        "price_current": 1.1,
        "swap": 0.3,
        "profit": -2.0,
        "symbol": "EURUSD",
        "comment": "held",
        "external_id": "",
    }
    assert terminal.positions_total() == 2
    by_ticket = terminal.positions_get(ticket=9, symbol="EURUSD", group="EUR*")
    assert by_ticket == found[1:]
    assert terminal.positions_get(symbol="EURUSD", group="GBP*") == found[:1]
    assert terminal.positions_get(group="GBP*") == found[1:]
    assert terminal.positions_get(ticket=1) == ()
    assert terminal.positions_get(symbol="NOPE") == ()


def test_lost_venue_is_no_connection() -> None:
    class Lost(FakeVenue):
        def pulse(self) -> None:
            raise VenueLost(timed_out=self.after < -1)

    venue = Lost()
    terminal = connected(venue)
    assert terminal.account_info() is None
    assert terminal.last_error() == NO_CONNECTION
    venue.after = -2
    assert terminal.account_info() is None
    assert terminal.last_error() == (-10005, "IPC timeout")


def test_sign_in_that_is_interrupted_leaves_nothing_connected() -> None:
    class Slow(FakeVenue):
        def sign_in(self, login: int | None, password: str | None, server: str | None) -> None:
            raise KeyboardInterrupt

    terminal = fresh(Slow())
    with pytest.raises(KeyboardInterrupt):
        terminal.initialize()
    assert terminal.account_info() is None
    assert terminal.last_error() == NO_CONNECTION


def test_calculations_that_cannot_be_made() -> None:
    terminal = connected()
    assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, "EURUSD", 1, 1.1) == 110.0
    assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, "USDJPY", 1, 1.1) is None
    assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY_LIMIT, "EURUSD", 1, 1.1) is None
    assert terminal.last_error()[0] == -2
    assert terminal.order_calc_profit(mt5.ORDER_TYPE_SELL, "EURUSD", 1.0, 1.1, 1.2) == 1.5


@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan])
def test_calculation_of_what_is_no_number(wrong: float) -> None:
    terminal = started(commission=0)
    for numbers in ((wrong, 1.1), (1.0, wrong)):
        assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, "EURUSD", *numbers) is None
        assert terminal.last_error()[0] == -2
    for three in ((wrong, 1.1, 1.2), (1.0, wrong, 1.2), (1.0, 1.1, wrong)):
        assert terminal.order_calc_profit(mt5.ORDER_TYPE_BUY, "EURUSD", *three) is None
        assert terminal.last_error()[0] == -2


def test_symbol_has_its_quote_after_a_list_that_has_none() -> None:
    terminal = started()
    assert terminal.symbol_info_tick("EURJPY") is not None
    assert terminal.symbol_select("EURJPY", False)
    listed = terminal.symbols_get("EURJPY")
    asked = terminal.symbol_info("EURJPY")
    assert listed is not None
    assert asked is not None
    assert (listed[0].bid, listed[0].visible, asked.visible) == (0.0, False, False)
    assert asked.bid > 0


def test_mock_with_a_spec_takes_the_packages_calls() -> None:
    terminal = mock.create_autospec(mt5)
    terminal.order_send({"action": mt5.TRADE_ACTION_DEAL})
    terminal.order_send(action=mt5.TRADE_ACTION_DEAL)
    terminal.positions_get(symbol="EURUSD")
    terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 1)


def test_arrays_are_packed_and_cannot_be_written_to() -> None:
    terminal = connected()
    rates, ticks = (
        terminal.copy_rates_from_pos("EURUSD", 1, 0, 5),
        terminal.copy_ticks_from("EURUSD", 0, 5, -1),
    )
    for array in (rates, ticks):
        assert array is not None
        assert (array.ndim, array.dtype.itemsize, array.flags.owndata) == (1, 60, True)
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array["time"][0] = 1


def test_kinds_of_ticks() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    for flags in (mt5.COPY_TICKS_ALL, mt5.COPY_TICKS_INFO, mt5.COPY_TICKS_TRADE, 3):
        terminal.copy_ticks_range("EURUSD", 0, 1, flags)
    assert venue.kinds == [-1, 1, 2, -1]
    assert terminal.copy_ticks_range("EURUSD", 0, 1, 0) is None
    assert terminal.last_error()[0] == -2


def test_helpers_ask_again_after_a_requote() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    venue.answer = OrderResult(retcode=mt5.TRADE_RETCODE_REQUOTE, bid=1.0, ask=1.1)
    result = terminal.Buy("EURUSD", 0.1)
    assert result is not None
    assert result.retcode == mt5.TRADE_RETCODE_REQUOTE
    assert len(venue.sent) == 10
    assert terminal.Sell("EURUSD", 0.1, 1.5, comment="mine", ticket=4) is not None
    assert len(venue.sent) == 11
    last = venue.sent[-1]
    assert (last.type, last.price, last.comment, last.position, last.deviation) == (1, 1.5, "mine", 4, 10)
    assert (last.type_filling, last.magic) == (0, 0)
    assert terminal.Buy("EURUSD", 1) is None
    assert terminal.Buy("NOPE", 1.0) is None


def test_close_says_how_much_it_closed() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    assert terminal.Close("EURUSD") is False
    venue.held = [position(1), position(2, side="sell")]
    assert terminal.Close("EURUSD") is True
    assert [(one.type, one.price, one.position) for one in venue.sent] == [(1, 1.1, 1), (0, 1.1002, 2)]
    assert terminal.Close("EURUSD", ticket=2) is True
    venue.answer = OrderResult(retcode=10018, comment="Market closed")
    assert terminal.Close("EURUSD") is False
    assert fresh().Close("EURUSD") is None


def test_close_that_did_some() -> None:
    class Half(FakeVenue):
        def send(self, request: object) -> OrderResult:
            self.after += 1
            return OrderResult(retcode=10009 if self.after % 2 else 10018)

    venue = Half()
    venue.held = [position(1), position(2)]
    terminal = connected(venue)
    assert terminal.Close("EURUSD") == "Partially"


def test_module_has_every_name_of_the_package() -> None:
    functions = {name for name, _ in CALLS} | {*FALSE, "initialize", "login", "shutdown", "last_error"}
    assert len(functions) == 32
    public = set(mt5.__all__)
    assert len(public) == len(mt5.__all__) == 223 + 32 + 11 + 3
    assert functions < public, "what `from MetaTrader5 import *` gives"
    assert all(callable(getattr(mt5, name)) for name in (*functions, "Buy", "Sell", "Close", "_RawOrder"))


def test_threads_share_a_terminal() -> None:
    venue = FakeVenue()
    venue.held = [position(ticket) for ticket in range(1, 11)]
    terminal = connected(venue)
    wrong: list[object] = []

    def work(name: str) -> None:
        for _ in range(200):
            found = terminal.positions_get(symbol=name)
            result = terminal.order_send({"action": 1, "symbol": name})
            if found is None or result is None or result.request.symbol != name:
                wrong.append((name, found, result))
            if terminal.last_error() != (1, "Success"):
                wrong.append(terminal.last_error())

    threads = [threading.Thread(target=work, args=(name,)) for name in ("EURUSD", "GBPUSD", "USDJPY", "NOPE")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(venue.sent) == 800


async def test_requests_from_other_threads_than_the_loops() -> None:
    venue = FakeVenue()
    terminal = connected(venue)
    asked = (asyncio.to_thread(terminal.order_send, {"action": 1, "magic": number}) for number in range(50))
    results = [result for result in await asyncio.gather(*asked) if result is not None]
    assert sorted(result.request.magic for result in results) == list(range(50))
    assert sorted(result.request_id for result in results) == list(range(1, 51))


def test_terminals_do_not_share_their_state() -> None:
    one, other = connected(), fresh()
    assert other.account_info() is None
    assert other.last_error() == NO_CONNECTION
    assert one.last_error() == (1, "Success")
    assert one.account_info() is not None
