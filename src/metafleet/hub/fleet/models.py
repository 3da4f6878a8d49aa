from __future__ import annotations

from django.db import models
from django.db.models import Q

from metafleet.hub.catalogue.models import EATemplate, EAVersion
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.models import Row


class Platform(models.TextChoices):
    PAPER = "paper"
    MT5 = "mt5"
    MT4 = "mt4"


class TradingAccount(Row):
    """A login at a broker's server. Its password is in the vault, under this row's id."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60)
    platform = models.CharField(max_length=8, choices=Platform)
    login = models.BigIntegerField()
    server = models.CharField(max_length=64)
    currency = models.CharField(max_length=8)
    leverage = models.PositiveIntegerField(null=True)
    margin_mode = models.CharField(max_length=8, null=True)
    utc_offset_s = models.IntegerField(default=0, help_text="server time, seconds east of UTC")
    server_timezone = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="IANA name; where set it says the offset, summer and winter",
    )
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # A login is connected once per tenant; one that was removed may come back.
            models.UniqueConstraint(
                fields=("tenant", "server", "login"),
                condition=Q(deleted_at__isnull=True),
                name="account_login_once",
            ),
        )


class AccountState(models.Model):
    """The last that any terminal said of an account: an observation, latest wins."""

    account = models.OneToOneField(
        TradingAccount, on_delete=models.CASCADE, primary_key=True, related_name="state"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    balance = models.DecimalField(max_digits=18, decimal_places=2)
    equity = models.DecimalField(max_digits=18, decimal_places=2)
    margin = models.DecimalField(max_digits=18, decimal_places=2)
    free_margin = models.DecimalField(max_digits=18, decimal_places=2)
    open_positions = models.PositiveIntegerField(default=0)
    observed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class DesiredState(models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class InstanceState(models.TextChoices):
    """deploying → running ⇄ paused → stopping → stopped, and error from anywhere."""

    DEPLOYING = "deploying"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ERROR = "error"


class PauseMode(models.TextChoices):
    """What a paused EA still does, from the mildest to the strictest."""

    HOLD = "hold", "No new entries; stops and exits go on"
    TIGHTEN = "tighten", "No new entries; stops move to break-even or nearer"
    FLATTEN = "flatten", "Close its positions, then hold"
    FREEZE = "freeze", "The EA sends nothing at all; its broker-side stops stay"


class EAInstance(Row):
    """An EA template deployed on an account and symbol: what is wanted, and what is so.

    `generation` grows with every start; a report of an older one confirms nothing.
    `reconcile_due_at` says when to look next, `lease_until` that somebody looks now.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="instances")
    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    symbol = models.CharField(max_length=32)
    name = models.CharField(max_length=60)
    magic = models.BigIntegerField(help_text="marks this EA's orders on the account")
    inputs = models.JSONField(default=dict)
    desired_state = models.CharField(max_length=8, choices=DesiredState)
    close_on_stop = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=InstanceState)
    status_text = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    generation = models.PositiveIntegerField(default=0)
    reconcile_due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    crash_count = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    pause_mode = models.CharField(max_length=8, choices=PauseMode, blank=True, db_default="")
    paused_by = models.CharField(max_length=254, blank=True, db_default="")
    paused_by_person = models.BooleanField(default=False, db_default=False)
    pause_reason = models.CharField(max_length=300, blank=True, db_default="")
    paused_until = models.DateTimeField(null=True, help_text="null: until somebody resumes it")
    host = models.ForeignKey(
        "Host", on_delete=models.SET_NULL, related_name="instances", null=True, help_text="where it is placed"
    )
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            # Two active EAs on one account trade different symbols.
            models.UniqueConstraint(
                fields=("account", "symbol"),
                condition=~Q(desired_state="stopped"),
                name="instance_symbol_once",
            ),
            # A deal's magic number names one instance of its account.
            models.UniqueConstraint(fields=("account", "magic"), name="instance_magic_once"),
        )
        indexes = (
            models.Index(fields=("tenant", "created_at"), name="instance_list"),
            # The sweep: whose time has come.
            models.Index(
                fields=("reconcile_due_at",),
                condition=Q(reconcile_due_at__isnull=False),
                name="instance_due",
            ),
            # Pauses that end by the clock.
            models.Index(
                fields=("paused_until",), condition=Q(paused_until__isnull=False), name="instance_pause_end"
            ),
        )


class Terminal(Row):
    """What speaks the protocol for one account: a hosted runner's, or a customer's own.

    Tokens name the terminal and carry `token_version`: raising it ends every older token.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="terminals")
    instance = models.OneToOneField(EAInstance, on_delete=models.PROTECT, related_name="terminal", null=True)
    platform = models.CharField(max_length=8, choices=Platform)
    token_version = models.PositiveIntegerField(default=1)
    revoked_at = models.DateTimeField(null=True)
    protocol = models.PositiveSmallIntegerField(null=True, help_text="the version that it spoke last")
    build = models.PositiveIntegerField(null=True)
    version = models.CharField(max_length=40, blank=True)
    utc_offset_s = models.IntegerField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    label = models.CharField(max_length=60, blank=True, db_default="")
    enrolled_at = models.DateTimeField(null=True)
    linked_at = models.DateTimeField(null=True, help_text="last heartbeat that was signed in to the broker")
    trade_allowed = models.BooleanField(null=True)
    snapshot_at = models.DateTimeField(null=True, help_text="when its newest snapshot of positions arrived")
    crossed_at = models.DateTimeField(
        null=True, help_text="since when it speaks for another account than its own; null: it does not"
    )


class PairingCode(Row):
    """Lets a terminal enrol itself, once, within minutes. Only the code's hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="pairing_codes")
    code_hash = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class TerminalTrouble(models.Model):
    """What was refused of a terminal, counted by kind: an observation, for its owner to see.

    `kind` is "identity" (it spoke for another account) or "limit." and the limit's name.
    """

    pk = models.CompositePrimaryKey("terminal_id", "kind")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="troubles", db_index=False)
    kind = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    detail = models.CharField(max_length=300, blank=True)
    last_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class RunState(models.TextChoices):
    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"


class HostState(models.TextChoices):
    """active → draining → gone; lost when it is not heard any more, back to active when it is."""

    ACTIVE = "active"
    DRAINING = "draining"
    LOST = "lost"
    GONE = "gone"


class Host(Row):
    """A machine that runs EA runners. The operator's, not a tenant's."""

    name = models.CharField(max_length=120, unique=True)
    driver = models.CharField(max_length=20)
    group = models.CharField(max_length=60, blank=True, help_text="the scaling group that made it")
    provider_id = models.CharField(max_length=120, blank=True, help_text="its id at the cloud or the engine")
    state = models.CharField(max_length=8, choices=HostState, default=HostState.ACTIVE)
    state_reason = models.CharField(max_length=300, blank=True)
    cpu = models.FloatField(help_text="cores")
    memory_mb = models.PositiveIntegerField()
    cpu_percent = models.FloatField(null=True, help_text="of all its cores")
    memory_used_mb = models.FloatField(null=True)
    versions = models.JSONField(default=dict, help_text="of its parts, as {engine, agent, image}")
    usd_per_hour = models.DecimalField(max_digits=10, decimal_places=5, default=0)
    seen_at = models.DateTimeField(null=True)
    drained_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("state", "name"), name="host_list"),)


class ScalingGroup(Row):
    """Hosts that are made and removed together, and the rule for how many. The operator's."""

    name = models.CharField(max_length=60, unique=True)
    provider = models.CharField(max_length=20, help_text="simulated or aws")
    settings = models.JSONField(default=dict, help_text="the provider's own, as {asg, region}")
    per_host = models.PositiveIntegerField(help_text="active EAs on one host")
    buffer = models.PositiveIntegerField(default=1, help_text="hosts beyond what is needed now")
    minimum = models.PositiveIntegerField(default=5)
    maximum = models.PositiveIntegerField(default=50)
    weekend_minimum = models.PositiveIntegerField(null=True, help_text="while markets are closed")
    is_dry_run = models.BooleanField(default=False, help_text="decide and log, change nothing")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)


class ScalingDecision(Row):
    """What the autoscaler decided, and why. Written only when something changed or failed."""

    group = models.ForeignKey(ScalingGroup, on_delete=models.CASCADE, related_name="decisions")
    action = models.CharField(max_length=8, help_text="up, down, drain, none")
    active = models.PositiveIntegerField(help_text="EAs that need a place")
    hosts = models.PositiveIntegerField(help_text="hosts before")
    wanted = models.PositiveIntegerField(help_text="hosts after")
    reason = models.CharField(max_length=300)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=("group", "-created_at"), name="scaling_decision_list"),)


class Run(Row):
    """One life of an instance in a runtime.

    `sealed_assignment` is the work under a key that only the runner's one-start token
    gives; the row keeps that token's hash alone.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="runs")
    generation = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=RunState)
    intent = models.CharField(max_length=8)
    driver = models.CharField(max_length=20)
    host = models.CharField(max_length=120, blank=True)
    handle = models.JSONField(default=dict, help_text="what the driver needs to find the runtime again")
    limits = models.CharField(max_length=120, blank=True)
    assignment_hash = models.BinaryField(null=True)
    sealed_assignment = models.BinaryField(null=True)
    assignment_expires_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    reported_status = models.CharField(max_length=8, blank=True)
    reported_error = models.TextField(blank=True)
    report = models.JSONField(null=True, help_text="the first heartbeat's own words")
    first_heartbeat_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    cpu_percent = models.FloatField(null=True)
    memory_mb = models.FloatField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("instance", "generation"), name="run_generation_once"),
        )
        indexes = (
            # The narrow door of a starting runner.
            models.Index(
                fields=("assignment_hash",),
                condition=Q(assignment_hash__isnull=False),
                name="run_assignment",
            ),
        )


class Receipt(Row):
    """Proof of one deployment, written once, from what the runner itself reported."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="receipt")
    document = models.JSONField()


class TradingSession(Row):
    """A terminal's connected time: from its first heartbeat until it was silent for too long."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    started_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("terminal",), condition=Q(ended_at__isnull=True), name="session_open_once"
            ),
        )
        indexes = (models.Index(fields=("tenant", "account", "-started_at"), name="session_list"),)


class Resolution(models.TextChoices):
    """How long a row of EAPerformance stands for, and how long it is kept: 7 days, 90 days, for ever."""

    RAW = "raw"
    MINUTE = "minute"
    HOUR = "hour"


class EAPerformance(models.Model):
    """How an EA instance did at an instant: an observation. Minutes and hours are the last of theirs.

    Money in account currency; `trades`: closed so far; `cpu_percent` of one core.
    """

    pk = models.CompositePrimaryKey("instance_id", "resolution", "at")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    instance = models.ForeignKey(
        EAInstance, on_delete=models.CASCADE, related_name="performance", db_index=False
    )
    resolution = models.CharField(max_length=6, choices=Resolution)
    at = models.DateTimeField()
    balance = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    equity = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    profit = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    trades = models.PositiveIntegerField(default=0)
    cpu_percent = models.FloatField(null=True)
    memory_mb = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # What is too old, by how long it is kept.
            models.Index(fields=("resolution", "at"), name="performance_age"),
        )


class RolloutState(models.TextChoices):
    """canary → promoted or rolled_back; stopped by a person leaves everything as it is."""

    CANARY = "canary"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    STOPPED = "stopped"


class Rollout(Row):
    """A version of a template on its way to the instances that run an older one. The operator's."""

    template = models.ForeignKey(EATemplate, on_delete=models.PROTECT, related_name="+")
    from_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    to_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=11, choices=RolloutState, default=RolloutState.CANARY)
    canaries = models.PositiveIntegerField(help_text="instances that go first")
    watch_minutes = models.PositiveIntegerField(default=60, help_text="from the last canary's start on")
    criteria = models.JSONField(default=dict, help_text="as {maxLossPercent, maxCrashes, maxLateHeartbeats}")
    started_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=300, blank=True, help_text="why it ended as it did")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("template",), condition=Q(ended_at__isnull=True), name="rollout_one_at_a_time"
            ),
        )


class RolloutMember(Row):
    """An instance that a rollout moved, and what it was before: the way back."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    rollout = models.ForeignKey(Rollout, on_delete=models.PROTECT, related_name="members")
    instance = models.ForeignKey(EAInstance, on_delete=models.PROTECT, related_name="+")
    is_canary = models.BooleanField()
    before_version = models.ForeignKey(EAVersion, on_delete=models.PROTECT, related_name="+")
    before_inputs = models.JSONField()
    equity_at_move = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    moved_at = models.DateTimeField()
    moved_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("rollout", "instance"), name="rollout_member_once"),)


class KillSwitch(Row):
    """One use of the kill switch over a tenant's fleet: who, why, what it met, and how long it took."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    requested_by = models.CharField(max_length=254)
    reason = models.CharField(max_length=300)
    preview = models.JSONField(help_text="accounts, positions and exposure when it was used")
    closes_foreign = models.BooleanField(default=False, help_text="also what no EA of ours opened")
    command_ids = models.JSONField(default=list)
    flat_at = models.DateTimeField(null=True, help_text="when the last account was seen without a position")
    due_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("tenant", "-created_at"), name="kill_switch_list"),
            # Those that are watched until all is flat.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="kill_switch_due"),
        )


class CommandState(models.TextChoices):
    """queued → leased → done | failed → dead."""

    QUEUED = "queued"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    DEAD = "dead"


class Command(Row):
    """An order to a terminal, durable from the request to the known result.

    `finished_at` is null as long as it is queued or leased. No index knows `state` or `due_at`:
    so a lease, which changes them, touches none.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="commands", db_index=False)
    type = models.CharField(max_length=20)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=6, choices=CommandState, default=CommandState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    requested_by = models.CharField(max_length=254)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            # A terminal asks for what is due to it, oldest first.
            models.Index(
                fields=("terminal", "created_at", "id"), condition=Q(finished_at=None), name="command_open"
            ),
            models.Index(fields=("terminal", "-created_at"), name="command_history"),
            # A tenant's newest commands, and those that need a person.
            models.Index(fields=("tenant", "-created_at"), name="command_list"),
            # The metrics: how many died lately.
            models.Index(
                fields=("finished_at",), condition=Q(finished_at__isnull=False), name="command_finished"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(finished_at=None, state__in=("queued", "leased"))
                | Q(finished_at__isnull=False, state__in=("done", "failed", "dead")),
                name="command_is_finished",
            ),
        )
