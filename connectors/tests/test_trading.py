"""Trading.mqh: on bars and books that are written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.tests.given import EURUSD, Bar, Given, bar
from connectors.tests.probing import Call, Probe

H1, M15 = 16_385, 15
ATR = 0.002
START_S = 1_757_289_600
TERMS: dict[str, Any] = {
    "symbol": "EURUSD", "timeframe": "H1", "risk": 1.0, "stop": 2.0, "target": 3.0, "probability": 0.55,
    "spread": 10, "loss": 3.0, "fallback": "none",
}  # fmt: skip


@pytest.fixture
def probe(probe5: Path, tmp_path: Path) -> Probe:
    made = Probe(probe5, tmp_path)
    made.terminal = Given(
        account={"ACCOUNT_BALANCE": 10_000.0, "ACCOUNT_EQUITY": 10_000.0, "ACCOUNT_LOGIN": 5}
    )
    books(made).bars["EURUSD", H1] = hours(40)
    return made


def books(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def hours(count: int, closes: dict[int, float] | None = None, step_s: int = 3_600) -> list[Bar]:
    """Return bars, the last of which is still forming; each spans ATR."""
    return [
        bar(START_S + step_s * (place - count + 1), (closes or {}).get(place, 1.1)) for place in range(count)
    ]


def terms(**changes: Any) -> Call:
    return ("terms", *({**TERMS, **changes}).values())


def heed(side: str, probability: float, size: float = 1.0, horizon: int = 4, why: str = "brain") -> Call:
    return ("heed", side, probability, size, horizon, why)


def lots(probe: Probe, **changes: Any) -> str:
    """Return what is bought at a risk, "" for nothing."""
    books(probe).sent.clear()
    size = changes.pop("size", 1.0)
    probe.live(terms(**changes), ("trader",), heed("buy", 0.9, size))
    return books(probe).sent[0][5] if books(probe).sent else ""


def test_lots_are_what_the_stop_may_cost(probe: Probe) -> None:
    # A lot's stop of two ATR costs 400.
    assert [lots(probe, risk=risk) for risk in (1.0, 1.03, 1.04, 0.04)] == ["0.25", "0.25", "0.26", "0.01"]
    assert [lots(probe, size=size) for size in (0.5, 0.04, 0.01)] == ["0.12", "0.01", ""]
    assert lots(probe, stop=4.0) == "0.12"
    # The least of a broker, where it does not cost more than twice as much.
    assert [lots(probe, risk=risk) for risk in (0.02, 0.0199)] == ["0.01", ""]
    assert "the smallest volume would risk too much" in probe.log[-1]
    assert [lots(probe, risk=risk) for risk in (200, 201, 900)] == ["50", "50", "50"]
    books(probe).symbols["EURUSD"] = EURUSD | {"SYMBOL_TRADE_TICK_VALUE": 0.5, "SYMBOL_VOLUME_STEP": 0.1}
    assert [lots(probe, risk=risk) for risk in (1.0, 1.2)] == ["0.5", "0.6"]
    for name in ("SYMBOL_TRADE_TICK_VALUE", "SYMBOL_TRADE_TICK_SIZE", "SYMBOL_VOLUME_STEP"):
        books(probe).symbols["EURUSD"] = EURUSD | {name: 0.0}
        assert lots(probe) == "", name


def test_stop_and_target_stand_on_their_sides(probe: Probe) -> None:
    begin = terms(), ("trader",)
    probe.live(*begin, heed("buy", 0.7))
    probe.live(*begin, heed("sell", 0.3, why="own rule"))
    probe.live(terms(target=0), ("trader",), heed("sell", 0.3))
    told = [(one[2], one[6], one[7], one[8], one[9], one[10], one[13]) for one in books(probe).sent]
    assert told == [
        ("77", "1.1002", "1.0962", "1.1062", "20", "0", "mf brain"),
        ("77", "1.1", "1.104", "1.094", "20", "1", "mf own rule"),
        ("77", "1.1", "1.104", "0", "20", "1", "mf brain"),
    ]
    assert probe.live(*begin, heed("none", 0.9)) == []
    books(probe).bars["EURUSD", H1] = [(*one[:2], 1.1, 1.1, 1.1, *one[5:]) for one in hours(40)]
    probe.live(*begin, heed("buy", 0.9))
    assert len(books(probe).sent) == 3, "a market that stands still has no stop"


def test_a_gap_counts_as_a_bars_range(probe: Probe) -> None:
    books(probe).bars["EURUSD", H1] = hours(40, dict.fromkeys(range(30, 40), 1.2))
    probe.live(terms(), ("trader",), heed("buy", 0.9))
    # Thirteen bars of 0.002, and one from 1.1 to 1.201.
    assert books(probe).sent[0][7] == f"{1.1002 - 2 * (13 * ATR + 0.101) / 14:.5f}".rstrip("0")
    books(probe).bars["EURUSD", H1] = hours(40, dict.fromkeys(range(30, 40), 1.0))
    probe.live(terms(), ("trader",), heed("buy", 0.9))
    assert books(probe).sent[1][7] == f"{1.1002 - 2 * (13 * ATR + 0.101) / 14:.5f}".rstrip("0")


@pytest.mark.parametrize(
    ("call", "changes", "why"),
    [
        (heed("buy", 0.5499), {}, "it is not sure enough"),
        (heed("buy", 0.55), {}, ""),
        (heed("sell", 0.4501), {}, "it is not sure enough"),
        (heed("sell", 0.45), {}, ""),
        (heed("buy", 0.5, why="own rule"), {}, ""),
        (heed("buy", 0.9), {"spread": 9}, "the spread is too wide"),
        (heed("buy", 0.9), {"spread": 10}, ""),
        (heed("buy", 0.9), {"equity": 9_699.9}, "the day has lost enough"),
        (heed("buy", 0.9), {"equity": 9_700.0}, ""),
        (heed("buy", 0.9), {"equity": 9_900.0, "loss": 0.5}, "the day has lost enough"),
    ],
)
def test_what_hinders_an_order(probe: Probe, call: Call, changes: dict[str, Any], why: str) -> None:
    books(probe).account["ACCOUNT_EQUITY"] = changes.get("equity", 10_000.0)
    wanted = {name: value for name, value in changes.items() if name != "equity"}
    probe.live(terms(**wanted), ("trader",), call)
    assert len(books(probe).sent) == (not why)
    said = [line for line in probe.log if "nothing is opened" in line]
    assert [line.endswith(why) for line in said] == [True] * bool(why)


def test_a_day_begins_with_the_balance_that_it_has(probe: Probe) -> None:
    account = books(probe).account

    def loses() -> None:
        account["ACCOUNT_BALANCE"] = account["ACCOUNT_EQUITY"] = 9_600.0

    day_ms = 86_400_000
    same_day: list[Call] = [loses, probe.sleep(day_ms - 1_000), heed("sell", 0.1)]
    probe.live(terms(), ("trader",), heed("buy", 0.9), *same_day, probe.sleep(1_000), heed("sell", 0.1))
    assert [one[10] for one in books(probe).sent] == ["0", "1"]
    assert sum("the day has lost enough" in line for line in probe.log) == 1


def held(probe: Probe, age_bars: float, kind: int = 0, ticket: int = 3) -> None:
    newest = books(probe).bars["EURUSD", H1][-2][0] + 3_600
    opened = int(newest - age_bars * 3_600)
    books(probe).positions = [
        {"POSITION_TICKET": ticket, "POSITION_SYMBOL": "EURUSD", "POSITION_TYPE": kind,
         "POSITION_VOLUME": 0.3,
         "POSITION_MAGIC": 77, "POSITION_TIME": opened}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "age_bars", "signal", "sent"),
    [
        (0, 1, heed("sell", 0.2), ["mf turned", "mf brain"]),
        (1, 1, heed("buy", 0.8), ["mf turned", "mf brain"]),
        (0, 1, heed("buy", 0.8), []),
        (0, 1, heed("none", 0.5), []),
        (0, 3.99, heed("none", 0.5), []),
        (0, 4, heed("none", 0.5), ["mf time"]),
        (0, 4, heed("buy", 0.8), ["mf time", "mf brain"]),
        (0, 99, heed("none", 0.5, horizon=0), []),
    ],
)
def test_what_is_held_ends_by_its_time_or_its_opposite(
    probe: Probe, kind: int, age_bars: float, signal: Call, sent: list[str]
) -> None:
    held(probe, age_bars, kind)
    probe.live(terms(), ("trader",), signal)
    assert [one[13] for one in books(probe).sent] == sent
    if sent:
        assert (books(probe).sent[0][5], books(probe).sent[0][14]) == ("0.3", "3")


def test_the_time_is_that_of_the_signal_that_was_traded(probe: Probe) -> None:
    begun = [heed("none", 0.5, horizon=4), heed("buy", 0.8, horizon=9)]
    calls: list[Call] = [*begun, lambda: held(probe, 4), heed("none", 0.5, horizon=4)]
    probe.live(terms(), ("trader",), *calls, lambda: held(probe, 9), heed("none", 0.5, horizon=20))
    assert [one[13] for one in books(probe).sent] == ["mf brain", "mf time"]


def test_what_could_not_be_closed_is_still_held(probe: Probe) -> None:
    held(probe, 1)
    books(probe).answers = [[10_018, 0, 0, 0.0, 0.0, "Market closed"]]
    probe.live(terms(), ("trader",), heed("sell", 0.2))
    assert [one[13] for one in books(probe).sent] == ["mf turned"]
    assert "Market closed" in probe.log[-1]
    # Of another's magic it holds nothing.
    books(probe).positions[0]["POSITION_MAGIC"] = 78
    books(probe).answers = [[10_019, 0, 0, 0.0, 0.0, "No money"]]
    probe.live(terms(), ("trader",), heed("sell", 0.2))
    assert [one[13] for one in books(probe).sent] == ["mf turned", "mf brain"]
    assert "No money" in probe.log[-1]


@pytest.mark.parametrize(
    ("name", "number", "seconds"), [("M15", M15, 900), ("H4", 16_388, 14_400), ("D1", 16_408, 86_400)]
)
def test_bars_are_as_long_as_their_name_says(probe: Probe, name: str, number: int, seconds: int) -> None:
    books(probe).bars["EURUSD", number] = hours(40, step_s=seconds)
    for age_s, count in ((4 * seconds - 1, 0), (4 * seconds, 1)):
        held(probe, 0)
        books(probe).positions[0]["POSITION_TIME"] = START_S - age_s
        probe.live(terms(timeframe=name), ("trader",), heed("none", 0.5))
        assert len(books(probe).sent) == count


def test_its_own_rule_follows_what_went_far(probe: Probe) -> None:
    asked = terms(fallback="rule"), ("trader",), ("instead",), ("rule", 30)
    for far, side in ((0.0041, "buy"), (0.0039, "none"), (-0.0041, "sell"), (-0.0039, "none")):
        # The newest closed bar stands at 38, and goes far without a gap.
        steps = {14 + place: 1.1 + far * (place / 24) for place in range(1, 26)}
        books(probe).bars["EURUSD", H1] = hours(40, steps)
        assert probe.live(*asked)[1] == f"{side} 0.50 0.50 24 own rule", far
    assert probe.live(*asked)[0] == "the own rule decides"
    far_gone = {place: 1.1 + 0.0002 * place for place in range(40)}
    books(probe).bars["EURUSD", H1] = hours(40, far_gone)
    few = [("rule", 24), ("rule", 25)]
    assert [one.split()[0] for one in probe.live(*asked[:2], *few)] == ["none", "buy"]
    none = probe.live(terms(), ("trader",), ("instead",), ("rule", 30))
    assert none == ["nothing is opened", "none 0.50 0.50 24 own rule"]
