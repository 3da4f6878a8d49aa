"""The paper terminal in this process: its time, its bars, what time sets off, and how it is configured."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import numpy as np
import pytest

from metafleet.engine import mt5
from metafleet.engine.market.blocks import Block
from metafleet.engine.market.symbols import EURUSD
from metafleet.engine.market.tests.real import DATA, needs_data
from metafleet.engine.market.timeframes import NAMES
from metafleet.engine.mt5 import configuration
from metafleet.engine.mt5.clocks import WallClock
from metafleet.engine.mt5.configuration import Configuration, MarketTerms
from metafleet.engine.mt5.local import FIRST_LOGIN, Paper
from metafleet.engine.mt5.reels import minutes
from metafleet.engine.mt5.terminal import Terminal
from metafleet.engine.mt5.tests.papers import TUESDAY, SetClock, deal, paper, started, traded
from metafleet.engine.mt5.venue import RATES, TICKS

BUY, SELL = mt5.ORDER_TYPE_BUY, mt5.ORDER_TYPE_SELL
HOUR_S = 3_600


def now_of(clock: SetClock) -> dt.datetime:
    return dt.datetime.fromtimestamp(clock.at_msc / 1000, dt.UTC)


def test_time_moves_only_with_the_clock() -> None:
    clock = SetClock()
    terminal = started(clock)
    first = terminal.symbol_info_tick("EURUSD")
    assert first is not None
    assert first is terminal.symbol_info_tick("EURUSD")
    assert first.time_msc <= clock.at_msc
    clock.pass_s(60)
    later = terminal.symbol_info_tick("EURUSD")
    assert later is not None
    assert clock.at_msc - 10_000 < later.time_msc <= clock.at_msc


def test_same_seed_gives_the_same_market_however_it_is_looked_at() -> None:
    clock, other = SetClock(), SetClock()
    often, once = started(clock, seed=5), started(other, seed=5)
    for _ in range(30):
        clock.pass_s(60)
        often.symbol_info_tick("EURUSD")
        often.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 3)
    other.pass_s(1_800)
    assert often.symbol_info_tick("EURUSD") == once.symbol_info_tick("EURUSD")
    bars = [one.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M5, 0, 100) for one in (often, once)]
    assert bars[0] is not None
    assert bars[1] is not None
    for column in ("time", "open", "high", "low", "close"):
        assert np.array_equal(bars[0][column], bars[1][column]), column
    assert started(seed=6).symbol_info_tick("EURUSD") != started(seed=5).symbol_info_tick("EURUSD")


def test_empty_credentials_are_none() -> None:
    terminal = Terminal(paper().open)
    for _ in range(2):
        assert terminal.initialize(path="", login=0, password="", server=""), terminal.last_error()
        account = terminal.account_info()
        assert account is not None
        assert (account.login, account.server) == (FIRST_LOGIN, "metafleet-Paper")
    assert terminal.login(5, "x", "")
    assert terminal.login(5, server="")
    assert terminal.login(0) is False
    assert terminal.last_error() == (-2, 'Invalid "login" argument')


def test_ten_hours_have_ten_bars() -> None:
    clock = SetClock(TUESDAY + dt.timedelta(minutes=20))
    terminal = started(clock)
    now = now_of(clock)
    bars = terminal.copy_rates_range(
        "EURUSD", mt5.TIMEFRAME_H1, now - dt.timedelta(hours=10), now + dt.timedelta(hours=1)
    )
    assert bars is not None
    assert len(bars) == 10
    assert bars["time"][-1] == TUESDAY.timestamp()


def test_every_timeframe_has_bars_that_end_now() -> None:
    terminal = started()
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    for timeframe, name in NAMES.items():
        bars = terminal.copy_rates_from_pos("EURUSD", timeframe, 0, 10)
        assert bars is not None, name
        assert len(bars) == 10, name
        assert (np.diff(bars["time"]) > 0).all(), name
        assert bars["close"][-1] == tick.bid, name


def test_bars_are_made_of_the_ticks_that_came() -> None:
    clock = SetClock()
    terminal = started(clock)
    terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 1)
    clock.pass_s(300)
    bars = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 1, 4)
    assert bars is not None
    for bar in bars:
        begin = int(bar["time"])
        ticks = terminal.copy_ticks_range("EURUSD", begin, begin + 59, mt5.COPY_TICKS_ALL)
        assert ticks is not None
        assert bar["tick_volume"] >= len(ticks) > 20
        assert bar["low"] <= ticks["bid"].min() <= ticks["bid"].max() <= bar["high"]
        assert ticks["bid"][0] == bar["open"]


def test_ticks_of_the_day_before_are_there_and_in_order() -> None:
    clock = SetClock()
    terminal = started(clock)
    clock.pass_s(30)
    ticks = terminal.copy_ticks_range(
        "EURUSD", TUESDAY - dt.timedelta(hours=2), now_of(clock), mt5.COPY_TICKS_ALL
    )
    assert ticks is not None
    assert len(ticks) > 2 * 60 * 25
    assert (np.diff(ticks["time_msc"]) >= 0).all()
    assert (np.diff(ticks["time_msc"]) < 10_000).all()
    begin = TUESDAY - dt.timedelta(days=5)
    older = terminal.copy_ticks_from("EURUSD", begin, 1_000, mt5.COPY_TICKS_ALL)
    assert older is not None
    assert (len(older), older["time"][0]) == (1_000, begin.timestamp())
    trades = terminal.copy_ticks_range(
        "EURUSD", TUESDAY - dt.timedelta(hours=2), now_of(clock), mt5.COPY_TICKS_TRADE
    )
    assert trades is not None
    assert len(trades) == 0


def test_long_sleep_fires_stops_in_their_order() -> None:
    clock = SetClock()
    terminal = started(clock)
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    sl, tp = round(tick.bid - 0.0005, 5), round(tick.bid + 0.0005, 5)
    opened = traded(terminal, sl=sl, tp=tp)
    clock.pass_s(8 * HOUR_S)
    assert terminal.positions_get() == ()
    deals = terminal.history_deals_get(position=opened.order)
    assert deals is not None
    assert deals[1].reason in (mt5.DEAL_REASON_SL, mt5.DEAL_REASON_TP)
    assert TUESDAY.timestamp() < deals[1].time < clock.at_msc / 1000 - HOUR_S / 60
    level = sl if deals[1].reason == mt5.DEAL_REASON_SL else tp
    word = "sl" if deals[1].reason == mt5.DEAL_REASON_SL else "tp"
    assert deals[1].comment == f"[{word} {level:.5f}]"
    info = terminal.account_info()
    assert info is not None
    assert info.balance == pytest.approx(10_000 + sum(one.profit for one in deals))


def test_pending_order_fires_and_can_be_removed() -> None:
    clock = SetClock()
    terminal = started(clock)
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    near = {
        "action": mt5.TRADE_ACTION_PENDING,
        "symbol": "EURUSD",
        "volume": 0.1,
        "type": mt5.ORDER_TYPE_BUY_STOP,
        "price": round(tick.ask + 0.0002, 5),
        "magic": 3,
    }
    placed = terminal.order_send(near)
    far = terminal.order_send(near | {"price": round(tick.ask + 0.2, 5)})
    assert placed is not None
    assert far is not None
    assert (placed.retcode, placed.deal, terminal.orders_total()) == (10009, 0, 2)
    orders = terminal.orders_get(symbol="EURUSD")
    assert orders is not None
    assert [one.ticket for one in orders] == [placed.order, far.order]
    assert (orders[0].state, orders[0].price_current) == (mt5.ORDER_STATE_PLACED, tick.ask)
    clock.pass_s(12 * HOUR_S)
    held = terminal.positions_get()
    assert held is not None
    assert [(one.ticket, one.magic) for one in held] == [(placed.order, 3)]
    removed = terminal.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": far.order})
    assert removed is not None
    assert removed.retcode == mt5.TRADE_RETCODE_DONE
    assert terminal.orders_get() == ()
    history = terminal.history_orders_get(ticket=far.order)
    assert history is not None
    assert [one.state for one in history] == [mt5.ORDER_STATE_CANCELED]


def test_night_is_charged() -> None:
    clock = SetClock()
    terminal = started(clock)
    traded(terminal)
    clock.pass_s(15 * HOUR_S)
    held = terminal.positions_get()
    assert held is not None
    assert held[0].swap == pytest.approx(-0.72)


def test_weekend_is_closed_and_bitcoin_is_not() -> None:
    clock = SetClock()
    terminal = started(clock)
    before = terminal.symbol_info_tick("EURUSD")
    assert before is not None
    clock.pass_s(4 * 24 * HOUR_S)  # Saturday
    for symbol, retcode in (("EURUSD", 10018), ("BTCUSD", 10009)):
        result = terminal.order_send(deal(terminal, symbol=symbol, volume=0.01))
        assert result is not None
        assert result.retcode == retcode, result


def test_live_market_is_open_whenever_it_begins() -> None:
    for days in range(7):
        clock = SetClock(TUESDAY + dt.timedelta(days=days, hours=8))
        terminal = started(clock, begin=None, symbols=("EURUSD",))
        tick = terminal.symbol_info_tick("EURUSD")
        assert tick is not None
        assert clock.at_msc - 10_000 < tick.time_msc <= clock.at_msc
        traded(terminal)


def test_sample_is_moved_to_now() -> None:
    clock = SetClock(dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC))
    terminal = started(clock, begin=None, source="sample", symbols=())
    assert terminal.symbols_total() == 4
    tick = terminal.symbol_info_tick("XAUUSD")
    assert tick is not None
    assert clock.at_msc - 10_000 < tick.time_msc <= clock.at_msc
    bars = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_D1, 0, 200)
    assert bars is not None
    assert len(bars) == 200
    assert bars["time"][-1] == dt.datetime(2026, 11, 26, tzinfo=dt.UTC).timestamp()
    jumps = np.abs(bars["open"][1:] / bars["close"][:-1] - 1)
    assert jumps.max() < 0.01


def test_market_ends_where_it_is_said_to() -> None:
    clock = SetClock()
    end = TUESDAY + dt.timedelta(hours=1)
    terminal = started(clock, end=end)
    clock.pass_s(5 * HOUR_S)
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert end.timestamp() - 10 < tick.time <= end.timestamp()


def test_server_has_a_clock_of_its_own() -> None:
    terminal = started(time_zone="America/New_York+7")
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert tick.time == TUESDAY.timestamp() + 2 * HOUR_S
    days = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_D1, 0, 10)
    assert days is not None
    assert {dt.datetime.fromtimestamp(one, dt.UTC).weekday() for one in days["time"].tolist()} == set(
        range(5)
    )


def test_terminals_of_one_paper_share_an_account() -> None:
    shared = paper()
    one, other = Terminal(shared.open), Terminal(shared.open)
    assert one.initialize()
    assert other.initialize()
    opened = traded(one)
    held = other.positions_get()
    assert held is not None
    assert [position.ticket for position in held] == [opened.order]
    assert other.login(77) is True
    assert other.positions_get() == ()
    assert one.shutdown()
    assert one.initialize()
    info = one.account_info()
    assert info is not None
    assert info.login == 77, "the terminal's current account"


def test_threads_of_several_terminals_trade_at_once() -> None:
    shared = paper(SetClock(), deposit=1_000_000)
    terminals = [Terminal(shared.open) for _ in range(3)]
    failed: list[object] = []

    def work(terminal: Terminal) -> None:
        for _ in range(20):
            result = terminal.order_send(deal(terminal, volume=0.01))
            if result is None or result.retcode != 10009 or terminal.positions_get(ticket=result.order) == ():
                failed.append(result)

    for terminal in terminals:
        assert terminal.initialize()
    threads = [Thread(target=work, args=(terminals[number % 3],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert terminals[0].positions_total() == 120


def test_reads_that_belong_together_see_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = [100.0]
    monkeypatch.setattr("metafleet.engine.mt5.clocks.perf_counter", lambda: counted[0])
    clock = WallClock(60, begin_s=1_000.0)
    assert clock.now_msc() == 1_000_000
    counted[0] += 0.004
    assert clock.now_msc() == 1_000_000
    counted[0] += 0.02
    assert clock.now_msc() == 1_001_440
    seen = set()
    for _ in range(100):
        counted[0] += 0.004
        seen.add(clock.now_msc())
    assert 3 < len(seen) < 6, "a program that only looks sees time pass"


def test_block_goes_on_without_a_jump_in_either_direction() -> None:
    bars = np.zeros(3, RATES)
    bars["time"] = [1_000, 1_060, 1_120]
    for name, prices in (("open", (1.0, 1.1, 1.2)), ("high", (1.15, 1.2, 1.3)), ("low", (0.9, 1.0, 1.1))):
        bars[name] = prices
    bars["close"] = [1.1, 1.2, 1.25]
    block = Block(bars, 60, 5)
    week = 7 * 86_400
    played = block.bars(1_000 - 2 * week, 1_000 + 2 * week)
    assert len(played) == 12
    assert np.array_equal(played["time"], np.concatenate([bars["time"] + lap * week for lap in range(-2, 2)]))
    assert played["open"][[3, 6, 9]] == pytest.approx(played["close"][[2, 5, 8]], abs=1e-5)
    assert (played["low"] <= played["high"]).all()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("speed = ", "is not a TOML file"),
        ("speed = 0", "Expected `float` > 0.0 - at `$.speed`"),
        ('speed = "max"', "needs `metafleet run`"),
        ("sped = 1", "Object contains unknown field `sped`"),
        ("[market]\nsource = 1", "Expected `str`, got `int` - at `$.market.source`"),
        ("[[accounts]]\nlogin = 1\n[[accounts]]\nlogin = 1", "the account 1 is listed twice"),
        ("[[accounts]]\nlogin = 1\n[[terminals]]\naccount = 2", "has account 2, which is not listed"),
        ("[[terminals]]\n[[terminals]]", "the terminal '' is listed twice"),
        ("[market]\nto = 2024-01-01", "market.to must come after market.from"),
        ("[account]\ndeposit = 0", "Expected `float` >= 0.01 - at `$.account.deposit`"),
        ('[account]\nmode = "both"', "Invalid enum value 'both' - at `$.account.mode`"),
    ],
)
def test_fault_of_a_file_is_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "paper.toml"
    file.write_text(text)
    with pytest.raises(configuration.ConfigurationRefused) as caught:
        configuration.read(file)
    assert str(caught.value).startswith(str(file))
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value).replace(text, "")


def test_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    text = configuration.__doc__ or ""
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    file = tmp_path / "paper.toml"
    file.write_text("\n".join(lines))
    found = configuration.read(file)
    assert found.market.begin == dt.datetime(2018, 1, 2, tzinfo=dt.UTC)
    assert (found.accounts[0].login, found.terminals[0].account) == (1001, 1001)
    assert found.account == Configuration().account


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"time_zone": "Mars/Olympus"}, "is not in the database of time zones"),
        ({"source": "nowhere"}, "the market source 'nowhere' is none of generator"),
        ({"ticks": "real"}, "generator has bars; ticks = .real. needs a file of ticks"),
        ({"symbols": ("NOPE",)}, "the market has no symbol 'NOPE'; it has EURUSD"),
        ({"symbols_file": "nowhere.toml"}, "nowhere.toml: cannot be read"),
    ],
)
def test_market_that_cannot_be_opened_says_why(said: dict[str, Any], fault: str) -> None:
    with pytest.raises(configuration.ConfigurationRefused, match=fault):
        paper(**said)


def test_process_finds_what_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("metafleet.engine.mt5.local._configured", {})
    file = tmp_path / "paper.toml"
    monkeypatch.setenv("METAFLEET_PAPER_CONFIG", str(file))
    terminal = Terminal()
    assert terminal.initialize() is False
    code, text = terminal.last_error()
    assert (code, text) == (
        -10003,
        f"IPC initialize failed, {file} cannot be read: No such file or directory",
    )
    file.write_text(
        '[market]\nsymbols = ["EURUSD"]\n[[accounts]]\nlogin = 5\ndeposit = 500\n[[accounts]]\nlogin = 6\n'
        "[[terminals]]\npath = 'C:\\One\\terminal64.exe'\naccount = 5\n"
        "[[terminals]]\npath = 'C:\\Two\\terminal64.exe'\naccount = 6\ntradeapi_disabled = true\n"
    )
    assert terminal.initialize("C:/one/TERMINAL64.EXE") is True
    info, place = terminal.account_info(), terminal.terminal_info()
    assert info is not None
    assert place is not None
    assert (info.login, info.balance, place.path) == (5, 500.0, "C:\\One")
    assert terminal.initialize("C:\\Two\\terminal64.exe") is True
    assert terminal.order_send({"action": 1}) is None
    assert terminal.last_error()[0] == -8
    assert terminal.initialize("C:\\Three\\terminal64.exe") is False
    assert terminal.last_error()[0] == -10003


def test_any_login_is_right_where_none_is_listed() -> None:
    terminal = Terminal(Paper(Configuration(market=MarketTerms(begin=TUESDAY)), SetClock()).open)
    assert terminal.initialize(login=123456, password="secret", server="Broker-Demo") is True
    info = terminal.account_info()
    assert info is not None
    assert (info.login, info.server) == (123456, "Broker-Demo")
    assert math.isclose(info.equity, 10_000)


def test_every_field_of_an_answer_has_its_documented_type() -> None:
    clock = SetClock()
    terminal = started(clock, symbols=())
    traded(terminal)
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    price = round(tick.bid - 0.01, 5)
    pending = deal(terminal, mt5.ORDER_TYPE_BUY_LIMIT, action=mt5.TRADE_ACTION_PENDING, price=price)
    assert terminal.order_send(pending) is not None
    terminal.market_book_add("EURUSD")
    answers: list[Any] = [
        tick,
        terminal.account_info(),
        terminal.terminal_info(),
        terminal.order_check(deal(terminal)),
        traded(terminal),
        traded(terminal).request,
        *(terminal.symbols_get() or ()),
        *(terminal.positions_get() or ()),
        *(terminal.orders_get() or ()),
        *(terminal.history_orders_get(0, now_of(clock)) or ()),
        *(terminal.history_deals_get(0, now_of(clock)) or ()),
        *(terminal.market_book_get("EURUSD") or ()),
    ]
    assert len({type(answer) for answer in answers}) == 11
    for answer in answers:
        for name, kind in type(answer).__annotations__.items():
            assert type(getattr(answer, name)).__name__ == kind, (type(answer).__name__, name)


def test_file_of_its_own_time_has_no_more_than_it_has(tmp_path: Path) -> None:
    rows = ["time,open,high,low,close,tick_volume,spread"]
    begin_s = int(TUESDAY.timestamp())
    rows += [f"{begin_s + 60 * minute},1.1,1.1002,1.0998,1.1001,9,8" for minute in range(180)]
    (tmp_path / "EURUSD_M1.csv").write_text("\n".join(rows))
    clock = SetClock(TUESDAY + dt.timedelta(hours=1))
    terminal = started(clock, source=str(tmp_path), symbols=(), begin=TUESDAY + dt.timedelta(hours=1))
    bars = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 1_000)
    assert bars is not None
    assert (len(bars), bars["time"][0]) == (61, begin_s)
    clock.pass_s(5 * HOUR_S)
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert begin_s + 3 * HOUR_S - 5 < tick.time < begin_s + 3 * HOUR_S
    result = terminal.order_send(deal(terminal))
    assert result is not None
    assert result.retcode == mt5.TRADE_RETCODE_MARKET_CLOSED


def test_clock_that_goes_back_an_hour_stops_the_market_for_it() -> None:
    begin = dt.datetime(2024, 11, 2, 18, tzinfo=dt.UTC)  # New York sets its clocks back that night
    clock = SetClock(begin)
    terminal = started(clock, begin=begin, time_zone="America/New_York", symbols=("BTCUSD",))
    seen = []
    for _ in range(24):
        clock.pass_s(HOUR_S)
        tick = terminal.symbol_info_tick("BTCUSD")
        assert tick is not None
        seen.append(tick.time)
    assert seen == sorted(seen)
    bars = terminal.copy_rates_from_pos("BTCUSD", mt5.TIMEFRAME_M1, 0, 2_000)
    assert bars is not None
    assert (np.diff(bars["time"]) > 0).all()


def test_account_has_the_terms_that_are_configured() -> None:
    terminal = started(stop_out=20, margin_call=30, fifo_close=True, dealing="hostile", commission=2)
    info = terminal.account_info()
    assert info is not None
    assert (info.margin_so_so, info.margin_so_call, info.fifo_close) == (20.0, 30.0, True)
    results = [terminal.order_send(deal(terminal, volume=0.01)) for _ in range(60)]
    assert len({result.retcode for result in results if result is not None}) > 1, "a hostile dealer"
    deals = terminal.history_deals_get(0, TUESDAY + dt.timedelta(days=1))
    assert deals is not None
    assert deals[1].commission == pytest.approx(-2 * deals[1].volume)


@needs_data
def test_real_ticks_are_played_as_they_came() -> None:
    begin = dt.datetime(2014, 5, 9, 9, tzinfo=dt.UTC)
    clock = SetClock(begin)
    terminal = started(clock, begin=begin, source=str(DATA / "ticks"), symbols=("EURUSD",), ticks="real")
    clock.pass_s(HOUR_S)
    tick = terminal.symbol_info_tick("EURUSD")
    ticks = terminal.copy_ticks_range("EURUSD", begin, now_of(clock), mt5.COPY_TICKS_ALL)
    bars = terminal.copy_rates_range("EURUSD", mt5.TIMEFRAME_H1, begin, now_of(clock))
    assert tick is not None
    assert ticks is not None
    assert bars is not None
    assert (tick.time_msc, tick.bid) == (ticks["time_msc"][-1], ticks["bid"][-1])
    assert len(ticks) == bars["tick_volume"].sum() > 1_000
    assert (bars["high"].max(), bars["low"].min()) == (ticks["bid"].max(), ticks["bid"].min())


def test_minutes_are_made_of_ticks() -> None:
    ticks = np.zeros(4, TICKS)
    ticks["time"] = [60, 119, 120, 240]
    ticks["bid"] = [1.1, 1.3, 1.2, 1.25]
    ticks["ask"] = ticks["bid"] + [0.0002, 0.0001, 0.0003, 0.0004]
    spec = msgspec.structs.replace(EURUSD, digits=4, point=0.0001, tick_size=0.0001)
    bars = minutes(ticks, spec)
    assert bars["time"].tolist() == [60, 120, 240]
    assert bars["open"].tolist() == [1.1, 1.2, 1.25]
    assert bars["high"].tolist() == [1.3, 1.2, 1.25]
    assert bars["close"].tolist() == [1.3, 1.2, 1.25]
    assert bars["tick_volume"].tolist() == [2, 1, 1]
    assert bars["spread"].tolist() == [1, 3, 4]
    assert len(minutes(ticks[:0], spec)) == 0


@pytest.mark.parametrize(("mode", "count"), [("generated", 30), ("ohlc", 4), ("open", 1)])
def test_ticks_are_made_as_it_is_configured(mode: str, count: int) -> None:
    clock = SetClock()
    terminal = started(clock, ticks=mode)
    clock.pass_s(600)
    ticks = terminal.copy_ticks_range("EURUSD", TUESDAY, now_of(clock) - dt.timedelta(seconds=1), -1)
    bars = terminal.copy_rates_range("EURUSD", mt5.TIMEFRAME_M1, TUESDAY, now_of(clock))
    assert ticks is not None
    assert bars is not None
    assert len(ticks) == 10 * count
    assert bars["open"][-2] == ticks["bid"][-count]


def test_what_is_no_money_is_not_there() -> None:
    terminal = started()
    assert terminal.order_calc_margin(mt5.ORDER_TYPE_BUY, "BTCUSD", 1.0, 1e300) is None
    assert terminal.order_calc_profit(mt5.ORDER_TYPE_BUY, "EURUSD", 1.0, 1.0, 1e300) is None
    assert terminal.last_error() == (-1, "Terminal: Call failed")


@pytest.mark.parametrize(("name", "step_s"), [("D1", 24 * HOUR_S), ("H4", 4 * HOUR_S), ("H1", HOUR_S)])
def test_symbol_of_long_bars_is_open_from_one_to_the_next(tmp_path: Path, name: str, step_s: int) -> None:
    monday = TUESDAY.replace(hour=0) - dt.timedelta(days=1)
    rows = ["<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"]
    for place in range(5 * 24 * HOUR_S // step_s):
        at = monday + dt.timedelta(seconds=place * step_s)
        rows.append(f"{at:%Y.%m.%d}\t{at:%H:%M:%S}\t1.1\t1.105\t1.095\t1.101\t100\t0\t8")
    (tmp_path / f"EURUSD_{name}.csv").write_text("\n".join(rows))
    thursday = monday + dt.timedelta(days=3, hours=1)
    clock = SetClock(thursday)
    terminal = started(clock, source=str(tmp_path), symbols=(), begin=thursday, ticks="open")
    request = deal(terminal)
    codes = []
    for hours in (1, 12, 33, 2):
        clock.pass_s(hours * HOUR_S)
        checked = terminal.order_check(request)
        assert checked is not None
        codes.append(checked.retcode)
    assert codes == [0, 0, 0, mt5.TRADE_RETCODE_MARKET_CLOSED]


def test_order_of_the_history_has_the_price_of_its_end() -> None:
    terminal = started()
    tick = terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    waiting = {"action": mt5.TRADE_ACTION_PENDING, "symbol": "EURUSD", "volume": 0.1}
    price = round(tick.ask - 0.02, 5)
    placed = terminal.order_send(waiting | {"type": mt5.ORDER_TYPE_BUY_LIMIT, "price": price})
    assert placed is not None
    terminal.order_send({"action": mt5.TRADE_ACTION_REMOVE, "order": placed.order})
    found = terminal.history_orders_get(ticket=placed.order)
    assert found is not None
    assert [(one.price_open, one.price_current) for one in found] == [(price, tick.ask)]
