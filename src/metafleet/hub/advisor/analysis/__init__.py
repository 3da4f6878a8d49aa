"""How markets stand: figures of closed bars, the regimes that they are in, and what was said of them before.

`regimes` is a pure function of bars: one name a bar, hanging on no later one. `queries.views` asks the rows
that are looked at anew each five minutes. Only `queries`, `refreshing` and what is beside them load Django.
"""

from metafleet.hub.advisor.analysis.figures import View
from metafleet.hub.advisor.analysis.states import NAMES, UNKNOWN, filtered, regimes

__all__ = ["NAMES", "UNKNOWN", "View", "filtered", "regimes", "views"]


def views(server: str | None = None, symbol: str | None = None) -> list[View]:
    """Return the newest views (`queries.views`)."""
    # Not above: processes without Django use the rest.
    from metafleet.hub.advisor.analysis import queries

    return queries.views(server, symbol)
