"""What is wrong with a file is found and said by line; what is safe to repair is, and nothing is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.market.files.checking import Report, check, refuse_unsound
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import read_market_file
from metafleet.engine.market.files.repairing import plan, write_repaired
from metafleet.engine.market.tests.real import DATA, needs_data

HEADER = "time,open,high,low,close,tick_volume,spread"
MONDAY = 1_704_672_000
"""2024-01-08 00:00 UTC, at night but within the forex week."""


def _rows(count: int, begin_s: int = MONDAY) -> list[str]:
    return [
        f"{begin_s + 60 * place},1.{1000 + place % 7},1.1010,1.0990,1.{1000 + (place + 1) % 7},10,8"
        for place in range(count)
    ]


def _file(folder: Path, rows: list[str], name: str = "EURUSD_M1.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def _found(report: Report) -> list[tuple[str, int]]:
    return [(finding.kind, finding.line) for finding in report.findings]


def test_a_sound_file_has_no_findings(tmp_path: Path) -> None:
    report = check(read_market_file(_file(tmp_path, _rows(100))))
    assert report.findings == []
    assert report.is_sound
    assert (report.rows, report.timeframe, report.first) == (100, "M1", "2024-01-08T00:00:00")


@pytest.mark.parametrize(
    ("place", "row", "kind", "detail"),
    [
        (20, "{t},1.1,1.2,x,1.1,1,1", "unreadable", "low: 'x' is not a number"),
        (20, "{t},1.1,1.05,1.0,1.1,1,1", "ohlc", "open 1.1, high 1.05, low 1, close 1.1"),
        (20, "{t},1.1,1.1001,1.1,1.2,1,1", "ohlc", "open 1.1, high 1.1001, low 1.1, close 1.2"),
        (20, "{t},1.1,1.1,0,1.1,1,1", "price", "low is 0"),
        (20, "{t},1.1,1.1,-1.1,1.1,1,1", "price", "low is -1.1"),
        (20, "{t},1.1,1101,1.1,1.1,1,1", "scale", "about 1001 times the prices around it"),
        (20, "{t},1.1,1.2,1.1,1.1,1,1", "spike", "9.1 % from the five rows around it"),
        (20, "{b},1.1,1.1,1.1,1.1,1,1", "contradiction", "another row before has this time"),
        (20, "{e},1.1,1.1,1.1,1.1,1,1", "back_step", "after 2024-01-08T00:19:00"),
    ],
)
def test_a_fault_is_found_where_it_is(tmp_path: Path, place: int, row: str, kind: str, detail: str) -> None:
    rows = _rows(60)
    time_s = MONDAY + 60 * place
    rows[place] = row.format(t=time_s, b=time_s - 60, e=time_s - 90)
    report = check(read_market_file(_file(tmp_path, rows)))
    assert [(one.kind, one.line) for one in report.findings if one.kind == kind] == [(kind, place + 2)]
    assert detail in next(one.detail for one in report.findings if one.kind == kind)


def test_a_hole_in_trading_hours_is_a_gap_and_a_weekend_is_none(tmp_path: Path) -> None:
    friday = MONDAY + 4 * 86_400 + 21 * 3_600
    sunday = MONDAY + 6 * 86_400 + 22 * 3_600
    rows = [*_rows(60, friday), *_rows(60, sunday), *_rows(60, sunday + 3 * 3_600)]
    report = check(read_market_file(_file(tmp_path, rows)))
    assert _found(report) == [("gap", 122)]
    assert "2.0 hours of trading are missing since 2024-01-14T22:59:00" in report.findings[0].detail
    assert report.is_sound
    assert _found(check(read_market_file(_file(tmp_path, rows)), least_gap_s=7_201)) == []


def test_equal_rows_and_rows_in_disorder_are_repaired_word_by_word(tmp_path: Path) -> None:
    rows = _rows(30)
    mixed = [*rows[:10], rows[11], rows[10], *rows[12:], rows[5]]
    path = _file(tmp_path, mixed)
    data = read_market_file(path)
    assert _found(check(data)) == [("back_step", 13), ("duplicate", 32)]
    repair = plan(data)
    assert [(change.line, change.what) for change in repair.changes] == [
        (13, "moved to where its time belongs"),
        (32, "left out: the same row is there before"),
    ]
    assert repair.left == 0
    write_repaired(data, repair, tmp_path / "new.csv")
    assert (tmp_path / "new.csv").read_text() == "\n".join([HEADER, *rows]) + "\n"


def test_what_cannot_be_repaired_stays_unless_it_is_to_be_left_out(tmp_path: Path) -> None:
    rows = _rows(40)
    rows[3] = "yesterday,1,1,1,1,1,1"
    rows[7] = rows[7].replace(",1.1010,", ",1101,")
    rows[9] = rows[8].replace(",10,8", ",11,8")
    data = read_market_file(_file(tmp_path, rows))
    kept = plan(data)
    assert (kept.changes, kept.left) == ([], 4)
    write_repaired(data, kept, tmp_path / "same.csv")
    assert (tmp_path / "same.csv").read_text() == "\n".join([HEADER, *rows]) + "\n"
    dropped = plan(data, drop=True)
    assert [change.line for change in dropped.changes] == [5, 9, 10, 11]
    write_repaired(data, dropped, tmp_path / "less.csv")
    expected = [row for place, row in enumerate(rows) if place not in (3, 7, 8, 9)]
    assert (tmp_path / "less.csv").read_text() == "\n".join([HEADER, *expected]) + "\n"
    assert check(read_market_file(tmp_path / "less.csv", "EURUSD")).findings == []


def test_a_copy_may_be_packed(tmp_path: Path) -> None:
    data = read_market_file(_file(tmp_path, [*_rows(30), _rows(1)[0]]))
    write_repaired(data, plan(data), tmp_path / "EURUSD.csv.gz")
    assert (tmp_path / "EURUSD.csv.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert check(read_market_file(tmp_path / "EURUSD.csv.gz")).findings == []


@settings(max_examples=50)
@given(st.data())
def test_what_a_repair_leaves_can_be_used(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """However rows are mixed, doubled and broken: with --drop, a check of the copy finds nothing unusable."""
    folder = tmp_path_factory.mktemp("mess")
    rows = data.draw(st.permutations(_rows(40)))
    for _ in range(data.draw(st.integers(min_value=0, max_value=12))):
        place = data.draw(st.integers(min_value=0, max_value=len(rows) - 1))
        cells = rows[place].split(",")
        match data.draw(st.sampled_from(["double", "cell", "lose", "point", "time"])):
            case "double":
                rows.insert(place, rows[place])
            case "cell":
                cells[data.draw(st.integers(min_value=0, max_value=4))] = "x"
            case "lose":
                cells.pop()
            case "point":
                cells[2] = cells[2].replace(".", "")
            case "time":
                cells[0] = str(MONDAY + 60)
        rows[place] = ",".join(cells)
    before = read_market_file(_file(folder, rows))
    repair = plan(before, drop=True)
    write_repaired(before, repair, folder / "EURUSD_new.csv")
    after = read_market_file(folder / "EURUSD_new.csv")
    assert check(after).is_sound
    text = (folder / "EURUSD_new.csv").read_text().splitlines()[1:]
    assert len(text) == len(repair.lines) == len(after.rows)
    assert set(text) <= set(rows), "nothing was made up"


def test_a_first_row_that_cannot_be_read_is_no_header(tmp_path: Path) -> None:
    data = read_market_file(_file(tmp_path, ["1,2", *_rows(30)]))
    write_repaired(data, plan(data, drop=True), tmp_path / "new.csv")
    assert (tmp_path / "new.csv").read_text() == "\n".join([HEADER, *_rows(30)]) + "\n"


def test_of_a_file_without_a_row_nothing_is_left(tmp_path: Path) -> None:
    data = read_market_file(_file(tmp_path, ["1,2", "x,1,1,1,1,1,1"]))
    assert _found(check(data)) == [("unreadable", 2), ("unreadable", 3)]
    assert plan(data, drop=True).lines == []
    write_repaired(data, plan(data, drop=True), tmp_path / "new.csv")
    assert (tmp_path / "new.csv").read_text() == HEADER + "\n"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = _file(tmp_path, _rows(5))
    data = read_market_file(path)
    with pytest.raises(MarketFileRefused, match="exists already"):
        write_repaired(data, plan(data), path)
    assert path.read_text() == "\n".join([HEADER, *_rows(5)]) + "\n"


def test_a_file_that_is_not_sound_is_refused_by_its_first_fault(tmp_path: Path) -> None:
    rows = _rows(30)
    rows[4] = f"{MONDAY + 240},1.1,1.0,1.0,1.1,1,1"
    path = _file(tmp_path, rows)
    with pytest.raises(MarketFileRefused) as refused:
        refuse_unsound(read_market_file(path))
    assert str(refused.value).startswith(f"{path}, line 6, 2024-01-08T00:04:00: contradicts itself")


def test_a_quiet_night_is_no_other_timeframe(tmp_path: Path) -> None:
    rows = [
        row for place, row in enumerate(_rows(2_000)) if place < 300 or place > 700 or place % 5 in (0, 2)
    ]
    assert check(read_market_file(_file(tmp_path, rows))).is_sound


@needs_data
def test_every_row_with_a_lost_decimal_point_is_found() -> None:
    data = read_market_file(DATA / "originals" / "dirty_EURUSD_M1_90-100k.tsv.gz")
    report = check(data)
    wrong = {finding.line for finding in report.findings if finding.kind in ("ohlc", "scale")}
    assert len(wrong) == 321
    assert not report.is_sound
    assert len(plan(data, drop=True).lines) == 9_999 - 321


@needs_data
def test_days_in_a_file_of_hours_are_said_and_can_be_left_out(tmp_path: Path) -> None:
    data = read_market_file(DATA / "originals" / "MT5_export_XAUUSD_H1_mixed_periods.csv.gz")
    report = check(data)
    found = [finding for finding in report.findings if finding.kind == "periods"]
    assert [(one.line, one.until_line, one.detail) for one in found] == [
        (2, 434, "bars of D1 in a file of H1")
    ]
    write_repaired(data, plan(data, drop=True), tmp_path / "XAUUSD_H1.csv")
    repaired = check(read_market_file(tmp_path / "XAUUSD_H1.csv"))
    assert repaired.is_sound
    assert (repaired.rows, repaired.timeframe) == (14_210 - 433, "H1")


@needs_data
@pytest.mark.parametrize("name", ["XAUUSD_D1_ejtrader", "XAUUSD_M5_2025", "EURUSD_M15_2018-2020"])
def test_real_files_that_were_cleaned_are_sound(name: str) -> None:
    assert check(read_market_file(DATA / "bars" / f"{name}.csv.gz")).is_sound
