"""`metafleet run`: the one program of a container."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from metafleet.cli.run import NoSuchProgram, run_program
from metafleet.cli.settings import read_settings
from metafleet.hub.kernel import alive

EVERYWHERE = "0.0.0.0"  # noqa: S104 - within a container


class Became(Exception):
    """What the process would have become."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Mapping[str, str]]]:
    seen: list[tuple[list[str], Mapping[str, str]]] = []

    def become(_: str, command: list[str], environ: Mapping[str, str]) -> None:
        seen.append((command, environ))
        raise Became

    monkeypatch.setattr(os, "execvpe", become)
    return seen


@pytest.mark.parametrize("name", ["web", "gateway", "broker"])
def test_what_serves_listens_where_the_settings_say(
    name: str, became: list[tuple[list[str], Mapping[str, str]]], tmp_path: Path
) -> None:
    environ = {"METAFLEET_HOST": EVERYWHERE, "METAFLEET_DATA_DIR": str(tmp_path)}
    with pytest.raises(Became):
        run_program(name, read_settings(environ, tmp_path), environ)
    [(command, given)] = became
    assert command[command.index("--host") + 1] == EVERYWHERE
    assert given["METAFLEET_DATA_DIR"] == str(tmp_path)
    assert given["PYTHONSAFEPATH"] == "1"


def test_a_program_that_there_is_not_is_refused_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "metafleet.cli", "run", "mailer"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == "metafleet: 'mailer' is none of beat, broker, gateway, judge, web, worker.\n"
    with pytest.raises(NoSuchProgram):
        run_program("mailer", read_settings({}, Path()), {})


def test_work_that_was_done_is_signed_where_a_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "alive"
    monkeypatch.delenv("METAFLEET_ALIVE_SIGN", raising=False)
    alive.sign()
    assert not file.exists()
    monkeypatch.setenv("METAFLEET_ALIVE_SIGN", str(file))
    alive.sign()
    assert file.exists()
