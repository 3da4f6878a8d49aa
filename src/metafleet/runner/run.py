"""One run, from the assignment to the exit code."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from metafleet.engine.broker.errors import Fenced, LoginRefused, UnknownSymbol
from metafleet.engine.broker.fences import Trader
from metafleet.engine.experts.catalogue import EXPERTS, content_hash
from metafleet.engine.experts.charts import ChartRefused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused
from metafleet.engine.experts.loading import hash_of
from metafleet.runner import assignment as assignments
from metafleet.runner import clock
from metafleet.runner import switches as ways
from metafleet.runner.brain import Brain
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.deals import DealFeed
from metafleet.runner.delivery import Delivery
from metafleet.runner.desk import BrokerDesk
from metafleet.runner.feed import BarFeed
from metafleet.runner.guard import Guard
from metafleet.runner.host import ExpertCrashed, ExpertHost
from metafleet.runner.host_facts import HostFacts
from metafleet.runner.inbox import Inbox
from metafleet.runner.lease import Lease
from metafleet.runner.loop import TradingLoop
from metafleet.runner.observations import Bars, Heartbeats, PositionSnapshots
from metafleet.runner.outbox import Outbox
from metafleet.runner.poller import Poller
from metafleet.runner.secret import Secret
from metafleet.runner.session import Session
from metafleet.runner.switches import Switches
from metafleet.runner.terminal import Terminal
from metafleet.runner.trace import Trace
from metafleet.runner.uplink import Uplink
from metafleet.wire import messages
from metafleet.wire.brain import BrainClient
from metafleet.wire.client import WireClient

LAST_WORDS_S: Final = 60.0
"""How long a stop waits for the gateway to take what is left; the rest stays in the outbox."""

LAST_WORDS_AFTER_FAULT_S: Final = 5.0

_PERMANENT: Final = (
    *(assignments.StartRefused, LoginRefused, Fenced, UnknownSymbol),
    *(InputRefused, ChartRefused),
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ties:
    """What the trading loop and the uplink share."""

    outbox: Outbox
    bulletin: Bulletin
    inbox: Inbox
    switches: Switches
    lease: Lease


def run(
    work: messages.Assignment, client: WireClient, folder: Path, switches: Switches, began_s: float
) -> int:
    """Do the assigned work and report it; return the exit code. began_s: when the process did."""
    logger.info("run %s: %s %s on %s", work.run_id, work.expert, work.version, work.symbol)
    client.token = work.terminal_token
    password = Secret(work.broker.password)
    work = _without_secrets(work)
    outbox = Outbox(folder / f"outbox-{work.terminal_id}.log")
    ties = _Ties(outbox, Bulletin(), Inbox(switches.bell), switches, Lease(work.lease))
    uplink = _uplink(work, client, folder, ties, Trace(client, work.origin, began_s))
    uplink.start()
    try:
        code = _trade(work, password, client, ties)
    finally:
        password.wipe()
    if uplink.has_failed:
        return ways.EXIT_CRASHED
    return _say_goodbye(uplink, code)


def _say_goodbye(uplink: Uplink, code: int) -> int:
    if code == ways.EXIT_STOPPED:
        uplink.finish("stopped", LAST_WORDS_S)
    elif code != ways.EXIT_FENCED:
        uplink.finish("error", LAST_WORDS_AFTER_FAULT_S)
    return code


def _trade(work: messages.Assignment, password: Secret, client: WireClient, ties: _Ties) -> int:
    """Run the trading loop; turn what it cannot survive into a reported fault and an exit code."""
    bulletin = ties.bulletin
    try:
        session = _session(work, password, client, ties)
        loop = TradingLoop(session)
        if work.intent == "flatten":
            return loop.run_flatten()
        Poller(client, ties.inbox, ties.switches).start()
        return loop.run()
    except _PERMANENT as refused:
        logger.error("this start cannot succeed: %s", refused)
        bulletin.set_fault("start", str(refused))
        return ways.EXIT_REFUSED
    except ExpertCrashed as crash:
        logger.exception("the EA crashed")
        bulletin.set_fault("expert", str(crash))
        return ways.EXIT_CRASHED
    except Exception as fault:
        logger.exception("the runner failed")
        bulletin.set_fault("runner", f"{type(fault).__name__}: {fault}")
        return ways.EXIT_CRASHED


def _host(work: messages.Assignment, desk: BrokerDesk, bulletin: Bulletin) -> ExpertHost:
    """Seat the EA. To close what it left open takes none of its code, which may be gone since."""
    if work.intent == "flatten":
        return ExpertHost(Expert, desk, {}, bulletin)
    return ExpertHost(assignments.find_expert(work), desk, work.inputs, bulletin)


def _session(work: messages.Assignment, password: Secret, client: WireClient, ties: _Ties) -> Session:
    broker = work.broker
    brain = Brain(BrainClient(client.gateway_url, token=None), lambda: client.token, ties.switches.bell.ring)
    terminal = Terminal(
        address=(broker.host, broker.port),
        login=broker.login,
        password=password,
        server=broker.server,
        symbol=work.symbol,
        trader=Trader(work.instance_id, work.generation),
        lease=ties.lease,
        bell=ties.switches.bell,
    )
    desk = BrokerDesk(
        terminal, work.magic, ties.switches.is_fenced, lambda: ties.lease.may_open(clock.passed_s()), brain
    )
    desk.pause = None if work.intent == "run" else work.pause_mode
    return Session(
        terminal=terminal,
        desk=desk,
        host=_host(work, desk, ties.bulletin),
        bars=BarFeed(desk),
        deals=DealFeed(terminal, ties.outbox, ties.bulletin.wake, desk.reason_of),
        outbox=ties.outbox,
        inbox=ties.inbox,
        lease=ties.lease,
        bulletin=ties.bulletin,
        switches=ties.switches,
        guard=Guard(work.guard),
        brain=brain,
    )


def _uplink(work: messages.Assignment, client: WireClient, folder: Path, ties: _Ties, trace: Trace) -> Uplink:
    terminal_id = work.terminal_id
    return Uplink(
        delivery=Delivery(ties.outbox, client, terminal_id),
        heartbeats=Heartbeats(
            client,
            terminal_id,
            _identity(work),
            work.heartbeat_interval_s,
            HostFacts(folder).read,
            ties.lease,
            trace,
        ),
        positions=PositionSnapshots(client, terminal_id),
        bars=Bars(client, terminal_id, work.symbol),
        bulletin=ties.bulletin,
        inbox=ties.inbox,
        switches=ties.switches,
    )


def _identity(work: messages.Assignment) -> messages.ExpertInfo:
    """What this process runs; the hash is of its own code, whatever was assigned."""
    version, code_hash = _code_of(work)
    return messages.ExpertInfo(
        instance_id=work.instance_id,
        status="starting",
        run_id=work.run_id,
        generation=work.generation,
        version=version,
        hash=code_hash,
        symbol=work.symbol,
    )


def _code_of(work: messages.Assignment) -> tuple[str, str]:
    """Version and hash of the code that is here; of uploaded code it is what came, before it is loaded."""
    if isinstance(work.source, str):
        return work.version, hash_of(work.source.encode())
    try:
        cls = EXPERTS[work.expert]
        return cls.version, content_hash(cls)
    except LookupError:
        return "", ""


def _without_secrets(work: messages.Assignment) -> messages.Assignment:
    """The assignment with its password and token blanked: the copies in use are elsewhere."""
    broker = msgspec.structs.replace(work.broker, password="")
    return msgspec.structs.replace(work, broker=broker, terminal_token="")
