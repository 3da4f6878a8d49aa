"""Print what was measured, and whether the trades are the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.tester.contestants import Contestant
from benchmarks.tester.rounds import Case, Round
from benchmarks.tester.rules import OURS

ORIGINS: Final = {"m1": "M1, {}", "h1": "H1, made of {}", "walk": "M1, generated"}
_HEAD: Final = (
    f"  {'':<17}{'version':<11}{'bars':>10}{'warm-up':>9}{'prepare':>9}{'run':>10}{'worst':>10}{'cpu':>10}"
    f"{'bars/s':>13}{'x ours':>9}{'trades':>8}{'profit':>10}  {'memory':<16}trades agree"
)


def table(case: Case, origin: str, rounds: Sequence[Round]) -> None:
    """Print a case: a line each, then what was different."""
    print(f"\n{case.strategy} on {ORIGINS[case.bars].format(origin)}")
    print(_HEAD)
    ours = next(
        (_bars_a_second(each) for each in rounds if each.failure is None and not _is_peer(each)), None
    )
    notes: dict[str, list[str]] = {}
    for each in rounds:
        name = each.contestant.name
        if each.failure is not None:
            print(f"  {name:<17}FAILED: {each.failure}")
            continue
        word, more = _agreement(each)
        for note in more:
            notes.setdefault(note, []).append(name.strip())
        print(_line(each, ours) + word, flush=True)
    for note, names in notes.items():
        print(f"  {', '.join(names)}: {note}", flush=True)


def _is_peer(each: Round) -> bool:
    return each.contestant.is_peer


def _bars_a_second(each: Round) -> float:
    """By processor time, which others on the machine change little."""
    return float(each.measured[0]["bars"]) / each.best("cpu_s")


def remarks(contestants: Sequence[Contestant]) -> None:
    """Print what the columns mean, and what of each contestant its figures do not say."""
    print(
        "\nAll times in ms. warm-up: a run on 3,000 bars before, in which compiles what compiles itself; "
        "prepare: from\nNumPy columns to what it is given; run: from there to its trades, the best round; "
        "worst: the slowest; cpu:\nprocessor time of the run, the best; bars/s: by that, and how many times "
        "ours. memory: MB of the process with\nimports and bars, + the most beyond that, of which (warm-up)."
    )
    for one in contestants:
        if one.remark:
            print(f"  {one.name.strip()}: {one.remark}")


def _line(each: Round, ours: float | None) -> str:
    first = each.measured[0]
    worst = max(float(one["seconds"]) for one in each.measured)
    base, bars_a_second = first["baseline_mb"], _bars_a_second(each)
    memory = f"{base:.0f} + {first['peak_mb'] - base:.0f} ({first['warm_mb'] - base:.0f})"
    times = "".join(f"{1e3 * value:>10,.2f}" for value in (each.best("seconds"), worst, each.best("cpu_s")))
    ratio = "" if ours is None else f"{bars_a_second / ours:.3g}"
    return (
        f"  {each.contestant.name:<17}{first['version']:<11}{first['bars']:>10,}"
        f"{1e3 * each.best('warm_up_s'):>9,.0f}{1e3 * each.best('prepare_s'):>9,.1f}{times}"
        f"{bars_a_second:>13,.0f}{ratio:>9}{first['trades']:>8,}{first['profit']:>10,.2f}  {memory:<16}"
    )


def _agreement(each: Round) -> tuple[str, list[str]]:
    """Return in a word whether the trades are the reference's, and what is to be said on it."""
    found = each.agreement(OURS)
    if found.is_full:
        return f"all {found.expected:,}", []
    notes = each.explained()
    own = each.agreement(each.rules)
    if each.rules != OURS and own.is_full:
        return f"all {own.expected:,}, by its own rules", notes
    notes += [f"differs: {example}" for example in own.examples]
    by = "" if each.rules == OURS else ", by its own rules"
    return f"NOT: {own.same:,} of {max(own.trades, own.expected):,}{by}", notes
