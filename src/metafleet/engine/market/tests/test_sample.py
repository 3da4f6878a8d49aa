"""The bars that ship with the package."""

from __future__ import annotations

import gzip
from pathlib import Path

from metafleet.engine.market.sample import sample_csv, write_sample
from metafleet.engine.market.sources import SAMPLE_FOLDER, open_source
from metafleet.engine.market.symbols import SYMBOLS


def test_the_shipped_files_are_what_the_command_writes() -> None:
    for spec in SYMBOLS.values():
        shipped = gzip.decompress((SAMPLE_FOLDER / f"{spec.name}_M1.csv.gz").read_bytes())
        assert shipped.decode() == sample_csv(spec)


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_sample(tmp_path)]
    assert [path.read_bytes() for path in write_sample(tmp_path)] == first
    assert sum(map(len, first)) < 1_500_000


def test_the_sample_has_four_symbols_and_ten_trading_days() -> None:
    source = open_source("sample", 7)
    assert list(source.bars) == list(SYMBOLS)
    for bars in source.bars.values():
        days = {bar.time_s // 86_400 for bar in bars.bars()}
        assert len(days) == 12
        assert bars.period_s() == 60
