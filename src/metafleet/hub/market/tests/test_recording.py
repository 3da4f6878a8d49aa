"""The paper market as it is recorded: a real broker, whose market goes on while it is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from django.db import connection

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.broker.tests.process import BrokerProcess
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.timeframes import BY_NAME, M1
from metafleet.hub.market import record, recording
from metafleet.hub.market.models import MarketDay

HOST = "127.0.0.1"
MARKET = ("--source", "sample", "--past-minutes", "600", "--history-days", "70", "--ticks-per-bar", "4")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    """Two minutes of the market a second."""
    with BrokerProcess(tmp_path, *MARKET, "--clock", "source", "--speed", "120") as process:
        yield process


def shown(broker: BrokerProcess, timeframe: int, symbol: str = "EURUSD") -> Array:
    with TerminalClient(HOST, broker.port) as client:
        return np.frombuffer(client.rates_range(symbol, timeframe, 0, 1 << 40), RATES)


@pytest.mark.django_db
def test_everything_that_the_market_shows_is_kept_but_for_the_forming_bar(broker: BrokerProcess) -> None:
    new = recording.record_paper_market(HOST, broker.port)
    before = {one.symbol: one.until_s for one in record.symbols()}
    assert sorted(before) == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]
    assert new == sum(len(record.bars(SERVER_NAME, name, "M1")) for name in before)
    kept = record.bars(SERVER_NAME, "EURUSD", "M1")
    # More than one answer holds: the first ten weeks come in several.
    assert len(kept) > 60_000
    market = shown(broker, M1)
    assert kept[-1000:].tobytes() == market[np.isin(market["time"], kept["time"])][-1000:].tobytes()
    hours = shown(broker, BY_NAME["H1"])
    mine = record.bars(SERVER_NAME, "EURUSD", "H1")
    # The market's own charts lose their oldest bars while it goes on.
    assert mine[-500:].tobytes() == hours[np.isin(hours["time"], mine["time"])][-500:].tobytes()


@pytest.mark.django_db
def test_what_was_missed_while_the_broker_was_away_is_kept_later(broker: BrokerProcess) -> None:
    recording.record_paper_market(HOST, broker.port)
    port = broker.port
    broker.kill()
    assert recording.record_paper_market(HOST, port) == 0
    known_s = record.newest_s(SERVER_NAME, "EURUSD")
    broker.start(port)
    deadline = time.monotonic() + 20
    while record.newest_s(SERVER_NAME, "EURUSD") == known_s and time.monotonic() < deadline:
        time.sleep(0.2)  # the market goes on by itself
        recording.record_paper_market(HOST, port)
    newest_s = record.newest_s(SERVER_NAME, "EURUSD")
    assert known_s is not None
    assert newest_s is not None
    assert newest_s > known_s
    market = shown(broker, M1)
    since = market[(market["time"] > known_s) & (market["time"] <= newest_s)]
    assert record.bars(SERVER_NAME, "EURUSD", "M1")[-len(since) :].tobytes() == since.tobytes()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_keep_each_bar_once(broker: BrokerProcess) -> None:
    def work(_: int) -> int:
        try:
            return recording.record_paper_market(HOST, broker.port)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        new = sum(workers.map(work, range(2)))
    rows = MarketDay.objects.filter(symbol="EURUSD")
    times = record.bars(SERVER_NAME, "EURUSD", "M1")["time"]
    assert np.all(np.diff(times) > 0)
    assert sum(row.count for row in rows) == len(times)
    assert new == sum(row.count for row in MarketDay.objects.all())
