"""Taking over an MT5 monitor's files: what is taken, known and refused, and the same files twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from metafleet.cli.tests.conftest import Run
from metafleet.hub.journal.imports.tests.test_mt5_monitor import trade
from tests.cast import Person

COMMAND = ("import", "mt5-monitor")
PHASES = {"500123": "F2", "500124": "funded", "500999": "F1", "500125": None}
GROUPS = {"500123": "Wave 7", "500124": 12, "0x": "Ants"}
TRADES = {
    "500123": {"trades": [trade(71), trade(72, lot="much")], "last_sync_time": "2026-03-03T10:00:00"},
    "500124": {"trades": []},
    "500125": {"trades": "many"},
}


@pytest.fixture
def files(tmp_path: Path, run: Run) -> tuple[str, ...]:
    """The three files, and three of their accounts."""
    for login in ("500123", "500124", "500125"):
        run("accounts", "add", "--login", login, "--server", "Firm-Live")
    return write(tmp_path, phases=PHASES, vs=GROUPS, trades=TRADES)


def write(folder: Path, **files: Any) -> tuple[str, ...]:
    found: list[str] = []
    for option, content in files.items():
        path = folder / f"{option}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        found += [f"--{option}", str(path)]
    return tuple(found)


def reported(run: Run, *arguments: str) -> tuple[int, dict[str, Any], set[tuple[str, ...]]]:
    code, out, _ = run(*COMMAND, *arguments, "--json")
    report = json.loads(out)
    return code, report, {(line["login"], line["what"], line["result"]) for line in report["lines"]}


def test_files_are_taken_over_once_and_known_the_second_time(
    run: Run, alice: Person, files: tuple[str, ...]
) -> None:
    code, report, lines = reported(run, *files)
    assert (code, report["taken"], report["known"]) == (1, 5, 1)
    refused = {
        ("500999", "account", "refused"),
        ("0x", "account", "refused"),
        ("500125", "phase", "refused"),
        ("500123", "trade 2", "refused"),
        ("500125", "trades", "refused"),
    }
    assert lines == refused | {
        ("500123", "phase", "taken"),
        ("500124", "phase", "taken"),
        ("500123", "group", "taken"),
        ("500124", "group", "taken"),
        ("500123", "trades", "taken"),
        ("500124", "trades", "known"),
    }
    board = {row["login"]: row for row in alice.client.get("/api/board").json()["rows"]}
    assert [(board[n]["phase"], board[n]["group"]) for n in (500123, 500124)] == [
        ("F2", "Wave 7"),
        ("funded", "12"),
    ]
    (found,) = alice.client.get("/api/trades").json()["items"]
    assert (found["positionId"], found["netProfit"]) == (71, 56.5)
    _, again, lines = reported(run, *files)
    assert (again["taken"], again["known"], again["refused"]) == (0, 6, 5)
    assert refused <= lines
    assert len(alice.client.get("/api/trades").json()["items"]) == 1
    assert [row["state"] for row in alice.client.get("/api/imports").json()] == ["done"]


def test_people_read_what_was_refused_and_the_way_out(run: Run, files: tuple[str, ...]) -> None:
    code, out, err = run(*COMMAND, *files)
    assert code == 1
    assert "5 taken, 1 known before, 5 refused." in err
    assert "metafleet accounts add --login 500999 --server" in out
    assert "lot: expected a number, found 'much'" in out


def test_unknown_accounts_are_registered_when_that_is_asked_for(
    run: Run, alice: Person, files: tuple[str, ...]
) -> None:
    wish = ("--create-accounts", "--server", "Firm-Live", "--currency", "EUR")
    code, _, lines = reported(run, *files[:2], *wish)
    assert {("500999", "account", "taken"), ("500999", "phase", "known")} <= lines
    made = next(row for row in alice.client.get("/api/accounts").json() if row["login"] == 500999)
    assert (code, made["server"], made["currency"], made["platform"]) == (1, "Firm-Live", "EUR", "mt5")


def test_a_login_at_two_servers_is_not_guessed(run: Run, alice: Person, files: tuple[str, ...]) -> None:
    run("accounts", "add", "--login", "500123", "--server", "Firm-Demo")
    _, _, lines = reported(run, *files[:2])
    assert ("500123", "account", "refused") in lines
    _, _, lines = reported(run, *files[:2], "--server", "Firm-Demo")
    assert ("500123", "phase", "taken") in lines


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON"),
        ("[1]", "must be an object of account numbers"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_before_anything_is_done(
    nobody: Run, tmp_path: Path, content: str | None, said: str
) -> None:
    options = write(tmp_path, phases=PHASES, vs=content or "")
    if content is None:
        Path(options[-1]).unlink()
    code, out, err = nobody(*COMMAND, *options)
    assert (code, out) == (1, "")
    assert "--vs:" in err
    assert said in err


def test_a_command_that_cannot_mean_anything_is_refused(nobody: Run, tmp_path: Path) -> None:
    code, _, err = nobody(*COMMAND)
    assert (code, "--phases, --vs or --trades" in err) == (1, True)
    code, _, err = nobody(*COMMAND, *write(tmp_path, phases=PHASES), "--create-accounts")
    assert (code, "needs --server" in err) == (1, True)
