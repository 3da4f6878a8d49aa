"""What a usual day's move costs an account for each lot of the symbols it trades. Read only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Sum

from metafleet.engine.market.symbolfile import known_symbols
from metafleet.hub.fleet.models import Platform, TradingAccount
from metafleet.hub.journal.models import Position, Trade, TradeState
from metafleet.hub.market import days

MOST_SYMBOLS: Final = 5
LATELY: Final = timedelta(days=30)
_LOOKED_AT: Final = 200
"""Of the newest trades, to learn what a move is worth."""
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Sample:
    """What a move of the price made. moved: in price, in the direction of the trade; volume in lots."""

    moved: Decimal
    volume: Decimal
    profit: Decimal


@dataclass(frozen=True, slots=True)
class Move:
    """A symbol of an account. is_open: there are positions in it. average: the mean true range of `days`
    days, in its price; money_per_lot: what such a move costs for each lot, in the account's currency.
    None where candles, or the worth of a move, are not known."""

    symbol: str
    is_open: bool
    days: int
    average: Decimal | None
    money_per_lot: Decimal | None


def moves(*, account: TradingAccount, now: datetime) -> list[Move]:
    """Return those of its symbols with open positions, the most lots first; else those traded lately."""
    is_open, symbols = _symbols(account.id, now)
    if not symbols:
        return []
    ranges = days.daily_ranges(
        tenant_id=account.tenant_id,
        server=account.server,
        symbols=symbols,
        utc_offset_s=account.utc_offset_s,
        now=now,
    )
    worths = _worths(account, symbols)
    return [_move(symbol, is_open, ranges.get(symbol), worths.get(symbol)) for symbol in symbols]


def worth_of_move(samples: Iterable[Sample]) -> Decimal | None:
    """Return what a lot makes in account currency when the price moves by one.

    It is profit / (volume × move) of the sample that made or lost most, because profit is rounded to
    cents; contract size and exchange rate are both in it. None where nothing has moved yet.
    """
    telling = [one for one in samples if one.moved and one.volume > 0 and one.profit / one.moved > 0]
    best = max(telling, key=lambda one: abs(one.profit), default=None)
    return best.profit / (best.volume * best.moved) if best else None


def _move(symbol: str, is_open: bool, known: days.DailyRange | None, worth: Decimal | None) -> Move:
    if known is None:
        return Move(symbol, is_open, 0, None, None)
    cost = None if worth is None else (known.average * worth).quantize(_CENT)
    return Move(symbol, is_open, known.days, known.average, cost or None)


def _symbols(account_id: UUID, now: datetime) -> tuple[bool, list[str]]:
    held = Position.objects.filter(account_id=account_id).values("symbol").annotate(lots=Sum("volume"))
    open_now = list(held.order_by("-lots", "symbol").values_list("symbol", flat=True)[:MOST_SYMBOLS])
    if open_now:
        return True, open_now
    traded = Trade.objects.filter(account_id=account_id, entered_at__gt=now - LATELY)
    lately = traded.values("symbol").annotate(last=Max("entered_at")).order_by("-last", "symbol")
    return False, list(lately.values_list("symbol", flat=True)[:MOST_SYMBOLS])


def _worths(account: TradingAccount, symbols: Sequence[str]) -> dict[str, Decimal]:
    """The paper broker's contracts are known; of other brokers' what the account's own trades say."""
    if account.platform == Platform.PAPER:
        specs = [spec for symbol in symbols if (spec := known_symbols().get(symbol))]
        known = {
            spec.name: Decimal(str(spec.contract_size))
            for spec in specs
            if spec.currency_profit == account.currency
        }
    else:
        known = {}
    others = [symbol for symbol in symbols if symbol not in known]
    samples = _samples(account, others) if others else []
    for symbol in others:
        worth = worth_of_move(sample for name, sample in samples if name == symbol)
        if worth is not None:
            known[symbol] = worth
    return known


def _samples(account: TradingAccount, symbols: Sequence[str]) -> list[tuple[str, Sample]]:
    held = Position.objects.filter(account_id=account.id, symbol__in=symbols).values_list(
        "symbol", "side", "open_price", "current_price", "volume", "profit"
    )
    closed = (
        Trade.objects.filter(
            tenant_id=account.tenant_id, account_id=account.id, symbol__in=symbols,
            state=TradeState.CLOSED, exit_price__isnull=False, entry_price__isnull=False,
        )
        .order_by("-exited_at")
        .values_list("symbol", "side", "entry_price", "exit_price", "closed_volume", "profit")
    )  # fmt: skip
    found: list[tuple[Any, ...]] = [*held[:_LOOKED_AT], *closed[:_LOOKED_AT]]
    return [
        (symbol, Sample((to - since) if side == "buy" else (since - to), volume, profit))
        for symbol, side, since, to, volume, profit in found
    ]
