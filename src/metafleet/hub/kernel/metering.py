"""What the metrics of web and gateway have in common: counting answers, and who may read them."""

from __future__ import annotations

import hmac
import math
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from metafleet.hub.kernel.objectives.counts import Tally
from metafleet.hub.kernel.objectives.definitions import Failures, Lateness

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, math.inf)
_BROKEN: Final = 500
_LOOPBACK: Final = ("127.0.0.1", "::1")


def may_read(token: str, authorization: bytes, peer: str, *, is_forwarded: bool) -> bool:
    """Whether this caller may read the metrics: who has the token, or, where there is none, this machine.

    is_forwarded: a proxy brought the request; behind one on this machine every caller looks local.
    """
    if token:
        return hmac.compare_digest(authorization, f"Bearer {token}".encode())
    return peer in _LOOPBACK and not is_forwarded


class Durations(Collector):
    """How long something of one process took. The library's own cost a lock and ten calls for each."""

    def __init__(self, name: str, seconds_help: str) -> None:
        self._name = name
        self._help = seconds_help
        self._buckets = Buckets()
        self.took = self._buckets.took

    def tally(self, measure: Lateness) -> Tally:
        """Return how many there were, and how many of them took too long for an objective."""
        return self._buckets.tally(measure.within_s)

    def collect(self) -> Iterator[Metric]:
        histogram = HistogramMetricFamily(self._name, self._help, labels=())
        histogram.add_metric((), *self._buckets.exposed())
        yield histogram


class Buckets:
    """Counts of durations by their bounds. Used by the event loop's thread alone."""

    __slots__ = ("_counts", "_total_s")

    def __init__(self) -> None:
        self._counts = [0] * len(_BOUNDS_S)
        self._total_s = 0.0

    def took(self, seconds: float) -> None:
        """Count one."""
        self._counts[bisect_left(_BOUNDS_S, seconds)] += 1
        self._total_s += seconds

    def tally(self, within_s: float) -> Tally:
        """Return how many there were, and how many took longer. Raises ValueError for what is no bound."""
        within = sum(self._counts[: _BOUNDS_S.index(within_s) + 1])
        total = sum(self._counts)
        return Tally(total, total - within)

    def exposed(self) -> tuple[list[tuple[str, float]], float]:
        """Return bounds with cumulative counts, and the sum, as Prometheus' library takes them."""
        bounds = ["+Inf" if bound == math.inf else str(float(bound)) for bound in _BOUNDS_S]
        return list(zip(bounds, accumulate(self._counts), strict=True)), self._total_s


class Answers(Collector):
    """Counts and durations of one process's answers, as `Durations` for speed."""

    def __init__(self, name: str, seconds_help: str) -> None:
        """Collect {name}_requests and {name}_request_seconds, by kind."""
        self._name = name
        self._seconds_help = seconds_help
        self._counts: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, Buckets] = {}

    def answered(self, kind: str, status: int, took_s: float) -> None:
        """Count one answer. Called by the event loop's thread alone."""
        self._counts[kind, status] = self._counts.get((kind, status), 0) + 1
        if kind not in self._seconds:
            self._seconds[kind] = Buckets()
        self._seconds[kind].took(took_s)

    def tally(self, measure: Failures | Lateness) -> Tally:
        """Return how many answers count for an objective, and how many of them were bad."""
        match measure:
            case Lateness():
                return self._seconds.get(measure.kind, _NONE).tally(measure.within_s)
            case Failures():
                of = [
                    (status, n) for (kind, status), n in self._counts.items() if kind not in measure.besides
                ]
                return Tally(sum(n for _, n in of), sum(n for status, n in of if status >= _BROKEN))

    def collect(self) -> Iterator[Metric]:
        counter = CounterMetricFamily(
            f"{self._name}_requests", "Requests answered.", labels=("kind", "status")
        )
        for (kind, status), count in self._counts.items():
            counter.add_metric((kind, str(status)), count)
        yield counter
        histogram = HistogramMetricFamily(
            f"{self._name}_request_seconds",
            self._seconds_help,
            labels=("kind",),
        )
        for kind, buckets in self._seconds.items():
            histogram.add_metric((kind,), *buckets.exposed())
        yield histogram


_NONE: Final = Buckets()
