"""Which trades a filter means, their order, their page and their totals. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    Expression,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Abs, Cast, ExtractHour, ExtractIsoWeekDay, NullIf, TruncTime
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThan

from metafleet.hub.journal.models import Trade, TradeReview, TradeState

ZERO = Decimal(0)
DAY: Final = timedelta(days=1)

SESSIONS: Final = {
    "asia": (ZoneInfo("Asia/Tokyo"), time(9), time(18)),
    "london": (ZoneInfo("Europe/London"), time(8), time(17)),
    "newyork": (ZoneInfo("America/New_York"), time(8), time(17)),
}
"""Each market's own business hours, so in its own summer time: Tokyo's are 0 to 9 UTC all the
year, London's 8 to 17 UTC in winter and 7 to 16 in summer, New York's 13 to 22 and 12 to 21.
London and New York overlap for four hours, which are in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFilter:
    """Which trades; what is empty or None means any. `magic` goes with one account.

    `weekday` (0 is Monday), `hour` and `session` are the entry's; `closed_on` is the day of the
    exit; days and hours are those of `zone`. `since` and `until` take what was open in between.
    """

    accounts: tuple[UUID, ...] = ()
    magic: int | None = None
    symbols: tuple[str, ...] = ()
    state: str = ""
    side: str = ""
    since: datetime | None = None
    until: datetime | None = None
    tags: tuple[str, ...] = ()
    rating: int | None = None
    weekday: int | None = None
    hour: int | None = None
    session: str = ""
    result: str = ""
    text: str = ""
    closed_on: date | None = None
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - it cannot change
    sort: str = "-exited_at"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over trades of one account or currency. Money in its currency; losses are negative."""

    trades: int = 0
    open: int = 0
    wins: int = 0
    losses: int = 0
    evens: int = 0
    profit: Decimal = ZERO
    commission: Decimal = ZERO
    swap: Decimal = ZERO
    fee: Decimal = ZERO
    net_profit: Decimal = ZERO
    gross_win: Decimal = ZERO
    gross_loss: Decimal = ZERO
    best: Decimal | None = None
    worst: Decimal | None = None

    @property
    def closed(self) -> int:
        """Won, lost and even: orphans and open trades are none of them."""
        return self.wins + self.losses + self.evens

    def __add__(self, other: Totals) -> Totals:
        mine = [value for value in (self.best, other.best) if value is not None]
        worst = [value for value in (self.worst, other.worst) if value is not None]
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMMED}
        return Totals(**sums, best=max(mine, default=None), worst=min(worst, default=None))


_SUMMED: Final = (
    "trades", "open", "wins", "losses", "evens", "profit", "commission", "swap", "fee", "net_profit",
    "gross_win", "gross_loss",
)  # fmt: skip


def trades(*, tenant_id: UUID, chosen: TradeFilter) -> QuerySet[Trade]:
    """Return the trades that the filter matches, sorted; unknown sort keys fall back to the newest exit."""
    return sorted_by(matching(tenant_id=tenant_id, chosen=chosen), chosen.sort)


def matching(*, tenant_id: UUID, chosen: TradeFilter, any_time: bool = False) -> QuerySet[Trade]:
    """Return the trades that the filter matches, in no order; `any_time` forgets `since` and `until`."""
    found = Trade.objects.filter(_by_columns(chosen), tenant_id=tenant_id).order_by()
    for condition in (*_by_entry(chosen), *_by_review(tenant_id, chosen)):
        found = found.filter(condition)
    if chosen.since and not any_time:
        found = found.filter(Q(exited_at__gte=chosen.since) | Q(exited_at__isnull=True))
    if chosen.until and not any_time:
        # Of an orphan only the exit is known.
        orphan = Q(entered_at__isnull=True, exited_at__lt=chosen.until)
        found = found.filter(Q(entered_at__lt=chosen.until) | orphan)
    return found


def sorted_by(found: QuerySet[Trade], sort: str) -> QuerySet[Trade]:
    """Return them in a total order, so that no page repeats or misses a trade."""
    name = sort.removeprefix("-")
    key = _SORTS.get(name)
    if key is None:
        sort, key = "-exited_at", F("exited_at")
    # Open trades have no exit: they stand first among the newest, as PostgreSQL sorts nulls. Of other
    # keys, what has none stands last.
    is_last = True if name in _SORTED_LAST else None
    first = key.desc(nulls_last=is_last) if sort.startswith("-") else key.asc()
    return found.order_by(first, "-entered_at", "-position_id", "id")


def page_of(found: QuerySet[Trade], *, first: int, size: int, total: int) -> list[Trade]:
    """Return up to `size` of the sorted trades from `first` on.

    total: how many there are. In the farther half it is read from the other end.
    """
    if first >= total:
        return []
    if first <= total // 2:
        keys = list(found.values_list("id", flat=True)[first : first + size])
    else:
        end = max(0, total - first - size)
        keys = list(found.reverse().values_list("id", flat=True)[end : total - first])[::-1]
    # Only keys are sorted: whole rows are read for this page alone.
    rows = Trade.objects.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def totals_by_account(found: QuerySet[Trade]) -> dict[UUID, Totals]:
    """Return the totals over all of these trades, by account, in one pass."""
    made: dict[UUID, Totals] = {}
    rows = (
        found.order_by()
        .values("account_id", "state", sign=_SIGN)
        # An aggregate may not have the name of a column that a later one sums.
        .annotate(
            trades=Count("*"),
            costs=Sum("commission"),
            swaps=Sum("swap"),
            fees=Sum("fee"),
            net=Sum("net_profit"),
            best=Max("net_profit"),
            worst=Min("net_profit"),
        )
    )
    for row in rows:
        account_id = row["account_id"]
        made[account_id] = made.get(account_id, Totals()) + _totals(dict(row))
    return made


# Groups by a small number are made in half the time of groups by a decimal.
_SIGN: Final = Case(
    When(net_profit__gt=0, then=Value(1)), When(net_profit__lt=0, then=Value(-1)), default=Value(0)
)


def total(of: Iterable[Totals]) -> Totals:
    """Return the sum; whoever calls sees to it that they are of one currency."""
    return sum(of, start=Totals())


def r_multiple(trade: Trade) -> Decimal | None:
    """Return side × (exit − entry) / |entry − first stop|; None without a stop, or while open.

    Source: Van K. Tharp, Trade Your Way to Financial Freedom: one R is what was risked at first.
    """
    if trade.entry_price is None or trade.exit_price is None or trade.initial_stop is None:
        return None
    risked = abs(trade.entry_price - trade.initial_stop)
    made = (
        trade.exit_price - trade.entry_price if trade.side == "buy" else trade.entry_price - trade.exit_price
    )
    return made / risked if risked and trade.state != TradeState.OPEN else None


def money_per_price(trade: Trade) -> Decimal | None:
    """Return what one unit of price is worth in account currency, by what the trade itself made.

    None where it ended at its entry, or is not over.
    """
    if trade.entry_price is None or trade.exit_price is None or trade.state != TradeState.CLOSED:
        return None
    moved = trade.exit_price - trade.entry_price
    return abs(trade.profit / moved) if moved and trade.profit else None


def r_expression() -> Expression:
    """`r_multiple` as the database works it out, for closed trades; null where there is none."""
    made = Case(
        When(side="buy", then=F("exit_price") - F("entry_price")),
        default=F("entry_price") - F("exit_price"),
        output_field=DecimalField(),
    )
    risked = NullIf(Abs(F("entry_price") - F("initial_stop")), Value(ZERO))
    return Case(When(~Q(state=TradeState.OPEN), then=made / risked), output_field=DecimalField())


_SORTS: Final[dict[str, Any]] = {
    **{
        name: F(name)
        for name in ("exited_at", "entered_at", "symbol", "side", "magic", "state", "exit_reason")
    },
    # Floats are compared several times quicker than decimals, and tell any two amounts apart.
    **{name: Cast(name, FloatField()) for name in ("net_profit", "profit", "volume", "commission", "swap")},
    "duration_s": F("exited_at") - F("entered_at"),
    "r": Cast(r_expression(), FloatField()),
}


_SORTED_LAST: Final = ("r", "duration_s", "magic")
"""Keys that a trade may lack without that being news; their indexless sort may place it anywhere."""


def in_session(session: str) -> list[Any]:
    """Return the conditions that the entry was in the session's hours; see SESSIONS."""
    zone, opens, closes = SESSIONS[session]
    clock = TruncTime("entered_at", tzinfo=zone)
    return [GreaterThanOrEqual(clock, opens), LessThan(clock, closes)]


def _by_columns(chosen: TradeFilter) -> Q:
    equal = {
        "account_id__in": chosen.accounts,
        "magic": chosen.magic,
        "symbol__in": chosen.symbols,
        "state": chosen.state,
        "side": chosen.side,
    }
    condition = Q(**{name: value for name, value in equal.items() if value or value == 0})
    if chosen.result:
        sign = {"win": "net_profit__gt", "loss": "net_profit__lt", "even": "net_profit"}[chosen.result]
        condition &= Q(state=TradeState.CLOSED, **{sign: ZERO})
    if chosen.closed_on:
        begins = datetime.combine(chosen.closed_on, time(), chosen.zone)
        ends = datetime.combine(chosen.closed_on + DAY, time(), chosen.zone)
        condition &= Q(exited_at__gte=begins, exited_at__lt=ends)
    return condition


def _by_entry(chosen: TradeFilter) -> list[Any]:
    """What the entry's clock says. As expressions, since only the entry's instant is a column."""
    conditions: list[Any] = []
    if chosen.weekday is not None:
        day = ExtractIsoWeekDay("entered_at", tzinfo=chosen.zone)
        conditions.append(Exact(day, chosen.weekday + 1))
    if chosen.hour is not None:
        conditions.append(Exact(ExtractHour("entered_at", tzinfo=chosen.zone), chosen.hour))
    if chosen.session:
        conditions += in_session(chosen.session)
    return conditions


def _by_review(tenant_id: UUID, chosen: TradeFilter) -> list[Any]:
    """What its trader said of it. Reviews are named by position: trades are folded anew."""
    own = TradeReview.objects.filter(
        tenant_id=tenant_id,
        account_id=OuterRef("account_id"),
        position_id=OuterRef("position_id"),
        part=OuterRef("part"),
    )
    conditions: list[Any] = []
    if chosen.tags:
        conditions.append(Exists(own.filter(tags__overlap=list(chosen.tags))))
    if chosen.rating is not None:
        conditions.append(Exists(own.filter(rating=chosen.rating)))
    if chosen.text:
        words = Q(symbol__icontains=chosen.text) | Q(comment__icontains=chosen.text)
        conditions.append(words | Exists(own.filter(note__icontains=chosen.text)))
    return conditions


def _totals(row: dict[str, Any]) -> Totals:
    """A group of one state and sign."""
    count, net, closed = row["trades"], row["net"], row["state"] == TradeState.CLOSED
    sign = row["sign"] if closed else None
    return Totals(
        trades=count,
        open=count if row["state"] == TradeState.OPEN else 0,
        wins=count if sign == 1 else 0,
        losses=count if sign == -1 else 0,
        evens=count if sign == 0 else 0,
        profit=net - row["costs"] - row["swaps"] - row["fees"],
        commission=row["costs"],
        swap=row["swaps"],
        fee=row["fees"],
        net_profit=net,
        gross_win=net if sign == 1 else ZERO,
        gross_loss=net if sign == -1 else ZERO,
        best=row["best"] if closed else None,
        worst=row["worst"] if closed else None,
    )


def key_of(trade: Trade) -> tuple[UUID, int, int]:
    """Return what reviews, screenshots and candles name the trade by: its row is folded anew."""
    return trade.account_id, trade.position_id, trade.part
