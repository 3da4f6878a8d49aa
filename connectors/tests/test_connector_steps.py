"""Connector.mqh, step by step: what it says to the hub and when, on both platforms."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connectors.harness.machine import Machine
from connectors.tests.given import Given
from connectors.tests.hub import URL, Hub
from connectors.tests.probing import Call, Probe

A_SECOND_MS = 1_000
WAITS = [("step",)]
Answer = tuple[int, bytes, dict[str, Any]]


@dataclass
class Line:
    """A hub that can be made to answer otherwise at one address; `said`: when (seconds), where and what."""

    machine: Machine
    hub: Hub
    otherwise: dict[str, Answer] = field(default_factory=dict)
    said: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    began_msc: int = 0

    def __post_init__(self) -> None:
        self.began_msc = self.machine.now_msc()

    def carry(
        self, method: str, address: str, headers: str, _: float, body: bytes
    ) -> tuple[int, bytes, bytes]:
        path = address.removeprefix(f"{URL}/webhook/terminal/").partition("?")[0]
        now_s = (self.machine.now_msc() - self.began_msc) / 1_000
        self.said.append((now_s, path, json.loads(body) if body else {}))
        self.tokens.append(headers.partition("Bearer ")[2].partition("\r")[0])
        if path in self.otherwise:
            status, heads, answer = self.otherwise[path]
            return status, heads, json.dumps(answer).encode()
        return self.hub(method, address, body)

    def times(self, path: str) -> list[float]:
        return [now_s for now_s, where, _ in self.said if where == path]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [body for _, where, body in self.said if where == path]


@pytest.fixture
def line(probe: Probe) -> Line:
    probe.terminal = Given()
    probe.machine.allowed = (URL,)
    made = Line(probe.machine, Hub(probe.machine))
    probe.machine.carry = made.carry
    return made


def books(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def begin(code: str = "CODE", may: str = "trade") -> Call:
    return ("connector", URL, code, may)


def seconds(probe: Probe, count: int) -> list[Call]:
    """Return steps of a timer that goes off each second."""
    return [call for _ in range(count) for call in (("step",), probe.sleep(A_SECOND_MS))]


def refusal(status: int, detail: str = "no", heads: bytes = b"") -> Answer:
    return status, heads, {"status": status, "detail": detail}


def notes(probe: Probe) -> list[str]:
    return [line.removeprefix("EA metafleet: ") for line in probe.log if "metafleet: " in line]


def traded(probe: Probe, *tickets: int) -> None:
    """Let deals have been made now, on either platform."""
    now_s = probe.machine.now_msc() // 1_000
    for ticket in tickets:
        books(probe).deals.append({"DEAL_TICKET": ticket, "DEAL_TIME": now_s, "DEAL_SYMBOL": "EURUSD"})
        closed = {"ticket": ticket, "symbol": "EURUSD", "open_time": now_s, "close_time": now_s}
        books(probe).history.append(closed)


def test_it_pairs_once_and_its_token_lasts(probe: Probe, line: Line) -> None:
    books(probe).terminal["TERMINAL_BUILD"] = 4_400
    probe.live(begin(), *seconds(probe, 3), ("hang up",))
    assert notes(probe) == ["this terminal is paired"]
    is_four = probe.machine.platform == "mql4"
    [enrolment] = line.bodies("enrol")
    assert enrolment == {
        "pairingCode": "CODE", "platform": "mt4" if is_four else "mt5", "login": 5_001_234,
        "server": "Broker-Demo",
        "build": 4_400,
    }  # fmt: skip
    assert line.tokens[0] == ""
    assert set(line.tokens[1:]) == {"secret"}
    beat = line.bodies("heartbeat")[0]
    assert {name: beat[name] for name in ("terminalId", "protocol", "platform", "build",
    "openPositions")} == {
        "terminalId": "t", "protocol": 2, "platform": "mt4" if is_four else "mt5", "build": 4_400,
        "openPositions": 0,
    }  # fmt: skip
    probe.live(begin(), *seconds(probe, 3), ("hang up",))
    assert len(line.bodies("enrol")) == 1
    assert set(line.tokens[1:]) == {"secret"}
    probe.live(begin("NEW"), *seconds(probe, 1), ("hang up",))
    assert line.bodies("enrol")[1]["pairingCode"] == "NEW"


def test_without_a_code_it_says_so_and_asks_nobody(probe: Probe, line: Line) -> None:
    probe.live(begin(""), *seconds(probe, 70), ("hang up",))
    assert line.said == []
    assert [one[:20] for one in notes(probe)] == ["give a pairing code "]


def test_a_code_that_is_refused_is_tried_once_a_minute(probe: Probe, line: Line) -> None:
    line.otherwise["enrol"] = refusal(401, "used")
    probe.live(begin(), *seconds(probe, 65), ("hang up",))
    assert line.times("enrol") == [0.0, pytest.approx(60.5, abs=0.5)]
    assert notes(probe) == ["the pairing code was refused: 401 used"]
    line.otherwise.clear()
    probe.live(begin(), *seconds(probe, 2), ("hang up",))
    # Who is paired goes on reporting, and does not try again.
    line.otherwise["enrol"] = refusal(400, "none")
    line.said.clear()
    probe.live(begin("OTHER"), *seconds(probe, 8), ("hang up",))
    assert len(line.times("enrol")) == 1
    assert len(line.times("heartbeat")) == 2


@pytest.mark.parametrize(("says", "after_s"), [(7, 7), (0, 5), (-1, 5), (300, 300), (900, 300)])
def test_it_reports_as_often_as_the_hub_wants(probe: Probe, line: Line, says: int, after_s: int) -> None:
    line.otherwise["heartbeat"] = (200, b"", {"success": True, "nextHeartbeat": says, "knownDealTicket": "0"})
    most = [*seconds(probe, 2), probe.sleep((after_s - 3) * A_SECOND_MS), *seconds(probe, 4)]
    probe.live(begin(), *most, ("hang up",))
    # MetaTrader 4 knows its offset by the second, and says so at once.
    before, after = line.times("heartbeat")[-2:]
    assert after - before == after_s


def test_a_renewed_token_is_used_and_kept(probe: Probe, line: Line) -> None:
    fresh = {"success": True, "nextHeartbeat": 60, "knownDealTicket": "0", "token": "fresh"}
    line.otherwise["heartbeat"] = (200, b"", fresh)
    probe.live(begin(), *seconds(probe, 3), ("hang up",))
    assert line.tokens[:3] == ["", "secret", "fresh"]
    line.tokens.clear()
    probe.live(begin(), *seconds(probe, 2), ("hang up",))
    assert set(line.tokens) == {"fresh"}


def test_another_account_is_another_connector(probe: Probe, line: Line) -> None:
    account = books(probe).account

    def signs_in(login: int, server: str) -> Call:
        return lambda: account.update(ACCOUNT_LOGIN=login, ACCOUNT_SERVER=server)

    given = probe.live(
        *(begin(), ("step",), signs_in(5_001_234, "Broker-Live"), ("step",)),
        *(signs_in(6, "Broker-Demo"), ("step",), signs_in(0, ""), ("step",)),
        *(signs_in(5_001_234, "Broker-Demo"), ("step",), ("hang up",)),
    )
    assert given == [True, False, False, True, True], "signed in to none it waits"
    account.update(ACCOUNT_LOGIN=0)
    line.said.clear()
    assert probe.live(begin(), *WAITS, signs_in(5_001_234, "Broker-Demo"), ("step",), ("hang up",)) == [
        True,
        False,
    ]
    assert line.said == []


def test_positions_are_told_more_often_while_there_are_any(probe: Probe, line: Line) -> None:
    held = {"POSITION_TICKET": 1, "POSITION_SYMBOL": "EURUSD", "ticket": 1, "symbol": "EURUSD"}

    def opens() -> None:
        books(probe).positions.append(held)
        books(probe).orders.append(held)

    def closes() -> None:
        books(probe).positions.clear()
        books(probe).orders.clear()

    calls: list[Call] = [
        *seconds(probe, 65),
        opens,
        *seconds(probe, 12),
        ("traded",),
        *seconds(probe, 2),
        closes,
    ]
    probe.live(begin(), *calls, *seconds(probe, 3), ("hang up",))
    assert line.times("positions") == [0, 60, 65, 70, 75, 77, 79]
    assert [len(one["positions"]) for one in line.bodies("positions")] == [0, 0, 1, 1, 1, 1, 0]
    assert line.times("commands")[:4] == [0, 2, 4, 6]


def test_deals_go_once_and_those_that_were_refused_hold_up_none(probe: Probe, line: Line) -> None:
    traded(probe, 8, 9)
    new: list[Call] = [lambda: traded(probe, 10), ("traded",), *seconds(probe, 7)]
    probe.live(begin(), *seconds(probe, 7), *new, ("hang up",))
    assert [[int(one["ticket"]) for one in body["trades"]] for body in line.bodies("trades")] == [
        [8, 9],
        [10],
    ]
    line.otherwise["trades"] = refusal(400, "malformed")
    refused: list[Call] = [
        lambda: traded(probe, 11),
        ("traded",),
        *seconds(probe, 7),
        lambda: traded(probe, 12),
    ]
    line.said.clear()
    probe.live(begin(), *seconds(probe, 2), *refused, ("traded",), *seconds(probe, 20), ("hang up",))
    told = [[int(one["ticket"]) for one in body["trades"]][-1] for body in line.bodies("trades")]
    assert told[-2:] == [11, 12]
    line.otherwise["trades"] = refusal(500)
    later: list[Call] = [lambda: traded(probe, 13), ("traded",), *seconds(probe, 20), line.otherwise.clear]
    line.said.clear()
    probe.live(begin(), *seconds(probe, 2), *later, *seconds(probe, 20), ("hang up",))
    told = [int(body["trades"][-1]["ticket"]) for body in line.bodies("trades")]
    assert told.count(13) > 2
    assert set(line.hub.deals) >= {8, 9, 10, 13}


def test_a_close_is_told_by_the_next_second(probe: Probe, line: Line) -> None:
    """MetaTrader 4 says nothing when an order closes in part: another one is in the pool then."""
    is_four = probe.machine.platform == "mql4"
    books(probe).orders = [{"ticket": 5, "symbol": "EURUSD"}] if is_four else []

    def closes_in_part() -> None:
        traded(probe, 5)
        if is_four:
            books(probe).orders = [{"ticket": 6, "symbol": "EURUSD"}]

    # Between two heartbeats, which would find it at last.
    part: list[Call] = [closes_in_part, *([] if is_four else [("traded",)]), *seconds(probe, 1)]
    probe.live(begin(), *seconds(probe, 3), *part, ("hang up",))
    assert (line.times("trades"), line.times("positions")) == ([3], [0, 3])
    if is_four:
        assert [one["positions"][0]["ticket"] for one in line.bodies("positions")] == [5, 6]


def test_a_journal_that_lost_deals_gets_them_again(probe: Probe, line: Line) -> None:
    traded(probe, 8, 9)
    loses: list[Call] = [lambda: line.hub.deals.pop(9), *seconds(probe, 12)]
    probe.live(begin(), *seconds(probe, 7), *loses, ("hang up",))
    assert set(line.hub.deals) == {8, 9}
    assert [int(body["trades"][-1]["ticket"]) for body in line.bodies("trades")] == [9, 9]


@pytest.mark.parametrize(
    ("answer", "waits_s", "note"),
    [
        (
            refusal(401, "revoked"),
            60,
            "the hub does not know this terminal any more: pair it again (401 revoked)",
        ),
        (refusal(429, "slow down", b"Retry-After: 20\r\n"), 20, "429 slow down"),
        (refusal(503, "ill"), 0.5, "503 ill"),
    ],
)
def test_a_hub_that_does_not_answer_is_let_alone(
    probe: Probe, line: Line, answer: Answer, waits_s: float, note: str
) -> None:
    probe.live(begin(), *seconds(probe, 1), ("hang up",))
    line.said.clear()
    line.otherwise["heartbeat"] = answer
    line.began_msc = probe.machine.now_msc()
    probe.live(begin(), *[call for _ in range(130) for call in (("step",), probe.sleep(500))], ("hang up",))
    first, second = line.times("heartbeat")[:2]
    assert second - first == pytest.approx(waits_s + 0.5, abs=0.5)
    assert {path for _, path, _ in line.said} == {"heartbeat"}
    assert notes(probe) == [note]


def test_an_address_that_is_not_allowed_is_said(probe: Probe, line: Line) -> None:
    probe.machine.allowed = ()

    def allow() -> None:
        probe.machine.allowed = (URL,)

    probe.live(begin(), *seconds(probe, 5), allow, *seconds(probe, 7), ("hang up",))
    [note, done] = notes(probe)
    assert (URL in note, "Allow WebRequest" in note, done) == (True, True, "this terminal is paired")
    assert line.times("enrol") == [pytest.approx(10.5, abs=0.5)]


def test_a_letter_names_its_terminal_as_it_goes(probe: Probe, line: Line) -> None:
    for kind in ("PING", "PAUSE"):
        line.hub.ask(kind)
    line.otherwise["commands/x/result"] = refusal(404, "gone")
    probe.live(begin(), *seconds(probe, 4), ("hang up",))
    assert [one.answers for one in line.hub.commands.values()] == [
        [{"terminalId": "t", "status": "done", "result": {}}],
        [
            {
                "terminalId": "t",
                "status": "failed",
                "error": "A connector has no EA of its own: it cannot serve PAUSE.",
            }
        ],
    ]
    # One that the hub will never take is said and let go; one that it may take later stays.
    [name] = probe.live(("files", 5_001_234, "Broker-Demo"))
    letters = [
        ("add", "/webhook/terminal/commands/x/result", "{}"),
        ("add", "/webhook/terminal/positions", "{}"),
    ]
    probe.live(("outbox", f"{name}-outbox"), *letters)
    line.otherwise["positions"] = refusal(500)
    probe.live(begin(), *seconds(probe, 6), ("hang up",))
    assert line.bodies("commands/x/result") == [{"terminalId": "t"}]
    assert "the hub refused /webhook/terminal/commands/x/result: 404 gone" in notes(probe)
    line.otherwise.clear()
    assert probe.live(("outbox", f"{name}-outbox")) == [1]
    probe.live(begin(), *seconds(probe, 6), ("hang up",))
    assert probe.live(("outbox", f"{name}-outbox")) == [0]


def test_the_hub_has_the_offset_before_the_deals(probe: Probe, line: Line) -> None:
    offset = 7_200
    probe.machine.server_offset_s = lambda: offset
    traded(probe, 8)

    def is_set() -> None:
        nonlocal offset
        offset = 3_600

    new: list[Call] = [is_set, lambda: traded(probe, 9), ("traded",), *seconds(probe, 7)]
    probe.live(begin(), *seconds(probe, 7), *new, ("hang up",))
    told: list[int | None] = []
    last: int | None = None
    for _, path, body in line.said:
        last = body.get("utcOffset", last) if path == "heartbeat" else last
        told += [last] if path == "trades" else []
    assert told == [7_200, 3_600]


def test_one_of_two_connectors_of_an_account_waits(probe: Probe, line: Line, tmp_path: Path) -> None:
    other = Probe(probe.binary, tmp_path, probe.machine.platform)
    other.machine, other.terminal = probe.machine, probe.terminal
    before = 0

    def second() -> None:
        nonlocal before
        before = len(line.said)
        other.live(begin(), *seconds(other, 3), ("hang up",))

    probe.live(begin(), *seconds(probe, 2), second, ("hang up",))
    assert [one[:38] for one in notes(other)] == ["another chart of this terminal has a c"]
    assert len(line.said) == before
    other.live(begin(), *seconds(other, 7), ("hang up",))
    assert len(line.said) > before
