"""What a simulation says: a line while it runs, a table and a verdict at its end, or both as JSON."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from metafleet.cli.simulator.histogram import Histogram
from metafleet.cli.simulator.state import Figures
from metafleet.cli.simulator.verdict import Verdict

_SHARES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999))


class Progress:
    """Makes one line of what happened since the last one."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._began_s = self._last_s = time.monotonic()

    def line(self) -> str:
        now_s = time.monotonic()
        window = self._figures.window.drain()
        rate = window.count / max(now_s - self._last_s, 1e-3)
        self._last_s = now_s
        counts = self._figures.counts
        phase = "joining" if self._figures.joined_at_s is None else ""
        return (
            f"{now_s - self._began_s:6.0f} s  {rate:7.0f} req/s"
            f"  p50 {window.quantile_s(0.5) * 1000:6.1f} ms  p99 {window.quantile_s(0.99) * 1000:7.1f} ms"
            f"  lost {counts['lost connections']:5d}  refused {refused(counts):5d}"
            f"  deals {counts['deals']:7d}  commands {counts['commands answered']:5d}  {phase:7}"
        )


def refused(counts: Counter[str]) -> int:
    """Return how many answers were no 200."""
    return sum(count for name, count in counts.items() if name.startswith("answers "))


def lines(figures: Figures, commands: Histogram, verdict: Verdict) -> Iterator[str]:
    """Yield the final table and the verdict."""
    seconds = figures.held_s
    yield f"All terminals were there for {seconds:.0f} s; what follows is of that time."
    yield f"{'request':<20}{'answered':>10}{'a second':>10}" + "".join(f"{name:>10}" for name, _ in _SHARES)
    for name, histogram in sorted(figures.latencies.items()):
        yield _row(name, histogram, seconds)
    if commands.count:
        yield _row("queued → delivered", commands, seconds)
    yield ""
    yield from _counted("Happened", figures.counts)
    yield from _counted("Commands ended", verdict.command_ends)
    yield from _counted("Compared", verdict.compared)
    yield ""
    if verdict.holds:
        yield "The journal equals the ledger. No command was lost, no order executed twice."
        return
    yield from _counted("DIFFERENCES", verdict.faults.counts)
    for words in verdict.faults.words:
        yield f"  {words}"
    hidden = verdict.faults.counts.total() - len(verdict.faults.words)
    if hidden > 0:
        yield f"  … and {hidden} more."


def document(figures: Figures, commands: Histogram, verdict: Verdict) -> dict[str, Any]:
    """Return the same for programs. Latencies in milliseconds, while all terminals were there: `seconds`."""
    seconds = figures.held_s
    return {
        "holds": verdict.holds,
        "seconds": round(seconds, 3),
        "requests": {name: _numbers(found, seconds) for name, found in sorted(figures.latencies.items())},
        "commandLatency": _numbers(commands, seconds),
        "counts": dict(sorted(figures.counts.items())),
        "commandEnds": dict(verdict.command_ends),
        "compared": dict(verdict.compared),
        "differences": dict(verdict.faults.counts),
        "words": verdict.faults.words,
    }


def _row(name: str, histogram: Histogram, seconds: float) -> str:
    quantiles = "".join(f"{histogram.quantile_s(share) * 1000:8.1f}ms" for _, share in _SHARES)
    return f"{name:<20}{histogram.count:>10}{histogram.count / max(seconds, 1e-3):>10.1f}{quantiles}"


def _numbers(histogram: Histogram, seconds: float) -> dict[str, float]:
    quantiles = {name: round(histogram.quantile_s(share) * 1000, 3) for name, share in _SHARES}
    rate = round(histogram.count / max(seconds, 1e-3), 1)
    return {"count": histogram.count, "perSecond": rate, **quantiles, "longest": histogram.longest_s * 1000}


def _counted(title: str, counts: Counter[str]) -> Iterator[str]:
    if counts:
        said = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count)
        yield f"{title}: {said}."
