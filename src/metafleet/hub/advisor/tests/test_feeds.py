"""The calendar and a crowd's positions, from files as they are about."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metafleet.hub.advisor.analysis import feeding, feeds
from metafleet.hub.advisor.models import MarketEvent, MarketSentiment

SHARED = Path(__file__).parents[6] / "shared/data"
NOW = datetime(2024, 1, 10, tzinfo=UTC)
CALENDAR = """event_id,datetime,currency,impact,event,actual,forecast,previous
1,2024-01-10T13:30:00+00:00,USD,High Impact Expected,CPI m/m,0.3%,0.2%,0.1%
2,2024-01-10 15:00,eur,Non-Economic,Bank Holiday,,,
"""
SENTIMENT = """name,shortPercentage,longPercentage,totalPositions
2024-01-10 12:00:00,EURUSD,33,67,69841
2024-01-10 12:00:00,GBPUSD,51,49,
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["calendar.csv", "calendar.csv.gz"])
def test_a_calendar_is_read(tmp_path: Path, name: str) -> None:
    first, second = feeds.read_calendar(written(tmp_path, name, CALENDAR))
    assert first == feeds.Event(
        "1", datetime(2024, 1, 10, 13, 30, tzinfo=UTC), "USD", "high", "CPI m/m", "0.3%", "0.2%", "0.1%"
    )
    assert (second.currency, second.impact, second.at.hour) == ("EUR", "none", 15)


def test_a_crowds_positions_are_read_also_where_the_time_has_no_name(tmp_path: Path) -> None:
    first, second = feeds.read_sentiment(written(tmp_path, "crowd.csv", SENTIMENT))
    assert first == feeds.Sentiment("EURUSD", datetime(2024, 1, 10, 12, tzinfo=UTC), 0.67, 69_841)
    assert second.positions is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column currency, datetime, event, impact"),
        ("datetime,currency,impact,event\nyesterday,USD,High,CPI\n", "line 2: 'yesterday' is no time"),
    ],
)
def test_what_is_no_calendar_is_refused_with_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(feeds.FeedRefused, match=says):
        feeds.read_calendar(written(tmp_path, "calendar.csv", text))


@pytest.mark.django_db
def test_feeds_are_kept_once_and_said_anew_where_they_change(tmp_path: Path) -> None:
    calendar, crowd = written(tmp_path, "c.csv", CALENDAR), written(tmp_path, "s.csv", SENTIMENT)
    files = {"calendar": str(calendar), "sentiment": str(crowd)}
    assert feeding.feed(**files, now=NOW) == 4
    assert feeding.feed(**files, now=NOW) == 0
    calendar.write_text(CALENDAR.replace("0.3%,0.2%", "0.4%,0.2%,") + "3,2024-01-11,JPY,Low,Speech,,,\n")
    assert feeding.feed(**files, now=NOW) == 3
    assert [one.actual for one in MarketEvent.objects.order_by("source_id")] == ["0.4%", "", ""]
    assert MarketSentiment.objects.count() == 2


@pytest.mark.django_db
def test_no_feed_is_fine_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    assert feeding.feed(calendar="", sentiment="", now=NOW) == 0
    broken = written(tmp_path, "broken.csv", "a\n1\n")
    assert feeding.feed(calendar=str(broken), sentiment=str(tmp_path / "none.csv"), now=NOW) == 0
    assert MarketEvent.objects.count() == 0


def test_files_as_they_are_published_are_read() -> None:
    calendars, crowds = list(SHARED.glob("calendar/*.csv.gz")), list(SHARED.glob("sentiment/*.csv"))
    if not calendars or not crowds:
        pytest.skip("the published files are not beside the repository")
    assert len(feeds.read_calendar(calendars[0])) == 2_894
    said = feeds.read_sentiment(crowds[0])
    assert said[0].symbol == "EURUSD"
    assert said[0].long_ratio == 0.67
