"""`metafleet market`: a person looks at a file, mends it and converts it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metafleet.cli.main import app
from metafleet.cli.refusal import Refused
from metafleet.engine.market.symbolfile import known_symbols, load_symbols

MONDAY = 1_704_672_000
ROWS = [f"{MONDAY + 60 * place},1.1,1.2,1.0,1.15,9,7" for place in range(30)]


def _file(folder: Path, rows: list[str], name: str = "EURUSD_M1.csv") -> str:
    (folder / name).write_text("\n".join(["time,open,high,low,close,tick_volume,spread", *rows]) + "\n")
    return str(folder / name)


def _said(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["market", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


def test_a_dirty_file_is_looked_at_mended_and_converted(tmp_path: Path) -> None:
    path = _file(tmp_path, [*ROWS[:5], ROWS[6], ROWS[5], *ROWS[7:], ROWS[9], "x,1,1,1,1,1,1"])
    said = _said("check", path, code=1)
    assert "31 rows of EURUSD M1 (table of bars)" in said
    assert "line 8, 2024-01-08T00:05:00: after 2024-01-08T00:06:00" in said
    assert "line 33: time: 'x' is not a time" in said
    assert "It cannot be used as it is." in said
    mended = str(tmp_path / "EURUSD_M1_mended.csv")
    said = _said("check", path, "--repair", mended, "--drop")
    assert "line 8 moved to where its time belongs" in said
    assert f"{mended}: 30 rows, 3 changes." in said
    assert "It can be used as it is." in _said("check", mended)
    said = _said("convert", mended, "--to", str(tmp_path / "kept"))
    assert "30 rows of EURUSD M1, 2024-01-08T02:00:00 to 2024-01-08T02:29:00 by America/New_York+7" in said
    said = _said("info", str(tmp_path / "kept" / "EURUSD_M1.npy"))
    assert "made of       EURUSD_M1_mended.csv (table of bars)" in said


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    for year, begin in (("2023", 0), ("2024", 15)):
        _file(
            tmp_path, [row.rsplit(",", 2)[0] + ",," for row in ROWS[begin : begin + 15]], f"EURUSD_{year}.csv"
        )
    (tmp_path / "notes.md").write_text("none")
    said = _said("convert", str(tmp_path), "--to", str(tmp_path / "kept"))
    assert said.count("\n") == 1
    assert "30 rows of EURUSD M1" in said
    assert "it has no ticks and no spreads, what is usual is taken" in said
    assert _said("check", str(tmp_path)).count("It can be used as it is.") == 2


def test_a_symbol_of_ones_own_is_converted(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    _said("symbols", "--copy", str(own))
    own.write_text(own.read_text().replace("[symbols.US30]", "[symbols.NAS100]"))
    path = _file(tmp_path, [row.replace(",1.", ",17000.") for row in ROWS], "NAS100_M1.csv")
    late = [row.replace(str(MONDAY)[:6], str(MONDAY + 10**6)[:6]) for row in ROWS]
    assert "rows of NAS100 M1" in _said("check", path, "--symbols", str(own))
    assert "gap: 1 row" in _said("check", _file(tmp_path, ROWS + late, "NAS100_2.csv"), "--symbols", str(own))
    said = _said("convert", path, "--symbols", str(own), "--to", str(tmp_path / "kept"))
    assert "30 rows of NAS100 M1" in said


def test_what_is_left_alone_is_said(tmp_path: Path) -> None:
    path = _file(tmp_path, [*ROWS[:5], f"{MONDAY + 300},1.1,1.0,1.0,1.1,1,1", *ROWS[6:]])
    said = _said("check", path, "--repair", str(tmp_path / "new.csv"), code=1)
    assert "Still wrong: 1; --drop leaves such rows out." in said


def test_json_has_every_finding(tmp_path: Path) -> None:
    rows = [f"{MONDAY + 60 * place},1.1,1.09,1.09,1.1,1,1" for place in range(60)]
    report = json.loads(_said("check", _file(tmp_path, rows), "--json", code=1))
    assert report["is_sound"] is False
    assert report["counts"] == {"ohlc": 60}
    assert len(report["findings"]) == 60
    assert report["findings"][0]["line"] == 2
    said = _said("check", _file(tmp_path, rows), code=1)
    assert "and 40 more; --all prints them" in said
    assert json.loads(_said("info", _file(tmp_path, ROWS), "--json"))["timeframe"] == "M1"


def test_symbols_can_be_copied_edited_and_looked_at(tmp_path: Path) -> None:
    copy = tmp_path / "own.toml"
    assert "edit it" in _said("symbols", "--copy", str(copy))
    assert load_symbols(copy) == known_symbols()
    copy.write_text(copy.read_text().replace("spread_points = 8\n", "spread_points = 3\n"))
    assert load_symbols(copy)["EURUSD"].spread_points == 3
    said = _said("symbols", str(copy))
    assert said.count("\n") == 34
    assert "Crypto\\BTCUSD" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "empty"), "empty has no file of market data."),
        (("check", "nothing.csv"), "nothing.csv: cannot be read: No such file or directory."),
        (("check", "EURUSD_M1.csv", "--zone", "Mars"), "'Mars' is not in the database of time zones"),
        (("check", "EURUSD_M1.csv", "--drop"), "--drop says what --repair leaves out"),
        (("check", "EURUSD_M1.csv", "EURUSD_M1.csv", "--repair", "x.csv"), "name one file"),
        (("check", "EURUSD_M1.csv", "--repair", "EURUSD_M1.csv"), "exists already"),
        (("convert", "prices.csv"), "prices.csv does not say of which symbol it is"),
        (
            ("convert", "EURUSD_M1.csv", "--symbol", "EURTRY"),
            "is of EURTRY; give --symbols a file that has it",
        ),
        (("convert", "EURUSD_M1.csv", "--symbols", "prices.csv"), "is not a TOML file"),
        (("symbols", "--copy", "prices.csv"), "prices.csv cannot be written: File exists."),
    ],
)
def test_a_refusal_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("EURUSD_M1.csv", "prices.csv"):
        _file(tmp_path, ROWS, name)
    with pytest.raises(Refused) as refused:
        _said(*words)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
