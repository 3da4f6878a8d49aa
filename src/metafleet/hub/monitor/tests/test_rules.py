"""Rules: what each kind reads of a subject, and how it stands from reading to reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.programmes import marks, terms
from metafleet.engine.programmes.marks import Seen
from metafleet.hub.kernel.errors import Malformed
from metafleet.hub.monitor.rules import KINDS
from metafleet.hub.monitor.rules.contract import (
    AccountLook,
    HostLook,
    Kind,
    Reading,
    ResultsLook,
    SilenceLook,
    SpreadLook,
    params_of,
)
from metafleet.hub.monitor.rules.drawdown import Drawdown
from metafleet.hub.monitor.rules.heartbeat_late import HeartbeatLate
from metafleet.hub.monitor.rules.host_load import HostLoad
from metafleet.hub.monitor.rules.loss import Loss
from metafleet.hub.monitor.rules.margin_level import MarginLevel
from metafleet.hub.monitor.rules.profit_target import ProfitTarget
from metafleet.hub.monitor.rules.results_range import ResultsRange, bounds
from metafleet.hub.monitor.rules.spread import Spread
from metafleet.hub.monitor.standing import WELL, Change, Standing, advance
from tests.cast import NOW

D = Decimal
CLOCK = terms.DayClock(UTC)
BEGUN = marks.begin(CLOCK, Seen(NOW - timedelta(days=1), D(100_000), D(100_000)))
PEAK = marks.carry_on(BEGUN, CLOCK, Seen(NOW - timedelta(hours=20), D(104_000), D(105_000)))
MARKS = marks.carry_on(PEAK, CLOCK, Seen(NOW, D(104_000), D(102_000)))
LOOK = AccountLook(
    account_id=UUID(int=7),
    label="Alpha",
    currency="USD",
    at=NOW,
    balance=104_000,
    equity=102_000,
    margin=20_000,
    marks=MARKS,
)
SILENT = SilenceLook(UUID(int=7), "Alpha", NOW - timedelta(seconds=30))
HOST = HostLook(UUID(int=9), "vps-1", NOW, NOW, cpu_percent=85, memory_percent=40, disk_percent=None)


@pytest.mark.parametrize(
    ("kind", "look", "value", "is_beyond"),
    [
        (Loss(limit=3000), LOOK, 3000, True),
        (Loss(limit=3001), LOOK, 3000, False),
        (Loss(limit=2, unit="percent"), LOOK, 100 * 3000 / 105_000, True),
        (Loss(limit=1, of="phase"), LOOK, -2000, False),
        (Drawdown(limit=3), LOOK, 100 * 3000 / 105_000, False),
        (Drawdown(limit=2.5), LOOK, 100 * 3000 / 105_000, True),
        (Drawdown(limit=1000, unit="money", below="first_balance"), LOOK, -2000, False),
        (ProfitTarget(target=2000), LOOK, 2000, True),
        (ProfitTarget(target=4, unit="percent", counts="balance"), LOOK, 4, True),
        (ProfitTarget(target=1, of="day"), LOOK, -3000, False),
        (MarginLevel(below=510), LOOK, 510, True),
        (MarginLevel(below=509), LOOK, 510, False),
        (MarginLevel(below=150), replace(LOOK, margin=0.0), 0, False),
        (HeartbeatLate(after_s=30), SILENT, 30, True),
        (HeartbeatLate(after_s=31), SILENT, 30, False),
        (HostLoad(of="cpu"), HOST, 85, True),
        (HostLoad(of="memory"), HOST, 40, False),
    ],
)
def test_what_a_kind_reads(kind: Kind, look: object, value: float, is_beyond: bool) -> None:
    reading = kind.read(look, NOW)
    assert reading is not None
    assert reading.value == pytest.approx(value)
    assert reading.is_beyond is is_beyond
    assert not (reading.is_beyond and reading.is_clear)


@pytest.mark.parametrize(
    ("kind", "look"),
    [
        (Loss(), replace(LOOK, marks=None)),
        (Drawdown(), replace(LOOK, marks=None)),
        (ProfitTarget(), replace(LOOK, marks=None)),
        (HostLoad(of="disk"), HOST),
    ],
)
def test_of_what_was_not_seen_nothing_is_said(kind: Kind, look: object) -> None:
    assert kind.read(look, NOW) is None


def test_an_equity_below_zero_is_beyond_every_loss() -> None:
    broke = replace(LOOK, equity=-500.0)
    for kind in (Loss(), Drawdown(), MarginLevel()):
        reading = kind.read(broke, NOW)
        assert reading is not None
        assert reading.is_beyond


@pytest.mark.parametrize(
    ("slug", "params", "pointer"),
    [
        ("loss", {"limit": 0}, "/params/limit"),
        ("loss", {"limit": -1000}, "/params/limit"),
        ("loss", {"limit": "NaN"}, "/params/limit"),
        ("loss", {"unit": "pips"}, "/params/unit"),
        ("loss", {"forS": -1}, "/params/forS"),
        ("loss", {"limt": 5}, "/params"),
        ("loss", [], "/params"),
        ("drawdown", {"limit": 1e12}, "/params/limit"),
        ("profit_target", {"target": 0}, "/params/target"),
        ("margin_level", {"below": 0}, "/params/below"),
        ("heartbeat_late", {"afterS": 1}, "/params/afterS"),
        ("host_load", {"above": 101}, "/params/above"),
        ("host_load", {"clearForS": 1e9}, "/params/clearForS"),
    ],
)
def test_parameters_that_nobody_can_mean_are_refused_by_name(slug: str, params: object, pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        params_of(KINDS[slug], params)
    assert refused.value.faults[0].pointer == pointer


def test_every_kind_says_what_it_is_and_works_without_parameters() -> None:
    assert set(KINDS) == {
        *("loss", "drawdown", "profit_target", "margin_level", "heartbeat_late", "host_load"),
        *("machine_late", "spread", "results_range", "failed_items", "database_connections", "backup_age"),
        "model_drift",
    }
    for kind in KINDS.values():
        assert kind.title
        assert kind.help.endswith(".")
        assert isinstance(params_of(kind, {}), kind)


def reading(percent: float) -> Reading:
    return Reading(percent, 100, "percent", percent, percent >= 100, percent < 90, "")


def news(kind: Kind, path: list[tuple[int, float]]) -> list[Change]:
    """Return what of each reading, (seconds, percent of the limit), is news."""
    standing, said = WELL, []
    for seconds, percent in path:
        standing, change = advance(standing, kind, reading(percent), NOW + timedelta(seconds=seconds))
        said.append(change)
    return said


PATIENT = HeartbeatLate(for_s=60, clear_for_s=60)


@pytest.mark.parametrize(
    ("about", "kind", "path", "expected"),
    [
        ("at once", HeartbeatLate(), [(0, 100)], ["fired"]),
        ("once", HeartbeatLate(), [(0, 100), (1, 150), (2, 100)], ["fired", "none", "none"]),
        ("only when it has lasted", PATIENT, [(0, 100), (59, 100), (60, 100)], ["none", "none", "fired"]),
        ("counted from anew", PATIENT, [(0, 100), (30, 50), (60, 100), (119, 100)], ["none"] * 4),
        (
            "not over at once below",
            HeartbeatLate(),
            [(0, 100), (1, 95), (2, 89)],
            ["fired", "none", "cleared"],
        ),
        (
            "over when that has lasted",
            HeartbeatLate(clear_for_s=60),
            [(0, 100), (1, 10), (50, 95), (51, 10), (110, 10), (111, 10)],
            ["fired", "none", "none", "none", "none", "cleared"],
        ),
        (
            "warned in stages, each once",
            Loss(),
            [(0, 49), (1, 50), (2, 60), (3, 76), (4, 74), (5, 76), (6, 91), (7, 100)],
            ["none", "warned", "none", "warned", "none", "none", "warned", "fired"],
        ),
        (
            "warned again after it was well",
            Loss(),
            [(0, 80), (1, 20), (2, 55)],
            ["warned", "none", "warned"],
        ),
        ("no stages without a limit to near", HeartbeatLate(), [(0, 99)], ["none"]),
    ],
)
def test_what_is_news(about: str, kind: Kind, path: list[tuple[int, float]], expected: list[Change]) -> None:
    assert news(kind, path) == expected, about


@given(st.lists(st.tuples(st.integers(0, 3600), st.floats(0, 300)), max_size=60))
def test_it_never_fires_twice_without_being_over_between(path: list[tuple[int, float]]) -> None:
    said = [change for change in news(Loss(for_s=5, clear_for_s=5), sorted(path)) if change != "none"]
    turns = [change for change in said if change != "warned"]
    assert turns == (["fired", "cleared"] * len(turns))[: len(turns)]


@given(st.floats(0, 300), st.integers(0, 100))
def test_the_same_reading_again_is_no_news(percent: float, stage: int) -> None:
    once, _ = advance(Standing(stage=stage), Loss(), reading(percent), NOW)
    _, change = advance(once, Loss(), reading(percent), NOW)
    assert change == "none"


def test_results_are_held_against_as_many_draws_of_what_came_before() -> None:
    history = [10.0, -5.0] * 20
    low, middle = bounds(tuple(history), 5, 1)
    assert -5 <= low < middle == pytest.approx(2.5, abs=2)
    assert bounds(tuple(history), 5, 1) == (low, middle)
    short = ResultsRange(last=5).read(ResultsLook("USD", [*history[:9], *[-9.0] * 5]), NOW)
    assert short is None, "nine trades are no history for five"


@given(st.lists(st.floats(-1e6, 1e6), min_size=45, max_size=80))
def test_a_reading_of_results_is_never_both_beyond_and_clear(results: list[float]) -> None:
    reading = ResultsRange(last=15).read(ResultsLook("USD", results), NOW)
    assert reading is not None
    assert not (reading.is_beyond and reading.is_clear)


@pytest.mark.parametrize(
    ("look", "value"),
    [
        (SpreadLook("EURUSD", 40, 10, 59), None),
        (SpreadLook("EURUSD", 50, 10, 60), 50),
        (SpreadLook("EURUSD", 0, 0, 60), 0),
    ],
)
def test_a_spread_is_read_once_enough_is_known_of_it(look: SpreadLook, value: float | None) -> None:
    reading = Spread().read(look, NOW)
    assert (reading.value if reading else None) == value
