"""What traces cost the gateway: heartbeats with traces off, and on with an exporter to a collector beside it.

The sides are gateways of their own on one database; they take turns in the same run, so what counts is the
ratio. Each round's rate is what came through; the processor's time is the gateway's own, which a busy
machine moves less. Medians of all rounds. "each brings a trace" is what no runner does: its start brings one,
its other heartbeats none.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

import psutil

from benchmarks.gateway import CONNECTIONS, HOST, PORT, TERMINALS, _beat, _request, _server, _stage
from metafleet.cli.simulator.load import Hammered, hammer

ROUNDS, ROUND_S = 7, 3.0
APP: Final = "metafleet.hub.gateway.asgi:app"


@dataclass
class Side:
    """A gateway that is compared, by what it is sent. `rates`: heartbeats a second; `cpu_s`: of each."""

    name: str
    port: int
    process: psutil.Process
    requests: Sequence[bytes]
    rates: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)


def main() -> None:
    with _stage() as stage, ExitStack() as open_ones:
        tenant = stage.tenant("Benchmark")
        terminals = [stage.terminal(tenant) for _ in range(TERMINALS)]
        stage.run("ANALYZE")
        plain = [_request("heartbeat", terminal, _beat(terminal)) for terminal in terminals]
        collector = open_ones.enter_context(_collector())
        sides = []
        for number, (name, ratio) in enumerate((("off", ""), ("a tenth kept", "0.1"), ("all kept", "1"))):
            told = {"METAFLEET_OTLP_ENDPOINT": collector, "METAFLEET_TRACE_RATIO": ratio} if ratio else {}
            process = open_ones.enter_context(_server(APP, PORT + number, told))
            sides.append(Side(name, PORT + number, process, plain))
        parents = [_with_parent(request) for request in plain for _ in range(10)]
        last = sides[-1]
        sides.append(Side("all kept, each brings a trace", last.port, last.process, parents))
        for number in range(ROUNDS + 1):
            for side in sides[number % len(sides) :] + sides[: number % len(sides)]:
                _round(side, is_counted=number > 0)
        _say(sides, collector)


def _round(side: Side, *, is_counted: bool) -> None:
    before, turn = _cpu_s(side.process), itertools.cycle(side.requests)
    done = asyncio.run(
        hammer(HOST, side.port, lambda _: next(turn), connections=CONNECTIONS, seconds=ROUND_S)
    )
    used = _cpu_s(side.process) - before
    if done.lost or set(done.statuses) != {200}:
        raise SystemExit(f"refused: {dict(done.statuses)}, lost {done.lost}, {done.refusal.decode()[:300]}")
    if is_counted:
        side.rates.append(done.rate)
        side.cpu_s.append(used / _answered(done))


def _with_parent(request: bytes) -> bytes:
    first, rest = request.split(b"\r\n", 1)
    parent = f"traceparent: 00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    return b"\r\n".join((first, parent.encode(), rest))


def _answered(done: Hammered) -> int:
    return sum(done.statuses.values())


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _say(sides: Sequence[Side], collector: str) -> None:
    off = sides[0]
    for side in sides:
        rate, cpu_s = statistics.median(side.rates), statistics.median(side.cpu_s)
        of_rate = rate / statistics.median(off.rates)
        of_cpu = cpu_s / statistics.median(off.cpu_s)
        print(
            f"    {side.name:32}{rate:8.0f} /s  {cpu_s * 1e6:6.0f} µs of a core each; "
            f"of what it is off: {of_rate:.0%} of the rate, {of_cpu:.0%} of the processor"
        )
    with urllib.request.urlopen(collector) as answer:  # noqa: S310 - our own address
        taken = json.load(answer)
    print(f"    the collector took {taken['bytes'] / 1e6:.1f} MB in {taken['posts']} posts")


@contextmanager
def _collector() -> Iterator[str]:
    """Yield the address of a collector in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.collector"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None
            yield f"http://{HOST}:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
