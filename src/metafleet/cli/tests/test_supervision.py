from __future__ import annotations

import configparser
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metafleet.cli.containers import Containers
from metafleet.cli.data_folder import DataFolder, open_data_folder
from metafleet.cli.embedded.sockets import make_socket_folder, remove_short_folder
from metafleet.cli.readiness import wait_until
from metafleet.cli.settings import read_settings
from metafleet.cli.shutdown import stop_installation, supervisor_of
from metafleet.cli.supervision.client import Supervisor, SupervisorUnavailable
from metafleet.cli.supervision.configuration import ConfigurationRefused, render
from metafleet.cli.supervision.daemon import SupervisorRefused, start_supervisor
from metafleet.cli.supervision.programs import PRODUCT, SERVERS, Program, product_programs

Supervise = Callable[[Program], Supervisor]

SLEEP = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]


def test_the_configuration_keeps_percent_signs_and_spaces(tmp_path: Path) -> None:
    odd = tmp_path / "a b%c"
    text = render([Program("web", PRODUCT, ["run", "50%", "a b"], odd)], odd, odd)
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser["program:web"]["command"] == "run 50%% 'a b'"
    assert parser["program:web"]["directory"] == f"{tmp_path}/a b%%c"


def test_a_path_that_the_configuration_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationRefused):
        render([], tmp_path / "a ;b", tmp_path)


def test_no_secret_is_in_the_commands(tmp_path: Path) -> None:
    settings = read_settings({"DATABASE_URL": "postgresql://u:hunter2@h/d"}, tmp_path)
    text = render(product_programs(settings, tmp_path, tmp_path, Containers({})), tmp_path, tmp_path)
    assert "hunter2" not in text
    assert "metafleet.engine.broker --host 127.0.0.1 --port 8002" in text


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    folder = open_data_folder(tmp_path / "data")
    make_socket_folder(folder.sockets, None)
    yield folder
    remove_short_folder(folder.sockets)


@pytest.fixture
def supervise(folder: DataFolder) -> Iterator[Supervise]:
    daemons: list[subprocess.Popen[bytes]] = []

    def start(program: Program) -> Supervisor:
        supervisor = supervisor_of(folder)
        folder.supervisor_config.write_text(render([program], folder.sockets.resolve(), folder.logs))
        log = folder.logs / "out"
        daemons.append(start_supervisor(folder.supervisor_config, os.environ, log, supervisor))
        return supervisor

    yield start
    stop_installation(folder)
    for daemon in daemons:
        daemon.wait()


def test_a_killed_program_is_running_again_at_once(folder: DataFolder, supervise: Supervise) -> None:
    supervisor = supervise(Program("sleeper", SERVERS, SLEEP, folder.root))
    assert wait_until(lambda: supervisor.states()["sleeper"].pid > 0, 5.0)
    first = supervisor.states()["sleeper"].pid
    # Only a program that has run for a second is restarted without a pause.
    assert wait_until(lambda: supervisor.states()["sleeper"].state == "RUNNING", 5.0)
    os.kill(first, signal.SIGKILL)
    assert wait_until(lambda: supervisor.states()["sleeper"].pid not in {0, first}, 2.0)


def test_programs_of_the_product_wait_for_the_order(folder: DataFolder, supervise: Supervise) -> None:
    supervisor = supervise(Program("sleeper", PRODUCT, SLEEP, folder.root))
    assert supervisor.states()["sleeper"].is_stopped
    supervisor.start(supervisor.states().values())
    supervisor.start(supervisor.states().values())
    assert supervisor.states()["sleeper"].is_running
    supervisor.stop(supervisor.states().values())
    supervisor.stop(supervisor.states().values())
    assert wait_until(lambda: supervisor.states()["sleeper"].is_stopped, 5.0)


def test_stopping_the_installation_ends_supervisord_and_its_programs(
    folder: DataFolder, supervise: Supervise
) -> None:
    supervisor = supervise(Program("sleeper", SERVERS, SLEEP, folder.root))
    stop_installation(folder)
    assert not supervisor.is_alive()
    with pytest.raises(SupervisorUnavailable):
        supervisor.states()


def test_a_supervisord_that_cannot_start_is_refused_with_its_log(folder: DataFolder) -> None:
    folder.supervisor_config.write_text("[supervisord]\nnodaemon=perhaps\n")
    with pytest.raises(SupervisorRefused, match="supervisord ended"):
        start_supervisor(folder.supervisor_config, os.environ, folder.logs / "out", supervisor_of(folder))
