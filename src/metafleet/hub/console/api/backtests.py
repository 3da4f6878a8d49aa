"""Backtests: ask, watch, read, compare, cancel, delete; and what an instance did beside its test."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router, Status
from ninja.params.functions import Query as QueryParam

from metafleet.engine.market.timeframes import BY_NAME
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.matching import WINDOW_S, Traded
from metafleet.engine.tester.report import TestReport
from metafleet.hub.billing import operations as billing
from metafleet.hub.catalogue import queries as catalogue
from metafleet.hub.console import files
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import backtests as shown
from metafleet.hub.fleet import offers
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.signals.models import ModelVersion
from metafleet.hub.tester import foretelling, market_data, operations, queries, retesting
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.records import Data

router = Router(by_alias=True)
MOST_COMPARED: Final = 8
_LISTED: Final = 500
_DOCUMENT: Final = {"responses": {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}}
_CSV: Final = {"responses": {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}}


@router.get("/backtests/options", response=shown.BacktestOptions)
@needs(Right.READ, takes_limited_keys=False)
def backtest_options(request: HttpRequest) -> shown.BacktestOptions:
    """The prices that there are, and what the plan allows."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        allowed = plan.backtests
        return shown.BacktestOptions(
            data=[data_shown(one) for one in market_data.all_data()],
            unreadable=[shown.UnreadableFile.model_validate(row) for row in market_data.unreadable()],
            models=[_model_shown(row) for row in foretelling.usable(plan)],
            timeframes=list(BY_NAME),
            limits=shown.BacktestLimits(
                at_once=allowed.at_once,
                kept=allowed.kept,
                years=allowed.years,
                kept_now=queries.kept(tenant_id=who.tenant_id),
                under_way=queries.under_way(tenant_id=who.tenant_id),
            ),
        )


@router.get("/backtests", response=list[shown.Backtest])
@needs(Right.READ, takes_limited_keys=False)
def list_backtests(
    request: HttpRequest, template: UUID | None = None, instance: UUID | None = None
) -> list[shown.Backtest]:
    """The newest first."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = queries.backtests(tenant_id=who.tenant_id)
        if template is not None:
            rows = rows.filter(version__template_id=template)
        if instance is not None:
            rows = rows.filter(instance_id=instance)
        listed = list(rows[:_LISTED])
        defaults = _defaults({row.version_id for row in listed})
        return [_shown(row, defaults) for row in listed]


@router.post("/backtests", response={202: shown.Backtest})
@needs(Right.DEPLOY, takes_limited_keys=False)
def ask_for_backtest(request: HttpRequest, form: shown.BacktestForm) -> Status[shown.Backtest]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = operations.ask(
            tenant_id=who.tenant_id, actor=who.name, wish=wish_of(who, form), now=clock.now()
        )
        return Status(202, _shown(row))


@router.get("/backtests/compare", response=list[shown.ComparedBacktest])
@needs(Right.READ, takes_limited_keys=False)
def compare_backtests(
    request: HttpRequest, ids: Annotated[list[UUID], QueryParam(min_length=1, max_length=MOST_COMPARED)]
) -> list[shown.ComparedBacktest]:
    """Those that are done, in the order asked for: their figures and curves."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = queries.several(tenant_id=who.tenant_id, ids=ids)
        return [_compared(row) for row in rows if row.figures is not None]


@router.get("/backtests/{uuid:backtest_id}", response=shown.Backtest)
@needs(Right.READ, takes_limited_keys=False)
def get_backtest(request: HttpRequest, backtest_id: UUID) -> shown.Backtest:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _shown(_find(who, backtest_id))


@router.get("/backtests/{uuid:backtest_id}/report", openapi_extra=_DOCUMENT)
@needs(Right.READ, takes_limited_keys=False)
def get_backtest_report(request: HttpRequest, backtest_id: UUID) -> HttpResponseBase:
    """The report's document, as the tester wrote it."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        document = operations.report_of(_find(who, backtest_id))
    return HttpResponse(document, content_type="application/json")


@router.get("/backtests/{uuid:backtest_id}/trades.csv", openapi_extra=_CSV)
@needs(Right.READ, takes_limited_keys=False)
def export_backtest_trades(request: HttpRequest, backtest_id: UUID) -> HttpResponseBase:
    """Its trades, by entry. Times by the server's clock."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = _find(who, backtest_id)
        trades = _report(row).trades
    columns = (
        *("position", "symbol", "side", "volume", "entered", "entry_price", "exited", "exit_price"),
        *("sl", "tp", "profit", "costs", "net", "mae", "mfe", "r", "exit_reason", "comment", "tag"),
    )
    page = [
        msgspec.structs.asdict(one) | {"entered": _wall(one.entered_msc), "exited": _wall(one.exited_msc)}
        for one in trades
    ]
    response = HttpResponse(
        b"".join(files.csv_pages(columns, [page])), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="backtest-{row.symbol}-{row.id}.csv"'
    return response


@router.get("/backtests/{uuid:backtest_id}/live", response=shown.LiveComparison)
@needs(Right.READ, takes_limited_keys=False)
def compare_with_live(request: HttpRequest, backtest_id: UUID) -> shown.LiveComparison:
    """What the instance traded in the tested time, trade by trade beside what the test did."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        found = retesting.compared(_find(who, backtest_id))
    return shown.LiveComparison(
        window_s=WINDOW_S,
        pairs=[
            shown.TradePair(
                live=_traded(pair.live),
                tested=_traded(pair.tested),
                late_s=pair.late_s,
                entry_slippage_points=pair.entry_slippage_points,
                exit_slippage_points=pair.exit_slippage_points,
                slippage_money=pair.slippage_money,
            )
            for pair in found.pairs
        ],
        missed=[_traded(one) for one in found.missed],
        extra=[_traded(one) for one in found.extra],
    )


@router.post("/backtests/{uuid:backtest_id}/cancel", response=shown.Backtest)
@needs(Right.DEPLOY, takes_limited_keys=False)
def cancel_backtest(request: HttpRequest, backtest_id: UUID) -> shown.Backtest:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        operations.cancel(tenant_id=who.tenant_id, backtest_id=backtest_id, actor=who.name, now=clock.now())
        return _shown(_find(who, backtest_id))


@router.delete("/backtests/{uuid:backtest_id}", response={204: None})
@needs(Right.DEPLOY, takes_limited_keys=False)
def delete_backtest(request: HttpRequest, backtest_id: UUID) -> Status[None]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        operations.remove(tenant_id=who.tenant_id, backtest_id=backtest_id, actor=who.name, now=clock.now())
    return Status(204, None)


@router.post("/instances/{uuid:instance_id}/retest", response={202: shown.Backtest})
@needs(Right.DEPLOY, takes_limited_keys=False)
def retest_instance(request: HttpRequest, instance_id: UUID) -> Status[shown.Backtest]:
    """Test what the instance has done so far, with its version and inputs, on prices of its market."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        wish = retesting.wish_for(_instance(who, instance_id), now=now)
        row = operations.ask(tenant_id=who.tenant_id, actor=who.name, wish=wish, now=now)
        return Status(202, _shown(row))


def _find(who: Actor, backtest_id: UUID) -> Backtest:
    return queries.find(tenant_id=who.tenant_id, backtest_id=backtest_id)


def _instance(who: Actor, instance_id: UUID) -> EAInstance:
    row = fleet.instances(tenant_id=who.tenant_id).filter(id=instance_id).first()
    if row is None:
        raise NotFound("EA instance")
    return row


def wish_of(who: Actor, form: shown.BacktestForm) -> operations.Wish:
    """Return what a form asks for. Raises NotFound, Malformed."""
    instance = None if form.instance_id is None else _instance(who, form.instance_id)
    if instance is not None:
        version = instance.version
    else:
        template = catalogue.template_by_id(form.template_id) if form.template_id else None
        found = offers.offered(template) if template else None
        if found is None:
            raise NotFound("EA")
        version = found
    test = Test(
        symbol=form.symbol,
        timeframe=form.timeframe,
        from_s=_seconds(form.since),
        to_s=_seconds(form.until),
        forward_s=_seconds(form.forward),
        inputs=form.inputs,
        ticks=form.ticks,
        deposit=form.deposit,
        currency=form.currency,
        leverage=form.leverage,
        mode=form.margin_mode,
        spread_points=form.spread_points,
        commission=form.commission,
        with_swaps=form.with_swaps,
        latency_ms=form.latency_ms,
        ticks_per_bar=form.ticks_per_bar,
        seed=form.seed,
    )
    data = market_data.find(source=form.source, symbol=form.symbol, name=form.file)
    return operations.Wish(version=version, test=test, data=data, instance=instance, model=form.model)


def _defaults(versions: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what the inputs of each version are unless somebody says otherwise."""
    return {
        version_id: {name: one.get("default") for name, one in schema.get("properties", {}).items()}
        for version_id, schema in catalogue.input_schemas(versions).items()
    }


def _shown(row: Backtest, defaults: Mapping[UUID, dict[str, Any]] | None = None) -> shown.Backtest:
    template = row.version.template
    usual = (defaults or _defaults({row.version_id})).get(row.version_id, {})
    return shown.Backtest(
        id=row.id,
        template_id=template.id,
        template_slug=template.slug,
        template_name=template.name,
        version=row.version.version,
        content_hash=row.content_hash,
        is_uploaded=bool(row.version.uploaded_by),
        instance_id=row.instance_id,
        instance_name=row.instance.name if row.instance else None,
        symbol=row.symbol,
        timeframe=row.timeframe,
        data=data_shown(msgspec.convert(row.data, Data)),
        setup=setup_shown(msgspec.convert(row.setup, Test, strict=False)),
        inputs=row.inputs,
        changed_inputs=sorted(name for name, value in row.inputs.items() if value != usual.get(name)),
        model=None if row.model is None else shown.UsedModel.model_validate(row.model),
        state=row.state,  # type: ignore[arg-type]
        progress=row.progress,
        message=row.message,
        summary=None if row.figures is None else _summary(row.figures),
        measured=None if row.measured is None else shown.BacktestMeasured.model_validate(row.measured),
        asked_by=row.asked_by,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _model_shown(row: ModelVersion) -> shown.BacktestModel:
    return shown.BacktestModel(
        version_id=row.id,
        name=row.model.name,
        number=row.number,
        state=row.state,  # type: ignore[arg-type]
        symbols=row.symbols,
        timeframe=row.timeframe,
        trained_from=date.fromisoformat(row.card["begin"][:10]),
        trained_to=date.fromisoformat(row.card["end"][:10]),
    )


def setup_shown(test: Test) -> shown.BacktestSetup:
    """Return a test as screens see it."""
    names = (
        "ticks",
        "currency",
        "leverage",
        "spread_points",
        "with_swaps",
        "latency_ms",
        "ticks_per_bar",
        "seed",
    )
    return shown.BacktestSetup.model_validate(
        {name: getattr(test, name) for name in names}
        | {
            "from": _day(test.from_s),
            "to": _day(test.to_s),
            "forward": _day(test.forward_s),
            "deposit": float(test.deposit),
            "commission": None if test.commission is None else float(test.commission),
            "margin_mode": test.mode,
        }
    )


def _summary(figures: dict[str, Any]) -> shown.BacktestSummary:
    fall = figures["equityDrawdown"]
    return shown.BacktestSummary(
        net_profit=figures["totalNetProfit"],
        return_percent=figures["returnPercent"],
        trades=figures["totalTrades"],
        profit_factor=figures["profitFactor"],
        drawdown=fall["maximal"],
        drawdown_percent=fall["maximalPercent"],
        sharpe_ratio=figures["sharpeRatio"],
    )


def data_shown(data: Data) -> shown.MarketData:
    """Return which prices, as screens see it."""
    from_day, to_day = _day(data.from_s), _day(data.to_s or None, up=True)
    assert from_day is not None  # noqa: S101 - every source begins
    return shown.MarketData(
        source=data.source,
        symbol=data.symbol,
        name=data.name,
        timeframe=data.timeframe,
        from_day=from_day,
        to_day=to_day,
    )


def _compared(row: Backtest) -> shown.ComparedBacktest:
    report = _report(row)
    return shown.ComparedBacktest(
        backtest=_shown(row),
        figures=row.figures or {},
        curve=[(one.time_msc, one.balance, one.equity, one.low) for one in report.curve],
    )


def _report(row: Backtest) -> TestReport:
    return msgspec.json.decode(operations.report_of(row), type=TestReport)


def _traded(trade: Traded) -> shown.MatchedTrade:
    return shown.MatchedTrade(
        id=trade.id,
        side=trade.side,
        volume=trade.volume,
        entered_at=datetime.fromtimestamp(trade.entered_s, UTC),
        entry_price=trade.entry_price,
        exited_at=None if trade.exited_s is None else datetime.fromtimestamp(trade.exited_s, UTC),
        exit_price=trade.exit_price,
        net=trade.net,
    )


def _seconds(day: date | None) -> int | None:
    """The server's clock, written as if it were UTC."""
    return None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _day(at_s: int | None, *, up: bool = False) -> date | None:
    """up: the day after, unless it is a midnight: an end that is not included."""
    if at_s is None:
        return None
    return datetime.fromtimestamp(at_s + (86_399 if up else 0), UTC).date()


def _wall(msc: int | None) -> str:
    return "" if msc is None else f"{datetime.fromtimestamp(msc / 1000, UTC):%Y-%m-%d %H:%M:%S}"
