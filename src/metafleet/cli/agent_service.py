"""`metafleet agent service`: start the agent with the machine."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from metafleet.cli.asking import say
from metafleet.cli.refusal import Refused

app = typer.Typer(help="Start the agent with the machine, or no more.", no_args_is_help=True)

UNIT: Final = "metafleet-agent.service"
TASK: Final = "metafleet agent"
Write = Annotated[bool, typer.Option("--write", help="Do it; without it, it is only said.")]
System = Annotated[
    bool, typer.Option("--system", help="Of the whole machine, as root, instead of this user's own.")
]


@app.command()
def install(
    settings: Annotated[Path, typer.Argument(help="The agent's settings, a TOML file.")],
    write: Write = False,
    system: System = False,
) -> None:
    """Install and start a systemd unit; on Windows print the commands for a task or a service."""
    from metafleet.cli.agent import read_settings

    read_settings(settings)
    if os.name == "nt":
        say(windows(sys.executable, str(settings.resolve())))
        return
    file, commands = _folder(is_system=system) / UNIT, _starting(is_system=system)
    text = unit(sys.executable, settings.resolve(), user=getpass.getuser() if system else "")
    if not write:
        say(f"# {file}\n{text}\n# then")
        _say_only(commands)
        return
    _need_systemd()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError as trouble:
        raise Refused(f"{file} cannot be written: {trouble.strerror}. --system needs root.") from trouble
    for command in commands:
        _run(command)
    say(f"{file} is installed, and the agent runs: {' '.join(_systemctl(is_system=system))} status {UNIT}")


@app.command()
def remove(write: Write = False, system: System = False) -> None:
    """Stop the agent's systemd unit and take it away; on Windows print the command."""
    if os.name == "nt":
        say(f'schtasks /Delete /TN "{TASK}" /F')
        return
    file, control = _folder(is_system=system) / UNIT, _systemctl(is_system=system)
    stop, forget = [*control, "disable", "--now", UNIT], [*control, "daemon-reload"]
    if not write:
        _say_only([stop, ["rm", str(file)], forget])
        return
    if not file.exists():
        raise Refused(f"{file} does not exist, so there is nothing to remove.")
    _need_systemd()
    _run(stop)
    file.unlink()
    _run(forget)
    say(f"{file} is removed; the agent's own folder stays.")


def unit(program: str, settings: Path, *, user: str) -> str:
    """Return the systemd unit. user: whose the agent is in a unit of the machine, "" in one's own."""
    lines = (
        "[Unit]",
        "Description=metafleet host agent",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        *([f"User={user}"] if user else []),
        f'ExecStart="{program}" -m metafleet.cli agent run "{settings}"',
        "Restart=on-failure",
        "RestartSec=5",
        "NoNewPrivileges=true",
        "",
        "[Install]",
        f"WantedBy={'multi-user.target' if user else 'default.target'}",
    )
    return "\n".join(lines) + "\n"


def windows(program: str, settings: str) -> str:
    """Return the commands, those of a task first: MetaTrader has windows, which a service has not."""
    command = f'"{program}" -m metafleet.cli agent run "{settings}"'
    escaped = command.replace('"', '\\"')
    lines = (
        "rem As a task, when this user signs in: it can start terminals, because it is in their session.",
        f'schtasks /Create /TN "{TASK}" /SC ONLOGON /RL LIMITED /F /TR "{escaped}"',
        f'schtasks /Run /TN "{TASK}"',
        "",
        "rem Or as a service by NSSM, which watches, and cannot start a terminal with its window:",
        f"nssm install metafleet-agent {command}",
        "nssm set metafleet-agent ObjectName .\\%USERNAME% YOUR-WINDOWS-PASSWORD",
        "nssm start metafleet-agent",
    )
    return "\n".join(lines)


def _folder(*, is_system: bool) -> Path:
    if is_system:
        return Path("/etc/systemd/system")
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user"


def _systemctl(*, is_system: bool) -> list[str]:
    return ["systemctl"] if is_system else ["systemctl", "--user"]


def _starting(*, is_system: bool) -> list[list[str]]:
    control = _systemctl(is_system=is_system)
    started = [[*control, "daemon-reload"], [*control, "enable", "--now", UNIT]]
    # Without it a user's own units end when the user signs out.
    return started if is_system else [["loginctl", "enable-linger"], *started]


def _say_only(commands: list[list[str]]) -> None:
    for command in commands:
        say(" ".join(command))
    say("# Nothing was changed: --write does it.")


def _need_systemd() -> None:
    if shutil.which("systemctl") is None:
        raise Refused(
            "there is no systemctl here, so no systemd. Let whatever starts services on this machine run "
            "`metafleet agent run`."
        )


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as trouble:
        raise Refused(f"{command[0]} cannot be run: {trouble.strerror}") from trouble
    if done.returncode:
        raise Refused(f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}")
