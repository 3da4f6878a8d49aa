"""How markets stand: the board, one symbol's past, and how symbols move together. The same for every
tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
from django.http import HttpRequest
from ninja import Router
from numpy.typing import NDArray

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.hub.advisor.analysis import hours, queries, relations
from metafleet.hub.advisor.analysis.figures import Regime, View
from metafleet.hub.advisor.analysis.queries import Standing
from metafleet.hub.advisor.analysis.states import NAMES
from metafleet.hub.advisor.models import MarketSentiment
from metafleet.hub.console.access import actor, needs
from metafleet.hub.console.schemas import markets as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.market import record

router = Router(by_alias=True)
TIMEFRAMES: Final[tuple[shown.MarketTimeframe, ...]] = ("M15", "H1", "H4", "D1")
_CLOSES_OF: Final = ("H1", "M15", "H4", "D1")
"""Whose closes the small curve is of: the first that there is."""
_CORRELATED: Final = 300
"""Bars: of H1 two weeks and a half."""
_EVENTS_BACK, _EVENTS_AHEAD = timedelta(hours=2), timedelta(days=2)
_HOURS_SHOWN: Final = 24 * 14


@router.get("/markets", response=shown.MarketBoard)
@needs(Right.READ, takes_limited_keys=False)
def get_markets(request: HttpRequest) -> shown.MarketBoard:
    """Each symbol of the installation's market on each timeframe, sessions, events and sentiment."""
    actor(request)
    now = clock.now()
    found = queries.standings(SERVER_NAME)
    sentiment = queries.newest_sentiment()
    looked = [one.looked_at for one in found if one.looked_at is not None]
    return shown.MarketBoard(
        server=SERVER_NAME,
        timeframes=list(TIMEFRAMES),
        looked_at=max(looked, default=None),
        symbols=[
            _symbol(name, [one for one in found if one.symbol == name], sentiment.get(name))
            for name in sorted({one.symbol for one in found})
        ],
        sessions=[shown.MarketSession.model_validate(one) for one in hours.sessions(now)],
        events=_events(now),
        has_sentiment=bool(sentiment),
    )


@router.get("/markets/correlations", response=shown.MarketCorrelations)
@needs(Right.READ, takes_limited_keys=False)
def get_market_correlations(
    request: HttpRequest, timeframe: shown.MarketTimeframe = "H1"
) -> shown.MarketCorrelations:
    """How the changes of symbols' closed bars go together, with how sure that is."""
    actor(request)
    bars = {
        one.symbol: record.bars(one.server, one.symbol, timeframe, count=_CORRELATED + 50)
        for one in record.symbols(SERVER_NAME)
    }
    found = relations.correlations({name: rates for name, rates in bars.items() if len(rates)}, _CORRELATED)
    return shown.MarketCorrelations(
        timeframe=timeframe,
        symbols=list(found.names),
        values=_matrix(found.values),
        low=_matrix(found.low),
        high=_matrix(found.high),
        changes=found.changes,
    )


@router.get("/markets/symbols/{symbol}", response=shown.MarketPast)
@needs(Right.READ, takes_limited_keys=False)
def get_market_past(
    request: HttpRequest, symbol: str, timeframe: shown.MarketTimeframe = "H1"
) -> shown.MarketPast:
    """One symbol's bars with the regime and volatility that could be said of each when it closed."""
    actor(request)
    standing = queries.standing(SERVER_NAME, symbol, timeframe)
    if standing is None:
        raise NotFound("market")
    said = queries.past(SERVER_NAME, symbol, timeframe)
    rates = record.bars(SERVER_NAME, symbol, timeframe, count=len(said.times) if said else 200)
    known = dict(
        zip(said.times, zip(said.regimes, said.probabilities, said.percentiles, strict=True), strict=True)
        if said
        else ()
    )
    return shown.MarketPast(
        symbol=symbol,
        timeframe=timeframe,
        bars=[_bar(row, known.get(row[0])) for row in rates.tolist()],
        hours=[_hour(view) for view in queries.history(SERVER_NAME, symbol, timeframe, most=_HOURS_SHOWN)],
    )


def _symbol(name: str, rows: Sequence[Standing], crowd: MarketSentiment | None) -> shown.MarketSymbol:
    views = {one.timeframe: one.view for one in rows if one.view is not None}
    first = next((views[timeframe] for timeframe in _CLOSES_OF if timeframe in views), None)
    newest = max(views.values(), key=lambda view: view.known_s, default=None)
    return shown.MarketSymbol(
        symbol=name,
        digits=queries.digits_of(name),
        close=newest.close if newest else None,
        change_percent=newest.change_percent if newest else None,
        closes=first.closes if first else [],
        closes_of=first.timeframe if first else None,  # type: ignore[arg-type]
        spread=shown.MarketSpread.model_validate(newest.spread) if newest and newest.spread else None,
        sentiment=shown.CrowdSentiment.model_validate(crowd) if crowd else None,
        cells=[_cell(timeframe, views.get(timeframe)) for timeframe in TIMEFRAMES],
    )


def _cell(timeframe: shown.MarketTimeframe, view: View | None) -> shown.MarketCell:
    if view is None:
        return shown.MarketCell(
            timeframe=timeframe, known_at=None, bars=0, volatility=None, trend=None, regime=None
        )
    return shown.MarketCell(
        timeframe=timeframe,
        known_at=_at(view.known_s),
        bars=view.bars,
        volatility=shown.MarketVolatility.model_validate(view.volatility),
        trend=shown.MarketTrend.model_validate(view.trend),
        regime=_regime(view.regime),
    )


def _regime(regime: Regime | None) -> shown.MarketRegime | None:
    if regime is None:
        return None
    return shown.MarketRegime(
        name=regime.name,  # type: ignore[arg-type]
        probability=regime.probability,
        probabilities=regime.probabilities,  # type: ignore[arg-type]
        since=_at(regime.since_s),
        trained_on=regime.trained_on,
    )


def _events(now: datetime) -> list[shown.CalendarEvent] | None:
    if not queries.has_events():
        return None
    rows = queries.events(now - _EVENTS_BACK, now + _EVENTS_AHEAD)
    return [shown.CalendarEvent.model_validate(row) for row in rows]


def _bar(row: tuple[Any, ...], said: tuple[int, float, float] | None) -> shown.MarketBar:
    time, opened, high, low, close = row[:5]
    regime, probability, percentile = said or (-1, None, None)
    return shown.MarketBar(
        time=time,
        open=opened,
        high=high,
        low=low,
        close=close,
        regime=NAMES[regime] if regime >= 0 else None,
        probability=probability if regime >= 0 else None,
        percentile=percentile,
    )


def _hour(view: View) -> shown.MarketHour:
    regime = view.regime
    return shown.MarketHour(
        known_at=_at(view.known_s),
        close=view.close,
        percentile=view.volatility.percentile,
        adx=view.trend.adx,
        regime=regime.name if regime else None,  # type: ignore[arg-type]
        probability=regime.probability if regime else None,
    )


def _matrix(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [[None if np.isnan(one) else round(float(one), 3) for one in row] for row in values]


def _at(server_s: int) -> datetime:
    """A live paper market's clock is UTC."""
    return datetime.fromtimestamp(server_s, UTC)
