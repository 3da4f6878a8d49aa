"""Charts at a terminal: their history, what cannot be had, and what they are after a gap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.indicators import ATR, EMA, RSI
from metafleet.engine.experts.indicators.contract import Indicator
from metafleet.engine.experts.loading import hash_of
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.runner import run
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.inbox import Inbox, Known
from metafleet.runner.lease import Lease
from metafleet.runner.loop import STALE_BARS, TradingLoop
from metafleet.runner.outbox import Outbox
from metafleet.runner.secret import Secret
from metafleet.runner.session import Session
from metafleet.runner.switches import Switches
from metafleet.runner.tests.charting import SOURCE
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import PASSWORD, Broker, Runner, assignment
from metafleet.wire import messages
from metafleet.wire.client import WireClient

OLD = """
from metafleet.engine.broker import messages
class Subscribe(messages.Request, frozen=True, tag="subscribe"):
    symbols: list[str]
    @property
    def bars(self):
        return False
newer = (messages.Follow, messages.Taken, messages.RatesFrom, messages.RatesFromPos, messages.RatesRange)
from functools import reduce
from operator import or_
from typing import get_args
known = [one for one in get_args(messages.AnyRequest) if one not in (*newer, messages.Subscribe)]
messages.Subscribe, messages.AnyRequest = Subscribe, reduce(or_, known, Subscribe)
from metafleet.engine.broker.__main__ import main
raise SystemExit(main())
"""
"""A broker that knows nothing of charts, of followers, and of those who need no tick but for their bars."""

BARE = """
import sys
sys.modules["numpy"] = None
from metafleet.runner.__main__ import main
raise SystemExit(main())
"""
"""A runner on a machine without NumPy."""


def scribe(broker: Broker, source: str = SOURCE, **inputs: Any) -> messages.Assignment:
    """Work for the EA that writes everything down, on a new account."""
    work = {"expert": "scribe", "version": "1.0.0", "hash": hash_of(source.encode()), "source": source}
    return assignment(broker, broker.open_account().login, symbol="EURUSD", inputs=inputs, **work)


def counts(log: str) -> tuple[int, int]:
    """How many closed bars the own chart and the other one began with."""
    own, other = log.rpartition(" expert: start ")[2].split()[1:3]
    return int(own), int(other)


def test_an_hourly_ea_with_two_charts_runs_where_there_is_no_numpy(
    tmp_path: Path, gateway: Gateway, runner: Runner
) -> None:
    options = ("--clock", "source", "--speed", "max", "--only-followed", "--ticks-per-bar", "4")
    market = Broker(tmp_path / "books", "--source", "sample", "--history-days", "70", *options)
    market.start()
    hourly = SOURCE.replace('timeframe = "M5"', 'timeframe = "H1"')
    try:
        gateway.assignment = scribe(market, hourly, other="USDJPY", hours="M15")
        runner.start(code=BARE)
        gateway.wait_until(lambda: runner.log().count(" expert: bar ") > 1, 30.0)
    finally:
        market.kill()
    assert counts(runner.log()) == (1_000, 1_000)
    assert gateway.statuses()[:2] == ["starting", "running"]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"other": "NOTHING"}, "no chart of NOTHING H1: the market quotes EURUSD"),
        ({"hours": "H7"}, "no timeframe 'H7'; there are M1, M2"),
    ],
)
def test_a_chart_that_there_is_not_ends_it_for_good_with_one_sentence(
    broker: Broker, gateway: Gateway, runner: Runner, inputs: dict[str, str], sentence: str
) -> None:
    gateway.assignment = scribe(broker, **inputs)
    runner.start()
    assert runner.exit_code() == 4
    assert f"expert: {sentence}" in runner.log()
    assert gateway.heartbeats[-1]["expert"]["lastError"].startswith(f"start: {sentence}")
    assert "Traceback" not in runner.log()


def test_an_older_broker_has_charts_of_its_minutes(tmp_path: Path, gateway: Gateway, runner: Runner) -> None:
    old = Broker(tmp_path / "books", "--source", "generator", "--speed", "60", code=OLD)
    old.start()
    try:
        gateway.assignment = scribe(old, hours="M15")
        runner.start()
        gateway.wait_until(lambda: "running" in gateway.statuses(), 20.0)
    finally:
        old.kill()
    own, other = counts(runner.log())
    assert (own >= 55, other >= 15) == (True, True)


@pytest.fixture
def session(tmp_path: Path, broker: Broker) -> Iterator[Session]:
    """A run's parts in this process, on the market that others keep moving."""
    work, switches = scribe(broker, is_waking=True), Switches()
    ties = run._Ties(Outbox(tmp_path / "outbox"), Bulletin(), Inbox(switches.bell), switches, Lease(None))
    made = run._session(work, Secret(PASSWORD), WireClient("http://127.0.0.1:9"), ties)
    ties.inbox.put(Known(0))
    yield made
    made.terminal.close()


def expert_of(session: Session) -> Expert:
    return session.host._expert


def check(session: Session, broker: Broker, indicators: list[Indicator]) -> None:
    """Charts have what the broker has, lines what steps over them give, and one line wakes the EA."""
    expert: Any = expert_of(session)
    now_s = session.desk.now_msc() // 1000
    with broker.signed_in(int(session.terminal.ask(lambda client: client.account()).login)) as client:
        for chart in (expert.chart, expert.long):
            rates = client.rates("EURUSD", BY_NAME[chart.timeframe], now_s, 2_000)
            assert chart.bars(2_000) == [bar for bar in rates if bar.time_s <= chart[-1].time_s]
    for line, indicator in zip(expert.lines, indicators, strict=False):
        take: Any = indicator.begin().step
        values = [take(b.open, b.high, b.low, b.close, b.tick_volume) for b in expert.chart.bars(2_000)]
        assert [value.hex() for value in line.last(2_000)] == [float(value).hex() for value in values]
    assert expert._charts._wakes == [expert.crossed]
    assert expert.crossed in expert.chart._known.values()


def test_after_a_gap_and_after_new_inputs_charts_lines_and_wake_lines_are_fresh(
    session: Session, broker: Broker
) -> None:
    loop = TradingLoop(session)
    while not session.host.is_started or len(expert_of(session).chart) < 62:
        loop._turn()
    first, was_at = expert_of(session), session.desk.now_msc()
    check(session, broker, [EMA(5), EMA(21), RSI(9), ATR(14)])

    session.terminal.close()
    with broker.signed_in(broker.open_account().login) as other:
        other.subscribe(["EURUSD"])
        gone = was_at + (STALE_BARS + 3) * 60_000
        while not any(getattr(event, "time_msc", 0) > gone for event in other.poll(1.0)):
            pass
    while expert_of(session) is first or session.desk.now_msc() < gone:
        loop._turn()
    second = expert_of(session)
    check(session, broker, [EMA(5), EMA(21), RSI(9), ATR(14)])

    session.host.configure({**session.host.inputs, "fast": 9})
    assert expert_of(session) is not second
    check(session, broker, [EMA(9), EMA(21), RSI(9), ATR(14)])

    with pytest.raises(ValueError, match="no chart of NOTHING"):
        session.host.configure({**session.host.inputs, "other": "NOTHING"})
    assert (session.host.is_started, session.host.inputs["other"]) == (True, "EURUSD")
    check(session, broker, [EMA(9), EMA(21), RSI(9), ATR(14)])
