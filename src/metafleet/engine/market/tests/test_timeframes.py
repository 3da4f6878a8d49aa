"""When bars open, by the server's clock."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from metafleet.engine.market.timeframes import (
    BY_NAME,
    D1,
    H1,
    MN1,
    NAMES,
    PERIODS_S,
    W1,
    next_open_s,
    open_s,
    opens_s,
    timeframe_of,
)


def _at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp())


def test_there_are_metatraders_21_with_their_numbers() -> None:
    assert list(NAMES) == [
        1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30,
        16385, 16386, 16387, 16388, 16390, 16392, 16396, 16408, 32769, 49153,
    ]  # fmt: skip
    assert NAMES.keys() == PERIODS_S.keys()
    assert BY_NAME["H12"] == 16396


@pytest.mark.parametrize(
    ("name", "at", "opens", "next_opens"),
    [
        ("M1", "2024-02-29T12:34:56", "2024-02-29T12:34:00", "2024-02-29T12:35:00"),
        ("M20", "2024-02-29T12:34:56", "2024-02-29T12:20:00", "2024-02-29T12:40:00"),
        ("H8", "2024-02-29T23:59:59", "2024-02-29T16:00:00", "2024-03-01T00:00:00"),
        ("D1", "2024-02-29T23:59:59", "2024-02-29T00:00:00", "2024-03-01T00:00:00"),
        ("W1", "2024-03-02T23:59:59", "2024-02-25T00:00:00", "2024-03-03T00:00:00"),
        ("W1", "2024-03-03T00:00:00", "2024-03-03T00:00:00", "2024-03-10T00:00:00"),
        ("MN1", "2024-02-29T12:00:00", "2024-02-01T00:00:00", "2024-03-01T00:00:00"),
        ("MN1", "2024-12-31T23:59:59", "2024-12-01T00:00:00", "2025-01-01T00:00:00"),
    ],
)
def test_a_bar_opens_where_its_timeframe_says(name: str, at: str, opens: str, next_opens: str) -> None:
    timeframe = BY_NAME[name]
    assert open_s(timeframe, _at(at)) == _at(opens)
    assert next_open_s(timeframe, _at(at)) == _at(next_opens)


def test_many_moments_open_as_each_of_them_does() -> None:
    times = np.arange(_at("2023-12-20T00:00:00"), _at("2024-04-02T00:00:00"), 3_601)
    for timeframe in NAMES:
        assert opens_s(timeframe, times).tolist() == [open_s(timeframe, int(at)) for at in times]


def test_a_period_has_a_timeframe() -> None:
    assert [timeframe_of(seconds) for seconds in (60, 3_600, 86_400, 604_800, 31 * 86_400, 61)] == [
        1, H1, D1, W1, MN1, None,
    ]  # fmt: skip


def test_what_is_no_timeframe_is_refused() -> None:
    with pytest.raises(KeyError):
        open_s(7, 0)
