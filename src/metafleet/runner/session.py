"""Everything that one run of the trading loop works with."""

from __future__ import annotations

from dataclasses import dataclass

from metafleet.runner.brain import Brain
from metafleet.runner.bulletin import Bulletin
from metafleet.runner.deals import DealFeed
from metafleet.runner.desk import BrokerDesk
from metafleet.runner.feed import BarFeed
from metafleet.runner.guard import Guard
from metafleet.runner.host import ExpertHost
from metafleet.runner.inbox import Inbox
from metafleet.runner.lease import Lease
from metafleet.runner.outbox import Outbox
from metafleet.runner.switches import Switches
from metafleet.runner.terminal import Terminal


@dataclass(slots=True)
class Ending:
    """Someone asked for the end. `command_id`: whom to tell, None when nobody waits."""

    close_positions: bool
    command_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """The parts, made once, and the one thing that changes: whether an end was asked for."""

    terminal: Terminal
    desk: BrokerDesk
    host: ExpertHost
    bars: BarFeed
    deals: DealFeed
    outbox: Outbox
    inbox: Inbox
    lease: Lease
    bulletin: Bulletin
    switches: Switches
    guard: Guard
    brain: Brain
    ending: Ending | None = None
