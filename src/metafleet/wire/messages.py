"""Typed messages of the terminal protocol, version 2.

Field names on the wire are camelCase. Unknown fields are ignored, because
programs that we do not ship speak this protocol too and send fields of their own.
Times on the wire are epoch seconds or milliseconds (a number or a numeric
string, in broker server time) or ISO-8601 with an offset; `metafleet.wire.scalars`
turns them into UTC. Money, prices and volumes arrive as JSON numbers or strings.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec

PROTOCOL_VERSION = 2

Number = int | float | str
"""A number as senders write it; `scalars` checks it and gives a Decimal or an int."""

Time = int | float | str
"""A time as senders write it; `scalars.to_utc` reads it."""


class Message(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A record of the wire: frozen, camelCase, defaults left out."""


class Said(Message, frozen=True, kw_only=True):
    """Who a body says that it comes from: a token where the header had none, a login to compare."""

    terminal_id: str | None = None
    auth_token: str | None = None
    login: int | str | None = None
    server: str | None = None
    mt5_login: int | str | None = None
    mt5_server: str | None = None


class AccountInfo(Message, frozen=True, kw_only=True):
    """What a terminal says of its account. Money is in the account's currency."""

    login: int | str | None = None
    server: str | None = None
    currency: str | None = None
    leverage: int | None = None
    balance: Number
    equity: Number
    margin: Number = 0
    free_margin: Number = 0
    margin_level: Number | None = None
    floating_pnl: Number | None = None
    margin_mode: Literal["hedging", "netting"] | None = None
    trade_allowed: bool | None = None


class HostInfo(Message, frozen=True, kw_only=True):
    """What a terminal says of the machine that it runs on."""

    name: str
    cpu_percent: float | None = None
    memory_mb: float | None = None
    disk_free_mb: float | None = None


ExpertStatus = Literal["starting", "running", "paused", "stopping", "stopped", "error"]


class GuardFired(Message, frozen=True, kw_only=True, omit_defaults=False):
    """A runner has found a limit of its account's programme broken, and has done what it demands.

    kind: "daily_loss" or "total_loss". at: ISO-8601. Money in account currency; `floor` is the equity at
    which the limit is broken.
    """

    kind: str
    at: str
    equity: float
    floor: float
    did: Literal["notify", "pause", "flatten"]


class ExpertInfo(Message, frozen=True, kw_only=True):
    """What an EA runner says of the EA that it runs.

    `run_id` and `generation` name the start that the runner serves; `hash` is the
    content hash of the EA code that it loaded. `spread_points`: of its symbol, now.
    """

    instance_id: str
    status: ExpertStatus
    last_error: str | None = None
    run_id: str | None = None
    generation: int | None = None
    version: str | None = None
    hash: str | None = None
    symbol: str | None = None
    first_tick_at: str | None = None
    spread_points: float | None = None
    guard: GuardFired | None = None


class Heartbeat(Said, frozen=True, kw_only=True):
    """`POST /heartbeat`. `utc_offset`: seconds that server time is east of UTC."""

    terminal_id: str
    protocol: int = 1
    platform: Literal["mt5", "mt4", "paper"] | None = None
    build: int | None = None
    version: str | None = None
    utc_offset: int | None = None
    account_info: AccountInfo | None = None
    host: HostInfo | None = None
    expert: ExpertInfo | None = None
    open_positions: int | None = None
    last_deal_ticket: int | str | None = None


class Command(Message, frozen=True, kw_only=True, omit_defaults=False):
    """One command as it is delivered. `expires_at` is ISO-8601 UTC."""

    id: str
    type: str
    payload: dict[str, Any]
    attempt: int = 1
    expires_at: str | None = None


class Lease(Message, frozen=True, kw_only=True, omit_defaults=False):
    """How long a runner may trade, in seconds of its own steady clock from when it SENT a heartbeat that
    was accepted. After `open_s` it opens nothing more, after `trade_s` it sends nothing to its broker."""

    open_s: float
    trade_s: float


class HeartbeatReply(Message, frozen=True, kw_only=True, omit_defaults=False):
    """`next_heartbeat`: seconds until the next one is wanted. `lease`: a runner's, renewed by this."""

    success: bool = True
    server_time: str
    next_heartbeat: int
    known_deal_ticket: int
    command: str | msgspec.UnsetType = msgspec.UNSET
    payload: str | msgspec.UnsetType = msgspec.UNSET
    commands: list[Command] | msgspec.UnsetType = msgspec.UNSET
    lease: Lease | msgspec.UnsetType = msgspec.UNSET
    token: str | msgspec.UnsetType = msgspec.UNSET


TAG_LENGTH: Final = 16
NOTE_LENGTH: Final = 200
"""Characters of what an EA says of why it traded; the hub cuts what is longer."""


class Deal(Message, frozen=True, kw_only=True):
    """One execution as a terminal reports it. `time_msc` keeps the milliseconds.

    tag, note: why the EA sent its order, in a word and in a sentence.
    """

    ticket: int | str
    symbol: str = ""
    type: str | None = None
    volume: Number = 0
    open_price: Number | None = None
    price: Number | None = None
    open_time: Time | None = None
    time: Time | None = None
    time_msc: int | str | None = None
    commission: Number = 0
    swap: Number = 0
    fee: Number = 0
    profit: Number = 0
    comment: str = ""
    position_id: int | str | None = None
    order_id: int | str | None = None
    magic: int | str | None = None
    entry_type: int | None = None
    reason: int | None = None
    stop_loss: Number | None = None
    take_profit: Number | None = None
    contract_size: Number | None = None
    deal_type: int | None = None
    close_price: Number | None = None
    close_time: Time | None = None
    tag: str = ""
    note: str = ""


class Trades(Said, frozen=True, kw_only=True):
    """`POST /trades`: at most 1,000 deals. Items stay raw, so that a bad one spoils no other."""

    terminal_id: str
    batch_index: int | None = None
    trades: list[msgspec.Raw]


class ItemError(Message, frozen=True, kw_only=True, omit_defaults=False):
    """Why one item of a batch was set aside."""

    index: int
    ticket: int | None
    detail: str


class TradesReply(Message, frozen=True, kw_only=True, omit_defaults=False):
    """`skipped` counts what the journal already knew."""

    success: bool = True
    imported: int
    skipped: int
    failed: int
    errors: list[ItemError]
    known_deal_ticket: int


class Position(Message, frozen=True, kw_only=True):
    """One open position of a snapshot."""

    ticket: int | str
    symbol: str
    type: Literal["BUY", "SELL"]
    volume: Number
    open_price: Number
    current_price: Number
    profit: Number
    swap: Number = 0
    open_time: Time
    stop_loss: Number | None = None
    take_profit: Number | None = None
    magic: int | str | None = None
    comment: str = ""


class Positions(Said, frozen=True, kw_only=True):
    """`POST /positions`: a full snapshot; what is not in it is no longer open."""

    terminal_id: str
    positions: list[msgspec.Raw]


class Candle(Message, frozen=True, kw_only=True):
    """One bar; `time` is its open."""

    time: Time
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number | None = None


class Candles(Said, frozen=True, kw_only=True):
    """`POST /candles`: at most 10,000 bars, times increasing."""

    terminal_id: str
    trade_id: str | None = None
    command_id: str | None = None
    symbol: str
    timeframe: str = "1m"
    candles: list[msgspec.Raw]


class CandlesReply(Message, frozen=True, kw_only=True, omit_defaults=False):
    success: bool = True
    stored: int
    failed: int = 0
    errors: list[ItemError] = []


class CommandsReply(Message, frozen=True, kw_only=True, omit_defaults=False):
    success: bool = True
    commands: list[Command]


class CommandResult(Said, frozen=True, kw_only=True):
    """`POST /commands/{id}/result`."""

    status: Literal["done", "failed"]
    result: dict[str, Any] | None = None
    error: str | None = None


class Success(Message, frozen=True, kw_only=True, omit_defaults=False):
    success: bool = True


class Machine(Message, frozen=True, kw_only=True):
    """A machine that a host agent watches. `id`: a UUID that the agent made up once. `clock_skew_ms`: its
    clock ahead of the hub's. `started_at`: when it came up, epoch seconds UTC."""

    id: str
    name: str
    system: str = ""
    version: str = ""
    cpu_percent: float | None = None
    memory_mb: int | None = None
    memory_used_mb: int | None = None
    disk_mb: int | None = None
    disk_free_mb: int | None = None
    clock_skew_ms: int | None = None
    started_at: float | None = None


class LogLine(Message, frozen=True, kw_only=True):
    """A line of a terminal's log file. `at`: the terminal's local time, as it is written there."""

    file: str
    at: str
    text: str
    is_error: bool = False


class SeenTerminal(Message, frozen=True, kw_only=True):
    """A terminal's program as a host agent sees it. `last_tick_at`: epoch seconds UTC.

    `experts`: names of the EAs on its charts; `log_lines`: the newest of its logs, oldest first. Of both
    None says that they are as they were said last.
    """

    process: Literal["running", "dead", "unknown"]
    path: str = ""
    connected: bool | None = None
    algo_trading: bool | None = None
    last_tick_at: float | None = None
    latency_ms: float | None = None
    log_errors: int = 0
    last_log_error: str = ""
    log_lines: list[LogLine] | None = None
    experts: list[str] | None = None
    restarts: int = 0


class MachineReport(Said, frozen=True, kw_only=True):
    """`POST /machine`."""

    terminal_id: str
    machine: Machine
    terminal: SeenTerminal


class Enrolment(Message, frozen=True, kw_only=True):
    """`POST /enrol`: what a terminal says of itself beside its owner's pairing code."""

    pairing_code: str
    platform: Literal["mt5", "mt4", "paper"]
    login: int | str
    server: str
    build: int | None = None


class EnrolmentReply(Message, frozen=True, kw_only=True, omit_defaults=False):
    """The terminal's own token; `expires_at` is ISO-8601 UTC."""

    success: bool = True
    terminal_id: str
    token: str
    expires_at: str


class AssignmentRequest(Message, frozen=True, kw_only=True):
    """`POST /webhook/runner/assignment`: trades a one-start token for the work.

    `runner`: a random word of this process. Whoever asks first has the work, and only they get it again.
    """

    assignment_token: str
    runner: str | msgspec.UnsetType = msgspec.UNSET


class BrokerLogin(Message, frozen=True, kw_only=True):
    """Where and as whom the runner's terminal signs in. Opened for one start only."""

    host: str
    port: int
    login: int
    password: str
    server: str

    def __repr__(self) -> str:
        return f"BrokerLogin(login={self.login}, server={self.server!r}, password=••••••)"


class GuardMarks(Message, frozen=True, kw_only=True, omit_defaults=False):
    """What the limits of a programme's phase are counted from. Money in account currency, times ISO-8601."""

    since: datetime
    first_balance: Decimal
    day: date
    day_balance: Decimal
    day_equity: Decimal
    peak_equity: Decimal
    peak_balance: Decimal
    eod_peak: Decimal
    at: datetime
    balance: Decimal
    equity: Decimal


class Guard(Message, frozen=True, kw_only=True, omit_defaults=False):
    """The programme that a runner holds its account's equity against by itself, and where it stands."""

    programme: dict[str, Any]
    phase: str
    marks: GuardMarks


class AssignmentOrigin(Message, frozen=True, kw_only=True):
    """What a run comes of: its tenant, and the request that had it started, "" for none.

    `traceparent`: the trace that its start is part of (W3C Trace Context); "" where none is kept.
    """

    tenant_id: str = ""
    request_id: str = ""
    traceparent: str = ""


class Span(Message, frozen=True, kw_only=True):
    """A piece of a run's start, as its runner measured it. Times in ns since the epoch, by its clock.

    `traceparent`: of the span itself. `parent_id`: 16 hexadecimal digits.
    """

    name: Literal["start runner", "first report"]
    traceparent: Annotated[str, msgspec.Meta(pattern="^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")]
    parent_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
    began_ns: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    ended_ns: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Spans(Said, frozen=True, kw_only=True):
    """`POST /webhook/runner/spans`."""

    spans: Annotated[list[Span], msgspec.Meta(max_length=8)]


class Assignment(Message, frozen=True, kw_only=True, omit_defaults=False):
    """The work of one run: which EA, where, with which inputs, and as whom.

    `intent`: run trades; paused starts under `pause_mode`; flatten closes the
    EA's positions and ends. `terminal_token` speaks for `terminal_id` from now on.
    `source`: the EA's own code, whose SHA-256 is `hash`, where it does not ship with the runner.
    `lease`: it trades by a lease alone, which its first heartbeat brings; None: without one.
    `guard`: the limits that it enforces by itself too; None: no programme judges the account.
    `origin`: whose it is and what it comes of, for the log alone; an older hub does not say.
    """

    success: bool = True
    instance_id: str
    run_id: str
    generation: int
    intent: Literal["run", "paused", "flatten"]
    terminal_id: str
    terminal_token: str
    expert: str
    version: str
    hash: str
    symbol: str
    magic: int
    inputs: dict[str, Any]
    pause_mode: Literal["hold", "tighten", "flatten", "freeze"] = "hold"
    platform: Literal["paper"]
    broker: BrokerLogin
    heartbeat_interval_s: float
    source: str | msgspec.UnsetType = msgspec.UNSET
    lease: Lease | None = None
    guard: Guard | None = None
    origin: AssignmentOrigin = AssignmentOrigin()


class ProblemItem(Message, frozen=True, kw_only=True):
    """One fault of a malformed body; `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


class Problem(Message, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem details. `instance` is the request id that the log has too."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemItem] = []
