from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.cli.ports import PortRefused, check_ports
from metafleet.cli.settings import Settings, read_settings


def settings_with(**ports: int) -> Settings:
    return read_settings({name: str(port) for name, port in ports.items()}, Path("/"))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("setting", ["METAFLEET_WEB_PORT", "METAFLEET_GATEWAY_PORT", "METAFLEET_BROKER_PORT"])
def test_a_taken_port_is_refused_by_number_setting_and_holder(setting: str, taken_port: int) -> None:
    free = {"METAFLEET_WEB_PORT": 18470, "METAFLEET_GATEWAY_PORT": 18471, "METAFLEET_BROKER_PORT": 18472}
    with pytest.raises(PortRefused) as refusal:
        check_ports(settings_with(**{**free, setting: taken_port}))
    sentence = str(refusal.value)
    assert sentence.startswith(f"Port {taken_port} is taken by process {os.getpid()} (")
    assert sentence.endswith(f"set {setting} to another port.")


def test_a_host_that_is_not_this_machine_is_refused() -> None:
    settings = read_settings({"METAFLEET_HOST": "192.0.2.1", "METAFLEET_WEB_PORT": "18473"}, Path("/"))
    with pytest.raises(PortRefused, match=r"METAFLEET_HOST '192\.0\.2\.1'"):
        check_ports(settings)
