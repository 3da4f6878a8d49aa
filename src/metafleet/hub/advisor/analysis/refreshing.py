"""Look at the markets anew: each symbol and timeframe when its row is due."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import HOUR_S
from metafleet.hub.advisor.analysis import looking, measures
from metafleet.hub.advisor.analysis.figures import Spread, View
from metafleet.hub.advisor.models import MarketHour, MarketView
from metafleet.hub.kernel import live
from metafleet.hub.market import record

EVERY: Final = timedelta(minutes=5)
_LEASE: Final = timedelta(minutes=2)
"""How long one look may take; after that another worker looks."""
_SPREAD_BARS: Final = 21 * 1_440
KEPT: Final = timedelta(days=400)

_log = logging.getLogger(__name__)


def refresh_due(now: datetime) -> list[View]:
    """Look at all that is due, and return what was seen. Safe to run twice and at once."""
    _begin_new(now)
    seen: list[View] = []
    spreads: dict[tuple[str, str], Spread | None] = {}
    rows = MarketView.objects.filter(due_at__lte=now).order_by("due_at", "server", "symbol", "timeframe")
    for row in rows.values_list("id", "server", "symbol", "timeframe"):
        view = _refresh(*row, spreads, now)
        if view is not None:
            seen.append(view)
    if seen:
        live.publish_to_all("markets")
    return seen


def _begin_new(now: datetime) -> None:
    """A row for each timeframe of each symbol that has come into the record."""
    MarketView.objects.bulk_create(
        [
            MarketView(server=one.server, symbol=one.symbol, timeframe=timeframe, due_at=now)
            for one in record.symbols(SERVER_NAME)
            for timeframe in looking.TIMEFRAMES
        ],
        ignore_conflicts=True,
    )


def _refresh(
    row_id: UUID,
    server: str,
    symbol: str,
    timeframe: str,
    spreads: dict[tuple[str, str], Spread | None],
    now: datetime,
) -> View | None:
    # Whoever moves it ahead has it; a row that fails is due again after the lease.
    if not MarketView.objects.filter(id=row_id, due_at__lte=now).update(due_at=now + _LEASE):
        return None
    if (server, symbol) not in spreads:
        minutes = record.bars(server, symbol, "M1", count=_SPREAD_BARS)
        spreads[server, symbol] = measures.spread(minutes)
    found = looking.look(
        record.bars(server, symbol, timeframe, count=looking.BARS),
        server=server,
        symbol=symbol,
        timeframe=timeframe,
        point=point_of(symbol),
        spread=spreads[server, symbol],
    )
    view, past = found or (None, None)
    figures = msgspec.to_builtins(view) if view is not None else {}
    MarketView.objects.filter(id=row_id).update(
        figures=figures,
        past=msgspec.to_builtins(past) if past is not None else {},
        bar_s=view.bar_s if view is not None else 0,
        looked_at=now,
        due_at=now + EVERY,
        updated_at=now,
    )
    if view is not None:
        MarketHour.objects.update_or_create(
            server=server,
            symbol=symbol,
            timeframe=timeframe,
            hour_s=(view.known_s - 1) // HOUR_S * HOUR_S,
            defaults={"figures": figures},
        )
    return view


def forget_old(now: datetime) -> int:
    """Remove what was said longer ago than anybody looks back."""
    before_s = int((now - KEPT).timestamp())
    return MarketHour.objects.filter(hour_s__lt=before_s).delete()[0]


def point_of(symbol: str) -> float:
    """Return a symbol's point; of one that no file knows, the fifth decimal."""
    spec = SYMBOLS.get(symbol) or known_symbols().get(symbol)
    return spec.point if spec is not None else 1e-5
