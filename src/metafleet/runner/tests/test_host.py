"""Which EAs are called at each tick."""

from __future__ import annotations

from typing import cast

from metafleet.engine.experts.desk import Desk
from metafleet.engine.experts.expert import Expert
from metafleet.engine.market.records import Tick
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.host import ExpertHost


class _Charted:
    """A desk of which nothing but its charts is asked."""

    def charts(self, timeframe: str) -> str:
        return timeframe


class AtBars(Expert):
    """Says nothing of ticks."""


class AtTicks(Expert):
    """Wants each tick."""

    def on_tick(self, tick: Tick) -> None:
        raise NotImplementedError(tick)


class Late(Expert):
    """Chooses what it does at ticks when it starts."""

    def on_start(self) -> None:
        self.on_tick = print  # type: ignore[method-assign, assignment]


def test_only_who_has_something_to_do_at_ticks_is_called_for_them() -> None:
    assert [_hears_ticks(cls) for cls in (AtBars, AtTicks, Late)] == [False, True, True]


def _hears_ticks(cls: type[Expert]) -> bool:
    host = ExpertHost(cls, cast(Desk, _Charted()), {}, Bulletin())
    host.start()
    return host.hears_ticks
