"""`metafleet backup`: copies of the installation, taken while it runs. For who has its machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

import typer

from metafleet.cli import backup_places
from metafleet.cli.asking import AsJson, remark, say, say_json, say_table
from metafleet.cli.backup_settings import BACKUP_KEY, BackupSettings, read_backup_settings
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings, read_settings

if TYPE_CHECKING:
    from metafleet.cli.backups.following import Following
    from metafleet.cli.backups.sealing import BackupKey
    from metafleet.cli.backups.store import Backup
    from metafleet.cli.backups.taking import Given, Server, Source

app = typer.Typer(help="Back up, list and verify; see docs/guides/backups.md.", invoke_without_command=True)

Folder = Annotated[
    str | None,
    typer.Option(
        "--in",
        metavar="PLACE",
        help="The folder of backups, METAFLEET_BACKUP_DIR; or s3://BUCKET/PREFIX.",
        show_default=False,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="The backup key's file; else keys/backup.key.", show_default=False),
]
Keep = Annotated[
    int | None,
    typer.Option(min=1, help="How many stay; older ones are removed.", show_default=False),
]
Which = Annotated[str | None, typer.Argument(metavar="BACKUP", help="Its id; else the newest.")]


_PAUSE_S: Final = 30.0
"""After a failure: a cause such as a full disk lasts, and each try may take a whole backup."""


class NotOurs(Refused):
    """The database is given, and not one that a copy of ours could be restored of."""


@app.callback()
def take(
    context: typer.Context,
    folder: Folder = None,
    key_file: KeyFile = None,
    keep: Keep = None,
    keys: Annotated[
        str | None,
        typer.Option(
            help="Also write the installation's keys, sealed, into this file; or s3://…", show_default=False
        ),
    ] = None,
) -> None:
    """Back up the database and the paper broker's books while everything runs."""
    if context.invoked_subcommand:
        return
    from metafleet.cli import backup_words
    from metafleet.cli.backups import mirror, standing, store, taking

    settings, said = _settings(), _backup_settings()
    source, into = _source(settings), backup_places.folder_of(said, folder)
    with backup_places.keys_to_write(keys, said, into) as keys_file:
        key = _key(settings, key_file)
        backup = taking.take(source, into, key, datetime.now(UTC))
        if keys_file:
            taking.seal_keys(source.folder, keys_file, key, key_file or default_key(settings))
    if keys:
        say(f"The keys are in {keys}.")
    for removed in store.thin_out(into, keep or said.keep):
        say(f"Removed {removed}.")
    if bucket := backup_places.bucket_of(said):
        say(f"Sent {mirror.push(into, bucket, keep or said.keep)} files to {bucket.url}.")
    standing.tell(source.server.url, into)
    say(f"Backup {backup.manifest.id}, {backup_words.size(backup)}, is in {backup.folder}.")


@app.command("list")
def list_(folder: Folder = None, as_json: AsJson = False) -> None:
    """Show the backups, oldest first, and when each was last restored to see whether it can be."""
    from metafleet.cli.backups import store

    with backup_places.listed(_backup_settings(), folder) as (where, place):
        found = store.backups_in(where)
        _say_list(found, place, as_json=as_json)


def _say_list(found: Sequence[Backup], place: str, *, as_json: bool) -> None:
    from metafleet.cli import backup_words

    if as_json:
        say_json([backup_words.as_json(backup) for backup in found])
        return
    if not found:
        remark(f"There is no backup in {place}. Take one by `metafleet backup`.")
        return
    rows = [
        (
            backup.manifest.id,
            f"{backup.manifest.ended_at:%Y-%m-%d %H:%M:%S} UTC",
            backup_words.size(backup),
            backup.manifest.version,
            f"{backup.verified.at:%Y-%m-%d %H:%M} UTC" if backup.verified else "never",
        )
        for backup in found
    ]
    say_table(("BACKUP", "COMPLETE", "SIZE", "METAFLEET", "VERIFIED"), rows)


@app.command()
def verify(
    which: Which = None,
    folder: Folder = None,
    key_file: KeyFile = None,
    without_log: Annotated[
        bool, typer.Option("--without-log", help="The backup alone, and nothing that came after it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup and the log after it into a scratch folder and look at it; code 1 when not whole."""
    from metafleet.cli import backup_words
    from metafleet.cli.backups import sealing, verifying

    settings = _settings()
    with backup_places.chosen(_backup_settings(), folder, which, with_log=not without_log) as (where, backup):
        key = sealing.read_key(key_file or default_key(settings))
        remark(f"Restoring {backup.manifest.id} into a scratch folder …")
        found = verifying.verify(backup, key, datetime.now(UTC), None if without_log else where)
    if as_json:
        say_json(backup_words.verified_as_json(backup, found))
    else:
        say_table(("TABLE", "ROWS"), found.rows.items())
        backup_words.say_verified(backup, found)
    found.check(backup.manifest.id)


@app.command()
def follow(
    folder: Folder = None,
    key_file: KeyFile = None,
    every: Annotated[
        float | None, typer.Option(min=0.1, help="Hours between two backups.", show_default=False)
    ] = None,
    keep: Keep = None,
    max_gb: Annotated[
        float | None, typer.Option(min=0.1, help="What all of it may take on the disk.", show_default=False)
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Each commit waits until it is in the copy: none can be lost.")
    ] = False,
    stay: Annotated[
        bool, typer.Option("--stay", help="After a failure try again, for ever, with little haste.")
    ] = False,
    after: Annotated[float, typer.Option(min=0, help="Seconds to wait first.")] = 0.0,
) -> None:
    """Keep the database's log as it is written, take backups and verify each, until Ctrl-C."""
    from metafleet.cli.backups import checking, following

    settings, said = _settings(), _backup_settings()
    into, key = backup_places.folder_of(said, folder), _key(settings, key_file)
    order = following.Following(
        _source(settings),
        into,
        key,
        timedelta(hours=every) if every else said.every,
        keep or said.keep,
        commits_wait=wait,
        max_bytes=int(max_gb * 10**9) if max_gb else said.max_bytes,
        verify=checking.verify_command(into, key_file or default_key(settings)),
        bucket=backup_places.bucket_of(said),
    )
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _end)
    with suppress(_Ended):
        time.sleep(after)
        _follow(order, stay=stay)


class _Ended(BaseException):
    """Somebody wants it to end, whatever is under way: what breaks off leaves nothing."""


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    raise _Ended


def _follow(order: Following, *, stay: bool) -> None:
    from metafleet.cli.backups import following, standing

    if stay:
        # The product's own work comes first.
        os.nice(10)
    while True:
        try:
            following.follow(order, threading.Event(), say)
        except (Refused, OSError) as error:
            if not stay:
                raise
            say(f"{error} Trying again in {_PAUSE_S:.0f} s.")
            standing.tell(order.source.server.url, order.backups, str(error))
            time.sleep(_PAUSE_S)


def restore(  # noqa: PLR0913, PLR0917 - each is an option of its own
    which: Which = None,
    to: Annotated[
        datetime | None, typer.Option(help="As it was at this time, UTC; else all that there is.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="The empty folder; METAFLEET_DATA_DIR.", show_default=False)
    ] = None,
    folder: Folder = None,
    key_file: KeyFile = None,
    keys: Annotated[
        str | None,
        typer.Option(help="The file that `backup --keys` wrote; or s3://…", show_default=False),
    ] = None,
    without_log: Annotated[
        bool, typer.Option("--without-log", help="As the backup was taken, replaying nothing.")
    ] = False,
    into_server: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="A PostgreSQL server's own data folder, empty or not there, in place of an embedded one's; "
            "books and mirrors come back only where --data-dir is said too.",
            show_default=False,
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option(
            metavar="USER",
            help="With --into-server, by root: whose that folder is, a name or UID:GID; else of who has the "
            "folder around it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a data folder out of a backup, and what was written since."""
    from metafleet.cli.backups import restoring, sealing, server_folder

    settings, said = _settings(), _backup_settings()
    data_dir = data_dir.expanduser().resolve() if data_dir else None
    target = into_server.expanduser().resolve() if into_server else data_dir or settings.data_dir
    if into_server:
        _check_server(settings, data_dir, keys)
        into = server_folder.Into(target, server_folder.owner_of(target, owner), data_dir)
        server_folder.check(into)
    elif owner:
        raise Refused("--owner is for --into-server: an embedded database belongs to who runs metafleet.")
    else:
        restoring.check_target(target)
    until, with_log = to.replace(tzinfo=UTC) if to else None, not without_log
    key = sealing.read_key(key_file or default_key(settings))
    place = backup_places.chosen(said, folder, which, complete_by=until, with_log=with_log)
    with place as (where, backup), backup_places.keys_to_read(keys) as keys_file:
        order = restoring.Order(backup, where, key, until, with_log=with_log)
        if into_server:
            newest = server_folder.restore(order, replace(into, keys=keys_file), remark)
        else:
            newest = restoring.restore(order, target, remark)
            if keys_file:
                restoring.open_keys(keys_file, key, target)
    say(f"Restored to {target}, up to {f'the commit of {newest}' if newest else 'the backup itself'}.")
    if not keys and not into_server:
        remark(f"Put the keys back into {target / 'keys'} before `metafleet up`: others open no password.")


def _check_server(settings: Settings, data_dir: Path | None, keys: str | None) -> None:
    from metafleet.cli.backups import server_folder

    if keys and not data_dir:
        raise Refused("--keys needs --data-dir with --into-server: say whose keys they become.")
    if settings.database_url:
        server_folder.check_nobody_serves(settings.database_url)


def drill(
    positions: Annotated[
        int, typer.Option(min=1, help="Positions that are written between backup and loss, at least.")
    ] = 1000,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="As `follow` without --wait: the last moment may be lost."),
    ] = False,
    server: Annotated[
        bool,
        typer.Option("--server", help="Of a PostgreSQL given by DATABASE_URL, restored by --into-server."),
    ] = False,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Rehearse the loss of the database in scratch folders; code 1 where anything acknowledged is gone."""
    from metafleet.cli.backups import drill_record
    from metafleet.cli.backups.drill import run_drill

    # The drill makes this process part of a scratch installation.
    into, began_at = backup_places.folder_of(_backup_settings(), folder), datetime.now(UTC)
    done = run_drill(positions, remark, commits_wait=not no_wait, own_server=server)
    record = drill_record.as_json(done, began_at, commits_wait=not no_wait)
    drill_record.append(into, record)
    if as_json:
        say_json(record)
    else:
        say(f"{done.deals:,} deals were acknowledged before the loss; {done.lost_deals:,} of them are gone.")
        say(f"{done.trades:,} trades were closed by them; {done.lost_trades:,} of those are gone.")
        say(f"RPO {done.rpo_s:.3f} s, RTO {done.rto_s:.1f} s. Recorded in {into / drill_record.FILE}.")
    if done.lost_deals or done.lost_trades:
        raise typer.Exit(1)


def default_key(settings: Settings) -> Path:
    return settings.data_dir / "keys" / BACKUP_KEY


def _key(settings: Settings, said: Path | None) -> BackupKey:
    from metafleet.cli.backups import sealing

    file = said or default_key(settings)
    if sealing.make_key(file):
        remark(f"Made {file}. Copy it to another place now: without it no backup can be opened.")
    return sealing.read_key(file)


def _source(settings: Settings) -> Source:
    from metafleet.cli.backups.taking import Source
    from metafleet.cli.data_folder import DataFolder
    from metafleet.cli.embedded.postgres import Postgres, find_binaries
    from metafleet.cli.installation import NoInstallation

    folder = DataFolder(settings.data_dir)
    sockets = folder.sockets.resolve() / "postgres"
    server: Server = Postgres(folder.postgres, sockets, find_binaries(None), user=None)
    # `metafleet up` tells its programs where the embedded one is, as if it were given.
    if settings.database_url and settings.database_url != server.url:
        server = _given(settings.database_url)
    if not folder.version.exists():
        raise NoInstallation(
            f"there is no installation in {folder.root}; name its folder by METAFLEET_DATA_DIR."
        )
    return Source(folder, server)


def _given(url: str) -> Given:
    """Return the database of DATABASE_URL, where it is one that a restore could serve. Raises NotOurs."""
    from metafleet.cli.backups.taking import Given, asked
    from metafleet.cli.embedded import postgres

    parts = urlsplit(url)
    if (parts.username, parts.path) != (postgres.ROLE, f"/{postgres.DATABASE}"):
        raise NotOurs(
            "the database is given by DATABASE_URL, and its backups are its provider's: snapshots and log of "
            f"the service, or pg_basebackup. Only a database {postgres.DATABASE} of a role {postgres.ROLE} "
            "can become an embedded one again. See docs/guides/backups.md."
        )
    given = Given(url, postgres.find_binaries(None))
    found = int(asked(given, "SHOW server_version_num")) // 10_000
    if found != postgres.MAJOR:
        raise NotOurs(
            f"DATABASE_URL leads to PostgreSQL {found}, and metafleet restores only {postgres.MAJOR}. "
            "Back it up by pg_basebackup of its own version."
        )
    return given


def _settings() -> Settings:
    return read_settings(os.environ, Path.cwd())


def _backup_settings() -> BackupSettings:
    return read_backup_settings(os.environ, _settings())
