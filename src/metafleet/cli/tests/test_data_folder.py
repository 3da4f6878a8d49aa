from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from metafleet.cli.data_folder import (
    DataFolder,
    DataFolderBusy,
    DataFolderRefused,
    lock_holder,
    locked,
    open_data_folder,
)


def test_a_new_folder_gets_its_parts_and_its_version(tmp_path: Path) -> None:
    folder = open_data_folder(tmp_path / "deep" / "data")
    assert json.loads(folder.version.read_text())["format"] == 1
    assert folder.root.stat().st_mode & 0o066 == 0
    for part in (folder.keys, folder.broker, folder.runners, folder.logs, folder.redis):
        assert part.stat().st_mode & 0o777 == 0o700


def test_a_folder_of_a_newer_version_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    newer = '{"format": 2, "version": "9.9.9"}'
    (tmp_path / "VERSION").write_text(newer)
    with pytest.raises(DataFolderRefused, match=r"metafleet 9\.9\.9"):
        open_data_folder(tmp_path)
    assert os.listdir(tmp_path) == ["VERSION"]
    assert (tmp_path / "VERSION").read_text() == newer


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "x", "version": 1}', '{"format": null}'])
def test_an_unreadable_version_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "VERSION").write_text(content)
    with pytest.raises(DataFolderRefused, match="VERSION cannot be read"):
        open_data_folder(tmp_path)


def test_a_folder_of_other_files_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(DataFolderRefused, match=r"thesis\.tex"):
        open_data_folder(tmp_path)
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataFolderRefused, match="METAFLEET_DATA_DIR"):
        open_data_folder(tmp_path / "file" / "data")


def test_a_folder_is_opened_again_after_a_crash_before_its_version(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / ".VERSION.abc").touch()
    assert open_data_folder(tmp_path).version.exists()


def test_a_second_holder_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    folder = open_data_folder(tmp_path)
    with locked(folder):
        assert lock_holder(folder) == os.getpid()
        with pytest.raises(DataFolderBusy, match=f"process {os.getpid()}"), locked(folder):
            pass
    assert lock_holder(folder) is None


def test_a_folder_that_was_never_locked_has_no_holder(tmp_path: Path) -> None:
    assert lock_holder(DataFolder(tmp_path)) is None
