"""`metafleet up`: start everything, stay beside it, stop everything."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from metafleet.cli import containers
from metafleet.cli.atomic import write_atomically
from metafleet.cli.backup_settings import BACKUP_KEY, BackupSettings, read_backup_settings
from metafleet.cli.containers import Containers
from metafleet.cli.data_folder import DataFolder, locked, open_data_folder
from metafleet.cli.demo import read_sign_in
from metafleet.cli.embedded import postgres
from metafleet.cli.environment import process_environment, without_the_owner
from metafleet.cli.frontend import check_frontend
from metafleet.cli.keys import ensure_keys
from metafleet.cli.ports import check_ports
from metafleet.cli.preparation import Preparation, Say
from metafleet.cli.refusal import Refused
from metafleet.cli.servers import Servers, lay_out_servers
from metafleet.cli.settings import Settings
from metafleet.cli.shutdown import stop_installation, stop_leftovers, supervisor_of
from metafleet.cli.startup_watch import wait_until_healthy
from metafleet.cli.supervision import configuration
from metafleet.cli.supervision.client import Supervisor
from metafleet.cli.supervision.daemon import start_supervisor
from metafleet.cli.supervision.programs import PRODUCT, backup_program, product_programs, server_programs
from metafleet.cli.watch import watch

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SHORT_LIFE_S = 30.0
MAX_SHORT_LIVES = 3
"""A supervisord that ends this often, each time sooner than that, would only be lost again."""


class StopAsked(BaseException):
    """SIGINT, SIGTERM or SIGHUP: somebody wants everything stopped."""


class SupervisorLost(Refused):
    """supervisord keeps ending."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What a start works on: settings, folder, its lock's descriptor, the caller's environment."""

    settings: Settings
    folder: DataFolder
    lock: int
    environ: Mapping[str, str]
    say: Say
    backups: BackupSettings


def run_up(settings: Settings, environ: Mapping[str, str], say: Say) -> None:
    """Start the installation; return when it was asked to stop and has stopped.

    say receives one progress line at a time.
    Raises Refused when it cannot start; nothing of it is then left running.
    """
    backups = read_backup_settings(environ, settings)
    folder = open_data_folder(settings.data_dir)
    with locked(folder) as lock, _signals_as_exceptions():
        try:
            _take_down_leftovers(folder, say)
            check_frontend()
            check_ports(settings)
            _run(Installation(settings, folder, lock, environ, say, backups))
        except StopAsked:
            _ignore_signals()
            say("Stopping …")
        finally:
            _ignore_signals()
            stop_installation(folder)
    say("Everything has stopped.")


def _run(installation: Installation) -> None:
    """Start and stay; when supervisord itself is lost, start everything again."""
    began_at = time.monotonic()
    supervisor, process = _start(installation)
    _announce(installation, time.monotonic() - began_at)
    short_lives = 0
    while short_lives < MAX_SHORT_LIVES:
        began_at = time.monotonic()
        watch(supervisor, process, installation.say)
        short_lives = short_lives + 1 if time.monotonic() - began_at < SHORT_LIFE_S else 0
        installation.say("supervisord ended unexpectedly; starting everything again …")
        stop_leftovers(installation.folder)
        supervisor, process = _start(installation)
    raise SupervisorLost(f"supervisord keeps ending; see {installation.folder.logs}/supervisord.log.")


def _start(installation: Installation) -> tuple[Supervisor, subprocess.Popen[bytes]]:
    """Start in order: keys, servers, migrations and demo, then all our programs at once."""
    settings, folder, say = installation.settings, installation.folder, installation.say
    ensure_keys(folder.root)
    places = containers.prepare(settings, folder, installation.environ)
    servers = lay_out_servers(folder, settings.database_url, settings.redis_url)
    _ensure_cluster(servers, say)
    environment = process_environment(
        installation.environ, settings, folder, servers.database_url, servers.redis_url
    )
    environment |= places.environment
    preparation = Preparation(environment, folder.logs / "prepare.log", installation.lock)
    try:
        supervisor = supervisor_of(folder)
        _configure(installation, servers, places)
        log = folder.logs / "supervisord.out"
        process = start_supervisor(folder.supervisor_config, without_the_owner(environment), log, supervisor)
        servers.wait_until_ready(folder.logs)
        say("PostgreSQL and Redis are ready.")
        preparation.run(say)
    finally:
        preparation.close()
    if installation.backups.is_kept:
        _ensure_backup_key(folder, say)
    say("Starting broker, gateway, web, worker, judge and beat …")
    supervisor.start(state for state in supervisor.states().values() if state.group == PRODUCT)
    wait_until_healthy(settings, supervisor, folder.logs)
    return supervisor, process


def _take_down_leftovers(folder: DataFolder, say: Say) -> None:
    """End what an earlier `metafleet up` left behind when it was killed."""
    if supervisor_of(folder).is_alive():
        say("Stopping what an earlier start left running …")
        stop_installation(folder)
    else:
        stop_leftovers(folder)


def _ensure_cluster(servers: Servers, say: Say) -> None:
    if not servers.postgres:
        return
    if not servers.postgres.data.exists():
        say("Making the database …")
    postgres.ensure_cluster(servers.postgres)


def _ensure_backup_key(folder: DataFolder, say: Say) -> None:
    # Nobody else here needs cryptography, which this process would keep in its memory.
    from metafleet.cli.backups import sealing

    if sealing.make_key(folder.keys / BACKUP_KEY):
        say(f"Made {folder.keys / BACKUP_KEY}. Copy it to another place: without it no backup can be opened.")


def _configure(installation: Installation, servers: Servers, places: Containers) -> None:
    settings, folder = installation.settings, installation.folder
    programs = [
        *server_programs(servers.postgres, servers.redis),
        *product_programs(settings, folder.broker, servers.sockets, places),
    ]
    if installation.backups.is_kept:
        programs.append(backup_program(installation.backups, servers.sockets))
    text = configuration.render(programs, servers.sockets, folder.logs)
    write_atomically(folder.supervisor_config, text.encode())


def _announce(installation: Installation, seconds: float) -> None:
    say = installation.say
    sign_in = read_sign_in(installation.folder)
    say(f"Ready after {seconds:.1f} s.")
    say("")
    say(f"    metafleet   {installation.settings.web_url}")
    if sign_in:
        say(f"    sign in     {sign_in.email}")
        say(f"    password    {sign_in.password}")
    if installation.backups.is_kept:
        say(f"    backups     {installation.backups.folder}")
    say("")
    say("Ctrl-C stops everything.")


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise StopAsked

    before = {number: signal.signal(number, ask) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    """A second Ctrl-C must not break off the stop and leave half of it running."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
