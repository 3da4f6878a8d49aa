"""Many EA runners on this machine: how fast they all run, and what each one weighs.

The real process driver (four threads, as the worker has), the real runner and the real paper
broker; the gateway is a stand-in that hands out work and counts reports, so that the hub's
own speed (`benchmarks.deploy`, `benchmarks.gateway`) is left out.

Unique memory is the proportional set size (PSS): what processes share is counted once.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import psutil

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.hub.fleet.drivers.contract import RuntimeSpec
from metafleet.hub.fleet.drivers.process.driver import ProcessDriver
from metafleet.hub.kernel.secrets import Secret
from metafleet.wire import messages

THREADS = 4
EAS_OF_ACCOUNT = 3
"""What the middle plan lets run; each account's first sign-in costs the broker 50 ms of scrypt."""
PASSWORD = "a-password-of-the-benchmark"  # noqa: S105
SYMBOLS = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")
RUNNING_WITHIN_S = 120.0
REST_S = 5.0


def main(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name, broker(Path(name)) as port:
        logins = [open_account(port) for _ in range(1 + (count - 1) // EAS_OF_ACCOUNT)]
        work = [assignment(index, logins[index // EAS_OF_ACCOUNT], port) for index in range(count)]
        with stand_in(work) as gateway_url, runners(Path(name) / "runners") as driver:
            specs = [_spec(UUID(one.instance_id), gateway_url, index) for index, one in enumerate(work)]
            pids = _start(driver, specs)
            _weigh(pids)


@contextmanager
def broker(data: Path, *options: str, module: str = "metafleet.engine.broker") -> Iterator[int]:
    """Run a paper broker with a generated market; give its port."""
    environment = {**os.environ, "METAFLEET_BROKER_ADMIN_KEY": _ADMIN_KEY}
    where = ["--port", "0", "--data", str(data / "broker"), "--past-minutes", "600"]
    command = [sys.executable, "-m", module, *where, "--source", "generator", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        assert process.stdout is not None
        ready = process.stdout.readline()
        try:
            yield int(ready.split("ready on ")[1].split(",")[0].rpartition(":")[2])
        finally:
            process.kill()


@contextmanager
def stand_in(work: list[messages.Assignment]) -> Iterator[str]:
    """Run `benchmarks.stand_in` with this work; give its URL."""
    command = [sys.executable, "-m", "benchmarks.stand_in"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(work) + b"\n")
        process.stdin.flush()
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@contextmanager
def runners(home: Path) -> Iterator[ProcessDriver]:
    """Give a process driver; what it has started is killed at the end."""
    driver = ProcessDriver(home)
    try:
        yield driver
    finally:
        for folder in home.iterdir():
            if folder.is_dir():
                driver.stop(UUID(folder.name), {}, force=True)
        for folder in home.iterdir():
            while folder.is_dir() and driver.inspect(UUID(folder.name), {}).alive:
                time.sleep(0.01)
        driver.close()


def assignment(index: int, login: int, port: int) -> messages.Assignment:
    """A trend follower with its own magic number."""
    cls = EXPERTS["trend-following"]
    return messages.Assignment(
        instance_id=str(uuid4()),
        run_id=uuid4().hex,
        generation=1,
        intent="run",
        terminal_id=str(uuid4()),
        terminal_token="token",  # noqa: S106
        expert=cls.slug,
        version=cls.version,
        hash=content_hash(cls),
        symbol=SYMBOLS[index % len(SYMBOLS)],
        magic=10_000 + index,
        inputs={},
        platform="paper",
        broker=messages.BrokerLogin(
            host="127.0.0.1", port=port, login=login, password=PASSWORD, server=SERVER_NAME
        ),
        heartbeat_interval_s=15.0,
    )


def _spec(instance_id: UUID, gateway_url: str, index: int) -> RuntimeSpec:
    return RuntimeSpec(
        instance_id=instance_id,
        run_id=uuid4(),
        gateway_url=gateway_url,
        assignment_token=Secret(str(index)),
        cpu=0.25,
        memory_mb=256,
    )


def _start(driver: ProcessDriver, specs: list[RuntimeSpec]) -> list[int]:
    began_at = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        pids = [int(started.handle["pid"]) for started in pool.map(driver.start, specs)]
    started_s = time.perf_counter() - began_at
    counting = f"{specs[0].gateway_url}/running"
    while (running := number(counting)) < len(specs):
        if time.perf_counter() - began_at > RUNNING_WITHIN_S:
            raise SystemExit(f"only {running} of {len(specs)} run after {RUNNING_WITHIN_S:.0f} s")
        time.sleep(0.05)
    running_s = time.perf_counter() - began_at
    print(f"{len(specs)} runners started             {started_s:6.2f} s")
    print(f"{len(specs)} runners running             {running_s:6.2f} s   (aim 30 for 500)")
    return pids


def _weigh(pids: list[int]) -> None:
    time.sleep(REST_S)
    before = [psutil.Process(pid).cpu_times() for pid in pids]
    began_at = time.perf_counter()
    memory = [psutil.Process(pid).memory_full_info() for pid in pids]
    time.sleep(REST_S)
    elapsed_s = time.perf_counter() - began_at
    after = [psutil.Process(pid).cpu_times() for pid in pids]
    used_s = sum(
        new.user + new.system - old.user - old.system for new, old in zip(after, before, strict=True)
    )
    shared_mb = sum(one.pss for one in memory) / len(memory) / 1e6
    unique_mb = sum(one.uss for one in memory) / len(memory) / 1e6
    print(f"memory of a runner, PSS          {shared_mb:6.2f} MB")
    print(f"memory of a runner, unique       {unique_mb:6.2f} MB   (aim 10)")
    print(f"CPU of a runner                  {100 * used_s / elapsed_s / len(pids):6.2f} % of a core")


def open_account(port: int) -> int:
    with BrokerClient("127.0.0.1", port) as client:
        deposit = Decimal(1_000_000)
        return client.open_account(_ADMIN_KEY, name="Bench", password=PASSWORD, deposit=deposit).login


def number(url: str) -> int:
    with suppress(OSError), urllib.request.urlopen(url, timeout=10.0) as reply:  # noqa: S310 - our own
        return int(reply.read())
    return 0


_ADMIN_KEY = secrets.token_hex(16)

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
