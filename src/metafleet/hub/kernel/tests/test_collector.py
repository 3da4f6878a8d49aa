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
    young: list[int] = []
    seen: list[int] = []

    def size() -> SimpleNamespace:
        seen.append(next(sizes, 2 * GROWN_BYTES))
        return SimpleNamespace(rss=seen[-1])

    def collect(generation: int = 2) -> None:
        (collected if generation == 2 else young).append(len(seen))

    monkeypatch.setattr(collector, "EACH_S", 0.0)
    monkeypatch.setattr(collector, "YOUNG_EACH_S", 0.0)
    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(memory_info=size))
    monkeypatch.setattr(gc, "collect", collect)
    collecting = asyncio.create_task(Collector().run())
    while len(seen) < 20:
        await asyncio.sleep(0)
    # Never when Python would: it may be all that ten thousand polls hold that it looks at then.
    assert not gc.isenabled()
    collecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await collecting
    # The one at the start, and those at which it had grown.
    assert collected == [0, 3, 6]
    assert len(young) >= 10
    assert gc.isenabled()
