"""Who runs, by which rules, and on how many bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from benchmarks.tester.rules import OURS, Rules


class Contestant(NamedTuple):
    """module: run in a process of its own. strategies: those that it runs, and by which rules. is_slow: it
    gets no more than the bars for slow ones. is_peer: it is at home in the peers' environment, else in ours.
    options: for its module, before all else. remark: what the figures do not say."""

    name: str
    module: str
    strategies: Mapping[str, Rules]
    is_slow: bool = False
    is_peer: bool = True
    options: tuple[str, ...] = ()
    remark: str = ""


_OURS: Final = {
    "reversal": OURS,
    "stops": Rules(both="body", beyond="refused"),
    "grid": OURS,
}


def _ours(name: str, manner: str, remark: str, *, is_slow: bool = False) -> Contestant:
    return Contestant(
        name, "benchmarks.tester.ours", _OURS, is_slow, is_peer=False, options=(manner,), remark=remark
    )


_PEERS: Final = "benchmarks.tester.peers"
_BY_CLOSE: Final = Rules(entry="close", stop_gap="level", target_gap="level")
_AFTER_ENTRY: Final = Rules(both="stop", entry_bar=False)

CONTESTANTS: Final = (
    _ours("metafleet", "wake", "on_bar is called where its EA has said that it decides something (`wake`)"),
    Contestant(
        "  declared",
        "benchmarks.tester.ours",
        {name: one for name, one in _OURS.items() if name != "grid"},
        is_peer=False,
        options=("declared",),
        remark="the same EA by what it declares; where the warm-up had fewer than 20 trades, the stretch on "
        "which its on_bar is compared is in the time",
    ),
    _ours("  each bar", "bar", "the same EA, called at each bar"),
    _ours("  each tick", "tick", "the same EA, with each tick put to the ledger and to it", is_slow=True),
    Contestant(
        "backtesting.py",
        f"{_PEERS}.backtesting",
        {"reversal": OURS, "stops": Rules(both="stop"), "grid": OURS},
        remark="each run ends with its statistics, which cannot be left out",
    ),
    Contestant(
        "backtrader",
        f"{_PEERS}.backtrader",
        {"reversal": OURS, "stops": _AFTER_ENTRY},
        is_slow=True,
        remark="each run loads its feed again",
    ),
    Contestant(
        "nautilus_trader",
        f"{_PEERS}.nautilus",
        {"reversal": Rules(entry="close"), "stops": _BY_CLOSE},
        is_slow=True,
        remark="bars in its own form are made before; an entry at the close of a bar whose last extreme has "
        "filled a stop is given the stop's price",
    ),
    Contestant(
        "vectorbt",
        f"{_PEERS}.vectorbt",
        {"reversal": OURS, "stops": _AFTER_ENTRY},
        remark="no strategy is called; signals of all bars at once",
    ),
    Contestant(
        "zipline-reloaded",
        f"{_PEERS}.zipline",
        {"reversal": OURS},
        is_slow=True,
        remark="bars are given the minutes of a calendar without breaks",
    ),
    Contestant(
        "hftbacktest",
        f"{_PEERS}.hftbacktest",
        {"reversal": Rules(spread_points=1)},
        is_slow=True,
        remark="ticks, four a bar, each four changes of its book",
    ),
    Contestant(
        "numba loop",
        f"{_PEERS}.limit",
        {"reversal": OURS, "stops": OURS},
        remark="the limit: nothing but this strategy",
    ),
)
