"""The three strategies, word for word, and in what the contestants' own rules may differ.

A *bar* is its open, high, low and close, on a grid of points (0.00001). There is no spread, no commission, no
swap and no limit by margin. Everything that is decided at a bar's close is done at the next bar's open, at
its price. What is open after the last bar is no trade.

**Crossing** (reversal and stops). *Fast* is the mean of the last 50 closes, *slow* that of the last 200, both
the bar's own among them. From the 200th bar on, the side is long while fast > slow, short while fast < slow;
where they are equal the side stays what it was. A crossing is a close at which the side changes. The first
side is none. Means are compared as whole points, 4 x the sum of 50 with the sum of 200, so that
no rounding decides.

**reversal**: at a crossing, close what is open and open 0.1 lot of the new side. After the first crossing
the account is always in the market.

**stops**: at a crossing without an open position, open 0.1 lot of the new side. Its stop lies 2 x ATR(14),
its target 3 x ATR(14) from the close at which this was decided, both rounded to whole points (half a point
up, at least one). ATR is the mean of the last 14 true ranges, as MetaTrader's. Nothing else closes it:
crossings meanwhile are passed over. From the bar of the entry on, each bar is looked at:

1. a bar that opens at or beyond a level is left there, at its open (*gap*);
2. else a level that its low or high reaches is left at the level;
3. where it reaches both, the extreme that is nearer to the open came first; the low, if both are as near.

**grid**: lines lie at whole multiples of 10 pips. A line is reached when a bar closes at or below it and the
bar before closed above it; of several, the lowest counts. Then, unless that line has a position, or five are
open, buy 0.1 lot with the next line up as target. Targets are looked at as above; there are no stops.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

FAST: Final = 50
SLOW: Final = 200
ATR: Final = 14
STOP_ATR: Final = 2
TARGET_ATR: Final = 3
GRID_STEP_POINTS: Final = 100
GRID_OPEN: Final = 5
VOLUME_LOTS: Final = 0.1
VOLUME_UNITS: Final = 10_000
POINTS: Final = 100_000
"""Points in 1.0."""


class Rules(NamedTuple):
    """Where a contestant's own rules differ from those above, which are the defaults.

    entry: at which price, and in which bar, what was decided at a close is done. both: which level counts in
    a bar that reaches stop and target; *body*: a rising bar, or one that closes as it opened, saw its low
    first, another its high. entry_bar: whether levels are looked at in the bar of the entry. stop_gap,
    target_gap: where a bar that opens beyond the level is left. beyond: what becomes of an entry at an open
    that is at or beyond one of its levels. spread_points: what is paid more for buying.
    """

    entry: Literal["next open", "close"] = "next open"
    both: Literal["nearer", "stop", "target", "body"] = "nearer"
    entry_bar: bool = True
    stop_gap: Literal["open", "level"] = "open"
    target_gap: Literal["open", "level"] = "open"
    beyond: Literal["entered", "refused"] = "entered"
    spread_points: int = 0


OURS: Final = Rules()

WORDS: Final[dict[str, dict[object, str]]] = {
    "entry": {"close": "enters at the close at which it decides, not at the next open"},
    "both": {
        "stop": "takes the stop in a bar that reaches stop and target",
        "target": "takes the target in a bar that reaches stop and target",
        "body": "lets a rising bar see its low first and a falling one its high, whichever is nearer",
    },
    "entry_bar": {False: "looks at stop and target only after the bar of the entry"},
    "stop_gap": {"level": "fills a stop at its level though the bar opens beyond"},
    "target_gap": {"level": "fills a target at its level though the bar opens beyond"},
    "beyond": {"refused": "refuses an entry whose stop or target the price has already reached"},
    "spread_points": {1: "pays a spread of one point, since its book can have none of zero"},
}
"""What each difference is, in words."""


def differences(rules: Rules) -> list[tuple[str, Rules]]:
    """Return each difference from the rules above in words, with the rules that differ in it alone."""
    found = []
    for name, value in rules._asdict().items():
        if value != getattr(OURS, name):
            found.append((WORDS[name][value], OURS._replace(**{name: value})))
    return found
