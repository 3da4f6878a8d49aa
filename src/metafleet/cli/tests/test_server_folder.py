"""A PostgreSQL with rules, a password and a configuration of its own, lost and restored as what it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from metafleet.cli.backups import restoring, server_folder, store, taking
from metafleet.cli.backups.drill_kinds import RULES, OwnServer, kill
from metafleet.cli.backups.restoring import Order, RecoveryFailed, TargetTaken
from metafleet.cli.backups.sealing import make_key, read_key
from metafleet.cli.backups.server_folder import Into, OwnerRefused
from metafleet.cli.backups.taking import Source
from metafleet.cli.data_folder import open_data_folder
from metafleet.cli.embedded import sockets, system_user
from metafleet.cli.keys import ensure_keys
from metafleet.cli.readiness import wait_until
from metafleet.cli.tests.conftest import Run
from metafleet.cli.tests.test_backups import KEY
from metafleet.cli.tests.test_restore import followed, quiet, write, write_segments

NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Rig:
    """A server with a table, its installation, and the folder of backups."""

    server: OwnServer
    backups: Path

    @property
    def source(self) -> Source:
        return Source(self.server.folder, self.server.server)

    @property
    def into(self) -> Into:
        return Into(self.server.data, system_user.database_user(self.server.data))

    def order(self) -> Order:
        return Order(store.find(self.backups, None), self.backups, KEY)

    def lose(self, process: subprocess.Popen[bytes]) -> None:
        """As with a disk that fails: nothing is written in order, and nothing is left."""
        kill(process)
        shutil.rmtree(self.server.data)

    def words(self) -> list[str]:
        """Start the server by what lies in its folder; return what was written after the first backup."""
        with self.server.restored() as url, psycopg.connect(url) as connection:
            rows = connection.execute("SELECT word FROM kept WHERE n = 0 ORDER BY word").fetchall()
        return [row[0] for row in rows]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    tmp_path.chmod(0o711)
    server = OwnServer(tmp_path)
    open_data_folder(server.folder.root)
    with server.made(), psycopg.connect(server.given_url) as connection:
        connection.execute("CREATE TABLE kept (n int, word text)")
    ensure_keys(server.folder.root)
    (server.folder.broker / "broker.sqlite3").write_text("a book")
    yield Rig(server, tmp_path / "backups")
    sockets.remove_short_folder(server.sockets)


def test_a_lost_server_comes_back_with_its_last_commit_its_rules_and_its_password(rig: Rig) -> None:
    process = rig.server.start()
    try:
        with followed(rig.source, rig.backups):
            between = write(rig.source, "first")
            write(rig.source, "second")
            rig.lose(process)
    finally:
        kill(process)
    former = rig.server.data.with_name("former")
    server_folder.restore(rig.order(), rig.into, quiet)
    found = rig.server.data.stat()
    assert [path.name for path in rig.server.data.parent.iterdir()] == ["docker"]
    assert (rig.server.data / "pg_hba.conf").read_text() == RULES
    assert "unix_socket_directories" in (rig.server.data / "postgresql.conf").read_text()
    # Nobody is there yet who would receive the log that commits waited for.
    assert "synchronous" not in (rig.server.data / "postgresql.auto.conf").read_text()
    assert {(path.stat().st_uid, path.stat().st_gid) for path in rig.server.data.rglob("*")} == {
        (found.st_uid, found.st_gid)
    }
    assert found.st_mode & 0o777 == 0o700
    assert rig.words() == ["first", "second"]
    with pytest.raises(TargetTaken, match="holds files"):
        server_folder.restore(rig.order(), rig.into, quiet)
    for order, wanted in [
        (replace(rig.order(), to=between), ["first"]),
        (replace(rig.order(), with_log=False), []),
    ]:
        rig.server.data.rename(former)
        server_folder.restore(order, rig.into, quiet)
        assert rig.words() == wanted
        shutil.rmtree(former)
    before = replace(rig.order(), to=rig.order().backup.manifest.began_at - timedelta(seconds=1))
    with pytest.raises(RecoveryFailed, match="name an older backup"):
        server_folder.restore(before, replace(rig.into, cluster=former), quiet)
    assert not former.exists()


def live(rig: Rig, word: str, *, segments: int = 0) -> None:
    """Serve and be followed until there is a new backup and a word after it, and be lost."""
    process, taken = rig.server.start(), len(store.backups_in(rig.backups))
    try:
        with followed(rig.source, rig.backups):
            assert wait_until(lambda: len(store.backups_in(rig.backups)) > taken, 40.0)
            write(rig.source, word)
            write_segments(rig.source, segments)
            rig.lose(process)
    finally:
        kill(process)


def test_what_was_restored_is_followed_on_and_can_be_lost_again(rig: Rig) -> None:
    live(rig, "first")
    server_folder.restore(rig.order(), rig.into, quiet)
    live(rig, "second")
    first, second = (replace(rig.order(), backup=backup) for backup in store.backups_in(rig.backups))
    server_folder.restore(second, rig.into, quiet)
    assert rig.words() == ["first", "second"]
    shutil.rmtree(rig.server.data)
    server_folder.restore(first, rig.into, quiet)
    assert rig.words() == ["first", "second"]


def test_a_server_that_went_back_in_time_is_followed_from_there(rig: Rig) -> None:
    live(rig, "given up", segments=2)
    server_folder.restore(replace(rig.order(), with_log=False), rig.into, quiet)
    live(rig, "kept")
    for backup in store.backups_in(rig.backups):
        server_folder.restore(replace(rig.order(), backup=backup), rig.into, quiet)
        assert rig.words() == ["kept"]
        shutil.rmtree(rig.server.data)


def test_books_and_keys_come_back_where_they_are_asked_for_and_over_nothing(rig: Rig) -> None:
    sealed, there = rig.backups.parent / "keys.sealed", rig.backups.parent / "other"
    process = rig.server.start()
    try:
        taking.take(rig.source, rig.backups, KEY, datetime.now(UTC))
        taking.seal_keys(rig.server.folder, sealed, KEY, rig.server.folder.keys / "backup.key")
        rig.lose(process)
    finally:
        kill(process)
    former = rig.server.folder
    asked = replace(rig.into, files=former.root, keys=sealed)
    with pytest.raises(TargetTaken, match="has a VERSION already"):
        server_folder.restore(rig.order(), asked, quiet)
    (there / "keys").mkdir(parents=True)
    (there / "keys" / "secret_key").write_text("another")
    with pytest.raises(TargetTaken, match="has a secret_key already"):
        server_folder.restore(rig.order(), replace(asked, files=there), quiet)
    assert [path.name for path in there.iterdir()] == ["keys"]
    (there / "keys" / "secret_key").unlink()
    assert not rig.server.data.exists()
    server_folder.restore(rig.order(), replace(asked, files=there), quiet)
    assert (there / "broker" / "broker.sqlite3").read_text() == "a book"
    assert (there / "installation").read_text() == former.installation.read_text()
    assert not (there / ".restoring").exists()
    for key in former.keys.iterdir():
        assert (there / "keys" / key.name).read_bytes() == key.read_bytes()
    assert rig.words() == []


def test_a_restore_that_is_killed_leaves_nothing_and_is_made_anew(rig: Rig) -> None:
    key = rig.backups.parent / "key"
    make_key(key)
    process = rig.server.start()
    try:
        taking.take(rig.source, rig.backups, read_key(key), datetime.now(UTC))
        rig.lose(process)
    finally:
        kill(process)
    command = [sys.executable, "-m", "metafleet.cli", "restore", "--into-server", str(rig.server.data)]
    command += ["--in", str(rig.backups), "--key", str(key)]
    if owner := rig.into.owner:
        command += ["--owner", owner.name]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    beside = restoring.beside(rig.server.data)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as killed:
        assert killed.stderr
        assert b"Unpacking" in killed.stderr.readline()
        killed.kill()
    assert (beside.exists(), rig.server.data.exists()) == (True, False)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"Restored to {rig.server.data}, up to the backup itself.\n")
    assert not beside.exists()
    assert rig.words() == []


def test_a_server_that_answers_and_a_folder_of_one_are_refused(
    rig: Rig, nobody: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", replace(rig.server, password="another").given_url)
    empty = rig.backups.parent / "empty"
    asked = ("restore", "--into-server", str(empty))
    with rig.server.restored():
        code, _, said = nobody(*asked)
        assert (code, "a server answers at DATABASE_URL" in said) == (1, True)
        with pytest.raises(TargetTaken, match="may be running"):
            server_folder.check(rig.into)
    code, _, said = nobody(*asked, "--keys", "keys.sealed")
    assert (code, "--keys needs --data-dir" in said) == (1, True)
    code, _, said = nobody("restore", "--owner", "1:1")
    assert (code, "--owner is for --into-server" in said) == (1, True)
    with pytest.raises(TargetTaken, match="a disk's own folder"):
        server_folder.check(Into(Path("/"), None))
    assert not empty.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to somebody")
def test_the_owner_is_who_was_said_or_who_has_the_folder_around(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, 1)
    found = server_folder.owner_of(tmp_path / "18" / "docker", None)
    assert found
    assert (found.uid, found.gid) == (NOBODY, 1)
    for said, wanted in [("999:998", (999, 998)), ("nobody", (NOBODY, NOBODY))]:
        found = server_folder.owner_of(tmp_path, said)
        assert found
        assert (found.uid, found.gid) == wanted
    for said in ("root", "nobody-at-all"):
        with pytest.raises(OwnerRefused, match=r"root|nobody here"):
            server_folder.owner_of(tmp_path, said)
