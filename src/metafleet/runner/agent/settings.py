"""The agent's one file of settings, in TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}").fullmatch
_MOST: Final = 32
"""Terminals of one machine; more than a VPS carries."""


class SettingsRefused(Exception):
    """The file cannot be read, or says what cannot be; the text names the field and the way out."""


class TerminalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One terminal.

    `path`: its terminal64.exe (mt5). `address`: HOST:PORT of a paper broker, with `login`, `password`
    and `server` of an account there. `pairing_code`: used once; another one pairs the terminal anew.
    `restart`: whether the agent starts it when it does not run, at most `restarts_per_hour` times.
    `symbol`: whose quotes tell that the market moves, and how far server time is from UTC.
    `logs`: its journal's folder, where it is not `logs` in its data folder. `logs_mb`: how much of packed
    log files is kept.
    """

    name: str
    source: Literal["mt5", "paper"]
    pairing_code: str
    path: str = ""
    address: str = ""
    login: int = 0
    password: str = ""
    server: str = ""
    symbol: str = "EURUSD"
    restart: Literal["always", "never"] = "never"
    restarts_per_hour: int = 6
    logs: str = ""
    logs_mb: int = 64

    def __repr__(self) -> str:
        return f"TerminalSettings({self.name!r}, source={self.source!r})"


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`hub`: the gateway's address. `state`: the agent's own folder, from the settings file's if relative."""

    hub: str
    terminals: list[TerminalSettings]
    state: str = "metafleet-agent"

    def folder_of(self, name: str) -> Path:
        """The folder of one terminal's token, outbox and status."""
        return Path(self.state) / name

    def terminal(self, name: str) -> TerminalSettings:
        """Raises SettingsRefused where there is none of this name."""
        for terminal in self.terminals:
            if terminal.name == name:
                return terminal
        raise SettingsRefused(f"there is no terminal {name!r} in the settings")


def read(path: Path) -> AgentSettings:
    """Read the file and check it. Raises SettingsRefused."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = msgspec.convert(said, AgentSettings)
    except OSError as trouble:
        raise SettingsRefused(f"{path} cannot be read: {trouble.strerror}") from trouble
    except UnicodeDecodeError as fault:
        raise SettingsRefused(f"{path} is not UTF-8: save it as UTF-8") from fault
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise SettingsRefused(f"{path}: {fault}") from fault
    _check(settings)
    state = (path.resolve().parent / settings.state).as_posix()
    return msgspec.structs.replace(settings, state=state)


def _check(settings: AgentSettings) -> None:
    if not settings.hub.startswith(("http://", "https://")):
        raise SettingsRefused(
            f"hub: expected an address like https://hub.example.com, found {settings.hub!r}"
        )
    if not 1 <= len(settings.terminals) <= _MOST:
        raise SettingsRefused(f"terminals: expected 1 to {_MOST} of them, found {len(settings.terminals)}")
    seen: set[str] = set()
    for terminal in settings.terminals:
        name = terminal.name.lower()
        if not _NAME(terminal.name):
            raise SettingsRefused(
                f"terminals.name: expected letters, digits, - and _, found {terminal.name!r}"
            )
        if name in seen:
            raise SettingsRefused(f"terminals.name: {terminal.name!r} is there twice; give one another name")
        seen.add(name)
        _check_terminal(terminal)


def _check_terminal(terminal: TerminalSettings) -> None:
    if not 1 <= terminal.restarts_per_hour <= 60:
        raise SettingsRefused(f"terminals.{terminal.name}.restarts_per_hour: expected 1 to 60")
    if not 1 <= terminal.logs_mb <= 4096:
        raise SettingsRefused(f"terminals.{terminal.name}.logs_mb: expected 1 to 4096")
    if terminal.source == "mt5" and not terminal.path:
        raise SettingsRefused(f"terminals.{terminal.name}.path: say where its terminal64.exe is")
    if terminal.source == "paper":
        _, _, port = terminal.address.rpartition(":")
        if not port.isdigit() or not (terminal.login and terminal.password and terminal.server):
            raise SettingsRefused(
                f"terminals.{terminal.name}: a paper terminal needs address (HOST:PORT), login, password "
                "and server"
            )
