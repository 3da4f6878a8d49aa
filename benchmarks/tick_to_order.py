"""From a tick that leaves the broker to an EA's order that is back there, while many EAs listen.

The real broker and real runners, forked from this process; the gateway is a stand-in. All EAs
listen to one symbol and each has its own account; on each tick one of them, another each time,
opens 0.01 lots. The clock starts when the broker has made the tick and stops when it has the
order's bytes, before it looks at them.
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

MEASURED_S: Final = 20.0
WARM_S: Final = 3.0


class Prompt(Expert):
    """Opens 0.01 lots on its turn, and says in the comment which tick made it do so."""

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
            self.buy(0.01, comment=str(tick.time_msc))


def main(count: int) -> None:
    EXPERTS[Prompt.slug] = Prompt
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name, _broker(Path(name)) as port:
        work = [_assignment(index, count, port) for index in range(count)]
        with swarm.stand_in(work) as url, _runners(Path(name), url, count):
            while swarm.number(f"{url}/running") < count:
                time.sleep(0.1)
            time.sleep(WARM_S)
            Path(name, "measure").touch()
            time.sleep(MEASURED_S)
            Path(name, "measure").unlink()
        latencies = sorted(float(line) for line in Path(name, "latencies").read_text().split())
    p99 = latencies[int(len(latencies) * 0.99)]
    print(f"tick to order, {count} EAs, {len(latencies)} orders")
    print(f"  p50 {statistics.median(latencies):6.2f} ms   (aim 3)")
    print(f"  p99 {p99:6.2f} ms   (aim 10)   worst {latencies[-1]:6.2f} ms")


@contextmanager
def _broker(data: Path) -> Iterator[int]:
    os.environ["MF_BENCH_FOLDER"] = str(data)
    with swarm.broker(data, "--ticks-per-bar", str(TICKS_PER_BAR), module="benchmarks.tick_to_order") as port:
        yield port


def _serve_as_broker(arguments: list[str]) -> int:
    """Be `python -m metafleet.engine.broker` with a stop-watch."""
    folder = Path(os.environ["MF_BENCH_FOLDER"])
    made_at_s: dict[str, float] = {}
    after_tick, serve = Server._after_tick, Counter.serve

    def note_tick(self: Server, tick: Tick, deals: list[tuple[int, Deal]]) -> None:
        made_at_s[str(tick.time_msc)] = time.perf_counter()
        after_tick(self, tick, deals)

    async def note_request(self: Counter, session: Session, body: bytes) -> None:
        now_s = time.perf_counter()
        found: Any = msgspec.msgpack.decode(body)
        comment = found.get("order", {}).get("comment", "") if isinstance(found, dict) else ""
        if comment in made_at_s and (folder / "measure").exists():
            with (folder / "latencies").open("a") as latencies:
                latencies.write(f"{1000 * (now_s - made_at_s[comment])}\n")
        await serve(self, session, body)

    Server._after_tick = note_tick  # type: ignore[method-assign]
    Counter.serve = note_request  # type: ignore[method-assign]
    from metafleet.engine.broker.__main__ import main as run_broker

    return run_broker(arguments)


def _assignment(index: int, count: int, port: int) -> messages.Assignment:
    return msgspec.structs.replace(
        swarm.assignment(index, swarm.open_account(port), port),
        expert=Prompt.slug,
        version=Prompt.version,
        hash=content_hash(Prompt),
        symbol="EURUSD",
        inputs={"turn": index, "of": count},
    )


@contextmanager
def _runners(folder: Path, url: str, count: int) -> Iterator[None]:
    warmth.warm_up()
    gc.collect()
    gc.freeze()
    pids = [_fork(folder / f"runner-{index}", url, index) for index in range(count)]
    try:
        yield
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
