"""The log beside the backups: what of it is missing or damaged, and how far it can be laid out."""

from __future__ import annotations

from pathlib import Path

import pytest

from metafleet.cli.backups.log import Laid, Log, LogMissing
from metafleet.cli.backups.sealing import Damaged
from metafleet.cli.tests.test_backups import KEY

SEGMENTS = [f"{1:08X}{0:08X}{index:08X}" for index in (254, 255)] + [f"{1:08X}{1:08X}{0:08X}"]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Three sealed segments over the end of a log's 256, and one that is being received."""
    log = Log(tmp_path / "log")
    log.open.mkdir(parents=True)
    for name in SEGMENTS:
        (log.open / name).write_bytes(name.encode() * 100)
    assert log.seal_complete(KEY) == 3
    (log.open / f"{1:08X}{1:08X}{1:08X}.partial").write_bytes(b"newest")
    return log


def test_all_of_it_is_laid_out_with_what_is_not_whole_yet(log: Log, tmp_path: Path) -> None:
    assert log.lay_out(KEY, tmp_path / "out", SEGMENTS[:1]) == Laid(4)
    laid = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert laid == {name: name.encode() * 100 for name in SEGMENTS} | {f"{1:08X}{1:08X}{1:08X}": b"newest"}


def test_a_missing_segment_is_named_and_what_is_before_it_is_laid_out(log: Log, tmp_path: Path) -> None:
    (log.folder / f"{SEGMENTS[1]}.sealed").unlink()
    with pytest.raises(LogMissing, match=SEGMENTS[1][8:]):
        log.lay_out(KEY, tmp_path / "none", SEGMENTS[:1])
    found = log.lay_out(KEY, tmp_path / "out", SEGMENTS[:1], until_fault=True)
    assert (found.count, f"segment …{SEGMENTS[1][8:]} of the log is missing" in found.fault) == (1, True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == SEGMENTS[:1]


def test_a_damaged_segment_is_named_and_nothing_of_it_is_laid_out(log: Log, tmp_path: Path) -> None:
    path = log.folder / f"{SEGMENTS[2]}.sealed"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match=SEGMENTS[2]):
        log.lay_out(KEY, tmp_path / "none", SEGMENTS[:1])
    found = log.lay_out(KEY, tmp_path / "out", SEGMENTS[:1], until_fault=True)
    assert (found.count, found.fault) == (
        2,
        f"segment {SEGMENTS[2]} of the log in {log.folder} is damaged",
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == SEGMENTS[:2]


def test_what_was_being_received_is_sealed_as_it_is_and_once_more_when_it_comes_whole(
    log: Log, tmp_path: Path
) -> None:
    newest = f"{1:08X}{1:08X}{1:08X}"
    log.seal_open(KEY)
    assert list(log.open.iterdir()) == []
    assert log.lay_out(KEY, tmp_path / "as it was", SEGMENTS[:1]) == Laid(4)
    assert (tmp_path / "as it was" / newest).read_bytes() == b"newest"
    (log.open / f"{newest}.partial").write_bytes(b"newest, and more")
    assert log.lay_out(KEY, tmp_path / "with more", SEGMENTS[:1]) == Laid(4)
    assert (tmp_path / "with more" / newest).read_bytes() == b"newest, and more"
    log.seal_open(KEY)
    log.lay_out(KEY, tmp_path / "again", SEGMENTS[:1])
    assert (tmp_path / "again" / newest).read_bytes() == b"newest, and more"
