"""Questions about how markets stand. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from metafleet.hub.advisor.analysis.figures import View
from metafleet.hub.advisor.models import MarketHour, MarketView


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
        for row in rows.order_by("server", "symbol", "timeframe")
    ]


def views(server: str | None = None, symbol: str | None = None) -> list[View]:
    """Return the newest views, by server, symbol and timeframe: of one server, of one symbol, or all."""
    found = (one.view for one in standings(server))
    return [view for view in found if view is not None and symbol in {None, view.symbol}]


def history(server: str, symbol: str, timeframe: str, *, most: int = 24 * 90) -> list[View]:
    """Return what was said of a symbol at the end of each hour, oldest first, at most so many of the
    newest."""
    rows = MarketHour.objects.filter(server=server, symbol=symbol, timeframe=timeframe)
    newest = rows.order_by("-hour_s").values_list("figures", flat=True)[:most]
    return [msgspec.convert(figures, View) for figures in reversed(newest)]


def _view(figures: object) -> View | None:
    return msgspec.convert(figures, View) if figures else None
