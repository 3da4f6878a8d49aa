"""Questions about how markets stand. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.advisor.analysis.figures import Past, View
from metafleet.hub.advisor.models import MarketEvent, MarketHour, MarketSentiment, MarketView


@dataclass(frozen=True, slots=True)
class Standing:
    """A row as it stands: view is None while there are too few bars, looked_at before the first look."""

    server: str
    symbol: str
    timeframe: str
    view: View | None
    looked_at: datetime | None


def standings(server: str | None = None) -> list[Standing]:
    """Return all that is looked at, by server, symbol and timeframe, with what has no view yet."""
    rows = MarketView.objects.filter(**({"server": server} if server else {}))
    return [
        Standing(row.server, row.symbol, row.timeframe, _view(row.figures), row.looked_at)
        for row in rows.defer("past").order_by("server", "symbol", "timeframe")
    ]


def views(server: str | None = None, symbol: str | None = None) -> list[View]:
    """Return the newest views, by server, symbol and timeframe: of one server, of one symbol, or all."""
    found = (one.view for one in standings(server))
    return [view for view in found if view is not None and symbol in {None, view.symbol}]


def standing(server: str, symbol: str, timeframe: str) -> Standing | None:
    """Return one of them; None where it is not looked at."""
    row = MarketView.objects.filter(server=server, symbol=symbol, timeframe=timeframe).defer("past").first()
    if row is None:
        return None
    return Standing(row.server, row.symbol, row.timeframe, _view(row.figures), row.looked_at)


def past(server: str, symbol: str, timeframe: str) -> Past | None:
    """Return what could be said of each of the newest bars; None where nothing was yet."""
    rows = MarketView.objects.filter(server=server, symbol=symbol, timeframe=timeframe)
    kept = rows.values_list("past", flat=True).first()
    return msgspec.convert(kept, Past) if kept else None


def has_events() -> bool:
    """Whether a calendar is fed at all: without one, that nothing is announced says nothing."""
    return MarketEvent.objects.exists()


def events(since: datetime, until: datetime, *, most: int = 60) -> list[MarketEvent]:
    """Return the calendar's events of a span, by time."""
    return list(MarketEvent.objects.filter(at__gte=since, at__lt=until).order_by("at", "currency")[:most])


def newest_sentiment() -> dict[str, MarketSentiment]:
    """Return what was last said of each symbol's crowd."""
    rows = MarketSentiment.objects.order_by("symbol", "-at").distinct("symbol")
    return {row.symbol: row for row in rows}


def digits_of(symbol: str) -> int:
    """Return how many decimals a symbol's prices have; five of one that no file knows."""
    spec = SYMBOLS.get(symbol) or known_symbols().get(symbol)
    return spec.digits if spec is not None else 5


def history(server: str, symbol: str, timeframe: str, *, most: int = 24 * 90) -> list[View]:
    """Return what was said of a symbol at the end of each hour, oldest first, at most so many of the
    newest."""
    rows = MarketHour.objects.filter(server=server, symbol=symbol, timeframe=timeframe)
    newest = rows.order_by("-hour_s").values_list("figures", flat=True)[:most]
    return [msgspec.convert(figures, View) for figures in reversed(newest)]


def _view(figures: object) -> View | None:
    return msgspec.convert(figures, View) if figures else None
