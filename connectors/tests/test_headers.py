"""The headers that all programs share, each by itself."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from connectors.harness.mutants import Mutant
from connectors.tests import mutation, obeying, stores
from connectors.tests.probing import Probe
from connectors.tests.stores import Rule


@pytest.mark.parametrize("rule", [*stores.RULES, *obeying.RULES], ids=lambda rule: rule.__name__)
def test_files_and_commands(probe5: Path, tmp_path: Path, rule: Rule) -> None:
    rule(Probe(probe5, tmp_path))


@pytest.fixture(scope="session")
def mutants(compiled: Path) -> tuple[Path, list[Mutant]]:
    return mutation.compiled_mutants(compiled)


def test_a_mutant_of_the_files_is_noticed(mutants: tuple[Path, list[Mutant]]) -> None:
    """A third of them; all: python -m connectors.tests.mutation."""
    binary, all_of_them = mutants
    assert mutation.is_caught(binary, mutation.unchanged()) == ""
    sample = random.Random(11).sample(all_of_them, len(all_of_them) // 3)
    assert [
        str(one) for one in sample if not mutation.reason_of(one) and not mutation.is_caught(binary, one)
    ] == []


def test_each_mutant_that_is_said_to_be_none_is_one_of_them(mutants: tuple[Path, list[Mutant]]) -> None:
    reasons = {reason for one in mutants[1] if (reason := mutation.reason_of(one))}
    assert reasons == set(mutation.EQUIVALENT.values()) | set(mutation.EQUAL_IN.values())


def test_bytes_are_utf_8_without_an_end(probe: Probe) -> None:
    texts = ["", "a", "\u20ac", "\U0001f600 \u00e9"]
    assert probe.live(*(("bytes", text) for text in texts)) == [len(text.encode()) for text in texts]
    assert probe.live(*(("text", text) for text in texts)) == texts
    # Source: the test vectors of FNV-1a, http://www.isthe.com/chongo/src/fnv/test_fnv.c
    assert probe.live(*(("checksum", text) for text in ("", "a", "foobar"))) == [
        *("cbf29ce484222325", "af63dc4c8601ec8c", "85944171f73967e8"),
    ]


def test_times_of_the_protocol_are_read(probe: Probe) -> None:
    texts = [
        "2026-03-01T10:20:30.000Z",
        "2024-02-29T23:59:59+00:00",
        "1970-01-01T00:00:01",
        "2026-03-01",
        "",
        "x" * 19,
    ]
    assert probe.live(*(("seconds", text) for text in texts)) == [1_772_360_430, 1_709_251_199, 1, 0, 0, 0]
    apart = {0: 0, 449: 0, 450: 900, -449: 0, -450: -900, 10_790: 10_800, -10_900: -10_800, 20_699: 20_700}
    assert probe.live(*(("rounded", one) for one in apart)) == list(apart.values())


def test_the_steady_clock_goes_on_when_the_counter_begins_again(probe: Probe) -> None:
    step = 2_000_000_000
    calls = [call for _ in range(8) for call in (("steady",), probe.sleep(step))]
    given = [int(one) for one in probe.live(*calls)]
    assert [after - before for before, after in itertools.pairwise(given)] == [step] * 7


def test_the_hubs_time_counts_more_than_the_machines(probe: Probe) -> None:
    probe.machine.wrong_s = 7_777
    now_s = probe.machine.now_msc() // 1000
    assert probe.live(("utc",), ("hub", now_s), ("utc",), probe.sleep(90_000), ("utc",)) == [
        *(now_s + 7_777, now_s, now_s + 90),
    ]


def test_an_offset_is_that_of_a_zone(probe: Probe) -> None:
    now_s = probe.machine.now_msc() // 1000
    for apart_s, offset in ((10_800, "10800"), (-18_100, "-18000"), (20_690, "20700"), (60_000, "unknown")):
        probe.machine.server_offset_s = partial(int, apart_s)
        given = probe.live(("hub", now_s), ("offset",), probe.sleep(1_000), ("offset",))
        assert given[1] == offset
        now_s += 1


def test_a_time_is_told_with_the_offset_that_it_was_written_with(probe: Probe) -> None:
    machine = probe.machine
    now_s = machine.now_msc() // 1000
    set_at_s = now_s + 100
    machine.server_offset_s = lambda: 10_800 if machine.now_msc() // 1000 < set_at_s else -5_400
    wait = [call for _ in range(7) for call in (("offset",), probe.sleep(20_000))]
    shown_s = now_s + 10_800
    given = probe.live(
        ("hub", now_s),
        *wait,
        *(("at", set_at_s - 5_401), ("at", set_at_s - 5_400)),
        *(("written", 0), ("written", set_at_s - 5_400), ("written", set_at_s - 6_000)),
    )
    assert (given[1], given[6], shown_s > 0) == ("10800", "-5400", True)
    told = datetime.fromtimestamp(set_at_s - 6_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+03:00")
    assert given[7:] == [10_800, -5_400, 0, set_at_s - 5_400, told]


def test_a_back_off_doubles_to_a_minute(probe: Probe) -> None:
    assert probe.live(("due",)) == [True]
    for number in range(9):
        most = min(60_000, 1_000 * 2**number)
        waits = [("due",), probe.sleep(most // 2 - 1), ("due",), probe.sleep(most // 2 + 1), ("due",)]
        given = probe.live(*[("failed",)] * (number + 1), *waits, ("failures",))
        assert given == [False, False, True, number + 1]
    given = probe.live(("failed",), ("failed",), ("succeeded",), ("due",), ("failures",))
    assert given == [True, 0]


def test_no_two_terminals_come_back_at_once(probe: Probe) -> None:
    """Chance is in it: after the same failures they are not due at the same tenth of a second."""
    waits = [("failed",), *(call for _ in range(20) for call in (probe.sleep(500), ("due",))), ("succeeded",)]
    given = probe.live(*[("failed",)] * 5, *waits * 4)
    due_after = {tuple(given[at : at + 20]) for at in range(0, 80, 20)}
    assert len(due_after) > 1


def test_a_wait_is_as_long_as_the_hub_said(probe: Probe) -> None:
    for wait_s, ms in {0: 1_000, -5: 1_000, 1: 1_000, 3: 3_000, 600: 600_000, 9_999: 600_000}.items():
        calls = [("wait", wait_s), ("due",), probe.sleep(ms - 1), ("due",), probe.sleep(501), ("due",)]
        assert probe.live(*calls, ("failures",)) == [False, False, True, 0]


URL = "http://hub.test"
GOOD, LATER, STRANGER, REFUSED, BLOCKED = range(5)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        *((200, '{"success":true}', GOOD), (204, '"success"', GOOD), (299, '{"success":true}', GOOD)),
        *((200, "<html>hotel</html>", LATER), (200, "", LATER), (302, "", LATER), (100, "", LATER)),
        *((status, '{"status":1,"detail":"no"}', REFUSED) for status in (400, 403, 404, 410, 413, 422, 499)),
        *(
            (status, '{"status":1,"detail":"no"}', LATER)
            for status in (408, 409, 425, 429, 500, 503, 599, 300)
        ),
        *((status, "<html></html>", LATER) for status in (400, 401, 403, 404, 500)),
        *((401, '{"status":401}', STRANGER), (600, "", LATER), (404, '{"detail":"not the hub"}', LATER)),
    ],
)
def test_an_answer_means(probe: Probe, status: int, body: str, answer: int) -> None:
    probe.machine.allowed = (URL,)
    probe.machine.web = lambda *_: (status, b"", body.encode())
    given = probe.live(("http", URL), ("ask", "/p", "{}"), ("status",), ("said",))
    assert given[:3] == [answer, body, status]
    if "detail" in body and status >= 300:
        assert given[3].startswith(f"{status} no")


def test_a_request_is_what_the_hub_expects(probe: Probe) -> None:
    asked: list[tuple[str, str, str, bytes]] = []

    def carry(method: str, address: str, headers: str, _: float, body: bytes) -> tuple[int, bytes, bytes]:
        asked.append((method, address, headers, body))
        return 200, b"X: y\r\nReTry-After:  17\r\n", b'{"success":true}'

    probe.machine.allowed, probe.machine.carry = (URL,), carry
    calls = [
        ("http", URL + "//"),
        ("address",),
        ("ask", "/a", ""),
        ("token", "t.t"),
        ("ask", "/b", '{"\u20ac":1}'),
    ]
    assert probe.live(*calls, ("wants",))[0] == URL
    plain = "Accept: application/json\r\n"
    whose = plain + "Authorization: Bearer t.t\r\n"
    assert asked == [
        ("GET", URL + "/a", plain, b""),
        ("POST", URL + "/b", whose + "Content-Type: application/json\r\n", '{"\u20ac":1}'.encode()),
    ]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        *(("Retry-After: 7\r\n", 7), ("a: b\r\nretry-after:12\r\n", 12), ("RETRY-AFTER:   3", 3)),
        *(("", 0), ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 0), ("Date: 5\r\n", 0)),
    ],
)
def test_how_long_to_wait_is_read(probe: Probe, headers: str, seconds: int) -> None:
    probe.machine.allowed = (URL,)
    probe.machine.web = lambda *_: (429, headers.encode(), b"{}")
    assert probe.live(("http", URL), ("ask", "/p", ""), ("wants",))[2] == seconds


def test_what_is_no_answer_says_which_error(probe: Probe) -> None:
    blocked = probe.live(("http", URL), ("ask", "/p", ""), ("said",))
    assert blocked[0] == BLOCKED

    def broken(*_: object) -> None:
        raise ConnectionResetError

    probe.machine.allowed, probe.machine.web = (URL,), broken
    given = probe.live(("http", URL), ("ask", "/p", ""), ("said",))
    assert given == [LATER, "", "no answer (error 5201)"]


def test_an_identity_is_kept_for_its_account(probe: Probe) -> None:
    name = probe.live(
        ("files", 5_001_234, "Broker-Demo"), ("files", 5_001_234, "Broker-Live"), ("files", 1, "")
    )
    assert len(set(name)) == 3
    assert [one[:18] for one in name[:2]] == ["metafleet/5001234-"] * 2
    assert name[2] == "metafleet/1-cbf29ce4"
    known = ("known", "id", "tok\u20acn", "CODE", 2**63 - 1, 1_757_289_600)
    assert probe.live(("identity", "a"), known, ("identity", "a"), ("identity", "b")) == [
        *("  ", "0 0", True, "id tok\u20acn CODE", "9223372036854775807 1757289600", "  ", "0 0"),
    ]
    assert probe.live(("identity", "a"))[0] == "id tok\u20acn CODE"
    probe.machine.is_full = True
    assert probe.live(("identity", "a"), known)[-1] is False
