"""What a market source setting may name."""

from __future__ import annotations

from pathlib import Path

import pytest

from metafleet.engine.market.barfile import BarFile
from metafleet.engine.market.sources import SourceRefused, open_source

ROWS = "time,open,high,low,close\n60,1,1,1,1\n120,1,1,1,1\n"


def test_a_folder_gives_the_finest_file_of_each_symbol(tmp_path: Path) -> None:
    for name in (
        "EURUSD_H1_a.csv",
        "EURUSD_M1_2018.csv",
        "EURUSD_M15.csv",
        "XAUUSD_H4.csv",
        "AUDUSD_M1.csv",
        "README.md",
    ):
        (tmp_path / name).write_text(ROWS)
    source = open_source(str(tmp_path), 7)
    files = {name: bars.path.name for name, bars in source.bars.items() if isinstance(bars, BarFile)}
    assert files == {"EURUSD": "EURUSD_M1_2018.csv", "XAUUSD": "XAUUSD_H4.csv"}


def test_a_file_is_named_after_its_symbol(tmp_path: Path) -> None:
    (tmp_path / "GBPUSD.csv").write_text(ROWS)
    assert list(open_source(str(tmp_path / "GBPUSD.csv"), 7).bars) == ["GBPUSD"]


def test_the_generator_quotes_every_symbol() -> None:
    assert list(open_source("generator", 7).bars) == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]
    assert open_source("generator", 7).key != open_source("generator", 8).key


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("missing.csv", None, "does not exist"),
        ("prices.csv", ROWS, "must begin with the symbol"),
        ("EURUSD_M1.csv", "no,header\n", "the column 'time' is missing"),
        ("EURUSD_M1.csv", ROWS + "130,1,x,1,1\n", "line 4, high"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, name: str, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(SourceRefused, match=says):
        open_source(str(tmp_path / name), 7)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="has no bar file"):
        open_source(str(tmp_path), 7)
