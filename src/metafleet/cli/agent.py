"""`metafleet agent`: watch the MetaTrader terminals of this machine, and report them to a hub."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metafleet.cli import agent_service
from metafleet.cli.asking import AsJson, say, say_json, say_table
from metafleet.cli.refusal import Refused

if TYPE_CHECKING:
    from metafleet.runner.agent.records import Status
    from metafleet.runner.agent.settings import AgentSettings

app = typer.Typer(help="Watch the MetaTrader terminals of this machine.", no_args_is_help=True)
app.add_typer(agent_service.app, name="service")

SettingsFile = Annotated[Path, typer.Argument(help="The agent's settings, a TOML file.")]

_STALE_S = 15.0


@app.command()
def run(settings: SettingsFile) -> None:
    """Watch every terminal of the settings until Ctrl-C; never sign one in or out, never trade."""
    from metafleet.runner.agent import lock, supervisor
    from metafleet.wire import loglines

    said = read_settings(settings)
    loglines.to(sys.stdout)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        supervisor.run(said, settings.resolve(), stop)
    except lock.Held as held:
        raise Refused(f"{held}. Stop that one first, or give this one another `state` folder.") from held


@app.command()
def status(settings: SettingsFile, as_json: AsJson = False) -> None:
    """Show each terminal as its watcher saw it last; exit code 1 unless all are watched now."""
    import msgspec

    said = read_settings(settings)
    found = [_status(said, terminal.name) for terminal in said.terminals]
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
    else:
        say_table(
            (
                "TERMINAL",
                "STATE",
                "LOGIN",
                "SERVER",
                "CONNECTED",
                "ALGO",
                "EQUITY",
                "OPEN",
                "WAITING",
                "LOG ERRORS",
            ),
            (_row(each) for each in found),
        )
        for each in found:
            _say_more(each)
    if any(each.state != "watching" or each.heard_at is None for each in found):
        raise typer.Exit(1)


@app.command()
def logs(
    settings: SettingsFile,
    terminal: Annotated[str, typer.Argument(help="Its name in the settings.")],
    into: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("logs.zip"),
) -> None:
    """Write a terminal's log files into one zip: those that are kept, and today's."""
    from metafleet.runner.agent import archive, records
    from metafleet.runner.agent import settings as reading

    said = read_settings(settings)
    try:
        chosen = said.terminal(terminal)
    except reading.SettingsRefused as refused:
        raise Refused(str(refused)) from refused
    folder = said.folder_of(terminal)
    status = records.read(folder / records.STATUS, records.Status)
    folders = () if status is None else status.log_folders
    try:
        count = archive.LogArchive(folder, chosen.logs_mb).export(folders, into)
    except OSError as trouble:
        raise Refused(f"{into} cannot be written: {trouble.strerror}") from trouble
    say(f"{into}: {count} log files of {terminal}")


@app.command()
def discover(as_json: AsJson = False) -> None:
    """List the MetaTrader 5 terminals of this Windows machine, as blocks for the settings file."""
    import msgspec

    from metafleet.runner.agent import discovery

    appdata = os.environ.get("APPDATA")
    if appdata is None:
        raise Refused(
            "there is no %APPDATA% here: terminals are found on Windows, by the user who runs them."
        )
    homes = [os.environ.get(name) for name in ("ProgramFiles", "SystemDrive")]
    found = discovery.look(Path(appdata), [Path(f"{home}/") for home in homes if home])
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
        return
    if not found:
        raise Refused("no terminal64.exe was found; write its path into the settings file by hand.")
    for number, each in enumerate(found, 1):
        say(f'# data: {each.data}\n[[terminals]]\nname = "terminal-{number}"\nsource = "mt5"')
        say(f"path = '{each.program}'\npairing_code = \"\"\n")


def read_settings(path: Path) -> AgentSettings:
    """Return the settings of this file. Raises Refused."""
    from metafleet.runner.agent import settings

    try:
        return settings.read(path)
    except settings.SettingsRefused as refused:
        raise Refused(str(refused)) from refused


def _status(settings: AgentSettings, name: str) -> Status:
    """Return how the terminal is; one whose watcher has stopped writing is not watched."""
    from metafleet.runner import clock
    from metafleet.runner.agent import records

    found = records.read(settings.folder_of(name) / records.STATUS, records.Status)
    if found is None:
        return records.Status(name=name, state="lost", detail="it was never watched: start the agent")
    silent_s = clock.wall_s() - found.at
    if found.state != "refused" and silent_s > _STALE_S:
        found.state, found.detail = "lost", f"its watcher has said nothing for {silent_s:.0f} s"
    return found


def _row(status: Status) -> tuple[object, ...]:
    return (
        status.name,
        status.state,
        status.login,
        status.server,
        status.is_connected,
        status.is_algo_trading,
        status.equity,
        status.positions,
        status.waiting,
        status.log_errors,
    )


def _say_more(status: Status) -> None:
    if status.detail:
        say(f"{status.name}: {status.detail}")
    heard = "never" if status.heard_at is None else _instant(status.heard_at)
    ticked = "none seen" if status.last_tick_at is None else _instant(status.last_tick_at)
    say(f"{status.name}: hub heard {heard}, clock {status.clock_skew_ms or 0:+d} ms, last tick {ticked}")
    if status.last_errors:
        last = status.last_errors[-1]
        say(f"{status.name}: {last.file} {last.at} {last.text}")


def _instant(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")
