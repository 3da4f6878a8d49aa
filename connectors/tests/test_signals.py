"""Brain.mqh and Onnx5.mqh: what is asked, which answers are signals, what is said of those that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.harness.machine import MqlError
from connectors.tests.given import EURUSD, Given
from connectors.tests.probing import Call, Probe
from connectors.tests.test_trading import H1, START_S, TERMS, hours, terms

URL = "http://hub.test"
BARS = 30
THINK: list[Call] = [("think",)]


@pytest.fixture
def probe(probe5: Path, tmp_path: Path) -> Probe:
    made = Probe(probe5, tmp_path)
    account = {"ACCOUNT_BALANCE": 10_000.0, "ACCOUNT_EQUITY": 10_000.0, "ACCOUNT_LOGIN": 5}
    made.terminal = Given(account={**account, "ACCOUNT_SERVER": "S"})
    books(made).bars["EURUSD", H1] = hours(40)
    made.machine.allowed = (URL,)
    return made


def books(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def silences(probe: Probe) -> list[str]:
    return [line.split("silent (", 1)[1] for line in probe.log if "silent (" in line]


def says(probe: Probe, status: int = 200, heads: bytes = b"", **changes: Any) -> None:
    """Let the hub answer so; what it is asked is in the machine's requests."""
    good = {"success": True, "symbol": "EURUSD", "timeframe": "H1", "side": "buy", "probability": 0.7}
    body = json.dumps({**good, "size": 1.0, "horizonBars": 4, **changes}).encode()
    probe.machine.web = lambda *_: (status, heads, body)


def brain(model: str = "", **changes: Any) -> list[Call]:
    return [terms(**changes), ("brain", URL, model, BARS)]


def paired(probe: Probe, token: str) -> Call:
    """Return what another program of the terminal does: it writes down a token."""
    [name] = probe.live(("files", 5, "S"))
    keep = ("identity", name), ("known", "id", token, "CODE", 0, 0)
    return lambda: Probe(probe.binary, probe.machine.folder).live(*keep)


def new_bar(probe: Probe) -> Call:
    def closes() -> None:
        known = books(probe).bars["EURUSD", H1]
        books(probe).bars["EURUSD", H1] = [*known, (known[-1][0] + 3_600, *known[-1][1:])]

    return closes


def test_it_asks_by_the_connectors_newest_token(probe: Probe) -> None:
    heads: list[str] = []

    def carry(_: str, __: str, headers: str, *___: Any) -> tuple[int, bytes, bytes]:
        heads.append(headers)
        return 503, b"", b""

    probe.machine.carry = carry
    (probe.machine.folder / "metafleet").mkdir()
    first, second = paired(probe, "first"), paired(probe, "second")
    assert probe.live(*brain()) == [False]
    assert callable(first)
    first()
    assert probe.live(*brain(), *THINK, second, new_bar(probe), *THINK) == [True]
    assert [("first" in one, "second" in one) for one in heads] == [(True, False), (False, True)]


def test_it_asks_with_its_closed_bars_once_each(probe: Probe) -> None:
    says(probe, side="none")
    probe.live(*brain("m"), *THINK, *THINK, new_bar(probe), *THINK, *THINK)
    asked = [json.loads(body) for _, _, body in probe.machine.requests]
    assert [one["bars"][-1][0] for one in asked] == [START_S - 3_600, START_S]
    assert {address for _, address, _ in probe.machine.requests} == {f"{URL}/brain/v1/signal"}
    assert {name: asked[0][name] for name in ("symbol", "timeframe", "model")} == {
        "symbol": "EURUSD", "timeframe": "H1", "model": "m",
    }  # fmt: skip
    assert len(asked[0]["bars"]) == BARS
    assert asked[0]["bars"][-1][1:] == [1.1, 1.101, 1.099, 1.1, 100, 8]
    probe.machine.requests.clear()
    probe.live(*brain(), *THINK)
    assert "model" not in json.loads(probe.machine.requests[0][2])


def test_few_bars_are_no_question(probe: Probe) -> None:
    says(probe, side="none")
    for count, asked in ((26, 0), (27, 1)):
        # One of them is still forming.
        books(probe).bars["EURUSD", H1] = hours(count)
        probe.live(*brain(), *THINK)
        assert len(probe.machine.requests) == asked
    books(probe).bars.clear()
    probe.live(*brain(), *THINK)
    assert len(probe.machine.requests) == 1


def test_a_signal_that_holds_is_traded(probe: Probe) -> None:
    for side, probability, size in (("buy", 1.0, 1.0), ("sell", 0.0, 0.5), ("none", 0.5, 0.0)):
        says(probe, side=side, probability=probability, size=size)
        probe.live(*brain(), *THINK)
        assert silences(probe) == []
    assert [(one[5], one[10], one[13]) for one in books(probe).sent] == [
        ("0.25", "0", "mf brain"),
        ("0.12", "1", "mf brain"),
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"symbol": "GBPUSD"}, "it answered about another market"),
        ({"timeframe": "M15"}, "it answered about another market"),
        ({"side": "up"}, "it said no side"),
        *(
            ({name: value}, "its figures are none")
            for name in ("probability", "size")
            for value in (-0.01, 1.01)
        ),
        ({"status": 404, "detail": "no champion"}, "404 no champion"),
        ({"status": 401, "detail": "who?"}, "401 who?"),
        ({"status": 409, "detail": "no bars"}, "409 no bars"),
    ],
)
def test_an_answer_that_is_no_signal_is_final(probe: Probe, changes: dict[str, Any], why: str) -> None:
    says(probe, **{"status": 200, **changes})
    if "status" in changes:
        body = json.dumps(changes).encode()
        probe.machine.web = lambda *_: (changes["status"], b"", body)
    probe.live(*brain(), *THINK, probe.sleep(60_000), *THINK)
    assert silences(probe) == [f"{why}); nothing is opened"]
    assert (len(probe.machine.requests), books(probe).sent) == (1, [])


def test_one_that_may_answer_later_is_asked_until_it_is_late(probe: Probe) -> None:
    says(probe, 503)
    seconds: list[Call] = [call for _ in range(39) for call in (probe.sleep(1_000), ("think",))]
    probe.live(*brain(), *THINK, *seconds)
    assert silences(probe) == []
    assert 4 < len(probe.machine.requests) < 12, "less and less often"
    probe.machine.requests.clear()
    probe.live(*brain(), *THINK, *seconds, probe.sleep(1_001), *THINK, probe.sleep(1_000), *THINK)
    assert len(silences(probe)) == 1
    says(probe, 429, b"Retry-After: 30\r\n")
    probe.machine.requests.clear()
    probe.live(*brain(), *THINK, *seconds[:58])
    assert len(probe.machine.requests) == 1
    probe.machine.requests.clear()
    # A new bar is a new question, and waits for nothing.
    probe.live(*brain(), *THINK, new_bar(probe), probe.sleep(1_000), *THINK)
    assert len(probe.machine.requests) == 2


def test_while_it_is_silent_the_own_rule_may_decide(probe: Probe) -> None:
    says(probe, side="up")
    books(probe).bars["EURUSD", H1] = hours(40, {place: 1.1 + 0.0002 * place for place in range(40)})
    probe.live(*brain(fallback="rule"), *THINK)
    assert silences(probe) == ["it said no side); the own rule decides"]
    assert [one[13] for one in books(probe).sent] == ["mf own rule"]


# The model that the program carries: its one feature is the newest close.


def modelled(probe: Probe, rise: float | None = 0.7) -> list[Call]:
    books(probe).symbols["GBPUSD"] = EURUSD
    books(probe).bars["GBPUSD", H1] = hours(40)
    books(probe).runs = None if rise is None else lambda _: [rise]
    return [terms(), ("onnx",)]


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("EURUSD", "known "),
        ("EURUSD.m", "known .m"),
        ("GBPUSD_i", "known _i"),
        ("m.EURUSD", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_brokers_names_have_ends(probe: Probe, symbol: str, said: str) -> None:
    assert probe.live(("suffix", symbol)) == [said]


def test_a_symbol_that_the_model_does_not_know_is_refused(probe: Probe) -> None:
    modelled(probe)
    assert probe.live(terms(symbol="XAUUSD"), ("onnx",), terms(), ("onnx",)) == [False, True]
    assert TERMS["symbol"] == "EURUSD"


@pytest.mark.parametrize(
    ("rise", "sent"),
    [
        (0.61, [("0.25", "0")]),
        (0.599, []),
        (0.4, []),
        (0.39, [("0.12", "1")]),
        (1.0, [("0.25", "0")]),
        (0.0, [("0.12", "1")]),
    ],
)
def test_what_the_model_says_is_traded(probe: Probe, rise: float, sent: list[tuple[str, str]]) -> None:
    probe.live(*modelled(probe, rise), ("run",), ("run",), ("release",), ("release",))
    assert [(one[5], one[10]) for one in books(probe).sent] == sent
    assert {one[13] for one in books(probe).sent} <= {"mf model"}
    assert sum("P(rise)" in line for line in probe.log) == 1
    assert books(probe).models == 0


@pytest.mark.parametrize("rise", [-0.01, 1.01, float("nan"), float("inf")])
def test_what_is_no_probability_is_said(probe: Probe, rise: float) -> None:
    probe.live(*modelled(probe, rise), ("run",))
    assert silences(probe) == ["its probability is none); nothing is opened"]


def test_a_model_that_fails_is_said_and_tried_again(probe: Probe) -> None:
    begin = modelled(probe)
    books(probe).answers = [MqlError(5_801)] * 2
    probe.live(*begin, ("run",), new_bar(probe), ("run",))
    assert silences(probe) == [
        "it cannot be loaded, error 5801)",
        "it cannot be loaded, error 5801); nothing is opened",
    ]
    assert sum("P(rise)" in line for line in probe.log) == 1
    probe.live(*modelled(probe, None), ("run",), ("run",))
    assert silences(probe) == ["it did not answer, error 5803); nothing is opened"]


def test_bars_that_are_loading_are_waited_for_ten_seconds(probe: Probe) -> None:
    begin = modelled(probe)
    books(probe).bars["EURUSD", H1] = hours(30)
    wait: list[Call] = [("run",), probe.sleep(10_000), ("run",), probe.sleep(1), ("run",), ("run",)]
    probe.live(*begin, *wait[:3])
    assert silences(probe) == []
    probe.live(*begin, *wait)
    assert silences(probe) == ["29 of 30 bars are there); nothing is done"]
    books(probe).bars["EURUSD", H1] = hours(31)
    probe.live(*begin, ("run",))
    assert len(books(probe).sent) == 1


@pytest.mark.parametrize(
    ("beside", "said"), [([], []), (None, ["its features are not whole); nothing is opened"])]
)
def test_a_symbol_beside_it_is_waited_for_and_then_left_out(
    probe: Probe, beside: Any, said: list[str]
) -> None:
    begin = modelled(probe)
    books(probe).bars["GBPUSD", H1] = []
    if beside is None:
        del books(probe).bars["GBPUSD", H1]
    probe.live(*begin, ("run",), probe.sleep(10_000), ("run",))
    assert (silences(probe), books(probe).sent) == ([], [])
    probe.live(*begin, ("run",), probe.sleep(10_001), ("run",), ("run",))
    assert silences(probe) == said
    assert len(books(probe).sent) == (not said)
