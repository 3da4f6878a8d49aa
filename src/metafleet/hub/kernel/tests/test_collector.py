from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace

import psutil
import pytest

from metafleet.hub.kernel import collector
from metafleet.hub.kernel.collector import GROWN_BYTES, Collector


async def test_only_a_process_that_has_grown_is_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    # At the start; less than enough, enough, as it is then; less than that much more, that, as it is then.
    sizes = iter([0, GROWN_BYTES - 1, GROWN_BYTES, GROWN_BYTES, 2 * GROWN_BYTES - 1, 2 * GROWN_BYTES])
    collected: list[int] = []
    seen: list[int] = []

    def size() -> SimpleNamespace:
        seen.append(next(sizes, 2 * GROWN_BYTES))
        return SimpleNamespace(rss=seen[-1])

    monkeypatch.setattr(collector, "EACH_S", 0.0)
    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(memory_info=size))
    monkeypatch.setattr(gc, "collect", lambda: collected.append(len(seen)))
    before = gc.get_threshold()
    collecting = asyncio.create_task(Collector().run())
    while len(seen) < 20:
        await asyncio.sleep(0)
    assert gc.get_threshold() != before
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    # The one at the start, and those at which it had grown.
    assert collected == [0, 3, 6]
    assert gc.get_threshold() == before
