"""From `metafleet up` to the first page, with a new and an old data folder, and memory at rest.

Memory is the proportional set size (PSS): what processes share is counted once, so the sum is
what the machine gives. EA runners are counted apart.
"""

from __future__ import annotations

import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

import psutil

from metafleet.cli import leftovers
from metafleet.cli.readiness import wait_until
from metafleet.cli.shutdown import supervisor_of
from tests.flows.stack import Stack

REST_S = 15.0
"""Until imports, migrations and the first sweeps are over."""

WARM_RUNS = 3


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="mf-bench-") as name:
        data = Path(name) / "data"
        with Stack(data) as stack:
            print(f"start to first page, new data folder   {_first_page_s(stack):6.2f} s")
        for _ in range(WARM_RUNS):
            with Stack(data) as stack:
                print(f"start to first page, old data folder   {_first_page_s(stack):6.2f} s   (aim 4)")
        with Stack(data) as stack:
            stack.start()
            time.sleep(REST_S)
            _print_memory(stack)


def _first_page_s(stack: Stack) -> float:
    began_at = time.perf_counter()
    stack.spawn()
    if not wait_until(lambda: _page_is_there(stack.web_url), 120.0):
        raise SystemExit(f"no page within 120 s:\n{stack.said()}")
    elapsed_s = time.perf_counter() - began_at
    stack.wait_until_ready()
    return elapsed_s


def _page_is_there(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/", timeout=5.0) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _print_memory(stack: Stack) -> None:
    sizes = _memory_mb(stack)
    for name, size_mb in sorted(sizes.items(), key=lambda pair: -pair[1]):
        print(f"memory at rest, {name:<12} {size_mb:6.1f} MB")
    print(f"memory at rest, all          {sum(sizes.values()):6.1f} MB   (aim 450)")
    runners = leftovers.runner_processes(stack.folder.runners)
    for runner in runners:
        print(f"memory of an EA runner       {_pss_mb(runner):6.1f} MB")


def _memory_mb(stack: Stack) -> dict[str, float]:
    names = {state.pid: state.name for state in supervisor_of(stack.folder).states().values()}
    up = stack.running()
    runners = set(leftovers.runner_processes(stack.folder.runners))
    sizes: dict[str, float] = defaultdict(float)
    for process in [up, *up.children(recursive=True)]:
        if process not in runners:
            sizes[_name(process, names, up)] += _pss_mb(process)
    return dict(sizes)


def _name(process: psutil.Process, names: dict[int, str], up: psutil.Process) -> str:
    """A process goes by the program that it belongs to: PostgreSQL is many processes."""
    parent = process.ppid()
    default = "up" if process == up else "supervisord"
    return names.get(process.pid) or names.get(parent) or default


def _pss_mb(process: psutil.Process) -> float:
    memory = process.memory_full_info()
    # macOS tells no PSS; what a process has to itself is the nearest there.
    size = memory.pss if sys.platform == "linux" else memory.uss
    return float(size) / 1e6


if __name__ == "__main__":
    main()
