"""`metafleet agent service`: what it says, and what it does with a systemd that is a stand-in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metafleet.cli import agent_service
from metafleet.cli.agent import app
from metafleet.cli.refusal import Refused

SETTINGS = (
    'hub = "https://gateway.example.com"\n[[terminals]]\nname = "one"\nsource = "mt5"\n'
    "path = 'C:\\MT5\\terminal64.exe'\npairing_code = \"ABCD-EFGH\"\n"
)


class Machine:
    """A user's folders, and a `systemctl` and `loginctl` that write down what they were asked."""

    def __init__(self, home: Path) -> None:
        self.settings = home / "agent.toml"
        self.settings.write_text(SETTINGS)
        self.unit = home / "config" / "systemd" / "user" / "metafleet-agent.service"
        self._asked = home / "asked"
        self._programs = home / "bin"
        self._programs.mkdir()

    def has_systemd(self, exit_code: int = 0) -> None:
        for name in ("systemctl", "loginctl"):
            program = self._programs / name
            program.write_text(
                f'#!/bin/sh\necho "{name} $*" >> {self._asked}\necho no bus >&2\nexit {exit_code}\n'
            )
            program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self._asked.read_text().splitlines() if self._asked.exists() else []


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    return made


def run(*words: str) -> str:
    """Return what it prints. Raises what it raises."""
    done = CliRunner().invoke(app, ["service", *words])
    if done.exception is not None:
        raise done.exception
    return done.output


def test_it_is_only_said_what_would_be_done(machine: Machine) -> None:
    machine.has_systemd()
    said = run("install", str(machine.settings))
    assert f'ExecStart="{sys.executable}" -m metafleet.cli agent run "{machine.settings}"' in said
    assert "systemctl --user enable --now metafleet-agent.service" in said
    assert "--write" in said
    assert (machine.unit.exists(), machine.asked) == (False, [])


def test_it_is_installed_and_removed(machine: Machine) -> None:
    machine.has_systemd()
    run("install", str(machine.settings), "--write")
    assert str(machine.settings) in machine.unit.read_text()
    assert machine.asked == [
        "loginctl enable-linger",
        "systemctl --user daemon-reload",
        "systemctl --user enable --now metafleet-agent.service",
    ]
    assert "rm" in run("remove")
    run("remove", "--write")
    assert not machine.unit.exists()
    assert machine.asked[-2:] == [
        "systemctl --user disable --now metafleet-agent.service",
        "systemctl --user daemon-reload",
    ]


def test_what_systemd_refuses_is_told(machine: Machine) -> None:
    machine.has_systemd(exit_code=1)
    with pytest.raises(Refused, match=r"loginctl enable-linger.*no bus"):
        run("install", str(machine.settings), "--write")


def test_without_systemd_nothing_is_written(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine.unit.parent))
    with pytest.raises(Refused, match="no systemctl"):
        run("install", str(machine.settings), "--write")
    assert not machine.unit.exists()


def test_what_is_not_there_is_not_removed(machine: Machine) -> None:
    with pytest.raises(Refused, match="nothing to remove"):
        run("remove", "--write")


def test_a_machines_own_unit_runs_as_its_user() -> None:
    text = agent_service.unit("/usr/bin/python3", Path("/etc/agent.toml"), user="trader")
    assert "User=trader\n" in text
    assert "WantedBy=multi-user.target\n" in text


def test_on_windows_a_task_and_a_service_are_printed() -> None:
    said = agent_service.windows(r"C:\Python\python.exe", r"C:\My files\agent.toml")
    quoted = r'/TR "\"C:\Python\python.exe\" -m metafleet.cli agent run \"C:\My files\agent.toml\""'
    assert quoted in said
    assert r'nssm install metafleet-agent "C:\Python\python.exe" -m' in said
