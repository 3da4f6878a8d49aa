"""Log files that are kept: each ended day once, whole, within the limit."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from metafleet.runner.agent import archive
from metafleet.runner.agent.archive import LogArchive


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    made = tmp_path / "terminal" / "logs"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "state"
    made.mkdir()
    return made


def kept(state: Path) -> list[str]:
    return sorted(file.name for file in (state / "logs").iterdir())


def days(logs: Path, *numbers: int, content: bytes = b"line\r\n") -> None:
    for number in numbers:
        (logs / f"202611{number:02}.log").write_bytes(content)


def test_ended_days_are_packed_once_and_whole_and_the_running_one_is_not(logs: Path, state: Path) -> None:
    days(logs, 27, 28, 29)
    (logs / "hosting.log").write_bytes(b"other")
    made = LogArchive(state, 1)
    assert sorted(made.collect([str(logs)])) == kept(state)
    assert kept(state) == ["terminal-20261127.log.gz", "terminal-20261128.log.gz"]
    assert gzip.decompress((state / "logs" / "terminal-20261127.log.gz").read_bytes()) == b"line\r\n"
    assert made.collect([str(logs)]) == []
    days(logs, 30)
    assert made.collect([str(logs)]) == ["terminal-20261129.log.gz"]


def test_what_metatrader_has_deleted_is_kept(logs: Path, state: Path) -> None:
    days(logs, 27, 28, 29)
    made = LogArchive(state, 1)
    made.collect([str(logs)])
    (logs / "20261127.log").unlink()
    made.collect([str(logs)])
    assert "terminal-20261127.log.gz" in kept(state)


def test_the_oldest_go_when_it_is_full_and_are_not_packed_again(
    logs: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_MEGABYTE", 10_000)
    days(logs, *range(1, 11), content=os.urandom(4_000))
    made = LogArchive(state, 1)
    newest = [f"terminal-202611{number:02}.log.gz" for number in (7, 8, 9)]
    assert sorted(made.collect([str(logs)])) == newest
    assert made.collect([str(logs)]) == []
    days(logs, 11, content=os.urandom(4_000))
    assert made.collect([str(logs)]) == ["terminal-20261110.log.gz"]
    assert kept(state) == [*newest[1:], "terminal-20261110.log.gz"]


def test_the_zip_has_what_is_kept_and_today_of_terminal_and_eas(logs: Path, state: Path) -> None:
    experts = logs.parent / "MQL5" / "Logs"
    experts.mkdir(parents=True)
    days(logs, 28, 29)
    days(experts, 29, content=b"of an EA")
    folders = [str(logs), str(experts)]
    made = LogArchive(state, 1)
    made.collect(folders)
    (logs / "20261128.log").unlink()
    assert made.export(folders, state / "out.zip") == 3
    with zipfile.ZipFile(state / "out.zip") as found:
        assert sorted(found.namelist()) == [
            "experts-20261129.log",
            "terminal-20261128.log",
            "terminal-20261129.log",
        ]
        assert found.read("experts-20261129.log") == b"of an EA"
        assert found.read("terminal-20261128.log") == b"line\r\n"
    assert (state / "out.zip").stat().st_mode & 0o777 == 0o600


def test_a_torn_file_spoils_nothing(logs: Path, state: Path) -> None:
    days(logs, 28, 29)
    made = LogArchive(state, 1)
    made.collect([str(logs)])
    (state / "logs" / "terminal-20261128.log.gz").write_bytes(b"\x1f\x8btorn")
    assert made.export([str(logs)], state / "out.zip") == 1
