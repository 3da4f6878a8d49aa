from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import pytest

from metafleet.cli.backups import following, restoring, store, verifying
from metafleet.cli.backups.following import Following
from metafleet.cli.backups.log import LogMissing, log_of
from metafleet.cli.backups.restoring import Order, RecoveryFailed, TargetTaken
from metafleet.cli.backups.sealing import BackupKey, WrongKey, make_key
from metafleet.cli.backups.taking import BackupFailed, Source, asked, seal_keys
from metafleet.cli.backups.verifying import NotWhole
from metafleet.cli.data_folder import DataFolder, locked, open_data_folder
from metafleet.cli.embedded import postgres
from metafleet.cli.readiness import wait_until
from metafleet.cli.tests.test_backups import KEY, left, pretend


def quiet(text: str) -> None:
    del text


@contextmanager
def followed(source: Source, backups: Path) -> Iterator[None]:
    """Follow the log while the block runs; it begins when there is a backup."""
    ended, failed = threading.Event(), list[BaseException]()

    def run() -> None:
        order = Following(source, backups, KEY, timedelta(hours=1), 3, commits_wait=True)
        try:
            following.follow(order, ended, quiet)
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert wait_until(lambda: bool(store.backups_in(backups) or failed), 30.0)
        yield
    finally:
        ended.set()
        thread.join()
    assert failed == []


def write(source: Source, word: str) -> datetime:
    """Commit a row; return the database's clock right after."""
    with psycopg.connect(source.server.url, autocommit=True) as connection:
        connection.execute("INSERT INTO kept VALUES (0, %s)", (word,))
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row
    at: datetime = row[0]
    return at.astimezone(UTC)


def words(order: Order, target: Path) -> list[str]:
    """Restore and return the words that were written after the backup."""
    newest = restoring.restore(order, target, quiet)
    assert bool(newest) == order.with_log
    with restoring.recovering(DataFolder(target)) as server, psycopg.connect(server.url) as connection:
        rows = connection.execute("SELECT word FROM kept WHERE n = 0 ORDER BY word").fetchall()
        assert verifying.count_rows(server)["public.kept"] == 1000 + len(rows)
    return [row[0] for row in rows]


def test_a_restore_reaches_the_last_commit_or_a_time_before_it(source: Source, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    with followed(source, backups):
        between = write(source, "first")
        write(source, "second")
        system = asked(source.server, "SELECT system_identifier::text FROM pg_control_system()")
        log = log_of(backups, system)
        write_segments(source, 3)
        assert wait_until(lambda: len(list(log.folder.glob("*.sealed"))) >= 3, 20.0)
        write(source, "third")
    (backup,) = store.backups_in(backups)
    order = Order(backup, backups, KEY)
    assert words(order, tmp_path / "last") == ["first", "second", "third"]
    assert words(replace(order, to=between), tmp_path / "then") == ["first"]
    later = replace(order, to=datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(RecoveryFailed, match="log that was kept ends before that time"):
        restoring.restore(later, tmp_path / "later", quiet)
    before = replace(order, to=backup.manifest.began_at - timedelta(seconds=1))
    with pytest.raises(RecoveryFailed, match="name an older backup"):
        restoring.restore(before, tmp_path / "before", quiet)
    found = verifying.verify(backup, KEY, datetime.now(UTC), backups)
    assert (found.laid.count >= 3, found.rows["public.kept"]) == (True, 1003)
    assert found.reaches.startswith(f"{datetime.now(UTC):%Y-%m-}")
    found.check(backup.manifest.id)
    missing = sorted(log.folder.glob("*.sealed"))[-1]
    missing.unlink()
    cut = verifying.verify(backup, KEY, datetime.now(UTC), backups)
    assert cut.reaches < found.reaches
    with pytest.raises(NotWhole, match=r"segment …\w{16} of the log is missing.*a restore reaches the "):
        cut.check(backup.manifest.id)
    with pytest.raises(LogMissing, match=r"segment …\w{16} of the log is missing.*--without-log"):
        restoring.restore(order, tmp_path / "gap", quiet)
    assert not (tmp_path / "gap").exists()
    assert words(replace(order, with_log=False), tmp_path / "base") == []
    assert {path.name for path in tmp_path.iterdir()} == {"backups", "last", "then", "base"}


def write_segments(source: Source, count: int) -> None:
    for index in range(count):
        write(source, f"zz{index}")
        asked(source.server, "SELECT pg_switch_wal()::text")
    with psycopg.connect(source.server.url) as connection:
        connection.execute("DELETE FROM kept WHERE word LIKE 'zz%'")


def test_a_folder_that_holds_something_is_not_restored_into(tmp_path: Path) -> None:
    with pytest.raises(TargetTaken, match="--data-dir"):
        restoring.check_target(tmp_path.parent)
    folder = open_data_folder(tmp_path / "data")
    with locked(folder), pytest.raises(TargetTaken, match="metafleet down"):
        restoring.check_target(folder.root)


def test_the_keys_come_back_by_their_key_alone(source: Source, tmp_path: Path) -> None:
    seal_keys(source.folder, tmp_path / "keys.sealed", KEY, source.folder.keys / "backup.key")
    folder = open_data_folder(tmp_path / "data")
    with pytest.raises(WrongKey, match="does not open by this key"):
        restoring.open_keys(tmp_path / "keys.sealed", BackupKey(b"x" * 32), folder.root)
    restoring.open_keys(tmp_path / "keys.sealed", KEY, folder.root)
    for path in source.folder.keys.iterdir():
        restored = folder.keys / path.name
        assert restored.read_bytes() == path.read_bytes()
        assert restored.stat().st_mode & 0o777 == 0o600
    shutil.rmtree(folder.root)


def test_what_follows_verifies_each_backup_and_ends_at_once_when_it_is_told(
    source: Source, tmp_path: Path
) -> None:
    backups = tmp_path / "backups"
    key = tmp_path / "key"
    make_key(key)
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment["METAFLEET_DATA_DIR"] = str(source.folder.root)
    command = [sys.executable, "-m", "metafleet.cli", "backup", "follow", "--stay"]
    command += ["--in", str(backups), "--key", str(key), "--max-gb", "0.1"]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        assert wait_until(lambda: any(backup.verified for backup in store.backups_in(backups)), 120.0), (
            tmp_path / "said"
        ).read_text()
        children = psutil.Process(process.pid).children(recursive=True)
        assert following.is_streaming(source.server)
    finally:
        process.terminate()
        code = process.wait(60)
    assert code == 0
    assert wait_until(lambda: not any(child.is_running() for child in children), 20.0)
    assert not list(backups.glob(".*.part"))


def test_a_database_that_is_away_is_tried_again_and_said(source: Source, tmp_path: Path) -> None:
    server = postgres.Postgres(source.folder.postgres, tmp_path, source.server.binaries, None)
    order = Following(Source(source.folder, server), tmp_path, KEY, timedelta(hours=1), 3, commits_wait=False)
    with pytest.raises(BackupFailed, match="does not answer"):
        following.follow(order, threading.Event(), quiet)


def test_all_of_it_stays_below_what_it_may_take(source: Source, tmp_path: Path) -> None:
    made = pretend(tmp_path, 4, verified=[1])
    order = Following(source, tmp_path, KEY, timedelta(hours=1), 9, commits_wait=False, max_bytes=2500)
    assert following._keep_small(order, "1", quiet) == ""
    assert left(tmp_path, made) == [1, 3]
    too_small = replace(order, max_bytes=1500)
    assert "nothing of it can be spared" in following._keep_small(too_small, "1", quiet)
    assert left(tmp_path, made) == [1, 3]
