from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from metafleet.cli.backup_settings import BackupSettings, read_backup_settings
from metafleet.cli.backups import restoring, sealing, store, taking, verifying
from metafleet.cli.backups.log import thin_out_all
from metafleet.cli.backups.sealing import BackupKey, Damaged, Opener, Sealer, WrongKey
from metafleet.cli.backups.store import Backup, File, Manifest, Verified
from metafleet.cli.backups.taking import BackupFailed, Given, Source, for_programs
from metafleet.cli.embedded import postgres
from metafleet.cli.settings import SettingRefused, read_settings
from metafleet.cli.tests.conftest import WORD, Run

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = BackupKey(b"k" * 32)


def test_a_backup_of_a_database_that_is_written_to_restores_with_every_row(
    source: Source, tmp_path: Path
) -> None:
    done, written = threading.Event(), threading.Event()

    def write() -> None:
        with psycopg.connect(source.server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE live (n int)")
            while not done.is_set():
                connection.execute("INSERT INTO live VALUES (1)")
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(20.0)
        backup = taking.take(source, tmp_path / "backups", KEY, NOW)
    finally:
        done.set()
        writer.join()
    found = verifying.verify(backup, KEY, NOW)
    assert found.rows["public.kept"] == 1000
    assert found.rows["public.live"] >= 1
    assert backup.verified == store.Verified(NOW, 2, found.total, found.reaches)
    sealed = b"".join(path.read_bytes() for path in backup.folder.iterdir())
    assert WORD.encode() not in sealed
    assert {path.name for path in (tmp_path / "backups").iterdir()} == {"20260302T120000Z"}


def test_a_database_that_asks_for_a_password_is_restored_to_one_that_asks_for_none(
    source: Source, tmp_path: Path
) -> None:
    server = source.server
    assert isinstance(server, postgres.Postgres)
    given = Given(server.url.replace("metafleet@", "metafleet:a%40b@"), server.binaries)
    url, environment = for_programs(given)
    assert (url, environment["PGPASSWORD"]) == (server.url, "a@b")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER ROLE metafleet PASSWORD 'a@b'")
        with _asking_for_passwords(server.data / "pg_hba.conf", connection):
            backup = taking.take(Source(source.folder, given), tmp_path / "backups", KEY, NOW)
    assert verifying.verify(backup, KEY, NOW).rows["public.kept"] == 1000


@contextmanager
def _asking_for_passwords(rules: Path, connection: psycopg.Connection) -> Iterator[None]:
    former = rules.read_text()
    rules.write_text("local all all scram-sha-256\nlocal replication all scram-sha-256\n")
    connection.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        rules.write_text(former)
        connection.execute("SELECT pg_reload_conf()")


def test_the_paper_brokers_book_is_kept_and_the_keys_are_not(source: Source, tmp_path: Path) -> None:
    backup = taking.take(source, tmp_path / "backups", KEY, NOW)
    folder = restoring.unpack(backup, KEY, tmp_path / "restored")
    with closing(sqlite3.connect(folder.broker / "broker.sqlite3")) as book:
        assert book.execute("SELECT n FROM deals").fetchall() == [(42,)]
    assert list(folder.keys.iterdir()) == []
    assert folder.installation.read_text() == source.folder.installation.read_text()


def test_another_key_and_a_changed_byte_are_refused_in_a_sentence(source: Source, tmp_path: Path) -> None:
    backup = taking.take(source, tmp_path / "backups", KEY, NOW)
    with pytest.raises(WrongKey, match=r"was sealed by key \w{12}, but this is key \w{12}"):
        restoring.unpack(backup, BackupKey(b"x" * 32), tmp_path / "restored")
    path = backup.folder / store.DATABASE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"database.sealed is damaged"):
        restoring.unpack(backup, KEY, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_database_that_does_not_answer_leaves_no_backup(source: Source, tmp_path: Path) -> None:
    server = postgres.Postgres(source.folder.postgres, tmp_path, source.server.binaries, None)
    with pytest.raises(BackupFailed, match="metafleet up"):
        taking.take(Source(source.folder, server), tmp_path / "backups", KEY, NOW)
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_newest_backups_are_kept(source: Source, tmp_path: Path) -> None:
    first = taking.take(source, tmp_path, KEY, NOW)
    second = tmp_path / store.new_id(NOW + timedelta(seconds=1))
    shutil.copytree(first.folder, second)
    assert store.thin_out(tmp_path, 1) == [first.manifest.id]
    assert [backup.folder for backup in store.backups_in(tmp_path)] == [second]


def pretend(folder: Path, count: int, *, verified: Collection[int] = ()) -> list[Backup]:
    """Make backups of nothing, a second apart; return them."""
    for index in range(count):
        at = NOW + timedelta(seconds=index)
        name = store.new_id(at)
        (folder / name).mkdir(parents=True)
        file = File(name=store.DATABASE, bytes=1000, sha256="")
        manifest = Manifest(
            format=store.FORMAT,
            id=name,
            version="1",
            began_at=at,
            ended_at=at,
            key_id="",
            system="1",
            first_segment=f"{1:08X}{0:08X}{index:08X}",
            end_lsn="0/0",
            files=[file],
        )
        store.write_manifest(folder / name, manifest)
        if index in verified:
            Backup(folder / name, manifest).keep_verified(Verified(at, 1, 1))
    return store.backups_in(folder)


def left(folder: Path, made: list[Backup]) -> list[int]:
    return [made.index(backup) for backup in store.backups_in(folder)]


def test_the_only_verified_backup_is_never_removed(tmp_path: Path) -> None:
    made = pretend(tmp_path, 5, verified=[0, 1])
    store.thin_out(tmp_path, 2)
    assert left(tmp_path, made) == [1, 3, 4]
    assert store.remove_oldest(tmp_path) == [made[3].manifest.id]
    assert store.remove_oldest(tmp_path) == []
    assert left(tmp_path, made) == [1, 4]
    made[4].keep_verified(Verified(NOW, 1, 1))
    assert store.remove_oldest(tmp_path) == [made[1].manifest.id]


def test_what_broke_off_a_day_ago_goes_and_what_may_be_under_way_stays(tmp_path: Path) -> None:
    old, young = tmp_path / ".20261128T000000Z.part", tmp_path / ".20261129T000000Z.part"
    for part in (old, young):
        part.mkdir()
    long_ago = time.time() - 2 * 86_400
    os.utime(old, (long_ago, long_ago))
    store.remove_broken_off(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_a_log_that_no_backup_needs_goes(tmp_path: Path) -> None:
    made = pretend(tmp_path, 3)
    for system in ("1", "2", "3"):
        (tmp_path / "log" / system).mkdir(parents=True)
        for index in range(5):
            (tmp_path / "log" / system / f"{1:08X}{0:08X}{index:08X}.sealed").touch()
    thin_out_all(tmp_path, made[1:], current="2")
    assert sorted(path.name for path in (tmp_path / "log").iterdir()) == ["1", "2"]
    assert len(list((tmp_path / "log" / "1").iterdir())) == 4
    assert len(list((tmp_path / "log" / "2").iterdir())) == 5


def test_settings_of_backups_are_read_or_refused_by_name(tmp_path: Path) -> None:
    def said(**environ: str) -> BackupSettings:
        return read_backup_settings(environ, read_settings(environ, tmp_path))

    assert said().is_kept
    assert said(METAFLEET_DATA_DIR="here").folder == tmp_path / "here-backups"
    assert not said(DATABASE_URL="postgresql://h/d").is_kept
    assert said(DATABASE_URL="postgresql://h/d", METAFLEET_BACKUPS="true").is_kept
    assert not said(METAFLEET_BACKUPS="false").is_kept
    assert said(METAFLEET_BACKUP_MAX_GB="0.5").max_bytes == 500_000_000
    for name in ("METAFLEET_BACKUPS", "METAFLEET_BACKUP_KEEP", "METAFLEET_BACKUP_HOURS"):
        with pytest.raises(SettingRefused, match=name):
            said(**{name: "often"})


@pytest.mark.parametrize("length", [0, 1, sealing.CHUNK, 2 * sealing.CHUNK, 2 * sealing.CHUNK + 1])
def test_what_was_sealed_opens_again(length: int, tmp_path: Path) -> None:
    content = bytes(range(256)) * (length // 256 + 1)
    with Sealer(tmp_path / "file", KEY, "name") as sealer:
        sealer.write(content[:length])
    with Opener(tmp_path / "file", KEY, "name") as opener:
        assert opener.read() == content[:length]


@pytest.mark.parametrize("name", ["name", "other"])
def test_a_sealed_file_that_was_cut_between_chunks_or_renamed_does_not_open(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    with Sealer(path, KEY, "name") as sealer:
        sealer.write(bytes(2 * sealing.CHUNK))
    if name == "name":
        path.write_bytes(path.read_bytes()[: -(4 + sealing.CHUNK + 16)])
    with Opener(path, KEY, name) as opener, pytest.raises(Damaged):
        opener.read()


def test_a_file_that_broke_off_does_not_open(tmp_path: Path) -> None:
    def break_off() -> None:
        with Sealer(tmp_path / "file", KEY, "name") as sealer:
            sealer.write(bytes(3 * sealing.CHUNK))
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        break_off()
    with Opener(tmp_path / "file", KEY, "name") as opener, pytest.raises(Damaged):
        opener.read()


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "backup.key"
    assert sealing.make_key(file)
    made = sealing.read_key(file).id
    assert not sealing.make_key(file)
    assert sealing.read_key(file).id == made
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(WrongKey, match="--key"):
        sealing.read_key(tmp_path / "none")


def test_a_person_backs_up_verifies_and_lists(
    nobody: Run, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("METAFLEET_DATA_DIR", str(source.folder.root))
    monkeypatch.setenv("METAFLEET_BACKUP_DIR", str(tmp_path / "backups"))
    key, kept = tmp_path / "key", tmp_path / "kept.sealed"
    code, out, err = nobody("backup", "--key", str(key), "--keys", str(kept))
    assert (code, f"Made {key}. Copy it to another place now" in err) == (0, True)
    assert f"The keys are in {kept}." in out
    code, out, _ = nobody("backup", "verify", "--key", str(key))
    assert code == 0
    assert re.search(r"^public\.kept +1000$", out, re.M)
    code, out, _ = nobody("backup", "list", "--json")
    (listed,) = json.loads(out)
    assert (code, listed["verifiedRows"] >= 1000) == (0, True)
    inside = str(tmp_path / "backups" / "kept.sealed")
    assert nobody("backup", "--key", str(key), "--keys", inside)[0] == 1
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.com/metafleet")
    code, _, err = nobody("backup")
    assert (code, "its backups are its provider's" in err) == (1, True)
