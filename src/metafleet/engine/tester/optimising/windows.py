"""The stretches of time of a walk-forward: inputs are chosen on one, and run on the one after it.

Source: Pardo, The Evaluation and Optimization of Trading Strategies, 2nd edition, 2008, chapter 11.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

import msgspec

DAY_S: Final = 86_400

Manner = Literal["rolling", "anchored"]
"""rolling: each choice is made on as much past as the others. anchored: on all of it, ever more."""

MANNERS: Final[tuple[Manner, ...]] = get_args(Manner)

USUAL_RATIO: Final = 4
"""In-sample time for one of out-of-sample: Pardo takes 3 to 5."""

MOST_WINDOWS: Final = 100


class WindowsRefused(ValueError):
    """The time cannot be divided so; the text says what to change."""


class Window(msgspec.Struct, frozen=True, rename="camel"):
    """One step. in-sample: from begin_s to before out_s; out-of-sample: from there to before end_s.

    Seconds of the server's clock, each at a midnight but the last end.
    """

    begin_s: int
    out_s: int
    end_s: int


def windows_of(
    begin_s: int, end_s: int, count: int, *, manner: Manner = "rolling", ratio: int = USUAL_RATIO
) -> list[Window]:
    """Return so many windows that fill the time; each out-of-sample stretch begins where the last one ended.

    ratio: how much longer an in-sample stretch (anchored: the first) is than an out-of-sample one. All are of
    whole days, and what is left over is added to the in-sample stretches. Raises WindowsRefused.
    """
    if not 1 <= count <= MOST_WINDOWS:
        raise WindowsRefused(f"the number of windows must be from 1 to {MOST_WINDOWS}; found {count}")
    if ratio < 1:
        raise WindowsRefused(f"in-sample time must be at least as long as out-of-sample time; found {ratio}")
    first_day, last_day = -(-begin_s // DAY_S), end_s // DAY_S
    out_days = (last_day - first_day) // (count + ratio)
    if out_days < 1:
        raise WindowsRefused(
            f"{max(0, last_day - first_day)} days are too few for {count} windows: each needs a day, "
            f"and the first {ratio} before it"
        )
    first_out = last_day - count * out_days
    made = []
    for place in range(count):
        out = first_out + place * out_days
        begin = first_day if manner == "anchored" else first_day + place * out_days
        made.append(Window(begin * DAY_S, out * DAY_S, (out + out_days) * DAY_S))
    return [*made[:-1], msgspec.structs.replace(made[-1], end_s=end_s)]
