"""The floor under `benchmarks.tick_to_order`: what this machine takes for the bare fan-out.

One process writes the same few bytes to many others, each waiting in a system call of its own, and
one of them, another each time, answers. No product code: sockets, the scheduler and the least
that Python can do. What a broker and its EAs take is to be read as a multiple of this.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
import time
from typing import Final

MESSAGE_BYTES: Final = 64
APART_S: Final = 0.05


def measure(count: int, rounds: int) -> list[float]:
    """Return the milliseconds from the first write to the answer, one for each round, in order of size."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=count)
    pids = [_fork(listener, index) for index in range(count)]
    lines = [listener.accept()[0] for _ in range(count)]
    waiting = selectors.DefaultSelector()
    for line in lines:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(line, selectors.EVENT_READ)
    try:
        return sorted(_round(lines, waiting, turn % count) for turn in range(rounds))
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        for line in (*lines, listener):
            line.close()


def _round(lines: list[socket.socket], waiting: selectors.BaseSelector, turn: int) -> float:
    message = turn.to_bytes(MESSAGE_BYTES, "big")
    time.sleep(APART_S)
    began_at_s = time.perf_counter()
    for line in lines:
        line.send(message)
    ((key, _),) = waiting.select()
    taken_ms = 1000 * (time.perf_counter() - began_at_s)
    os.read(key.fd, MESSAGE_BYTES)
    return taken_ms


def _fork(listener: socket.socket, index: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        with socket.create_connection(listener.getsockname()) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while message := line.recv(MESSAGE_BYTES):
                if int.from_bytes(message, "big") == index:
                    line.send(message)
    finally:
        os._exit(0)


def main(count: int) -> None:
    taken_ms = measure(count, 200)
    print(f"bare fan-out to {count} processes, {len(taken_ms)} rounds")
    print(f"  p50 {taken_ms[len(taken_ms) // 2]:6.2f} ms   p99 {taken_ms[int(len(taken_ms) * 0.99)]:6.2f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
