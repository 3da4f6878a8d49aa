"""The EA inside the runner: its hooks are called here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TypeVarTuple

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.desk import Desk, DeskLost
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Heard
from metafleet.engine.market.records import Bar, Tick
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.clock import steady_s

Told = TypeVarTuple("Told")

logger = logging.getLogger(__name__)
expert_log = logging.getLogger("expert")


class ExpertCrashed(Exception):
    """The EA's own code raised. The cause is chained; the message names hook and exception."""


class ExpertHost:
    """Holds the one Expert. Its faults come out as ExpertCrashed, the terminal's as DeskLost.

    A chart that there is not comes out as ChartRefused: to start the EA again would not make one.
    `hears_ticks`: whether the EA, once started, has something to do at each tick.
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
        self.hears_ticks = True

    @property
    def inputs(self) -> Mapping[str, object]:
        """The inputs in force."""
        return self._expert.inputs

    def start(self) -> None:
        """Begin with a fresh EA; one that was cut off in the middle of its start begins again."""
        self._expert = self._cls(self._desk, self._expert.inputs)
        self._call("on_start", self._expert.on_start)
        self.is_started = True
        self.hears_ticks = getattr(self._expert.on_tick, "__func__", None) is not Expert.on_tick

    def take_bar(self, bar: Bar, now_s: int) -> None:
        self._call("on_bar", self._expert.take, bar, now_s)

    def take_tick(self, tick: Tick) -> None:
        """As `_call` does, in one function: nothing is called as often."""
        self._bulletin.busy = ("on_tick", steady_s())
        try:
            self._expert.on_tick(tick)
        except (DeskLost, ChartRefused) as known:
            _log(known)
            raise
        except Exception as fault:
            raise _crash("on_tick", fault) from fault
        finally:
            self._bulletin.busy = None

    def take_deal(self, deal: Deal) -> None:
        self._call("on_trade", self._expert.on_trade, deal)

    def take_heard(self, heard: Heard) -> None:
        self._call("on_signal", self._expert.on_signal, heard)

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

    def _call(self, hook: str, call: Callable[[*Told], None], *told: *Told) -> None:
        self._bulletin.busy = (hook, steady_s())
        try:
            call(*told)
        except (DeskLost, ChartRefused) as known:
            _log(known)
            raise
        except Exception as fault:
            raise _crash(hook, fault) from fault
        finally:
            self._bulletin.busy = None


def _log(known: DeskLost | ChartRefused) -> None:
    """A terminal that is lost is reported by the loop."""
    if isinstance(known, ChartRefused):
        expert_log.error("%s", known)


def _crash(hook: str, fault: Exception) -> ExpertCrashed:
    return ExpertCrashed(f"{hook}: {type(fault).__name__}: {fault}")
