"""Prop firms' programmes over equity paths: when a limit is broken, and when a phase is passed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.programmes import marks, terms
from metafleet.engine.programmes.marks import Seen
from metafleet.engine.programmes.terms import Phase, Programme
from metafleet.engine.programmes.verdict import Verdict, judge

D = Decimal
PRAGUE = "Europe/Prague"
STATIC = Phase(name="F1", target_percent=D(10), daily_loss_percent=D(5), total_loss_percent=D(10), min_days=2)
EQUITY_DAY = Phase(name="F1", daily_loss_percent=D(5), daily_basis="equity")
HIGHER_DAY = Phase(name="F1", daily_loss_percent=D(5), daily_basis="higher")
TRAILING = Phase(name="F1", total_loss_percent=D(6), total_kind="trailing")
LOCKING = Phase(name="F1", total_loss_percent=D(6), total_kind="trailing", total_locks=True)
END_OF_DAY = Phase(name="F1", total_loss_percent=D(4), total_kind="trailing_eod")
CONSISTENT = Phase(name="F1", target_percent=D(6), consistency_percent=D(50))

Row = tuple[str, int, int] | tuple[str, int, int, int]
"""Local time, balance, equity, and perhaps what was paid in since the row before."""


@dataclass(frozen=True)
class Case:
    about: str
    phase: Phase
    path: list[Row]
    broken: str | None = None
    at: str | None = None
    is_passed: bool = False
    days_traded: int = 0
    timezone: str = PRAGUE
    day_starts: str = "00:00"
    used: dict[str, int] = field(default_factory=dict)
    """Of the last look."""


CASES = [
    Case(
        "the day's loss is counted from the balance at midnight, floating loss included",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-02 10:00", 100_000, 95_001)],
        used={"daily_loss": 4_999, "total_loss": 4_999},
    ),
    Case(
        "reaching the daily limit breaks it, though nothing is closed",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-02 10:00", 100_000, 95_000)],
        broken="daily_loss",
        at="2026-03-02 10:00",
    ),
    Case(
        "the same loss over two days breaks no daily limit",
        STATIC,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 23:59", 97_000, 97_000),
            ("2026-03-03 00:01", 97_000, 97_000),
            ("2026-03-03 12:00", 97_000, 93_000),
        ],
        used={"daily_loss": 4_000, "total_loss": 7_000},
    ),
    Case(
        "a loss that is carried over midnight counts again for a day that starts from the balance",
        STATIC,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 23:59", 100_000, 96_000),
            ("2026-03-03 00:01", 100_000, 95_500),
            ("2026-03-03 00:02", 100_000, 94_900),
        ],
        broken="daily_loss",
        at="2026-03-03 00:02",
    ),
    Case(
        "for a day that starts from the equity the carried loss is yesterday's",
        EQUITY_DAY,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 23:59", 100_000, 96_000),
            ("2026-03-03 00:02", 100_000, 91_100),
        ],
        used={"daily_loss": 4_900},
    ),
    Case(
        "an open profit at midnight raises the start of a day that counts the higher of the two",
        HIGHER_DAY,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 23:59", 100_000, 104_000),
            ("2026-03-03 08:00", 100_000, 99_000),
        ],
        broken="daily_loss",
        at="2026-03-03 08:00",
    ),
    Case(
        "breach and recovery within a day: the breach stands",
        STATIC,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 10:00", 100_000, 94_000),
            ("2026-03-02 11:00", 101_000, 101_000),
        ],
        broken="daily_loss",
        at="2026-03-02 10:00",
    ),
    Case(
        "many small days break the total limit and no daily one",
        STATIC,
        [
            ("2026-03-02 12:00", 100_000, 100_000),
            ("2026-03-02 20:00", 96_000, 96_000),
            ("2026-03-03 20:00", 92_000, 92_000),
            ("2026-03-04 20:00", 90_000, 90_000),
        ],
        broken="total_loss",
        at="2026-03-04 20:00",
    ),
    Case(
        "midnight is the broker's: half past eleven in London is tomorrow in Prague",
        STATIC,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 22:00", 96_000, 96_000),
            ("2026-03-02 23:30", 94_900, 94_900),
        ],
        timezone="Europe/London",
        broken="daily_loss",
        at="2026-03-02 23:30",
    ),
    Case(
        "... and there it is a new day's loss",
        STATIC,
        [
            ("2026-03-02 10:00", 100_000, 100_000),
            ("2026-03-02 23:00", 96_000, 96_000),
            ("2026-03-03 00:30", 94_900, 94_900),
        ],
        used={"daily_loss": 1_100, "total_loss": 5_100},
    ),
    Case(
        "a day of the summer clock's first morning is an hour short",
        STATIC,
        [
            ("2026-03-28 12:00", 100_000, 100_000),
            ("2026-03-28 23:59", 96_000, 96_000),
            ("2026-03-29 03:30", 95_000, 95_000),
            ("2026-03-29 23:59", 91_500, 91_500),
            ("2026-03-30 00:00", 91_500, 91_500),
            ("2026-03-30 00:30", 90_500, 90_500),
        ],
        used={"daily_loss": 1_000, "total_loss": 9_500},
    ),
    Case(
        "the repeated hour of the autumn clock belongs to the one day",
        STATIC,
        [
            ("2026-10-25 00:00", 100_000, 100_000),
            ("2026-10-25 02:30", 97_000, 97_000),
            ("2026-10-25 23:59", 95_000, 95_000),
        ],
        broken="daily_loss",
        at="2026-10-25 23:59",
    ),
    Case(
        "a day may begin in the afternoon",
        EQUITY_DAY,
        [
            ("2026-03-02 16:00", 100_000, 100_000),
            ("2026-03-02 16:59", 96_000, 96_000),
            ("2026-03-02 17:00", 96_000, 96_000),
            ("2026-03-02 17:30", 92_000, 92_000),
        ],
        timezone="America/New_York",
        day_starts="17:00",
        used={"daily_loss": 4_000},
    ),
    Case(
        "a trailing limit follows the highest equity, also of what was never closed",
        TRAILING,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 10:00", 100_000, 105_000),
            ("2026-03-02 11:00", 100_000, 99_000),
        ],
        broken="total_loss",
        at="2026-03-02 11:00",
    ),
    Case(
        "one that locks stops rising at the first balance",
        LOCKING,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-03 09:00", 120_000, 120_000),
            ("2026-03-04 09:00", 101_000, 100_500),
        ],
        used={"total_loss": 5_500},
    ),
    Case(
        "... and is broken there",
        LOCKING,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-03 09:00", 120_000, 120_000),
            ("2026-03-04 09:00", 101_000, 100_000),
        ],
        broken="total_loss",
        at="2026-03-04 09:00",
    ),
    Case(
        "an end-of-day limit does not follow a peak within the day",
        END_OF_DAY,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 10:00", 103_000, 103_000),
            ("2026-03-02 23:00", 97_000, 97_000),
        ],
        used={"total_loss": 3_000},
    ),
    Case(
        "... but the balance that the day has ended with",
        END_OF_DAY,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 23:00", 103_000, 103_000),
            ("2026-03-03 09:00", 99_000, 99_000),
        ],
        broken="total_loss",
        at="2026-03-03 09:00",
    ),
    Case(
        "a withdrawal is no loss",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-02 10:00", 92_000, 91_000, -8_000)],
        used={"daily_loss": 1_000, "total_loss": 1_000},
    ),
    Case(
        "a deposit hides none",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-02 10:00", 104_500, 104_500, 10_000)],
        broken="daily_loss",
        at="2026-03-02 10:00",
    ),
    Case(
        "days that were slept through start from what was last seen",
        STATIC,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 20:00", 98_000, 98_000),
            ("2026-03-06 09:00", 92_900, 92_900),
        ],
        broken="daily_loss",
        at="2026-03-06 09:00",
    ),
    Case(
        "a target counts once it is closed and the days are traded",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-04 09:00", 110_000, 110_000)],
        days_traded=2,
        is_passed=True,
    ),
    Case(
        "an open profit passes nothing",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-04 09:00", 100_000, 111_000)],
        days_traded=2,
    ),
    Case(
        "too few days pass nothing",
        STATIC,
        [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-04 09:00", 111_000, 111_000)],
        days_traded=1,
    ),
    Case(
        "a single lucky day is not consistent",
        CONSISTENT,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 20:00", 105_000, 105_000),
            ("2026-03-03 20:00", 106_000, 106_000),
        ],
    ),
    Case(
        "even days are",
        CONSISTENT,
        [
            ("2026-03-02 09:00", 100_000, 100_000),
            ("2026-03-02 20:00", 103_000, 103_000),
            ("2026-03-03 20:00", 106_000, 106_000),
        ],
        is_passed=True,
    ),
]


def programme_of(case: Case) -> Programme:
    return Programme(
        firm="Firm", name="Test", timezone=case.timezone, day_starts=case.day_starts, phases=(case.phase,)
    )


def seen(row: Row, timezone: str) -> Seen:
    at = datetime.fromisoformat(row[0]).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    return Seen(at, D(row[1]), D(row[2]), D(row[3]) if len(row) == 4 else D(0))


def walk(case: Case) -> tuple[tuple[str, str] | None, Verdict]:
    """Return the first breach, as (limit, local time), and the verdict on the last look."""
    programme = programme_of(case)
    now = marks.begin(programme.clock, seen(case.path[0], case.timezone))
    breach = None
    for row in case.path[1:]:
        now = marks.carry_on(now, programme.clock, seen(row, case.timezone))
        broken = judge(case.phase, now, days_traded=case.days_traded).broken
        if broken and breach is None:
            breach = (broken.kind, row[0])
    return breach, judge(case.phase, now, days_traded=case.days_traded)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_the_verdict_on_an_equity_path(case: Case) -> None:
    breach, verdict = walk(case)
    assert breach == ((case.broken, case.at) if case.broken else None)
    assert verdict.is_passed is case.is_passed
    used = {limit.kind: limit.used for limit in verdict.limits}
    assert {kind: used[kind] for kind in case.used} == case.used  # type: ignore[index]


def test_people_are_warned_in_stages() -> None:
    start: Row = ("2026-03-02 09:00", 100_000, 100_000)
    stages = []
    for equity in (97_501, 97_500, 96_250, 95_500, 95_001, 95_000):
        _, verdict = walk(Case("", STATIC, [start, ("2026-03-02 10:00", 100_000, equity)]))
        stages.append(verdict.limits[0].stage)
    assert stages == [0, 50, 75, 90, 90, 100]


def test_what_is_left_and_where_it_ends_are_said_in_money() -> None:
    path: list[Row] = [("2026-03-02 09:00", 100_000, 100_000), ("2026-03-02 10:00", 101_000, 98_000)]
    _, verdict = walk(Case("", STATIC, path))
    daily, total = verdict.limits
    assert [daily.left, daily.floor, daily.percent] == [D(3_000), D(95_000), D(40)]
    assert [total.left, total.floor, total.percent] == [D(8_000), D(90_000), D(20)]


PROGRAMME = programme_of(Case("", STATIC, []))
BEGINNING = datetime(2026, 3, 27, 12, tzinfo=UTC)
looks = st.lists(
    st.tuples(st.integers(1, 5 * 24 * 60), st.integers(80_000, 120_000), st.integers(80_000, 120_000)),
    min_size=1,
    max_size=30,
)


@given(looks)
def test_marks_do_not_depend_on_repeats_or_on_old_looks(rows: list[tuple[int, int, int]]) -> None:
    path = [Seen(BEGINNING + timedelta(minutes=m), D(b), D(e)) for m, b, e in sorted(rows)]
    begun = marks.begin(PROGRAMME.clock, Seen(BEGINNING, D(100_000), D(100_000)))
    once = twice = begun
    for look in path:
        once = marks.carry_on(once, PROGRAMME.clock, look)
        twice = marks.carry_on(marks.carry_on(twice, PROGRAMME.clock, look), PROGRAMME.clock, path[0])
    assert once == twice


@given(looks, st.integers(-50_000, 50_000))
def test_money_paid_in_moves_no_distance(rows: list[tuple[int, int, int]], flow: int) -> None:
    path = [Seen(BEGINNING + timedelta(minutes=m), D(b), D(e)) for m, b, e in sorted(rows)]
    plain = paid = marks.begin(PROGRAMME.clock, Seen(BEGINNING, D(100_000), D(100_000)))
    paid = marks.carry_on(
        paid,
        PROGRAMME.clock,
        Seen(BEGINNING + timedelta(seconds=1), D(100_000 + flow), D(100_000 + flow), D(flow)),
    )
    for look in path:
        plain = marks.carry_on(plain, PROGRAMME.clock, look)
        moved = Seen(look.at, look.balance + flow, look.equity + flow)
        paid = marks.carry_on(paid, PROGRAMME.clock, moved)
    assert (paid.profit, paid.day_profit, paid.best_day) == (plain.profit, plain.day_profit, plain.best_day)
    assert paid.peak_equity - paid.last.equity == plain.peak_equity - plain.last.equity


def test_a_day_begins_at_the_instant_that_its_clock_says() -> None:
    assert PROGRAMME.clock.began_at(date(2026, 3, 29)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert PROGRAMME.clock.began_at(date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


def test_what_ships_is_readable_and_every_phase_limits_something() -> None:
    assert set(terms.shipped()) == {"two-step", "one-step-trailing", "end-of-day-trailing"}
    for programme in terms.shipped().values():
        assert all(phase.daily_loss_percent and phase.total_loss_percent for phase in programme.phases)


def test_an_account_that_was_emptied_is_judged_too() -> None:
    seen = Seen(datetime(2026, 3, 2, 9, tzinfo=UTC), D(0), D(0))
    found = judge(STATIC, marks.begin(PROGRAMME.clock, seen), days_traded=0)
    assert [(limit.percent, limit.is_broken) for limit in found.limits] == [(D(0), False)] * 2


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"timezone": "Prague"}, "/timezone"),
        ({"timezone": "../etc/passwd"}, "/timezone"),
        ({"dayStarts": "noon"}, "/dayStarts"),
        ({"phases": []}, "/phases"),
        ({"phases": [{"name": "F1"}, {"name": "F1"}]}, "/phases"),
        ({"phases": [{"name": "F1", "dailyLossPercent": 0}]}, "/phases/0/dailyLossPercent"),
        ({"phases": [{"name": "F1", "targetPercent": 1e300}]}, "/phases/0/targetPercent"),
        ({"phases": [{"name": "F" * 21}]}, "/phases/0/name"),
        ({"firm": ""}, "/firm"),
        ({"name": "N" * 61}, "/name"),
        ({"dayStarts": "17:00+02:00"}, "/dayStarts"),
        ({"timezone": "right/UTC"}, "/timezone"),
        ({"phases": [{"name": "F1", "totalKind": "sliding"}]}, "/phases/0/totalKind"),
        ({"phases": [{"name": "F1", "dailyLos": 5}]}, "/phases/0"),
    ],
)
def test_a_programme_that_cannot_be_read_names_the_field(change: dict[str, object], pointer: str) -> None:
    document = {"firm": "F", "name": "N", "timezone": PRAGUE, "phases": [{"name": "F1"}]}
    with pytest.raises(terms.TermsRefused) as refused:
        terms.read(document | change)
    assert refused.value.pointer == pointer


def test_a_withdrawal_that_is_heard_of_late_is_no_loss_from_then_on() -> None:
    begun = marks.begin(PROGRAMME.clock, Seen(at(9), D(100), D(100)))
    unexplained = marks.carry_on(begun, PROGRAMME.clock, Seen(at(10), D(60), D(60)))
    assert unexplained.profit == D(-40)
    explained = marks.carry_on(
        unexplained, PROGRAMME.clock, Seen(at(11), D(60), D(60), flow=D(-40), is_late=True)
    )
    assert (explained.profit, explained.day_profit, explained.peak_equity) == (D(0), D(0), D(60))


def test_a_deposit_that_is_heard_of_late_raises_the_peak_no_second_time() -> None:
    begun = marks.begin(PROGRAMME.clock, Seen(at(9), D(100), D(100)))
    taken = marks.carry_on(begun, PROGRAMME.clock, Seen(at(10), D(150), D(150)))
    explained = marks.carry_on(taken, PROGRAMME.clock, Seen(at(11), D(150), D(150), flow=D(50), is_late=True))
    assert (explained.profit, explained.peak_equity) == (D(0), D(150))


def at(hour: int) -> datetime:
    return datetime(2026, 3, 2, hour, tzinfo=UTC)
