"""How arguments are taken: three shapes, strict types, exact texts. Every line is exact."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine import mt5
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.tests.fakes import FakeVenue, connected

NOTHING = "shutdown version terminal_info account_info positions_total orders_total symbols_total last_error"
POSITIONAL = {
    "copy_ticks_from": ("EURUSD", 0, 1, -1),
    "copy_ticks_range": ("EURUSD", 0, 1, -1),
    "copy_rates_from": ("EURUSD", 1, 1, 1),
    "copy_rates_from_pos": ("EURUSD", 1, 0, 1),
    "copy_rates_range": ("EURUSD", 1, 0, 1),
    "history_orders_total": (0, 1),
    "history_deals_total": (0, 1),
    "order_calc_margin": (0, "EURUSD", 1, 1),
    "order_calc_profit": (0, "EURUSD", 1, 1, 1),
    "symbol_info": ("EURUSD",),
    "symbol_info_tick": ("EURUSD",),
    "symbol_select": ("EURUSD",),
    "market_book_add": ("EURUSD",),
    "market_book_get": ("EURUSD",),
    "market_book_release": ("EURUSD",),
}
INVALID = (-2, "Invalid arguments")


class Side(enum.IntEnum):
    BUY = 0


class Lots(float):
    pass


@pytest.fixture
def venue() -> FakeVenue:
    return FakeVenue()


@pytest.fixture
def terminal(venue: FakeVenue) -> Terminal:
    return connected(venue)


@pytest.mark.parametrize("name", NOTHING.split())
def test_function_without_arguments_takes_none(terminal: Terminal, name: str) -> None:
    function = getattr(terminal, name)
    with pytest.raises(TypeError, match=rf"^{name}\(\) takes no arguments \(1 given\)$"):
        function(1)
    with pytest.raises(TypeError, match=rf"^{name}\(\) takes no keyword arguments$"):
        function(symbol="EURUSD")


@pytest.mark.parametrize("name", POSITIONAL)
def test_positional_function_takes_no_keyword(terminal: Terminal, name: str) -> None:
    function = getattr(terminal, name)
    with pytest.raises(TypeError, match=rf"^{name}\(\) takes no keyword arguments$"):
        function(*POSITIONAL[name], symbol="EURUSD")


@pytest.mark.parametrize("name", POSITIONAL)
def test_wrong_number_of_arguments_does_not_raise(terminal: Terminal, name: str) -> None:
    function = getattr(terminal, name)
    for wrong in ((), (*POSITIONAL[name], 1, 1)):
        assert function(*wrong) is None
        assert terminal.last_error()[0] == -2


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("copy_rates_from_pos", 1),
        ("copy_rates_from_pos", 2),
        ("copy_rates_from_pos", 3),
        ("copy_rates_from", 3),
        ("copy_rates_range", 1),
        ("copy_ticks_from", 2),
        ("copy_ticks_range", 3),
        ("order_calc_margin", 0),
        ("order_calc_margin", 2),
        ("order_calc_profit", 4),
    ],
)
def test_wrong_type_of_a_number_is_a_system_error(terminal: Terminal, name: str, place: int) -> None:
    wrong = list(POSITIONAL[name])
    wrong[place] = "M1"
    with pytest.raises(SystemError) as caught:
        getattr(terminal, name)(*wrong)
    assert str(caught.value) == f"<built-in function {name}> returned a result with an exception set"
    assert isinstance(caught.value.__cause__, TypeError)
    assert terminal.last_error() == INVALID


def test_float_count_is_a_system_error(terminal: Terminal) -> None:
    with pytest.raises(SystemError):
        terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 10.0)


def test_positional_numbers_may_be_numpys(terminal: Terminal) -> None:
    rates = terminal.copy_rates_from_pos("EURUSD", np.int64(1), np.int32(0), np.uint8(10))
    assert rates is not None
    assert len(rates) == 10
    assert terminal.order_calc_margin(np.int64(0), "EURUSD", np.float32(0.5), 1) == 110.0


@pytest.mark.parametrize("name", ["symbol_info", "symbol_info_tick", "symbol_select", "market_book_add"])
def test_symbol_is_a_str_of_at_most_29_units(terminal: Terminal, name: str) -> None:
    for wrong in (1, None, b"EURUSD", "x" * 30, "😀" * 15):
        assert getattr(terminal, name)(wrong) is None
        assert terminal.last_error() == INVALID
    getattr(terminal, name)("x" * 29)
    assert terminal.last_error() != INVALID


@pytest.mark.parametrize(
    "wrong", [dt.date(2024, 1, 2), "2024-01-02", np.datetime64("2024-01-02"), None, np.int64(5)]
)
def test_date_of_another_type_is_refused(terminal: Terminal, wrong: object) -> None:
    assert terminal.history_deals_get(wrong, 10) is None
    assert terminal.last_error() == INVALID
    assert terminal.copy_rates_from("EURUSD", 1, wrong, 10) is None
    assert terminal.last_error() == INVALID


def test_naive_datetime_is_of_the_machines_time(terminal: Terminal, venue: FakeVenue) -> None:
    naive = dt.datetime(2024, 1, 2, 3, 4, 5, 900_000)  # noqa: DTZ001 -- what is tested
    terminal.history_deals_get(naive, naive.replace(tzinfo=dt.UTC))
    assert venue.selections[0].from_s == int(naive.timestamp())
    assert venue.selections[0].to_s == 1_704_164_645


def test_fraction_of_a_second_is_cut_off(terminal: Terminal, venue: FakeVenue) -> None:
    terminal.history_deals_total(1.9, np.float64(2.9))
    assert (venue.selections[0].from_s, venue.selections[0].to_s) == (1, 2)


@pytest.mark.parametrize(
    "wrong", [1_700_000_000_000, 1e300, float("nan"), dt.datetime(9999, 1, 1, tzinfo=dt.UTC)]
)
def test_date_beyond_32_bits_is_a_system_error(terminal: Terminal, wrong: object) -> None:
    with pytest.raises(SystemError) as caught:
        terminal.history_deals_get(0, wrong)
    assert isinstance(caught.value.__cause__, OverflowError)
    assert terminal.last_error() == INVALID


def test_unknown_keywords_are_passed_over(terminal: Terminal) -> None:
    assert terminal.positions_get(symbol="EURUSD", magic=7) == ()
    assert terminal.symbols_get(flavour=1) is not None
    assert terminal.last_error() == (1, "Success")


@pytest.mark.parametrize("name", ["positions_get", "orders_get"])
def test_getter_allows_no_unnamed_argument(terminal: Terminal, name: str) -> None:
    assert getattr(terminal, name)("EURUSD") is None
    assert terminal.last_error() == (-2, "Unnamed arguments not allowed")


@pytest.mark.parametrize("name", ["positions_get", "orders_get"])
@pytest.mark.parametrize(
    ("keyword", "wrong"),
    [
        ("ticket", "1"),
        ("ticket", 1.0),
        ("ticket", np.int64(1)),
        ("ticket", None),
        ("symbol", 1),
        ("symbol", None),
        ("symbol", "x" * 30),
        ("group", 1),
        ("group", "x" * 1998),
    ],
)
def test_getter_names_the_wrong_keyword(terminal: Terminal, name: str, keyword: str, wrong: object) -> None:
    assert getattr(terminal, name)(**{keyword: wrong}) is None
    assert terminal.last_error() == (-2, f'Invalid "{keyword}" argument')


def test_negative_ticket_is_a_system_error(terminal: Terminal) -> None:
    with pytest.raises(SystemError) as caught:
        terminal.positions_get(ticket=-1)
    assert isinstance(caught.value.__cause__, OverflowError)


def test_symbols_get_takes_its_group_either_way(terminal: Terminal) -> None:
    for found in (terminal.symbols_get("EUR*"), terminal.symbols_get(group="EUR*")):
        assert found is not None
        assert [one.name for one in found] == ["EURUSD"]
    assert terminal.symbols_get(1) is None
    assert terminal.last_error() == (-2, "Invalid 1st unnamed argument")
    assert terminal.symbols_get(group="NOPE") == ()


@pytest.mark.parametrize("name", ["history_orders_get", "history_deals_get"])
def test_history_is_asked_for_in_three_forms(terminal: Terminal, venue: FakeVenue, name: str) -> None:
    function = getattr(terminal, name)
    assert function(1, 2, ticket=5, position=6) == ()
    assert function(1, 2, group="*") == ()
    assert function(ticket=5, position=6) == ()
    assert function(position=6) == ()
    asked = [(one.from_s, one.to_s, one.ticket, one.position) for one in venue.selections]
    assert asked == [(1, 2, None, None), (1, 2, None, None), (0, 0, 5, None), (0, 0, None, 6)]


@pytest.mark.parametrize("name", ["history_orders_get", "history_deals_get"])
def test_history_refuses_other_forms(terminal: Terminal, name: str) -> None:
    function = getattr(terminal, name)
    for arguments, keywords, text in (
        ((), {}, "Invalid arguments"),
        ((), {"date_from": 1, "date_to": 2}, "Invalid arguments"),
        ((), {"group": "*"}, "Invalid arguments"),
        ((1,), {"ticket": 2}, "Unnamed arguments not allowed"),
        ((), {"ticket": 2.0}, 'Invalid "ticket" argument'),
        ((), {"position": "2"}, 'Invalid "position" argument'),
        ((1, 2), {"group": 3}, 'Invalid "group" argument'),
    ):
        assert function(*arguments, **keywords) is None
        assert terminal.last_error() == (-2, text)


@pytest.mark.parametrize("name", ["volume", "price", "stoplimit", "sl", "tp"])
def test_price_of_a_request_is_a_float(terminal: Terminal, name: str) -> None:
    for wrong in (1, 0, None, "1.1", np.float32(1), True):
        assert terminal.order_send({"action": 1, name: wrong}) is None
        assert terminal.last_error() == (-2, f'Invalid "{name}" argument')
    for right in (1.0, np.float64(1), Lots(1)):
        assert terminal.order_send({"action": 1, name: right}) is not None


WHOLE = ("action", "magic", "order", "deviation", "type", "type_filling", "type_time", "expiration")


@pytest.mark.parametrize("name", [*WHOLE, "position", "position_by"])
def test_number_of_a_request_is_an_int(terminal: Terminal, name: str) -> None:
    for wrong in (1.0, None, "1", np.int64(1)):
        assert terminal.order_send({name: wrong}) is None
        assert terminal.last_error() == (-2, f'Invalid "{name}" argument')
    for right in (1, True, Side.BUY):
        assert terminal.order_send({"action": 1} | {name: right}) is not None
    for outside in (-1, 1 << 64):
        with pytest.raises(SystemError) as caught:
            terminal.order_send({name: outside})
        assert isinstance(caught.value.__cause__, OverflowError)


def test_datetime_expiration_is_refused(terminal: Terminal) -> None:
    assert terminal.order_send({"expiration": dt.datetime.now(dt.UTC)}) is None
    assert terminal.last_error() == (-2, 'Invalid "expiration" argument')


def test_comment_holds_29_units(terminal: Terminal) -> None:
    assert terminal.order_send({"action": 1, "comment": "c" * 29}) is not None
    for wrong in ("c" * 30, "😀" * 15, None, 5):
        assert terminal.order_send({"action": 1, "comment": wrong}) is None
        assert terminal.last_error() == (-2, 'Invalid "comment" argument')


@pytest.mark.parametrize("name", ["order_send", "order_check"])
def test_request_is_a_dict_or_keywords(terminal: Terminal, name: str) -> None:
    function = getattr(terminal, name)
    request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "flavour": "unknown"}
    echo = (1, 0, 0, "EURUSD", 0.1, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, "", 0, 0)
    assert function(request).request == function(**request).request == echo
    assert function(request, symbol="EURUSD") is None
    assert terminal.last_error() == (-2, "Unnamed arguments not allowed")
    for wrong in (echo, None, "x"):
        assert function(wrong) is None
        assert terminal.last_error()[0] == -2
    assert function(mt5.TradeRequest(echo)) is None


def test_request_as_an_unknown_keyword_is_all_zero(terminal: Terminal, venue: FakeVenue) -> None:
    result = terminal.order_send(request={"action": 1, "symbol": "EURUSD", "volume": 0.1})
    assert result is not None
    assert result.request == (0, 0, 0, "", 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, "", 0, 0)
    assert result.retcode == mt5.TRADE_RETCODE_INVALID
    assert venue.sent == []


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=3),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.lists(st.integers(), max_size=2),
    st.builds(np.int64, st.integers(0, 9)),
    st.builds(np.float64, st.floats()),
    st.dictionaries(
        st.sampled_from([*WHOLE, "symbol", "volume", "sl", "comment", "flavour"]),
        st.one_of(st.integers(), st.floats(), st.text(max_size=40), st.none()),
        max_size=5,
    ),
)
TERMINAL = connected()
FREE = (
    "login positions_get orders_get history_orders_get history_deals_get order_check order_send symbols_get"
)
KEYWORDS = ("login", "password", "server", "timeout", "symbol", "ticket", "group", "position", "action", "sl")


@given(st.sampled_from(list(POSITIONAL)), st.lists(ANYTHING, max_size=6))
def test_no_positional_arguments_raise_anything_else(name: str, arguments: list[Any]) -> None:
    _call(name, arguments, {})


@given(
    st.sampled_from(FREE.split()),
    st.lists(ANYTHING, max_size=4),
    st.dictionaries(st.sampled_from(KEYWORDS), ANYTHING, max_size=3),
)
def test_no_keywords_raise_anything_else(name: str, arguments: list[Any], keywords: dict[str, Any]) -> None:
    _call(name, arguments, keywords)


@given(st.lists(ANYTHING, max_size=2), st.dictionaries(st.sampled_from(KEYWORDS), ANYTHING, max_size=3))
def test_initialize_raises_nothing_else(arguments: list[Any], keywords: dict[str, Any]) -> None:
    _call("initialize", arguments, keywords)


def _call(name: str, arguments: list[Any], keywords: dict[str, Any]) -> None:
    TERMINAL.initialize()
    try:
        answer = getattr(TERMINAL, name)(*arguments, **keywords)
    except SystemError as error:
        cause = error.__cause__
    else:
        failed = answer is None or answer is False
        assert (TERMINAL.last_error() == (1, "Success")) != failed or name.startswith("market_book")
        return
    assert cause is not None
    assert TERMINAL.last_error()[0] == -2
