"""The commands that ask a running platform, against one: real HTTP, real sign-in."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from metafleet.cli.tests.conftest import Run
from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.catalogue.operations import publish_shipped_templates
from metafleet.hub.fleet.models import Host
from metafleet.hub.fleet.trials import trying
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.journal.standings import watch_rollouts
from metafleet.hub.kernel import clock
from tests.cast import NOW, PASSWORD, Person, connect, deploy


def as_json(run: Run, *arguments: str) -> Any:
    code, out, err = run(*arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


ADD = ("accounts", "add", "--login", "42", "--server", "Broker-Demo")


def test_an_account_is_added_and_its_terminal_paired(run: Run, alice: Person) -> None:
    code, out, err = run(*ADD, "--timezone", "Europe/Athens", "--label", "Live")
    assert (code, out) == (0, "")
    assert "metafleet terminals pair --account 42" in err
    code, out, err = run("terminals", "pair", "--account", "42")
    assert code == 0
    assert len(out.strip()) == 9
    assert "Terminal of Live (42 at Broker-Demo)" in err
    again = as_json(run, "terminals", "pair", "--account", "42")
    assert again["pairingCode"] != out.strip()
    [terminal] = as_json(run, "terminals", "list")
    assert (terminal["id"], terminal["login"]) == (again["terminal"]["id"], 42)
    other = as_json(run, "terminals", "pair", "--account", "42", "--name", "Laptop")
    assert other["terminal"]["label"] == "Laptop"
    [account] = as_json(run, "accounts", "list")
    assert account == alice.client.get("/api/accounts").json()[0]
    assert account["serverTimezone"] == "Europe/Athens"


def test_lists_are_tables_for_people(run: Run) -> None:
    run(*ADD, "--platform", "mt4")
    run("terminals", "pair", "--account", "42")
    _, out, _ = run("accounts", "list")
    heads, row = out.splitlines()
    assert heads.split()[:4] == ["LOGIN", "SERVER", "PLATFORM", "LABEL"]
    assert row.split() == ["42", "Broker-Demo", "mt4", "MT4", "42", "-", "USD", "none", "unknown", "unknown"]
    _, out, _ = run("terminals", "list")
    assert out.splitlines()[1].split() == ["42", "Broker-Demo", "Terminal", "own", "no", "none", "-", "-"]


def test_a_refusal_of_the_platform_is_one_sentence_and_exit_code_1(run: Run) -> None:
    run(*ADD)
    assert run(*ADD) == (1, "", "metafleet: Account 42 at Broker-Demo is connected already.\n")
    code, out, err = run(*ADD, "--timezone", "Mars/Olympus")
    assert (code, out, err.count("\n"), "/serverTimezone" in err) == (1, "", 1, True)
    code, out, err = run("terminals", "pair", "--account", "43")
    assert (code, out, "metafleet accounts add --login 43" in err) == (1, "", True)


def test_a_login_at_two_servers_is_asked_about(run: Run) -> None:
    run(*ADD)
    run("accounts", "add", "--login", "42", "--server", "Other-Live")
    code, _, err = run("terminals", "pair", "--account", "42")
    assert (code, "Broker-Demo, Other-Live" in err, "--server" in err) == (1, True, True)
    made = as_json(run, "terminals", "pair", "--account", "42", "--server", "Other-Live")
    assert made["terminal"]["server"] == "Other-Live"


def test_a_wrong_password_is_refused_and_an_option_wins_over_its_variable(run: Run) -> None:
    code, out, err = run("accounts", "list", "--password", "hunter2hunter2")
    assert (code, out, err.startswith("metafleet: ")) == (1, "", True)
    assert "hunter2" not in err
    assert run("accounts", "list")[0] == 0


def test_who_is_nobody_is_told_what_to_set(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("METAFLEET_PASSWORD")
    assert "METAFLEET_PASSWORD is missing" in run("accounts", "list")[2]
    monkeypatch.delenv("METAFLEET_EMAIL")
    assert "Set METAFLEET_EMAIL and METAFLEET_PASSWORD" in run("accounts", "list")[2]


def test_the_demos_person_is_signed_in_by_itself(
    run: Run, alice: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("METAFLEET_EMAIL", "METAFLEET_PASSWORD"):
        monkeypatch.delenv(name)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "demo.json").write_text(json.dumps({"email": alice.email, "password": PASSWORD}))
    assert as_json(run, "accounts", "list") == []


def test_nobody_at_the_address_is_one_sentence(nobody: Run) -> None:
    code, out, err = nobody(
        "accounts", "list", "--url", "http://127.0.0.1:9", "--email", "a", "--password", "b"
    )
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "does not answer at http://127.0.0.1:9" in err


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "127.0.0.1:8000", "http://a:b@c", "http://[", "http://x:y"]
)
def test_an_address_that_is_none_is_refused(nobody: Run, url: str) -> None:
    code, _, err = nobody("accounts", "list", "--url", url)
    assert (code, "METAFLEET_URL must be an address" in err) == (1, True)


def test_a_session_is_ended_after_the_command(run: Run, alice: Person) -> None:
    from django.contrib.sessions.models import Session

    before = Session.objects.count()
    run("accounts", "list")
    assert Session.objects.count() == before


def test_the_journal_is_written_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    run(*ADD)
    target = tmp_path / "trades.csv"
    target.write_text("older")
    told = as_json(run, "journal", "export", "--account", "42", "--output", str(target))
    content = target.read_bytes()
    assert (told["file"], told["bytes"]) == (str(target), len(content))
    assert content != b"older"
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~umask
    assert run("journal", "export", "--account", "43", "--output", str(target))[0] == 1
    assert target.read_bytes() == content
    code, _, err = run("journal", "export", "--account", "42", "--output", str(tmp_path / "no" / "x.csv"))
    assert (code, "cannot be written" in err) == (1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trades.csv"]


@pytest.mark.parametrize(("format_", "begins"), [("xlsx", b"PK"), ("json", b"["), ("csv", b"")])
def test_the_journal_comes_in_three_formats(run: Run, tmp_path: Path, format_: str, begins: bytes) -> None:
    run(*ADD)
    target = tmp_path / f"all.{format_}"
    for kind in ("trades", "deals"):
        arguments = ("--format", format_, "--kind", kind, "--output", str(target))
        assert run("journal", "export", "--account", "42", *arguments)[0] == 0
        assert target.read_bytes().startswith(begins)


@pytest.fixture
def operator(run: Run, alice: Person) -> Run:
    """Run the command as Alice, who operates an installation of one host."""
    operators.set_role(email=alice.email, role=PlatformRole.OPERATOR)
    Host.objects.create(name="here", driver="process", cpu=2, memory_mb=8000, usd_per_hour=Decimal("0.25"))
    return run


def test_hosts_are_listed_drained_and_taken_back(operator: Run) -> None:
    code, out, _ = operator("hosts", "list")
    assert (code, out.splitlines()[1].split()[:5]) == (0, ["here", "process", "active", "0", "17"])
    assert operator("hosts", "drain", "here", "--reason", "New disk")[0] == 0
    (host,) = as_json(operator, "hosts", "list")["hosts"]
    assert (host["state"], host["stateReason"]) == ("draining", "New disk")
    assert operator("hosts", "activate", "here")[0] == 0
    assert Host.objects.get().state == "active"


def test_a_host_that_is_not_known_is_named_with_those_that_are(operator: Run) -> None:
    code, out, err = operator("hosts", "drain", "there")
    assert (code, out) == (1, "")
    assert "No host is called there. Known are: here." in err


def test_a_version_is_rolled_out_shown_and_taken_back(operator: Run, alice: Person) -> None:
    publish_shipped_templates(now=NOW)
    deploy(alice, connect(alice))
    one = EAVersion.objects.select_related("template").get(template__slug="trend-following")
    EAVersion.objects.create(
        template=one.template, version="2.0.0", content_hash="sha256:two", source="# two",
        input_schema=one.input_schema, published_at=NOW + timedelta(days=1),
    )  # fmt: skip
    start = ("rollouts", "start", "trend-following", "2.0.0")
    code, out, _ = operator(*start, "--preview")
    assert (code, out.splitlines()[1].split()[-2:]) == (0, ["0", "-"])
    assert as_json(operator, *start, "--max-loss", "3")["maxLossPercent"] == 3
    watch_rollouts(now=clock.now())
    code, out, _ = operator("rollouts", "list")
    assert out.splitlines()[1].split()[1:6] == ["trend-following", "1.1.0", "2.0.0", "canary", "1"]
    code, out, _ = operator("rollouts", "show", "trend-following")
    assert (code, "goes from 1.1.0 to 2.0.0, first, to be watched" in out) == (0, True)
    assert operator("rollouts", "rollback", "trend-following", "--reason", "Too eager")[0] == 0
    assert as_json(operator, "rollouts", "show", "trend-following")["state"] == "returning"
    assert operator("rollouts", "stop", "trend-following")[0] == 0
    code, _, err = operator("rollouts", "promote", "trend-following")
    assert (code, "is stopped, so it cannot be promoted now" in err) == (1, True)
    code, _, err = operator("rollouts", "start", "trend-following", "3.0.0")
    assert (code, "has no released version 3.0.0. Released are: 2.0.0, 1.1.0." in err) == (1, True)
    code, _, err = operator("rollouts", "show", "nothing")
    assert (code, "No rollout begins with nothing" in err) == (1, True)


def test_who_does_not_operate_gets_no_hosts(run: Run) -> None:
    code, out, err = run("hosts", "list")
    assert (code, out) == (1, "")
    assert "There is no such page here." in err


def test_operators_are_named_where_the_installation_is(nobody: Run) -> None:
    code, out, err = nobody("operators", "add", "me@example.com")
    assert (code, out) == (1, "")
    assert "there is no installation in" in err


def test_eas_are_uploaded_listed_reviewed_released_and_withdrawn(
    run: Run, alice: Person, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    operators.set_role(email=alice.email, role=PlatformRole.OPERATOR)
    file = tmp_path / "breakout.py"
    file.write_bytes(breakout(head="import socket"))
    upload = ("eas", "upload", str(file), "--changelog", "First.")
    code, out, err = run(*upload)
    assert code == 1
    assert "line 7: error: socket may not be imported" in out
    assert "Breakout 1.0.0 is refused" in err

    file.write_bytes(breakout())
    version = as_json(run, *upload, "--no-wait")
    assert version["state"] == "draft"
    trying.try_out(version["id"])
    code, out, err = run("eas", "review", "breakout", "1.0.0")
    assert (code, "75 trades on EURUSD" in out, "is in review" in err) == (0, True, True)
    assert run("eas", "release", "breakout", "1.0.0")[0] == 1
    assert as_json(run, "eas", "review", "breakout", "1.0.0", "--approve")["state"] == "approved"
    assert "may be deployed from now on" in run("eas", "release", "breakout", "1.0.0")[2]
    [template] = as_json(run, "eas", "list")["templates"]
    assert [row["state"] for row in template["versions"]] == ["released", "refused"]
    assert "0 EAs run on" in run("eas", "withdraw", "breakout", "1.0.0", "--reason", "Drill.")[2]
    assert "breakout" in run("eas", "list")[1]


def test_an_ea_that_is_not_there_is_refused_with_those_that_are(run: Run, alice: Person) -> None:
    operators.set_role(email=alice.email, role=PlatformRole.OPERATOR)
    assert "There is no EA breakout" in run("eas", "release", "breakout", "1.0.0")[2]
    assert "cannot be read" in run("eas", "upload", "/nowhere.py", "--changelog", "x")[2]
    assert "not both" in run("eas", "review", "a", "1.0.0", "--approve", "--refuse", "x")[2]
