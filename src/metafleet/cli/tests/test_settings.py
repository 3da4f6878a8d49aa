from __future__ import annotations

from pathlib import Path

import pytest

from metafleet.cli.settings import SettingRefused, read_settings


def test_nothing_set_gives_the_documented_defaults(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert settings.data_dir == tmp_path / ".metafleet"
    assert (settings.web_port, settings.gateway_port, settings.broker_port) == (8000, 8001, 8002)
    assert settings.gateway_url == "http://127.0.0.1:8001"
    assert settings.database_url is settings.redis_url is None
    assert settings.market.source == "sample"
    assert (settings.market.speed, settings.market.seed, settings.market.clock) == ("1", 7, "live")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("METAFLEET_WEB_PORT", "80x"),
        ("METAFLEET_WEB_PORT", "0"),
        ("METAFLEET_WEB_PORT", "65536"),
        ("METAFLEET_WEB_PORT", "²"),
        ("METAFLEET_GATEWAY_PORT", "-1"),
        ("METAFLEET_GATEWAY_PORT", "8000"),
        ("METAFLEET_GATEWAY_URL", "127.0.0.1:8001"),
        ("METAFLEET_MARKET_SPEED", "fast"),
        ("METAFLEET_MARKET_SPEED", "nan"),
        ("METAFLEET_MARKET_SPEED", "0"),
        ("METAFLEET_MARKET_SEED", "1.5"),
        ("METAFLEET_MARKET_CLOCK", "lunar"),
        ("METAFLEET_MARKET_SOURCE", "no/such/file.csv.gz"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost:port/x"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL_FILE", "/no/such/file"),
        ("METAFLEET_RUNNER_GATEWAY_URL", "172.31.240.1:8001"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_variable(
    variable: str, value: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingRefused, match=variable):
        read_settings({variable: value}, tmp_path)


def test_a_refused_url_does_not_repeat_its_password(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused) as refusal:
        read_settings({"DATABASE_URL": "mysql://user:hunter2@host/db"}, tmp_path)
    assert "hunter2" not in str(refusal.value)


def test_a_url_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://u:p@db/metafleet\n")
    settings = read_settings({"DATABASE_URL_FILE": str(tmp_path / "url")}, tmp_path)
    assert settings.database_url == "postgresql://u:p@db/metafleet"


def test_listening_everywhere_is_reached_over_the_loopback(tmp_path: Path) -> None:
    settings = read_settings({"METAFLEET_HOST": "::", "METAFLEET_GATEWAY_PORT": "9001"}, tmp_path)
    assert settings.web_url == "http://127.0.0.1:8000"
    assert settings.gateway_url == "http://127.0.0.1:9001"


def test_an_address_of_version_6_is_bracketed_in_urls(tmp_path: Path) -> None:
    settings = read_settings({"METAFLEET_HOST": "[::1]"}, tmp_path)
    assert settings.host == "::1"
    assert settings.web_url == "http://[::1]:8000"
    assert settings.gateway_url == "http://[::1]:8001"


def test_a_file_of_bars_becomes_an_absolute_path(tmp_path: Path) -> None:
    (tmp_path / "bars.csv.gz").touch()
    settings = read_settings({"METAFLEET_MARKET_SOURCE": "bars.csv.gz"}, tmp_path)
    assert settings.market.source == str(tmp_path / "bars.csv.gz")


def test_containers_are_only_looked_for_where_eas_run_in_them(tmp_path: Path) -> None:
    assert read_settings({"METAFLEET_DOCKER_SUBNET": "nonsense"}, tmp_path).docker is None
    docker = read_settings({"METAFLEET_FLEET_DRIVER": "docker"}, tmp_path).docker
    assert docker is not None
    assert (docker.image, docker.network, docker.subnet) == ("metafleet/runner:latest", None, None)
    assert not docker.is_swarm


@pytest.mark.parametrize("subnet", ["nonsense", "172.31.240.1/20", "fd00::/64"])
def test_a_range_for_containers_that_is_none_is_refused(subnet: str, tmp_path: Path) -> None:
    given = {"METAFLEET_FLEET_DRIVER": "docker", "METAFLEET_DOCKER_SUBNET": subnet}
    with pytest.raises(SettingRefused, match="METAFLEET_DOCKER_SUBNET"):
        read_settings(given, tmp_path)


def test_eas_speak_to_what_was_named_for_them_before_what_was_named_for_all(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path).runner_gateway_url is None
    for_all = {"METAFLEET_GATEWAY_URL": "https://fleet.example", "METAFLEET_BROKER_HOST": "broker"}
    settings = read_settings(for_all, tmp_path)
    assert (settings.runner_gateway_url, settings.runner_broker_host) == ("https://fleet.example", "broker")
    theirs = {"METAFLEET_RUNNER_GATEWAY_URL": "http://gw:1", "METAFLEET_RUNNER_BROKER_HOST": "b"}
    settings = read_settings(for_all | theirs, tmp_path)
    assert (settings.runner_gateway_url, settings.runner_broker_host) == ("http://gw:1", "b")
