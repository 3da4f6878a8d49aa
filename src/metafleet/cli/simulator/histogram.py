"""Latencies in a table of fixed size, precise to 3 % from a microsecond to an hour."""

from __future__ import annotations

from typing import Final

_FINE_BITS: Final = 5
_FINE: Final = 1 << _FINE_BITS
"""Steps within each power of two."""
_POWERS: Final = 27
"""2^32 microseconds is more than an hour."""


class Histogram:
    """Count durations; `record` costs well under a microsecond and never allocates a row.

    Source of the idea: HdrHistogram, logarithmic buckets with linear steps.
    """

    __slots__ = ("_counts", "count", "longest_s", "total_s")

    def __init__(self) -> None:
        self._counts = [0] * ((_POWERS + 1) * _FINE)
        self.count = 0
        self.total_s = 0.0
        self.longest_s = 0.0

    def record(self, seconds: float) -> None:
        micros = int(seconds * 1e6)
        power = micros.bit_length() - _FINE_BITS - 1
        index = micros if power < 0 else min((power << _FINE_BITS) + (micros >> power), len(self._counts) - 1)
        self._counts[index] += 1
        self.count += 1
        self.total_s += seconds
        self.longest_s = max(self.longest_s, seconds)

    def quantile_s(self, share: float) -> float:
        """Return the seconds within which this share (0 to 1) of all was answered; 0.0 for none."""
        wanted, seen = share * self.count, 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(_upper_s(index), self.longest_s)
        return self.longest_s

    def add(self, other: Histogram) -> None:
        """Count everything of the other one as well."""
        self._counts = [mine + theirs for mine, theirs in zip(self._counts, other._counts, strict=True)]
        self.count += other.count
        self.total_s += other.total_s
        self.longest_s = max(self.longest_s, other.longest_s)

    def drain(self) -> Histogram:
        """Return what was counted so far and begin again at nothing."""
        drained = Histogram()
        drained.add(self)
        self._counts = [0] * len(self._counts)
        self.count, self.total_s, self.longest_s = 0, 0.0, 0.0
        return drained


def _upper_s(index: int) -> float:
    """The upper edge of a bucket."""
    if index < 2 * _FINE:
        return (index + 1) / 1e6
    power = (index >> _FINE_BITS) - 1
    return (((index & (_FINE - 1)) + _FINE + 1) << power) / 1e6
