"""The EA inside the runner: its hooks are called here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.desk import Desk, DeskLost
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Heard
from metafleet.engine.market.records import Bar, Tick
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.clock import steady_s

logger = logging.getLogger(__name__)
expert_log = logging.getLogger("expert")


class ExpertCrashed(Exception):
    """The EA's own code raised. The cause is chained; the message names hook and exception."""


class ExpertHost:
    """Holds the one Expert. Its faults come out as ExpertCrashed, the terminal's as DeskLost.

    A chart that there is not comes out as ChartRefused: to start the EA again would not make one.
    """

    def __init__(
        self, cls: type[Expert], desk: Desk, inputs: Mapping[str, object], bulletin: Bulletin
    ) -> None:
        """Raise InputRefused for inputs outside the EA's schema, ChartRefused for a wrong timeframe."""
        self._cls = cls
        self._desk = desk
        self._bulletin = bulletin
        self._expert = cls(desk, inputs)
        self.is_started = False

    @property
    def inputs(self) -> Mapping[str, object]:
        """The inputs in force."""
        return self._expert.inputs

    def start(self) -> None:
        """Begin with a fresh EA; one that was cut off in the middle of its start begins again."""
        self._expert = self._cls(self._desk, self._expert.inputs)
        self._call("on_start", self._expert.on_start)
        self.is_started = True

    def take_bar(self, bar: Bar, now_s: int) -> None:
        self._call("on_bar", lambda: self._expert.take(bar, now_s))

    def take_tick(self, tick: Tick) -> None:
        self._call("on_tick", lambda: self._expert.on_tick(tick))

    def take_deal(self, deal: Deal) -> None:
        self._call("on_trade", lambda: self._expert.on_trade(deal))

    def take_heard(self, heard: Heard) -> None:
        self._call("on_signal", lambda: self._expert.on_signal(heard))

    def stop(self) -> None:
        """Say goodbye. An EA that fails at this is stopped all the same."""
        if not self.is_started:
            return
        self.is_started = False
        try:
            self._call("on_stop", self._expert.on_stop)
        except (ExpertCrashed, ChartRefused, DeskLost):
            logger.exception("the EA failed in on_stop")

    def configure(self, inputs: Mapping[str, object]) -> None:
        """Go on with a new EA that has these inputs.

        Raises InputRefused with the old one untouched, and ChartRefused with the old inputs in force again.
        """
        fresh, before = self._cls(self._desk, inputs), self._expert
        was_started = self.is_started
        self.stop()
        self._expert = fresh
        if not was_started:
            return
        try:
            self.start()
        except ChartRefused:
            self._expert = before
            self.start()
            raise

    def _call(self, hook: str, call: Callable[[], None]) -> None:
        self._bulletin.set_busy(hook, steady_s())
        try:
            call()
        except DeskLost:
            raise
        except ChartRefused as refused:
            expert_log.error("%s", refused)
            raise
        except Exception as fault:
            raise ExpertCrashed(f"{hook}: {type(fault).__name__}: {fault}") from fault
        finally:
            self._bulletin.set_busy(None)
