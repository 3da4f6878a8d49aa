"""An EA instance's live trades beside those of a test: the same period, version and inputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db.models import Sum

from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.statements.report import TradeLine
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.jobs import spec_of
from metafleet.engine.tester.matching import Matching, Traded, match
from metafleet.engine.tester.report import TestReport
from metafleet.hub.fleet.models import EAInstance, Platform
from metafleet.hub.journal.models import Trade
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.tester import market_data, operations
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.records import Data

_WHEN: Final = "%-d %b %Y %H:%M"
_DECIDES_WITHIN: Final = timedelta(hours=1)
"""Most EAs' bars are no longer."""


class NothingTraded(Refused):
    """There is nothing yet that a test could be held against."""


class NoSuchPrices(Refused):
    """The installation has no prices of that market and time."""


class NotOfAnInstance(Refused):
    """The backtest is of a template alone."""


def wish_for(instance: EAInstance, *, now: datetime) -> operations.Wish:
    """Return the test of what an instance has done, on prices of the market that it traded.

    Raises NothingTraded, NoSuchPrices.
    """
    begin, end = _span(instance, now)
    data = _prices(instance, begin, end)
    zone, account = zone_of(data), instance.account
    test = Test(
        symbol=instance.symbol,
        from_s=zone.wall_s(int(begin.timestamp())) // 60 * 60,
        to_s=zone.wall_s(int(end.timestamp())) // 60 * 60 + 60,
        inputs=instance.inputs,
        ticks="ohlc" if data.timeframe else "every",
        deposit=_balance(instance, begin),
        currency=account.currency,
        leverage=account.leverage or 100,
        mode="netting" if account.margin_mode == "netting" else "hedging",
        close_at_end=False,
    )
    return operations.Wish(version=instance.version, test=test, data=data, instance=instance)


def _span(instance: EAInstance, now: datetime) -> tuple[datetime, datetime]:
    found = _trades(instance).order_by("entered_at")
    first = found.values_list("entered_at", flat=True).first()
    if first is None:
        raise NothingTraded(f"{instance.name} has not traded yet, so there is nothing to compare.")
    # From where it was deployed on: what it would have entered before its first trade counts as missed.
    begin = max(instance.created_at, first.replace(hour=0, minute=0, second=0))
    # One that traded before there was a row of it decided by a bar that was over by then.
    return (begin if begin < first else first - _DECIDES_WITHIN), now


def zone_of(data: Data) -> Zone:
    """Return whose clock the times of these prices are."""
    return Zone(market_data.RECORD_ZONE if data.source == "market" else SERVER_ZONE)


def _prices(instance: EAInstance, begin: datetime, end: datetime) -> Data:
    if instance.account.platform == Platform.PAPER:
        return _recorded(instance, begin)
    zone = Zone(SERVER_ZONE)
    begin_s, end_s = zone.wall_s(int(begin.timestamp())), zone.wall_s(int(end.timestamp()))
    of_market = [
        one
        for one in market_data.all_data()
        if one.source == "file" and one.symbol == instance.symbol and one.from_s < begin_s < one.to_s
    ]
    if of_market:
        return max(of_market, key=lambda one: min(one.to_s, end_s))
    period = f"from {begin.astimezone(UTC):{_WHEN}} UTC on"
    raise NoSuchPrices(
        f"There are no prices of {instance.symbol} {period} here. Put a file of them into the market data "
        "folder (setting METAFLEET_MARKET_DATA), then compare again."
    )


def _recorded(instance: EAInstance, begin: datetime) -> Data:
    """Return the paper market's own past. Raises NoSuchPrices."""
    begin_s = int(begin.timestamp())
    for one in market_data.recorded():
        if one.symbol == instance.symbol and one.from_s < begin_s < one.to_s:
            return one
    raise NoSuchPrices(
        f"{instance.name} trades the paper market, whose prices of {instance.symbol} from "
        f"{begin.astimezone(UTC):{_WHEN}} UTC on are not recorded. What it does from now on will be: "
        "compare again after its next trades."
    )


def _balance(instance: EAInstance, begin: datetime) -> Decimal:
    """Return what the account had when the test begins: sizes hang on it. Deposits since then are not
    known."""
    state = getattr(instance.account, "state", None)
    balance: Decimal | None = getattr(state, "balance", None)
    if not balance or balance <= 0:
        return Decimal(10_000)
    since = Trade.objects.filter(
        tenant_id=instance.tenant_id, account_id=instance.account_id, exited_at__gte=begin
    ).aggregate(made=Sum("net_profit"))
    before = balance - (since["made"] or Decimal(0))
    return before if before > 0 else balance


def _trades(instance: EAInstance) -> Any:
    return Trade.objects.filter(
        tenant_id=instance.tenant_id,
        account_id=instance.account_id,
        magic=instance.magic,
        entered_at__isnull=False,
        entry_price__isnull=False,
    )


def compared(row: Backtest) -> Matching:
    """Return the instance's live trades in the tested time beside the tested ones. Times in UTC.

    Raises NotOfAnInstance, NoReport.
    """
    if row.instance is None:
        raise NotOfAnInstance("This backtest is of a template, so there are no live trades to compare with.")
    report = msgspec.json.decode(operations.report_of(row), type=TestReport)
    zone = zone_of(msgspec.convert(row.data, Data))
    begin, end = (
        datetime.fromtimestamp(zone.utc_s(msc // 1000), UTC) for msc in (report.begin_msc, report.end_msc)
    )
    live = _trades(row.instance).filter(entered_at__gte=begin, entered_at__lt=end).order_by("entered_at")
    return match(
        [_live(one) for one in live],
        [_tested(one, zone) for one in report.trades if one.entered_msc is not None],
        point=spec_of(row.symbol).point,
    )


def _live(trade: Trade) -> Traded:
    assert trade.entered_at is not None  # noqa: S101 - asked for
    is_closed = trade.exited_at is not None and trade.exit_price is not None
    return Traded(
        id=str(trade.id),
        side="buy" if trade.side == "buy" else "sell",
        volume=float(trade.volume),
        entered_s=trade.entered_at.timestamp(),
        entry_price=float(trade.entry_price or 0),
        exited_s=trade.exited_at.timestamp() if is_closed and trade.exited_at else None,
        exit_price=float(trade.exit_price) if is_closed and trade.exit_price is not None else None,
        profit=float(trade.profit),
        net=float(trade.net_profit),
    )


def _tested(line: TradeLine, zone: Zone) -> Traded:
    return Traded(
        id=str(line.position),
        side="buy" if line.side == "buy" else "sell",
        volume=line.volume,
        entered_s=_utc(line.entered_msc or 0, zone),
        entry_price=line.entry_price or 0.0,
        exited_s=None if line.exited_msc is None else _utc(line.exited_msc, zone),
        exit_price=line.exit_price,
        profit=line.profit,
        net=line.net,
    )


def _utc(msc: int, zone: Zone) -> float:
    return zone.utc_s(msc // 1000) + msc % 1000 / 1000
