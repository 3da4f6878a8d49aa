"""Where training ends and testing begins, and what must be left out between them.

A label looks forward, so a sample from just before a test knows some of it. Purged is what overlaps with the
test; embargoed, what is so near that it is nearly the same.

Source: López de Prado, "Advances in Financial Machine Learning", Wiley 2018, chapter 7.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]
Mask = NDArray[np.bool_]

FIRST_SHARE: Final = 0.35
"""Of all samples, those before the first test: a model of less is another one."""

_DAY_S: Final = 86_400


class SplitRefused(ValueError):
    """There is too little to split."""


class Window(msgspec.Struct, frozen=True):
    """One test: from begin to before end, in seconds of the server's clock."""

    number: int
    begin_s: int
    end_s: int

    def tests(self, times: Times) -> Mask:
        """Return which samples are the test's. times: when their bars open."""
        return (times >= self.begin_s) & (times < self.end_s)


class Cut(msgspec.Struct, frozen=True):
    """What may be trained on for a test, and how many samples were left out for which reason."""

    train: Mask
    purged: int
    embargoed: int


def walk_forward(times: Times, folds: int, first_share: float = FIRST_SHARE) -> list[Window]:
    """Return tests one after the other, each of about as many samples, the first after `first_share` of all.

    times: when the samples' bars open, in any order. Windows begin at midnight. Raises SplitRefused.
    """
    if folds < 2:
        raise SplitRefused(f"{folds} folds are too few; at least 2 are needed")
    ordered = np.sort(times)
    if len(ordered) < 100 * (folds + 1):
        raise SplitRefused(
            f"{len(ordered)} samples are too few for {folds} folds; take more bars or fewer folds"
        )
    shares = [first_share + (1 - first_share) * fold / folds for fold in range(folds)]
    begins = [int(ordered[int(share * len(ordered))]) // _DAY_S * _DAY_S for share in shares]
    ends = [*begins[1:], int(ordered[-1]) + 1]
    if any(end - begin < _DAY_S for begin, end in zip(begins, ends, strict=True)):
        raise SplitRefused(f"the bars are of too few days for {folds} folds")
    return [
        Window(number, *ends_of) for number, ends_of in enumerate(zip(begins, ends, strict=True), start=1)
    ]


def before(window: Window, times: Times, label_ends: Times, embargo_s: int) -> Cut:
    """Return what may be trained on in a walk forward: whose label was over an embargo before the test.

    times: when the samples' bars open; label_ends: when the last bar opens that each label looks at.
    """
    train = label_ends < window.begin_s - embargo_s
    purged = (times < window.begin_s) & (label_ends >= window.begin_s)
    embargoed = (label_ends < window.begin_s) & ~train
    return Cut(train, int(purged.sum()), int(embargoed.sum()))


def blocks(times: Times, label_ends: Times, count: int, embargo_s: int) -> list[tuple[Mask, Mask]]:
    """Return (train, test) of so many blocks in turn, trained on what is before and after: purged, embargoed.

    For choices within a training part, where nothing is reported of. Each sample is tested once.
    """
    ordered = np.sort(times)
    borders = [int(ordered[place * len(ordered) // count]) for place in range(count)] + [int(ordered[-1]) + 1]
    made = []
    for begin, end in pairwise(borders):
        test = (times >= begin) & (times < end)
        if not test.any():
            continue
        reach = int(label_ends[test].max())
        made.append(((label_ends < begin) | (times > reach + embargo_s), test))
    return made
