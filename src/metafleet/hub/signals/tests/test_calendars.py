"""Models that look at scheduled events: the same bits as in training, and a sentence where none are known."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from metafleet.brain import features
from metafleet.engine.market.calendarfile import read_calendar
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.hub.signals.serving import shelf
from metafleet.hub.signals.serving.calendars import Calendars
from metafleet.hub.signals.serving.refusals import NoCalendar
from metafleet.hub.signals.serving.thinking import Question, Thinker, Thought
from metafleet.hub.signals.tests.bars import walk
from metafleet.hub.signals.tests.made import model_of

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
AHEAD_S = 7_200
"""Of the server's clock, in winter."""
NAMES = ("return_1", "minutes_to_event_high", "minutes_since_event_medium")


def written(file: Path, *rows: str, result: str = "") -> Path:
    lines = [f"{row},{result}" for row in rows]
    file.write_text("\n".join(("datetime,currency,impact,event,actual", *lines)) + "\n")
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(
        tmp_path / "calendar.csv",
        "2026-03-04T12:20:00Z,USD,High Impact Expected,Payrolls",
        "2026-03-04T11:30:00Z,EUR,Medium,Output",
        "2026-03-04T12:05:00Z,JPY,High,Rates",
        *(f"2026-0{month}-01T10:00:00Z,All,High,Summit" for month in (1, 2, 5)),
    )


async def test_what_is_served_is_to_the_bit_what_was_trained_on(file: Path) -> None:
    rates = walk(60, until=NOON, timeframe="M15")
    rates["time"] += AHEAD_S
    near = await Calendars(str(file)).around(int(rates["time"][-1]), AHEAD_S)
    events = read_calendar(file)
    whole = features.calendar_of(((one.at, one.currency, one.impact) for one in events), Zone())
    assert len(near) < len(whole)
    trained = features.matrix(NAMES, rates, spec=known_symbols()["EURUSD"], calendar=whole)[-1]
    # The bar of 11:45.
    assert trained[1:].tolist() == [35.0, 15.0]
    mind = shelf.Mind(uuid4(), "made", 1, model_of(features=NAMES), features.look_back(NAMES), ())
    assert mind.has_calendar
    asked = [Question(mind, "EURUSD", rates, {}, some) for some in (near, near[:0])]
    with_events, without = Thinker().think(asked)
    assert isinstance(with_events, Thought)
    assert isinstance(without, Thought)
    assert np.frombuffer(with_events.features, "<f4").tobytes() == trained.tobytes()
    assert without.inputs_hash != with_events.inputs_hash


async def test_what_came_out_is_not_looked_at(tmp_path: Path) -> None:
    row = "2026-03-04T12:20:00Z,USD,High,Payrolls"
    files = [written(tmp_path / f"{result}.csv", row, result=result) for result in ("1", "99")]
    told = [await Calendars(str(file)).around(int(NOON.timestamp()), 0) for file in files]
    assert len(told[0]) == 1
    assert told[0].tobytes() == told[1].tobytes()


@pytest.mark.parametrize(
    ("path", "words"), [("", "this installation has none"), ("/nowhere/calendar.csv", "is over")]
)
async def test_without_a_calendar_nothing_is_said(path: str, words: str) -> None:
    with pytest.raises(NoCalendar, match=words):
        await Calendars(path).around(int(NOON.timestamp()), 0)


async def test_a_calendar_that_is_over_says_nothing_and_a_new_one_is_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metafleet.hub.signals.serving.calendars.LOOK_EACH_S", 0.0)
    calendars = Calendars(str(file))
    late_s = int((NOON + timedelta(days=90)).timestamp())
    with pytest.raises(NoCalendar, match="is over"):
        await calendars.around(late_s, 0)
    written(file, "2026-06-02T12:10:00Z,USD,High,Payrolls")
    os.utime(file, (1, 1))
    assert len(await calendars.around(late_s, 0)) == 1
