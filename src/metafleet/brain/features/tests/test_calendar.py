"""A calendar as it is published becomes what features take."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from metafleet.brain import features
from metafleet.brain.features.tests.markets import SPEC, bars_of
from metafleet.engine.market.servertime import Zone

FILE: Final = (
    Path(__file__).resolve().parents[5] / ".." / "shared/data/calendar/forexfactory_2019-11_2020-06.csv.gz"
)
NOON: Final = dt.datetime(2020, 1, 15, 12, tzinfo=dt.UTC)


def test_times_are_the_server_s_and_weights_are_numbers() -> None:
    found = features.calendar_of(
        [
            (NOON, "USD", "High Impact Expected"),
            (NOON - dt.timedelta(hours=1), "All", "Low"),
            (NOON, "EUR", "moderate"),
            (NOON, "EUR", "Non-Economic"),
            (NOON, "EUR", ""),
        ],
        Zone("UTC+2"),
    )
    noon = int(NOON.timestamp())
    assert found.tolist() == [(noon + 3_600, "All", 1), (noon + 7_200, "EUR", 2), (noon + 7_200, "USD", 3)]
    assert not len(features.calendar_of([], Zone()))


def test_everybody_s_event_may_be_written_in_capitals() -> None:
    rates = bars_of([1.1], begin_s=int(NOON.timestamp()))
    for word in ("All", "ALL"):
        events = features.calendar_of([(NOON + dt.timedelta(minutes=5), word, "high")], Zone("UTC"))
        assert features.newest(["minutes_to_event_high"], rates, spec=SPEC, calendar=events)[0] == 5


@pytest.mark.skipif(not FILE.exists(), reason="the developers' market data are not here")
def test_a_published_calendar_is_taken() -> None:
    """Of the first NFP of 2020, 10 January 13:30 UTC, which is 15:30 on a server ahead of New York."""
    with gzip.open(FILE, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    events = features.calendar_of(
        [(dt.datetime.fromisoformat(row["datetime"]), row["currency"], row["impact"]) for row in rows], Zone()
    )
    assert len(events) == sum(row["impact"] != "Non-Economic" for row in rows)
    assert (np.diff(events["time"]) >= 0).all()
    at = int(dt.datetime(2020, 1, 10, 15, 30, tzinfo=dt.UTC).timestamp())
    rates = bars_of([1.1, 1.1, 1.1], span_s=900, begin_s=at - 900)
    names = ("minutes_to_event_high", "minutes_since_event_high")
    assert features.matrix(names, rates, spec=SPEC, calendar=events)[:, 0].tolist()[:2] == [15, 0]
    assert features.matrix(names, rates, spec=SPEC, calendar=events)[2, 1] == 15
