"""`metafleet simulate`: rows, fleet, commands, and at the end the proof."""

from __future__ import annotations

import asyncio
import fcntl
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from metafleet.cli.data_folder import DataFolder
from metafleet.cli.installation import join
from metafleet.cli.readiness import answers_ready
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import Settings
from metafleet.cli.simulator.histogram import Histogram
from metafleet.cli.simulator.plan import MOST_HOSTS, MOST_ON_A_HOST, Plan, PlanRefused

if TYPE_CHECKING:
    from metafleet.cli.simulator.fleet import Fleet
    from metafleet.cli.simulator.orders import Orders
    from metafleet.cli.simulator.rows import Rows
    from metafleet.cli.simulator.state import Shared
    from metafleet.cli.simulator.verdict import Verdict

PATIENCE_S: Final = 150.0
"""How long the end may take: three deliveries of a command and their leases."""
_OBSERVED_WITHIN_S: Final = 2.5
"""Observations are written a little after they were answered."""

Say = Callable[[str], None]


class NothingRuns(Refused):
    """There is no installation to simulate terminals of."""


class AlreadySimulating(Refused):
    """Another simulation runs on the installation."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How to tell it: `as_json`, the figures alone on standard output; `keep`: leave the rows."""

    as_json: bool
    keep: bool
    say: Say


def run_simulate(settings: Settings, environ: Mapping[str, str], plan: Plan, manner: Manner) -> bool:
    """Simulate the fleet against the running installation; return whether the proof holds.

    Ctrl-C ends the load early and goes on to the proof; a second one gives up.
    Raises Refused when nothing runs or the plan cannot be.
    """
    _check(plan)
    gateway = urlsplit(settings.gateway_url)
    host, port = gateway.hostname or "127.0.0.1", gateway.port or 80
    if gateway.scheme != "http" or not answers_ready(host, port):
        raise NothingRuns(f"no gateway answers at {settings.gateway_url}; start it with `metafleet up`.")
    folder = join(settings, environ)
    from metafleet.cli.simulator import rows as tenants
    from metafleet.hub.kernel import clock

    with _alone(folder):
        for left in tenants.abandoned() if not manner.keep else ():
            tenants.remove(left)
        began_s = time.monotonic()
        rows = tenants.make(plan, clock.now())
        manner.say(f"{plan.terminals} terminals made in {time.monotonic() - began_s:.1f} s.")
        if rows.password:
            manner.say(
                f"On {plan.hosts} machines: look at {settings.web_url}/machines, signed in as "
                f"{tenants.EMAIL} with the password {rows.password}"
            )
        try:
            return _simulate(plan, rows, (host, port), manner)
        finally:
            if not manner.keep:
                tenants.remove(rows.tenant_id)


@contextmanager
def _alone(folder: DataFolder) -> Iterator[None]:
    """One simulation at a time: a second one would take the first one's rows for left-overs."""
    with (folder.logs / "simulate.lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadySimulating(
                f"a simulation already runs on {folder.root}; wait for its end."
            ) from error
        yield


def _simulate(plan: Plan, rows: Rows, gateway: tuple[str, int], manner: Manner) -> bool:
    import uvloop

    from metafleet.cli.simulator import report
    from metafleet.cli.simulator.orders import Orders
    from metafleet.cli.simulator.state import share

    shared, orders = share(plan), Orders(plan, rows)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        verdict = runner.run(_live(shared, rows, gateway, orders, manner))
    commands = _command_latencies(shared, orders)
    if manner.as_json:
        print(json.dumps(report.document(shared.figures, commands, verdict), indent=2))
    else:
        for line in report.lines(shared.figures, commands, verdict):
            print(line)
    return verdict.holds


async def _live(
    shared: Shared, rows: Rows, gateway: tuple[str, int], orders: Orders, manner: Manner
) -> Verdict:
    from metafleet.cli.simulator import rows as tenants
    from metafleet.cli.simulator import verdict
    from metafleet.cli.simulator.fleet import Fleet
    from metafleet.cli.simulator.orders import states
    from metafleet.hub.kernel.collector import Collector

    fleet = Fleet(shared, rows, *gateway)
    is_over = _over_after(shared.plan.join_s + shared.plan.minutes * 60)
    telling = asyncio.create_task(_tell(shared))
    # What thousands of terminals hold takes a full collection half a second, which would be measured.
    collecting = asyncio.create_task(Collector().run())
    try:
        if shared.plan.commands_per_s > 0:
            orders.start()
        await fleet.run(is_over)
        manner.say("Coming to rest …")
        orders.stop()
        if orders.ident is not None:
            await asyncio.to_thread(orders.join)
        await _rest(fleet, shared, rows, orders)
        # What the gateway writes beside its answers.
        await asyncio.sleep(_OBSERVED_WITHIN_S)
    finally:
        telling.cancel()
        collecting.cancel()
        await fleet.end()
    shared.figures.counts.update(await asyncio.to_thread(tenants.incidents, rows.tenant_id))
    for error in fleet.failures():
        shared.faults.add("mistake of the simulator", repr(error))
    wishes = orders.queued.wishes
    ends = await asyncio.to_thread(states, rows, list(wishes))
    return await asyncio.to_thread(
        verdict.judge, rows, fleet.terminals, shared.faults, shared.notes, wishes, ends
    )


async def _rest(fleet: Fleet, shared: Shared, rows: Rows, orders: Orders) -> None:
    """Wait for the last deal and the last command; what is then still under way is a difference."""
    from metafleet.cli.simulator.orders import states

    ids = list(orders.queued.wishes)
    until_s = time.monotonic() + PATIENCE_S

    async def are_over() -> bool:
        known = await asyncio.to_thread(states, rows, ids)
        is_open = any(state in {"queued", "leased"} for state, _, _ in known.values())
        return not is_open or time.monotonic() > until_s

    try:
        async with asyncio.timeout(PATIENCE_S + 30):
            await fleet.settle(are_over)
    except TimeoutError:
        shared.faults.add("no rest", f"deals or commands were still under way after {PATIENCE_S:.0f} s")


async def _tell(shared: Shared) -> None:
    """A line each second; on a terminal always the same one."""
    from metafleet.cli.simulator.report import Progress

    progress, is_tty = Progress(shared.figures), sys.stderr.isatty()
    while True:
        await asyncio.sleep(1.0)
        print(
            f"\r{progress.line()}" if is_tty else progress.line(), end="" if is_tty else "\n", file=sys.stderr
        )
        sys.stderr.flush()


def _over_after(seconds: float) -> asyncio.Event:
    """Return an event that is set when the time is over, or by the first Ctrl-C."""
    loop, is_over = asyncio.get_running_loop(), asyncio.Event()
    loop.call_later(seconds, is_over.set)

    def interrupted() -> None:
        is_over.set()
        loop.remove_signal_handler(signal.SIGINT)

    # Only the main thread hears signals.
    with suppress(RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupted)
    return is_over


def _command_latencies(shared: Shared, orders: Orders) -> Histogram:
    """From the wish to be queued to the terminal's having it, for first deliveries while all are there."""
    histogram = Histogram()
    for command_id, wish in orders.queued.wishes.items():
        note = shared.notes.by_id.get(command_id)
        if note is not None and note.first_attempt == 1 and shared.figures.is_held(wish.began_s):
            histogram.record(max(0.0, note.delivered_s[0] - wish.began_s))
    return histogram


def _check(plan: Plan) -> None:
    for name, value in (("terminals", plan.terminals), ("minutes", plan.minutes), ("speed", plan.speed)):
        if value <= 0:
            raise PlanRefused(f"--{name} must be above 0, but is {value:g}.")
    if not 0 <= plan.hosts <= MOST_HOSTS:
        raise PlanRefused(f"--hosts must be from 0 to {MOST_HOSTS}, but is {plan.hosts}.")
    if plan.hosts and not plan.hosts <= plan.terminals <= MOST_ON_A_HOST * plan.hosts:
        raise PlanRefused(f"--terminals-per-host must be from 1 to {MOST_ON_A_HOST}.")
    if not 0 <= plan.losing <= plan.terminals:
        raise PlanRefused(f"--losing must be from 0 to the {plan.terminals} terminals, but is {plan.losing}.")
    if plan.rate < 0 or plan.commands_per_s < 0 or plan.connections < 0:
        raise PlanRefused("--rate, --commands and --connections must not be below 0.")
