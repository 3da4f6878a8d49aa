"""What every driver keeps, whatever runtimes are made of: one suite that each of them runs.

A driver's own tests inherit `DriverContract` and give it a `rig`. The runtimes are real ones; their
gateway takes connections and never answers, so that a runner which got its work waits at it.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar, Protocol
from uuid import UUID, uuid4

import pytest

from metafleet.hub.fleet.drivers.contract import Driver, DriverError, RuntimeSpec
from metafleet.hub.kernel.secrets import Secret
from tests.waiting import wait_until

TOKEN = "a-one-start-token-that-nobody-may-see"
PATIENCE_S = 45.0
CUTS_FROM = "/fleet/drivers/"


class Rig(Protocol):
    """One place where runtimes live, and ways to touch it past the driver."""

    gateway_url: str

    def driver(self) -> Driver:
        """Return a driver of this place that remembers nothing."""

    def kill(self, instance_id: UUID, handle: dict[str, Any]) -> None:
        """kill -9 the runtime, past the driver."""

    def count(self, instance_id: UUID) -> int:
        """Return how many runtimes of this instance live, asked past the driver."""

    def shown(self, instance_id: UUID, handle: dict[str, Any]) -> str:
        """Return all that others of the machine may see: command lines, environments, files, records."""


@contextmanager
def silent_gateway(address: str) -> Iterator[int]:
    """Take connections and never answer; yield the port."""
    with socket.socket() as server:
        server.bind((address, 0))
        server.listen(64)
        yield int(server.getsockname()[1])


def spec(gateway_url: str, instance_id: UUID | None = None) -> RuntimeSpec:
    return RuntimeSpec(
        instance_id=instance_id or uuid4(),
        run_id=uuid4(),
        gateway_url=gateway_url,
        assignment_token=Secret(TOKEN),
        cpu=0.5,
        memory_mb=256,
        generation=3,
    )


def is_gone(driver: Driver, instance_id: UUID, handle: dict[str, Any] | None = None) -> bool:
    """Wait until the driver sees no runtime of this instance."""
    return wait_until(lambda: not driver.inspect(instance_id, handle or {}).alive, PATIENCE_S)


def cut_short(verb: Callable[[], object], line: int) -> bool:
    """Run the verb in a process that is killed (SIGKILL) at this line of the drivers' code.

    Returns False when the verb was over before.
    """
    child = os.fork()
    if child == 0:  # pragma: no cover - it dies or leaves at once
        sys.settrace(_killer(line))
        try:
            verb()
        except BaseException:  # noqa: BLE001 - nothing of the test may go on in here
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _killer(line: int) -> Callable[[FrameType, str, Any], Any]:
    left = line

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if CUTS_FROM not in frame.f_code.co_filename or "/tests/" in frame.f_code.co_filename:
            return None
        if event == "line":
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


class DriverContract:
    """Inherit it as `TestContract` beside a fixture `rig`; `every` thins out the cuts of slow drivers,
    `every_of_others` those of the verbs that start nothing, where they need it less."""

    every: ClassVar[int] = 1
    every_of_others: ClassVar[int | None] = None

    def test_a_runner_starts_is_seen_and_stops(self, rig: Rig) -> None:
        driver, wish = rig.driver(), spec(rig.gateway_url)
        started = driver.start(wish)
        sight = driver.inspect(wish.instance_id, started.handle)
        assert sight.alive
        assert sight.started is None
        assert started.handle
        assert started.limits
        driver.stop(wish.instance_id, started.handle, force=False)
        driver.stop(wish.instance_id, started.handle, force=False)
        assert is_gone(driver, wish.instance_id, started.handle)
        driver.stop(wish.instance_id, started.handle, force=True)

    def test_what_never_ran_is_gone_and_may_be_stopped(self, rig: Rig) -> None:
        driver, nobody = rig.driver(), uuid4()
        assert not driver.inspect(nobody, {}).alive
        assert driver.living({nobody: {}}) == set()
        driver.stop(nobody, {}, force=False)
        driver.stop(nobody, {}, force=True)
        assert driver.logs(nobody, offset=None, most_bytes=1000).lines == []

    def test_a_second_start_beside_a_living_runner_is_refused(self, rig: Rig) -> None:
        wish = spec(rig.gateway_url)
        rig.driver().start(wish)
        with pytest.raises(DriverError) as refusal:
            rig.driver().start(spec(rig.gateway_url, wish.instance_id))
        assert not refusal.value.permanent
        assert wait_until(lambda: rig.count(wish.instance_id) == 1, PATIENCE_S)

    def test_a_driver_that_was_started_anew_finds_the_runner_again(self, rig: Rig) -> None:
        wish = spec(rig.gateway_url)
        started = rig.driver().start(wish)
        sight = rig.driver().inspect(wish.instance_id, {})
        assert (sight.alive, sight.started) == (True, started)

    def test_use_of_processor_and_memory_is_measured(self, rig: Rig) -> None:
        driver, wish = rig.driver(), spec(rig.gateway_url)
        handle = driver.start(wish).handle

        def is_measured() -> bool:
            sight = driver.inspect(wish.instance_id, handle)
            return (sight.memory_mb or 0) > 1 and sight.cpu_percent is not None

        assert wait_until(is_measured, PATIENCE_S)

    def test_one_question_tells_the_living_from_the_dead(self, rig: Rig) -> None:
        driver, alive, dead = rig.driver(), spec(rig.gateway_url), spec(rig.gateway_url)
        handles = {wish.instance_id: driver.start(wish).handle for wish in (alive, dead)}
        rig.kill(dead.instance_id, handles[dead.instance_id])
        assert is_gone(driver, dead.instance_id, handles[dead.instance_id])
        assert driver.living(handles) == {alive.instance_id}

    def test_a_kill_from_outside_is_no_clean_end(self, rig: Rig) -> None:
        driver, wish = rig.driver(), spec(rig.gateway_url)
        handle = driver.start(wish).handle
        rig.kill(wish.instance_id, handle)
        exit_codes: list[int | None] = []

        def is_over() -> bool:
            sight = driver.inspect(wish.instance_id, handle)
            exit_codes.append(sight.exit_code)
            return not sight.alive

        assert wait_until(is_over, PATIENCE_S)
        assert exit_codes[-1] in {None, -9, 137}

    def test_after_an_end_the_next_start_is_another_runtime(self, rig: Rig) -> None:
        driver, wish = rig.driver(), spec(rig.gateway_url)
        first = driver.start(wish).handle
        driver.stop(wish.instance_id, first, force=True)
        assert is_gone(driver, wish.instance_id, first)
        second = driver.start(spec(rig.gateway_url, wish.instance_id)).handle
        assert second != first
        assert not driver.inspect(wish.instance_id, first).alive
        driver.stop(wish.instance_id, first, force=True)
        assert driver.inspect(wish.instance_id, second).alive

    def test_the_token_is_shown_nowhere(self, rig: Rig) -> None:
        wish = spec(rig.gateway_url)
        handle = rig.driver().start(wish).handle
        shown = rig.shown(wish.instance_id, handle)
        hidden = (TOKEN, "DATABASE_URL", "METAFLEET_SECRET_KEY")
        assert [word for word in hidden if word in shown] == []
        is_about_it = str(wish.instance_id) in shown
        assert is_about_it, "the rig looked at something else"

    def test_logs_go_on_where_the_last_read_ended(self, rig: Rig) -> None:
        driver, wish = rig.driver(), spec(rig.gateway_url)
        handle = driver.start(wish).handle
        driver.stop(wish.instance_id, handle, force=True)
        assert is_gone(driver, wish.instance_id, handle)
        garbled = spec("ftp://no-gateway", wish.instance_id)
        handle = driver.start(garbled).handle  # says so, and ends
        assert is_gone(driver, wish.instance_id, handle)
        assert wait_until(
            lambda: bool(driver.logs(wish.instance_id, offset=0, most_bytes=9999).lines), PATIENCE_S
        )
        whole = driver.logs(wish.instance_id, offset=0, most_bytes=9999)
        assert "ftp://no-gateway" in " ".join(whole.lines)
        assert driver.logs(wish.instance_id, offset=None, most_bytes=9999).lines == whole.lines
        rest = driver.logs(wish.instance_id, offset=whole.next_offset, most_bytes=9999)
        assert (rest.lines, rest.next_offset) == ([], whole.next_offset)

    def test_a_start_killed_at_any_line_leaves_one_runtime_at_most_and_is_repeated(self, rig: Rig) -> None:
        line, cuts = 1, 0
        instance_id = uuid4()
        while cut_short(lambda: rig.driver().start(spec(rig.gateway_url, instance_id)), line):
            assert rig.count(instance_id) <= 1, f"after a cut at line {line}"
            self._ends_by_force(rig, instance_id)
            line, cuts = line + self.every, cuts + 1
        assert cuts > 3
        self._ends_by_force(rig, instance_id)
        assert rig.driver().inspect(instance_id, self._started_again(rig, instance_id)).alive
        assert wait_until(lambda: rig.count(instance_id) == 1, PATIENCE_S)

    @pytest.mark.parametrize("verb", ["inspect", "living", "stop"])
    def test_a_verb_killed_at_any_line_is_repeated(self, rig: Rig, verb: str) -> None:
        wish = spec(rig.gateway_url)
        handle = rig.driver().start(wish).handle
        verbs: dict[str, Callable[[], object]] = {
            "inspect": lambda: rig.driver().inspect(wish.instance_id, {}),
            "living": lambda: rig.driver().living({wish.instance_id: handle}),
            "stop": lambda: rig.driver().stop(wish.instance_id, handle, force=True),
        }
        line = 1
        while cut_short(verbs[verb], line):
            assert rig.count(wish.instance_id) <= 1
            line += self.every_of_others or self.every
        verbs[verb]()
        if verb == "stop":
            assert is_gone(rig.driver(), wish.instance_id, handle)
        else:
            assert rig.driver().inspect(wish.instance_id, handle).alive

    def _ends_by_force(self, rig: Rig, instance_id: UUID) -> None:
        driver = rig.driver()
        driver.stop(instance_id, {}, force=True)
        assert is_gone(driver, instance_id)
        assert wait_until(lambda: rig.count(instance_id) == 0, PATIENCE_S)

    def _started_again(self, rig: Rig, instance_id: UUID) -> dict[str, Any]:
        return rig.driver().start(spec(rig.gateway_url, instance_id)).handle
