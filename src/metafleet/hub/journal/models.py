from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.identity.models import Tenant, User
from metafleet.hub.kernel.models import Row


class Deal(models.Model):
    """One execution at the broker, once and for ever: (account, ticket) is its name.

    `kind` is MetaTrader 5's DEAL_TYPE (0 buy, 1 sell, 2 balance, …), `entry` its
    DEAL_ENTRY (0 in, 1 out, 2 in/out, 3 out by), null for operations that are no trade.

    Here and in the other rows that terminals write by the hundred the database does not check tenant
    and account: the statement that writes takes both from the terminal's or the account's own row,
    neither is ever deleted, and the two checks of each row cost more than the row.
    """

    pk = models.CompositePrimaryKey("account_id", "ticket")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ticket = models.BigIntegerField()
    position_id = models.BigIntegerField(null=True)
    order_id = models.BigIntegerField(null=True)
    symbol = models.CharField(max_length=32, blank=True)
    kind = models.SmallIntegerField()
    entry = models.SmallIntegerField(null=True)
    volume = models.DecimalField(max_digits=18, decimal_places=8)
    price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    executed_at = models.DateTimeField()
    profit = models.DecimalField(max_digits=20, decimal_places=8)
    commission = models.DecimalField(max_digits=20, decimal_places=8)
    swap = models.DecimalField(max_digits=20, decimal_places=8)
    fee = models.DecimalField(max_digits=20, decimal_places=8)
    magic = models.BigIntegerField(null=True)
    reason = models.SmallIntegerField(null=True)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    comment = models.CharField(max_length=255, blank=True)
    terminal_id = models.UUIDField(null=True, help_text="which terminal reported it first")
    import_id = models.UUIDField(null=True, help_text="which import brought it, where no terminal had")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # Folding: all deals of one position.
            models.Index(fields=("account", "position_id"), name="deal_position"),
            # Cash flows and the balance curve of an account.
            models.Index(fields=("tenant", "account", "executed_at"), name="deal_history"),
            # Deposits and the like, a handful among the trading.
            models.Index(
                fields=("tenant", "account", "executed_at"), condition=Q(kind__gte=2), name="deal_cash_flow"
            ),
        )


class DealReason(models.Model):
    """Why an EA sent the order of a deal, as it said with the deal; apart from what people write."""

    pk = models.CompositePrimaryKey("account_id", "ticket")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ticket = models.BigIntegerField(help_text="the deal's")
    tag = models.CharField(max_length=16, blank=True)
    note = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class TradeState(models.TextChoices):
    OPEN = "open"
    CLOSED = "closed"
    ORPHAN = "orphan"


class Trade(Row):
    """One position id, folded from its deals; rewritten whenever one of them arrives.

    `part` counts the legs of a netting position that was reversed; elsewhere 0.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    position_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4)
    state = models.CharField(max_length=6, choices=TradeState)
    volume = models.DecimalField(max_digits=24, decimal_places=8, help_text="opened lots")
    closed_volume = models.DecimalField(max_digits=24, decimal_places=8)
    entry_price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    exit_price = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    entered_at = models.DateTimeField(null=True)
    exited_at = models.DateTimeField(null=True)
    profit = models.DecimalField(max_digits=28, decimal_places=8)
    commission = models.DecimalField(max_digits=28, decimal_places=8)
    swap = models.DecimalField(max_digits=28, decimal_places=8)
    fee = models.DecimalField(max_digits=28, decimal_places=8)
    net_profit = models.DecimalField(max_digits=28, decimal_places=8)
    magic = models.BigIntegerField(null=True)
    exit_reason = models.CharField(max_length=12, blank=True)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    initial_stop = models.DecimalField(
        max_digits=18, decimal_places=8, null=True, help_text="the first entry's stop: one R away"
    )
    comment = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "position_id", "part"), name="trade_position_once"),
        )
        indexes = (
            # The journal: a tenant's newest trades, by exit and by entry.
            models.Index(fields=("tenant", "-exited_at"), name="trade_by_exit"),
            models.Index(fields=("tenant", "-entered_at"), name="trade_by_entry"),
            # What each account made, and on how many days, without reading the trades themselves.
            models.Index(
                fields=("tenant", "account", "entered_at"), include=("net_profit",), name="trade_totals"
            ),
            # An instance's trades.
            models.Index(fields=("tenant", "account", "magic", "-exited_at"), name="trade_by_magic"),
        )


class Position(models.Model):
    """One open position of the account's newest snapshot: an observation."""

    pk = models.CompositePrimaryKey("account_id", "ticket")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ticket = models.BigIntegerField()
    symbol = models.CharField(max_length=32)
    side = models.CharField(max_length=4)
    volume = models.DecimalField(max_digits=18, decimal_places=8)
    open_price = models.DecimalField(max_digits=18, decimal_places=8)
    current_price = models.DecimalField(max_digits=18, decimal_places=8)
    profit = models.DecimalField(max_digits=20, decimal_places=8)
    swap = models.DecimalField(max_digits=20, decimal_places=8)
    stop_loss = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    take_profit = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    magic = models.BigIntegerField(null=True)
    comment = models.CharField(max_length=255, blank=True)
    opened_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class EquityPoint(models.Model):
    """Balance and equity of an account, the last of each quarter of a minute."""

    pk = models.CompositePrimaryKey("account_id", "at")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    balance = models.DecimalField(max_digits=20, decimal_places=8)
    equity = models.DecimalField(max_digits=20, decimal_places=8)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)


class FailedItem(Row):
    """An item of a batch that could not be recorded, kept with the reason."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    terminal_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    digest = models.BinaryField(help_text="SHA-256 of the item, so that a repeat is kept once")
    item = models.TextField()
    reason = models.TextField()
    is_ours = models.BooleanField(db_default=False, help_text="the fault was the hub's: it retries by itself")
    attempt = models.PositiveSmallIntegerField(db_default=0)
    due_at = models.DateTimeField(null=True, help_text="when to try again; null: a person must look")
    utc_offset_s = models.IntegerField(db_default=0, help_text="server time when it arrived")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "kind", "digest"), name="failed_item_once"),
        )
        indexes = (
            # The sweep: whose time has come.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="failed_item_due"),
        )


class ChainLink(models.Model):
    """MT4 says of a partial close which order went on: "from #N" and "to #M", from either side.

    All orders that are linked are one position, named by the lowest ticket.
    """

    pk = models.CompositePrimaryKey("account_id", "ticket", "next_ticket")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    ticket = models.BigIntegerField()
    next_ticket = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (models.Index(fields=("account", "next_ticket"), name="chain_link_back"),)


class TradeReview(Row):
    """What its trader says of a trade. By position, because the trade's row is folded anew."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    position_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    rating = models.PositiveSmallIntegerField(null=True, help_text="1 to 5")
    tags = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("account", "position_id", "part"), name="trade_review_once"),
        )
        indexes = (
            # All that a tenant's people say: by tag, rating and word. The fence lets no index on the tags
            # be used, whose operators PostgreSQL does not trust with other tenants' rows.
            models.Index(fields=("tenant", "-updated_at"), name="trade_review_list"),
        )


class TradeScreenshot(Row):
    """A picture that its trader keeps with a trade: PNG, JPEG or WebP."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    position_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    media_type = models.CharField(max_length=20)
    caption = models.CharField(max_length=200, blank=True)
    image = models.BinaryField()

    class Meta:
        indexes = (models.Index(fields=("account", "position_id", "part"), name="trade_screenshot_of"),)


class CandlesState(models.TextChoices):
    """wanted → asked → stored | missing."""

    WANTED = "wanted"
    ASKED = "asked"
    STORED = "stored"
    MISSING = "missing"


class TradeCandles(models.Model):
    """The bars around a closed trade: fetched once, then measured.

    `mae` and `mfe` are how far the price went against and for the trade, in price units,
    zero or more; null while unknown.
    """

    pk = models.CompositePrimaryKey("account_id", "position_id", "part")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    account = models.ForeignKey(
        TradingAccount, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    position_id = models.BigIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=7, choices=CandlesState, default=CandlesState.WANTED)
    due_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    command_id = models.UUIDField(null=True)
    mae = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    mfe = models.DecimalField(max_digits=18, decimal_places=8, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = (
            # The sweep: whose time has come.
            models.Index(fields=("due_at",), condition=Q(due_at__isnull=False), name="trade_candles_due"),
        )


class SavedFilter(Row):
    """A view of the journal that somebody keeps under a name."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "name"), name="saved_filter_once"),)


class ShareLink(Row):
    """A public page of one account, read-only, until its owner revokes it. Only the key's hash is kept."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    key_hash = models.BinaryField(unique=True)
    title = models.CharField(max_length=80, blank=True)
    shows_money = models.BooleanField(default=False, help_text="else percentages alone")
    shows_open = models.BooleanField(default=False)
    created_by = models.CharField(max_length=254)
    revoked_at = models.DateTimeField(null=True)
    views = models.PositiveIntegerField(default=0)


class ImportState(models.TextChoices):
    """previewed → done, and undone."""

    PREVIEWED = "previewed"
    DONE = "done"
    UNDONE = "undone"


class Import(Row):
    """A file of an account's history: what it held, what of it was new, what its own totals say."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(TradingAccount, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    digest = models.BinaryField(help_text="SHA-256 of the file")
    format = models.CharField(max_length=40)
    timezone = models.CharField(max_length=64, default="UTC")
    state = models.CharField(max_length=9, choices=ImportState, default=ImportState.PREVIEWED)
    content = models.BinaryField(null=True, help_text="the file, while it is only previewed")
    summary = models.JSONField(default=dict)
    requested_by = models.CharField(max_length=254)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("tenant", "-created_at"), name="import_list"),)
