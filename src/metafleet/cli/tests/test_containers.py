"""What a start with containers says where Docker cannot give what EAs need, and what a stop does then."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.cli import containers
from metafleet.cli.data_folder import DataFolder, open_data_folder
from metafleet.cli.settings import read_settings
from metafleet.cli.supervision.programs import product_programs
from metafleet.wire import bridge

NOWHERE = "unix:///nowhere/docker.sock"

# The SDK leaves the socket open whose connecting failed.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    yield open_data_folder(tmp_path / "data")
    gc.collect()


def test_without_containers_nothing_is_asked_of_docker(folder: DataFolder, tmp_path: Path) -> None:
    assert containers.prepare(read_settings({}, tmp_path), folder, {}) == containers.Containers({})
    assert not folder.docker.exists()
    assert containers.stop(folder, 1.0) == 0


def test_a_docker_that_is_away_is_refused_in_a_sentence(folder: DataFolder, tmp_path: Path) -> None:
    given = {"METAFLEET_FLEET_DRIVER": "docker", "METAFLEET_DOCKER_ENGINE": NOWHERE}
    with pytest.raises(
        containers.DockerRefused, match=r"Docker did not answer.*METAFLEET_FLEET_DRIVER is docker"
    ):
        containers.prepare(read_settings(given, tmp_path), folder, given)


def test_a_stop_says_that_containers_may_live_on_where_docker_is_away(
    folder: DataFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.docker.write_text(
        json.dumps({"engine": NOWHERE, "environment": {}, "swarm": False, "network": "n"})
    )
    assert containers.stop(folder, 1.0) == 0
    assert "containers may live on" in capsys.readouterr().err
    assert folder.docker.exists(), "the next stop looks again"


def test_an_installation_keeps_its_mark(folder: DataFolder) -> None:
    mark = folder.installation.read_text()
    open_data_folder(folder.root)
    assert folder.installation.read_text() == mark
    assert len(mark.strip()) == 10


def test_broker_and_gateway_listen_for_containers_too(tmp_path: Path) -> None:
    there = bridge.parse("172.31.224.1/20")
    settings = read_settings({"METAFLEET_FLEET_DRIVER": "docker"}, tmp_path)
    programs = product_programs(settings, tmp_path, tmp_path, containers.Containers({}, there, there))
    told = {program.name: " ".join(program.command) for program in programs}
    for name in ("broker", "gateway"):
        assert "--host 127.0.0.1" in told[name]
        assert "--bridge 172.31.224.1/20" in told[name]
    assert "172.31" not in told["web"]
