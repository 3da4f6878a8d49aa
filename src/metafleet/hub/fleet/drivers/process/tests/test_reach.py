"""How far an uploaded EA's user reaches, with the real packet filter."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.drivers.process import reach
from metafleet.hub.fleet.drivers.process.driver import ProcessDriver
from metafleet.hub.fleet.drivers.process.reach import Reach
from metafleet.hub.fleet.drivers.process.tests.test_driver import silent_gateway, spec
from metafleet.hub.fleet.drivers.process.users import LAST

__all__ = ["silent_gateway"]

needs_iptables = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("iptables") is None, reason="only root with iptables may bound a user"
)
TRY = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"


def forget(home: Path) -> None:
    """Take away what this installation has put into the packet filter, and nothing of another's."""
    chain = Reach(None, home).chain
    for program in ("iptables", "ip6tables"):
        found = _filter(program, "-S", "OUTPUT").stdout.splitlines()
        for rule in (line for line in found if line.endswith(f"-j {chain}")):
            _filter(program, "-D", *rule.split()[1:])
        _filter(program, "-F", chain)
        _filter(program, "-X", chain)


def _filter(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [*command[:1], "-w", "5", *command[1:]], capture_output=True, text=True, check=False
    )


@pytest.fixture
def unbound(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    if os.geteuid() == 0 and shutil.which("iptables"):
        forget(tmp_path)


@pytest.fixture
def ports() -> Iterator[list[int]]:
    """A gateway, a broker, and something that is nobody's business."""
    with ExitStack() as open_ones:
        servers = [open_ones.enter_context(socket.socket()) for _ in range(3)]
        for server in servers:
            server.bind(("127.0.0.1", 0))
            server.listen()
        yield [server.getsockname()[1] for server in servers]


def reaches(user: int, port: int, host: str = "127.0.0.1") -> bool:
    done = subprocess.run(  # noqa: S603
        ["/usr/bin/env", "python3", "-c", TRY, host, str(port)],
        user=user,
        group=user,
        extra_groups=[],
        cwd="/",
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


@needs_iptables
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="needs a Python that all users may run")
def test_a_bound_user_reaches_gateway_and_broker_and_nothing_else(unbound: Path, ports: list[int]) -> None:
    gateway, broker, _ = ports
    user, another = LAST - 1, LAST - 2
    assert [reaches(user, port) for port in ports] == [True, True, True]
    for _ in range(2):
        Reach(("127.0.0.1", broker), unbound).bound(user, f"http://127.0.0.1:{gateway}")
    assert [reaches(user, port) for port in ports] == [True, True, False]
    assert [reaches(another, port) for port in ports] == [True, True, True]


@needs_iptables
def test_a_port_that_is_no_longer_the_brokers_is_closed(unbound: Path, ports: list[int]) -> None:
    gateway, before, after = ports
    user, address = LAST - 1, f"http://127.0.0.1:{gateway}"
    Reach(("127.0.0.1", before), unbound).bound(user, address)
    Reach(("127.0.0.1", after), unbound).bound(user, address)
    assert [reaches(user, port) for port in ports] == [True, False, True]


@needs_iptables
def test_rules_that_are_not_taken_are_no_start(unbound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "_run", lambda *_: False)
    with pytest.raises(DriverError, match="did not take its rules") as refusal:
        Reach(("127.0.0.1", 9), unbound).bound(LAST - 1, "http://127.0.0.1:9")
    assert not refusal.value.permanent


@needs_iptables
def test_many_starts_at_once_are_all_bounded(unbound: Path, ports: list[int]) -> None:
    bounds = [Reach(("127.0.0.1", ports[1]), unbound) for _ in range(8)]
    address = f"http://127.0.0.1:{ports[0]}"
    with ThreadPoolExecutor(8) as pool:
        started = [pool.submit(one.bound, LAST - 1 - at, address) for at, one in enumerate(bounds)]
    assert [one.exception() for one in started] == [None] * 8
    assert [reaches(LAST - 8, port) for port in ports] == [True, True, False]


@pytest.mark.parametrize(
    ("where", "sentence"),
    [
        ("not root", "does not run as root"),
        ("no iptables", "no iptables"),
        ("no broker", "no broker is known"),
    ],
)
def test_where_it_cannot_be_isolated_it_is_not_started(
    where: str, sentence: str, tmp_path: Path, silent_gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000 if where == "not root" else 0)
    monkeypatch.setattr(shutil, "which", lambda _: None if where == "no iptables" else "/sbin/iptables")
    driver = ProcessDriver(tmp_path, None if where == "no broker" else ("127.0.0.1", 9))
    wish = replace(spec(silent_gateway), is_shipped=False)
    with pytest.raises(DriverError, match=sentence) as refusal:
        driver.start(wish)
    assert refusal.value.permanent
    assert "METAFLEET_FLEET_DRIVER=docker" in str(refusal.value)
    assert driver.isolation_gap() == str(refusal.value)
    assert not driver.inspect(wish.instance_id, {}).alive


def test_a_machine_without_users_to_spare_starts_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda _: "/sbin/iptables")
    with pytest.raises(DriverError, match="no users to spare"):
        Reach(("127.0.0.1", 9), tmp_path).bound(None, "http://127.0.0.1:9")
