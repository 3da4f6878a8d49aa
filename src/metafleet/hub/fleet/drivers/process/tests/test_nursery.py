"""The warmed parent with real processes: what a child shares with it, and what it does not."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.process import identity, nursery, users
from metafleet.hub.fleet.drivers.process.driver import ProcessDriver
from metafleet.hub.fleet.drivers.process.tests.test_driver import is_gone, silent_gateway, spec
from metafleet.hub.fleet.drivers.process.tests.test_reach import forget
from tests.waiting import wait_until

__all__ = ["silent_gateway"]

pytestmark = pytest.mark.skipif(not nursery.is_possible(), reason="a nursery needs Linux")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give users away")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Longer than a socket's path may be."""
    return tmp_path / ("a-data-folder-with-a-long-name-" * 4) / "runners"


@pytest.fixture
def driver(home: Path) -> Iterator[ProcessDriver]:
    home.mkdir(parents=True)
    driver = ProcessDriver(home)
    yield driver
    for file in home.glob("*/pid.json"):
        runner = identity.living(json.loads(file.read_text()))
        if runner is not None:
            with suppress(psutil.NoSuchProcess):
                runner.kill()
    for child in driver._children.values():
        child.wait()
    driver.close()


def parent_of(driver: ProcessDriver, wish: RuntimeSpec) -> psutil.Process:
    return psutil.Process(psutil.Process(driver.start(wish).handle["pid"]).ppid())


def test_two_runners_have_one_parent_and_sessions_of_their_own(
    driver: ProcessDriver, silent_gateway: str
) -> None:
    first, second = spec(silent_gateway), spec(silent_gateway)
    assert parent_of(driver, first) == parent_of(driver, second)
    seen = [driver.inspect(wish.instance_id, {}).started for wish in (first, second)]
    pids = {started.handle["pid"] for started in seen if started is not None}
    assert len(pids) == 2
    assert wait_until(lambda: {os.getsid(pid) for pid in pids} == pids, 10)


def test_a_runner_outlives_its_parent_and_the_next_one_gets_another(
    driver: ProcessDriver, silent_gateway: str
) -> None:
    first, second = spec(silent_gateway), spec(silent_gateway)
    parent = parent_of(driver, first)
    parent.kill()
    assert wait_until(lambda: not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE, 10)
    assert driver.inspect(first.instance_id, {}).alive
    assert parent_of(driver, second).pid != parent.pid
    driver.stop(first.instance_id, {}, force=False)
    assert is_gone(driver, first)


def test_code_that_has_changed_is_imported_by_a_new_parent(
    driver: ProcessDriver, silent_gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = spec(silent_gateway), spec(silent_gateway)
    parent = parent_of(driver, first)
    monkeypatch.setattr(nursery, "code_mark", lambda: "the next release")
    assert parent_of(driver, second).pid != parent.pid
    assert driver.inspect(first.instance_id, {}).alive


def test_another_driver_uses_the_parent_that_is_there(
    driver: ProcessDriver, silent_gateway: str, home: Path
) -> None:
    parent = parent_of(driver, spec(silent_gateway))
    assert parent_of(ProcessDriver(home), spec(silent_gateway)) == parent


def test_without_a_parent_a_runner_starts_by_itself(
    driver: ProcessDriver, silent_gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nursery, "is_possible", lambda: False)
    wish = spec(silent_gateway)
    started = driver.start(wish)
    assert psutil.Process(started.handle["pid"]).ppid() == os.getpid()
    os.kill(started.handle["pid"], signal.SIGKILL)
    assert is_gone(driver, wish)


@as_root
def test_code_that_we_did_not_ship_has_no_parent_in_common(
    home: Path, silent_gateway: str, request: pytest.FixtureRequest
) -> None:
    home.mkdir(parents=True)
    driver = ProcessDriver(home, ("127.0.0.1", 9))
    request.addfinalizer(lambda: forget(home))
    wish = replace(spec(silent_gateway), is_shipped=False)
    started = driver.start(wish)
    process = psutil.Process(started.handle["pid"])
    assert process.ppid() == os.getpid()
    assert "--uploaded" in process.cmdline()
    assert started.limits.endswith("gateway and broker alone")
    driver.stop(wish.instance_id, started.handle, force=True)
    assert is_gone(driver, wish)


def test_a_parent_whose_folder_is_gone_ends(driver: ProcessDriver, silent_gateway: str, home: Path) -> None:
    parent = parent_of(driver, spec(silent_gateway))
    (home / "nursery.sock").unlink()
    assert wait_until(lambda: not parent.is_running() or parent.status() == psutil.STATUS_ZOMBIE, 10)


def test_a_stop_before_there_is_work_ends_at_once_as_asked(
    driver: ProcessDriver, silent_gateway: str
) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    log = driver._folder(wish.instance_id) / "state" / "lock"
    assert wait_until(log.exists, 10)
    driver.stop(wish.instance_id, started.handle, force=False)
    assert is_gone(driver, wish)
    assert driver.inspect(wish.instance_id, started.handle).exit_code == 0


@as_root
def test_each_instance_has_a_user_that_keeps_its_folder_and_can_read_no_other(
    driver: ProcessDriver, silent_gateway: str
) -> None:
    first, second = spec(silent_gateway), spec(silent_gateway)
    handles = [driver.start(wish).handle for wish in (first, second)]
    runners = [psutil.Process(handle["pid"]) for handle in handles]
    assert wait_until(lambda: all(runner.uids().real >= users.FIRST for runner in runners), 10)
    owners = [runner.uids() for runner in runners]
    assert owners[0].real != owners[1].real
    assert all(owner.real == owner.effective == owner.saved for owner in owners)
    folder = driver._folder(first.instance_id)
    assert ((folder / "state").stat().st_uid, folder.stat().st_uid) == (owners[0].real, 0)
    assert (folder.stat().st_mode & 0o777, (folder / "state").stat().st_mode & 0o777) == (0o700, 0o700)

    runners[0].kill()
    assert is_gone(driver, first)
    again = psutil.Process(driver.start(first).handle["pid"])
    assert wait_until(lambda: again.uids().real == owners[0].real, 10)


@as_root
def test_users_are_never_given_twice_even_to_two_drivers(home: Path) -> None:
    home.mkdir(parents=True)
    taken = set()
    for number, shared in enumerate((users.Users(home), users.Users(home)) * 2):
        state = home / str(number)
        state.mkdir()
        taken.add(shared.settle(state))
        assert shared.settle(state) == state.stat().st_uid
    assert len(taken) == 4
