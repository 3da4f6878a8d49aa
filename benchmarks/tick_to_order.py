"""From a tick that leaves the broker to an EA's order that is back there, while many EAs listen.

The real broker and real runners, forked from this process; the gateway is a stand-in. All EAs
listen to one symbol and each has its own account; on each tick one of them, another each time,
opens 0.01 lots. With a second argument only so many of them do, and the others wait for bars. The
clock starts when the broker has made the tick and stops when it has the order's bytes, before it
looks at them.

Beside the latency stands what it is made of: the processor time that broker and EAs take for each
tick, how often they are switched to, and the bare fan-out of `benchmarks.fan_out` before and after,
which says what the machine allowed at that time.
"""

from __future__ import annotations

import gc
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from benchmarks import fan_out
from benchmarks import swarm_of_runners as swarm
from metafleet.engine.broker.counter import Counter
from metafleet.engine.broker.records import Deal
from metafleet.engine.broker.server import Server
from metafleet.engine.broker.session import Session
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import Input
from metafleet.engine.market.records import Bar, Tick
from metafleet.runner import __main__ as runner
from metafleet.runner import confinement, warmth
from metafleet.wire import messages

TICKS_PER_BAR: Final = 480
"""Eight a second, sixteen times the market's own, so that there is something to measure soon."""

Effort = dict[str, tuple[float, int, int]]

FLOOR_ROUNDS: Final = 100
MEASURED_S: Final = 20.0
WARM_S: Final = 3.0


class Prompt(Expert):
    """Opens 0.01 lots on its turn, and says in the comment on which tick, and when it heard of it."""

    slug = "prompt"
    name = "Prompt"
    symbols: ClassVar[tuple[str, ...]] = ("EURUSD",)
    turn: int = Input(0, ge=0, le=100_000)
    of: int = Input(1, ge=1, le=100_000)

    def on_bar(self, _bar: Bar) -> None:
        """Look at what an EA looks at once a bar."""
        self.bars(50)

    def on_tick(self, tick: Tick) -> None:
        if tick.time_msc % self.of == self.turn:
            self.buy(0.01, comment=f"{tick.time_msc} {time.perf_counter_ns() // 1000}")


class Patient(Expert):
    """Does nothing until a bar closes, as most EAs do."""

    slug = "patient"
    name = "Patient"
    symbols: ClassVar[tuple[str, ...]] = ("EURUSD",)
    turn: int = Input(0, ge=0, le=100_000)
    of: int = Input(1, ge=1, le=100_000)

    def on_bar(self, _bar: Bar) -> None:
        """Look at what an EA looks at once a bar."""
        self.bars(50)


def main(count: int, prompt: int) -> None:
    EXPERTS[Prompt.slug], EXPERTS[Patient.slug] = Prompt, Patient
    floor_ms = fan_out.measure(count, FLOOR_ROUNDS)
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name, _broker(Path(name)) as port:
        work = [_assignment(index, prompt, port) for index in range(count)]
        with swarm.stand_in(work) as url, _runners(Path(name), url, count) as pids:
            while swarm.number(f"{url}/running") < count:
                time.sleep(0.1)
            time.sleep(WARM_S)
            before = _effort(pids)
            Path(name, "measure").touch()
            time.sleep(MEASURED_S)
            Path(name, "measure").unlink()
            after = _effort(pids)
        ticks = len(Path(name, "ticks").read_text().split())
        orders = [
            [float(part) for part in line.split()]
            for line in Path(name, "latencies").read_text().splitlines()
        ]
        latencies, *parts = (sorted(column) for column in zip(*orders, strict=True))
    floor_ms = sorted(floor_ms + fan_out.measure(count, FLOOR_ROUNDS))
    print(f"tick to order, {count} EAs of which {prompt} hear ticks, {ticks} ticks, {len(latencies)} orders")
    _print_latency(latencies, floor_ms)
    for name, part in zip(("tick to the EA", "EA to the broker", "sent to all"), parts, strict=True):
        print(
            f"  {name:<20} p50 {statistics.median(part):6.2f} ms   p99 {part[int(len(part) * 0.99)]:6.2f} ms"
        )
    _print_effort(before, after, ticks)


def _print_latency(latencies: list[float], floor_ms: list[float]) -> None:
    for name, share, aim in (("p50", 0.50, 3), ("p99", 0.99, 10)):
        taken_ms, bare_ms = (one[int(len(one) * share)] for one in (latencies, floor_ms))
        print(
            f"  {name} {taken_ms:6.2f} ms   (aim {aim})"
            f"   bare fan-out {bare_ms:6.2f} ms, so {taken_ms / bare_ms:.1f} times"
        )
    print(f"  worst {latencies[-1]:6.2f} ms")


def _print_effort(before: Effort, after: Effort, ticks: int) -> None:
    """Per runner and tick: what all EAs did in the measured time, snapshots and reports too."""
    for name in before:
        (cpu_s, switches, tasks), (cpu_before_s, switches_before, _) = after[name], before[name]
        share = max(1, ticks * tasks)
        print(
            f"  {name:<24} {1e6 * (cpu_s - cpu_before_s) / share:7.1f} us CPU,"
            f" {(switches - switches_before) / share:5.2f} switches a tick"
        )


def _effort(pids: list[int]) -> Effort:
    """Processor seconds, switches and number of processes, of the EAs' threads by what they do."""
    found = {"an EA's loop": (0.0, 0, len(pids)), "an EA's other threads": (0.0, 0, len(pids))}
    for pid in pids:
        for task in Path("/proc", str(pid), "task").iterdir():
            name = "an EA's loop" if task.name == str(pid) else "an EA's other threads"
            taken_ns, _, slices = map(int, (task / "schedstat").read_text().split())
            cpu_s, switches, tasks = found[name]
            found[name] = (cpu_s + taken_ns / 1e9, switches + slices, tasks)
    return found


@contextmanager
def _broker(data: Path) -> Iterator[int]:
    os.environ["MF_BENCH_FOLDER"] = str(data)
    with swarm.broker(data, "--ticks-per-bar", str(TICKS_PER_BAR), module="benchmarks.tick_to_order") as port:
        yield port


def _serve_as_broker(arguments: list[str]) -> int:
    """Be `python -m metafleet.engine.broker` with a stop-watch."""
    folder = Path(os.environ["MF_BENCH_FOLDER"])
    made_at_s: dict[str, float] = {}
    sent_ms: dict[str, float] = {}
    after_tick, serve, serve_at_once = Server._after_tick, Counter.serve, Counter.serve_at_once

    async def note_tick(self: Server, tick: Tick, deals: list[tuple[int, Deal]]) -> None:
        if tick.symbol == "EURUSD":
            made_at_s[str(tick.time_msc)] = time.perf_counter()
            if (folder / "measure").exists():
                with (folder / "ticks").open("a") as ticks:
                    ticks.write(f"{tick.time_msc}\n")
        await after_tick(self, tick, deals)
        sent_ms[str(tick.time_msc)] = 1000 * (time.perf_counter() - made_at_s.get(str(tick.time_msc), 0.0))

    def note(body: bytes) -> None:
        now_s = time.perf_counter()
        found: Any = msgspec.msgpack.decode(body)
        comment = found.get("order", {}).get("comment", "") if isinstance(found, dict) else ""
        made, _, heard = comment.partition(" ")
        if made in made_at_s and (folder / "measure").exists():
            with (folder / "latencies").open("a") as latencies:
                way_ms, heard_ms = 1000 * (now_s - made_at_s[made]), int(heard) / 1e3 - 1e3 * made_at_s[made]
                latencies.write(f"{way_ms} {heard_ms} {way_ms - heard_ms} {sent_ms.get(made, way_ms)}\n")

    async def note_request(self: Counter, session: Session, body: bytes) -> None:
        note(body)
        await serve(self, session, body)

    def note_whole_request(self: Counter, session: Session, body: bytes) -> bool:
        note(body)
        return serve_at_once(self, session, body)

    Server._after_tick = note_tick  # type: ignore[method-assign]
    Counter.serve = note_request  # type: ignore[method-assign]
    Counter.serve_at_once = note_whole_request  # type: ignore[method-assign]
    from metafleet.engine.broker.__main__ import main as run_broker

    return run_broker(arguments)


def _assignment(index: int, prompt: int, port: int) -> messages.Assignment:
    """prompt: how many take turns at ordering, the first of all."""
    expert = Prompt if index < prompt else Patient
    return msgspec.structs.replace(
        swarm.assignment(index, swarm.open_account(port), port),
        expert=expert.slug,
        version=expert.version,
        hash=content_hash(expert),
        symbol="EURUSD",
        inputs={"turn": index, "of": prompt},
    )


@contextmanager
def _runners(folder: Path, url: str, count: int) -> Iterator[list[int]]:
    warmth.warm_up()
    gc.collect()
    gc.freeze()
    pids = [_fork(folder / f"runner-{index}", url, index) for index in range(count)]
    try:
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _fork(state: Path, url: str, index: int) -> int:
    state.mkdir()
    ticket, hand = os.pipe()
    os.write(hand, msgspec.json.encode({"gatewayUrl": url, "assignmentToken": str(index)}) + b"\n")
    os.close(hand)
    pid = os.fork()
    if pid == 0:
        log = os.open(state / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for source, number in ((ticket, 0), (log, 1), (log, 2)):
            os.dup2(source, number)
        try:
            runner.run_in(state, confinement.Confinement())
        finally:
            os._exit(1)
    os.close(ticket)
    return pid


if __name__ == "__main__":
    if "--data" in sys.argv:
        sys.exit(_serve_as_broker(sys.argv[1:]))
    counts = [int(argument) for argument in sys.argv[1:]] or [100]
    main(counts[0], counts[-1])
