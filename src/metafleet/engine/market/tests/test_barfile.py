"""What a bar file may look like, and how a bad row is named."""

from __future__ import annotations

import gzip
import tracemalloc
from itertools import islice
from pathlib import Path

import pytest

from metafleet.engine.market.barfile import BarFile, BarFileRefused, Span
from metafleet.engine.market.records import Bar

HEADER = "time,open,high,low,close,tick_volume,spread\n"
GOOD = "1514844000,1.20037,1.20100,1.20000,1.20050,12,8\n"


def written(folder: Path, text: str, name: str = "EURUSD_M1.csv") -> BarFile:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return BarFile(path)


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + GOOD + "1514844060,1.2,1.3,1.1,1.25,,\n\n")
    assert list(file.bars()) == [
        Bar(1514844000, 1.20037, 1.201, 1.2, 1.2005, 12, 8),
        Bar(1514844060, 1.2, 1.3, 1.1, 1.25, None, None),
    ]
    assert file.span() == Span(1514844000, 1514844060, 1.20037, 1.25)


def test_a_gzip_file_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "EURUSD.csv"
    path.write_bytes(gzip.compress((HEADER + GOOD).encode()))
    assert [bar.close for bar in BarFile(path).bars()] == [1.2005]


def test_optional_columns_may_be_missing_and_columns_may_be_in_any_order(tmp_path: Path) -> None:
    file = written(tmp_path, "close,low,high,open,time\n1.2,1.1,1.3,1.15,60\n")
    assert list(file.bars()) == [Bar(60, 1.15, 1.3, 1.1, 1.2, None, None)]


def test_reading_starts_where_asked(tmp_path: Path) -> None:
    rows = "".join(f"{60 * minute},1,1,1,1,,\n" for minute in range(10))
    assert [bar.time_s for bar in written(tmp_path, HEADER + rows).bars(425)] == [480, 540]


@pytest.mark.parametrize(("step_s", "period_s"), [(60, 60), (300, 300), (3_600, 3_600), (90_000, 86_400)])
def test_the_period_is_the_smallest_step(tmp_path: Path, step_s: int, period_s: int) -> None:
    rows = "".join(f"{step_s * place + (step_s if place > 3 else 0)},1,1,1,1,,\n" for place in range(9))
    assert written(tmp_path, HEADER + rows).period_s() == period_s


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: the column 'time' is missing"),
        ("time,open,high,low\n", "line 1: the column 'close' is missing"),
        (HEADER + "1514844000,1.2,1.3\n", "line 2, row: 3 fields where the header has 7"),
        (HEADER + "2018.01.01,1,1,1,1,,\n", "line 2, time: '2018.01.01' is not a whole number"),
        (HEADER + "1514844000000,1,1,1,1,,\n", "line 2, time: 1514844000000 is not a time in Unix seconds"),
        (HEADER + GOOD + GOOD, "line 3, time: 1514844000 does not come after 1514844000"),
        (HEADER + "60,one,1,1,1,,\n", "line 2, open: 'one' is not a number"),
        (HEADER + "60,1,1,1,,,\n", "line 2, close: '' is not a number"),
        (HEADER + "60,1,nan,1,1,,\n", "line 2, high: nan is not a price above 0"),
        (HEADER + "60,1,inf,1,1,,\n", "line 2, high: inf is not a price above 0"),
        (HEADER + "60,1,1,-1,1,,\n", "line 2, low: -1.0 is not a price above 0"),
        (HEADER + "60,1.2,1.1,1.3,1.2,,\n", "line 2, high: 1.1 is below the low 1.3"),
        (HEADER + "60,1.4,1.3,1.1,1.2,,\n", "line 2, open: 1.4 is outside low 1.1 to high 1.3"),
        (HEADER + "60,1.2,1.3,1.1,1058,,\n", "line 2, close: 1058.0 is outside low 1.1 to high 1.3"),
        (HEADER + "60,1,1,1,1,many,\n", "line 2, tick_volume: 'many' is not a whole number"),
        (HEADER + "60,1,1,1,1,1,-3\n", "line 2, spread: '-3' is not a whole number"),
    ],
)
def test_a_bad_row_is_named_by_line_and_field(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BarFileRefused) as refusal:
        list(written(tmp_path, text).bars())
    assert says in str(refusal.value)
    assert "EURUSD_M1.csv" in str(refusal.value)


def test_good_rows_before_a_bad_one_are_given(tmp_path: Path) -> None:
    bars = written(tmp_path, HEADER + GOOD + "broken\n").bars()
    assert next(bars).time_s == 1514844000
    with pytest.raises(BarFileRefused, match="line 3"):
        next(bars)


def test_what_is_no_bar_file_is_refused(tmp_path: Path) -> None:
    truncated = tmp_path / "cut.csv.gz"
    truncated.write_bytes(gzip.compress((HEADER + GOOD).encode())[:-6])
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"time,\xff\xfe\n")
    for path, says in (
        (truncated, "damaged"),
        (binary, "not a text file"),
        (tmp_path / "none.csv", "cannot be read: No such file"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(BarFileRefused, match=says):
            list(BarFile(path).bars())


def test_an_empty_file_has_no_span(tmp_path: Path) -> None:
    with pytest.raises(BarFileRefused, match="no bars"):
        written(tmp_path, HEADER).span()


def test_a_long_file_is_read_in_little_memory(tmp_path: Path) -> None:
    rows = "".join(f"{60 * minute},1,1,1,1,,\n" for minute in range(100_000))
    file = written(tmp_path, HEADER + rows)
    tracemalloc.start()
    for _ in islice(file.bars(), 20_000):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500_000
