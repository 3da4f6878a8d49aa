"""What a command does, once, and what is told of it: Commands.mqh, on MetaTrader 5.

Rules as those of stores.py: functions of a probe, for the tests and for the mutants.
"""

from __future__ import annotations

import json
from typing import Any, Final

from connectors.harness.machine import MqlError
from connectors.tests.given import Given, bar
from connectors.tests.probing import Call, Probe
from connectors.tests.stores import Rule, slot_of

ID: Final = "01234567-89ab-cdef-0000-000000000001"
MARK: Final = "mf:0123456789ab"
SETTLE_MS: Final = 15_000
TIMEOUT: Final = [10_012, 0, 0, 0.0, 0.0, ""]
RESULT: Final = {"retcode": 10_009, "deal": 501, "order": 601, "price": 1.1002, "volume": 0.1}
_RESULT: Final = "/webhook/terminal/commands/{}/result"


def command(kind: str, name: str = ID, attempt: int = 1, expires: str = "", **payload: Any) -> dict[str, Any]:
    told = {"id": name, "type": kind, "payload": payload, "attempt": attempt}
    return {**told, "expiresAt": expires} if expires else told


def opening(**more: Any) -> dict[str, Any]:
    return command("OPEN", symbol="EURUSD", side="buy", volume=0.1, **more)


def begun(probe: Probe, may: str = "trade") -> list[Call]:
    """Return the calls with which a life begins; it has a terminal by then."""
    if not isinstance(probe.terminal, Given):
        probe.terminal = Given()
    return [("hub", probe.machine.now_msc() // 1000), ("commands", "c", may), ("outbox", "o")]


def take(*commands: dict[str, Any]) -> Call:
    return ("take", json.dumps(commands), 0)


def told(probe: Probe, *calls: Call, may: str = "trade", count: int = 1) -> list[Any]:
    """Return the bodies that are told after these calls, None where nothing is."""
    given = probe.live(*begun(probe, may), *calls, *[("told",)] * count)
    return given[-2 * count + 1 :: 2]


def sent(probe: Probe) -> list[list[str]]:
    assert isinstance(probe.terminal, Given)
    return probe.terminal.sent


def books(probe: Probe) -> Given:
    assert isinstance(probe.terminal, Given)
    return probe.terminal


def times_are_the_servers(probe: Probe) -> None:
    probe.machine.server_offset_s = lambda: 7_200
    begin = [("hub", probe.machine.now_msc() // 1000), ("offset",)]
    texts = {
        "2026-03-01T10:00:00Z": 1_772_366_400,
        "1772366400": 1_772_366_400,
        "999999999999": 999_999_999_999,
        "1000000000000": 1_000_000_000,
        "-5": -5,
        "": 0,
    }
    given = probe.live(*begin, *(("server time of", text, 7_200) for text in texts), ("mark", ID))
    assert given[1:] == [*texts.values(), MARK]
    kept = {"utcOffset": 7_200, "offsets": [{"until": 1_772_366_500, "offset": 3_600}]}
    (probe.machine.folder / "i-terminal.b").write_bytes(slot_of(1, json.dumps(kept)))
    asked = ("2026-03-01T10:01:39Z", 7_200), ("2026-03-01T10:01:40Z", 7_200)
    given = probe.live(("identity", "i"), *(("server time of", *one) for one in asked))
    assert given[2:] == [1_772_359_299 + 3_600, 1_772_359_300 + 7_200]


def what_needs_no_order_is_answered(probe: Probe) -> None:
    answers = told(probe, take(command("PING"), command("PAUSE", "b")), may="", count=3)
    assert answers == [
        {"status": "done", "result": {}},
        {"status": "failed", "error": "A connector has no EA of its own: it cannot serve PAUSE."},
        None,
    ]
    given = probe.live(*begun(probe), take(command("PING", "x")), ("told",))
    assert given[-3:-1] == [-1, _RESULT.format("x")]
    only = [opening(), command("CLOSE", "b"), command("CLOSE_ALL", "c"), command("MODIFY", "d")]
    answers = told(probe, take(*only), may="", count=4)
    assert {one["error"] for one in answers} == {
        "This terminal only reports: its input InpMayTrade is false."
    }
    assert sent(probe) == []


def what_is_too_late_is_not_done(probe: Probe) -> None:
    answers = []
    for after_s in (-1, 0, 1):
        expires = f"2025-09-08T00:00:{30 - after_s:02}Z"
        later: list[Call] = [probe.sleep(30_000), take(opening(name=str(after_s), expires=expires))]
        probe.machine._clock[0] = probe.machine._clock[0] // 86_400_000 * 86_400_000
        answers += told(probe, *later)
    assert [one["status"] for one in answers] == ["done", "done", "failed"]
    assert answers[2]["error"] == "It came after it had expired."
    assert len(sent(probe)) == 2


def deals_are_sent_again_from_when_it_is_asked(probe: Probe) -> None:
    since: dict[str, Any] = {"from": "77"}
    asked = [take(command("SYNC_TRADES", **since)), take(command("SYNC_TRADES", "b")), take()]
    given = probe.live(*begun(probe), *asked, ("told",), ("told",))
    assert given[1:] == [
        *(77, 0, -1),
        *(_RESULT.format(ID), {"status": "done", "result": {}}),
        *(_RESULT.format("b"), {"status": "done", "result": {}}),
    ]


def an_order_is_what_was_asked_for(probe: Probe) -> None:
    payload = {"stopLoss": 1.0, "takeProfit": 1.2, "deviation": 7, "magic": 9, "comment": "0123456789ABCDEF"}
    [answer] = told(probe, take(opening(**payload)))
    assert answer["status"] == "done"
    assert answer["result"] == RESULT
    [order] = sent(probe)
    comment = f"{MARK} 0123456789ABCDE"
    assert order[1:3] + order[4:11] == ["1", "9", "EURUSD", "0.1", "1.1002", "1", "1.2", "7", "0"]
    assert order[13] == comment
    told(probe, take(command("OPEN", "b", symbol="EURUSD", side="SELL", volume=0.1, comment="  ")))
    assert (sent(probe)[1][10], sent(probe)[1][13]) == ("1", "mf:b")
    [answer] = told(probe, take(command("OPEN", "c", symbol="EURUSD", side="up", volume=0.1)))
    assert answer == {"status": "failed", "error": "side: must be buy or sell"}
    books(probe).answers = [[10_004, 0, 0, 0.0, 0.0, "x" * 900]]
    [answer] = told(probe, take(opening(name="d")))
    assert (answer["status"], len(answer["error"])) == ("failed", 400)


def what_is_answered_is_told_again_and_not_done(probe: Probe) -> None:
    [first] = told(probe, take(opening()))
    again = probe.sleep(SETTLE_MS), take(opening(attempt=2)), take(opening())
    given = probe.live(*begun(probe), ("told",), *again, ("told",), ("told",))
    assert given[-4:] == [_RESULT.format(ID), first] * 2
    assert len(sent(probe)) == 1


def what_may_have_been_sent_is_looked_for(probe: Probe) -> None:
    deal = {"DEAL_TICKET": 8, "DEAL_COMMENT": MARK, "DEAL_TIME": probe.machine.now_msc() // 1000}
    wait, settled = probe.sleep(SETTLE_MS - 1), probe.sleep(1)
    again = take(opening(attempt=2))
    begin = begun(probe)
    books(probe).deals = [deal]
    given = probe.live(*begin, wait, again, ("told",), settled, again, ("told",))
    assert (given[2:4], sent(probe)) == (["", None], [])
    assert given[6]["result"]["deal"] == 8
    # One that the terminal cannot say of is waited for, and one that is certainly not there is sent.
    for connected, kind in ((0, "OPEN"), (1, "OPEN"), (1, "CLOSE")):
        books(probe).terminal["TERMINAL_CONNECTED"] = connected
        books(probe).positions = [{"POSITION_TICKET": 3, "POSITION_SYMBOL": "EURUSD", "POSITION_VOLUME": 0.1}]
        payload: dict[str, Any] = {"symbol": "EURUSD", "side": "buy", "volume": 0.1, "ticket": 3}
        asked = take(command(kind, f"{kind}{connected}", 2, **payload))
        [answer] = told(probe, probe.sleep(SETTLE_MS), asked)
        assert (answer is not None) == bool(connected)
    assert len(sent(probe)) == 2


def what_had_begun_is_looked_for_after_a_crash(probe: Probe) -> None:
    begin = begun(probe)
    books(probe).answers = [TIMEOUT]
    given = probe.live(*begin, take(opening()), ("told",), take(opening()), ("told",))
    assert given[2:4] + given[5:] == ["", None, "", None]
    assert len(sent(probe)) == 1
    # After it has expired, too: what has begun must come to an end.
    late = take(opening(expires="2025-09-01T00:00:00Z"))
    deal = {"DEAL_TICKET": 8, "DEAL_COMMENT": MARK, "DEAL_TIME": probe.machine.now_msc() // 1000}
    books(probe).deals = [deal]
    assert told(probe, late) == [None]
    [answer] = told(probe, probe.sleep(SETTLE_MS), late)
    assert (answer["status"], answer["result"]["deal"], len(sent(probe))) == ("done", 8, 1)


def all_are_those_that_were_open_then(probe: Probe) -> None:
    begin = begun(probe)
    now_s = probe.machine.now_msc() // 1000
    books(probe).positions = [
        {"POSITION_TICKET": ticket, "POSITION_SYMBOL": symbol, "POSITION_VOLUME": 0.1,
         "POSITION_MAGIC": magic, "POSITION_TIME": now_s + after_s}
        for ticket, symbol, magic, after_s in ((1, "EURUSD", 5, -9), (2, "EURUSD", 0, 2), (3, "NOSUCH", 5, 3))
    ]  # fmt: skip
    books(probe).answers = [[10_009, 1, 2, 0.1, 1.1, ""], [10_019, 0, 0, 0.0, 0.0, "No"]]
    whole = command("CLOSE_ALL", magic=5)
    given = probe.live(*begin, take(whole), ("told",))
    no = "The broker answered 10019 No (error 0)."
    assert given[3] == {"status": "failed", "error": f"1 closed, 1 not: 3: {no}"}
    assert [one[14] for one in sent(probe)] == ["1", "3"]
    answers = told(probe, take(command("CLOSE_ALL", "b", symbol="EURUSD")))
    assert answers == [{"status": "done", "result": {"closed": 2}}]
    # Begun before a crash: what was opened since stays, as far as two clocks agree.
    entry = {"id": "d", "answer": "", "begun": now_s}
    (probe.machine.folder / "c.a").write_bytes(slot_of(99_998, json.dumps([entry])))
    assert told(probe, take(command("CLOSE_ALL", "d", 2))) == [{"status": "done", "result": {"closed": 2}}]
    assert [one[14] for one in sent(probe)][4:] == ["1", "2"]
    books(probe).positions = books(probe).positions[:1]
    books(probe).answers = [TIMEOUT]
    [answer] = told(probe, take(command("CLOSE_ALL", "e")))
    assert answer["error"].startswith("0 closed, 1 not: 1: The broker answered 10012"), "it is not waited for"
    books(probe).positions = []
    [answer] = told(probe, take(command("CLOSE_ALL", "f")))
    assert answer == {"status": "done", "result": {"closed": 0}}


def what_cannot_be_written_down_is_not_done(probe: Probe) -> None:
    begin = begun(probe)
    probe.machine.is_full = True
    given = probe.live(*begin, take(opening()), ("told",))
    assert "disk is full" in given[-1]["error"]
    assert sent(probe) == []


def levels_are_changed_where_they_are_named(probe: Probe) -> None:
    begin = begun(probe)
    books(probe).positions = [
        {"POSITION_TICKET": 5, "POSITION_SYMBOL": "EURUSD", "POSITION_SL": 1.0, "POSITION_TP": 1.2}
    ]
    levels: list[dict[str, Any]] = [{"stopLoss": 1.1}, {"takeProfit": 0}, {"stopLoss": 0}, {}]
    asked = [take(command("MODIFY", str(number), ticket=5, **one)) for number, one in enumerate(levels)]
    probe.live(*begin, *asked)
    assert [(one[7], one[8]) for one in sent(probe)] == [
        ("1.1", "1.2"),
        ("1", "0"),
        ("0", "1.2"),
        ("1", "1.2"),
    ]
    [answer] = told(probe, take(command("CLOSE", "c", ticket=5, volume=0.2)))
    assert answer["status"] == "done"
    assert sent(probe)[4][13:15] == ["mf:c", "5"]


def bars_go_before_the_word_that_they_went(probe: Probe) -> None:
    begin = begun(probe)
    books(probe).bars["EURUSD", 1] = [bar(60 * minute) for minute in range(10)]
    asked: dict[str, Any] = {"symbol": "EURUSD", "from": "60", "to": "120"}
    given = probe.live(*begin, take(command("FETCH_CANDLES", **asked, tradeId="t")), ("told",), ("told",))
    path, body, _, answer = given[2:]
    times = [one["time"] for one in body.pop("candles")]
    assert (path, times) == ("/webhook/terminal/candles", [60, 120])
    assert body == {"commandId": ID, "tradeId": "t", "symbol": "EURUSD"}
    assert answer == {"status": "done", "result": {"candles": 2}}
    body, _ = told(probe, take(command("FETCH_CANDLES", "b", **asked)), count=2)
    assert "tradeId" not in body
    none = {**asked, "from": "61", "to": "62"}
    assert told(probe, take(command("FETCH_CANDLES", "c", **none))) == [
        {"status": "done", "result": {"candles": 0}}
    ]
    [answer] = told(probe, take(command("FETCH_CANDLES", "d", **{**asked, "symbol": "NOSUCH"})))
    assert answer["error"] == "The terminal has no bars of NOSUCH for that time yet."
    letters = [{"path": "/p", "body": "1"}] * 500
    (probe.machine.folder / "o.a").write_bytes(slot_of(99_998, json.dumps(letters)))
    full = [
        take(command("FETCH_CANDLES", "e", **asked)),
        ("remove",),
        take(command("PING", "f")),
        ("answer", "e"),
    ]
    given = probe.live(*begin, *full, ("count",))
    assert given[-1] == 500


def one_that_waits_holds_up_no_other(probe: Probe) -> None:
    begin = begun(probe)
    books(probe).answers = [MqlError(4_756)]
    given = probe.live(
        *begin, take(opening(attempt=2), opening(name="b"), command("PING", "c")), *[("told",)] * 3
    )
    assert [path.split("/")[-2] for path in given[2::2] if path] == ["b", "c"]
    assert given[3]["status"] == "failed"


RULES: Final[tuple[Rule, ...]] = (
    what_needs_no_order_is_answered,
    an_order_is_what_was_asked_for,
    what_may_have_been_sent_is_looked_for,
    what_had_begun_is_looked_for_after_a_crash,
    what_is_answered_is_told_again_and_not_done,
    all_are_those_that_were_open_then,
    bars_go_before_the_word_that_they_went,
    times_are_the_servers,
    levels_are_changed_where_they_are_named,
    what_is_too_late_is_not_done,
    deals_are_sent_again_from_when_it_is_asked,
    what_cannot_be_written_down_is_not_done,
    one_that_waits_holds_up_no_other,
)
