"""Real runs: what comes out, and what a hostile EA, a cancel and a killed worker come to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection

from metafleet.engine.experts.tests.uploads import breakout
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.store import kept_once
from metafleet.engine.market.sources import SAMPLE_FOLDER
from metafleet.engine.market.symbols import EURUSD
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.jobs import BacktestJob, Supplied
from metafleet.hub.catalogue import releases
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.catalogue.records import Declared, Outcome
from metafleet.hub.fleet.trials.shut_in import Allowance, ShutIn
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import market_data, operations, running, tasks
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.tests.asking import ask, now_of, wish
from tests.cast import NOW, Person
from tests.waiting import wait_until

LITTLE = Allowance(memory_mb=256, cpu=1.0, cpu_s=6, wall_s=40.0, most_said=4 * 1024 * 1024)
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the cell is made of Linux's namespaces")


AROUND = "import typing\nos = typing.sys.modules['os']"
"""A way around the static checks: what the fence behind them is for."""


def upload(body: str, head: str = "") -> EAVersion:
    """Release an uploaded EA whose `on_bar` does this; no check has seen it."""
    version = releases.upload(source=breakout(), changelog="", actor="ann@x.org", now=NOW)
    claim = releases.claim_trial(version_id=version.id, now=NOW)
    assert claim is not None
    declared = Declared(
        slug="breakout", name="Breakout", version="1.0.0", category="Trend", summary="", description="",
        risk_note="", timeframe="M1", symbols=["EURUSD"], cpu=0.25, memory_mb=256,
    )  # fmt: skip
    schema = {"properties": {"lookback": {"type": "integer", "default": 30}}}
    releases.finish_trial(claim, Outcome(error="", declared=declared, schema=schema), now=NOW)
    releases.approve(version_id=version.id, actor="oscar", note="", now=NOW)
    released = releases.release(version_id=version.id, now=NOW)
    EAVersion.objects.filter(id=version.id).update(source=breakout(body=body, head=head).decode())
    return released


def run(person: Person, row: Backtest, allowance: Allowance = LITTLE) -> Backtest:
    running.run(tenant_id=person.tenant_id, backtest_id=row.id, allowance=allowance)
    return now_of(person, row)


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_an_ea_that_ships_is_tested_and_its_report_kept(alice: Person) -> None:
    row = run(alice, ask(alice, inputs={"fast_period": 9}))
    assert (row.state, row.message, row.progress, row.due_at) == ("done", "", 1.0, None)
    assert row.figures is not None
    assert row.figures["totalTrades"] > 5
    assert row.measured is not None
    assert row.measured["wallS"] > 0
    report = json.loads(operations.report_of(row))
    assert report["inputs"]["fast_period"] == 9
    assert report["figures"] == row.figures
    assert len(report["trades"]) > 5
    again = alice.client.get(f"/api/backtests/{row.id}/report")
    assert again.json() == report
    shown = alice.client.get(f"/api/backtests/{row.id}").json()
    assert shown["summary"]["netProfit"] == row.figures["totalNetProfit"]
    csv = alice.client.get(f"/api/backtests/{row.id}/trades.csv").content.decode().splitlines()
    assert len(csv) == len(report["trades"]) + 1
    compared = alice.client.get(f"/api/backtests/compare?ids={row.id}").json()
    assert compared[0]["figures"] == row.figures
    assert len(compared[0]["curve"]) == len(report["curve"])


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_foreign_currency_finds_its_rates(alice: Person) -> None:
    with tenant_scope(alice.tenant_id):
        asked = wish(symbol="GBPUSD", currency="EUR")
        row = operations.ask(tenant_id=alice.tenant_id, actor="x", wish=asked, now=NOW)
    found = run(alice, row)
    assert (found.state, found.message) == ("done", "")


@pytest.mark.django_db
def test_prices_that_have_gone_end_it_with_a_sentence(
    alice: Person, catalogue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise MarketFileRefused("EURUSD_M1.csv: cannot be read")

    monkeypatch.setattr(market_data, "kept_once", gone)
    row = run(alice, ask(alice))
    assert (row.state, row.attempts) == ("failed", 1)
    assert row.message.startswith("The prices of EURUSD cannot be read any more")


@on_linux
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "head", "sentence"),
    [
        ("while True:\n    pass", "", "more than 6 s of processor time: a loop in it may never end."),
        ("x = bytearray(1 << 31)", "", "It asked for more memory than a backtest may have."),
        ("return 1 / 0", "", "ZeroDivisionError: division by zero (line 23)"),
        ('os.write(1, b\'{"kind":"done","report":{}}\\n\')\nos._exit(0)', AROUND, "not as it must be"),
        ("os.mkdir('/tmp')", AROUND, "PermissionError"),
        ("while True:\n    os.write(1, b'x' * 4096)", AROUND, "It said more than it has to say."),
    ],
)
def test_a_hostile_ea_ends_as_failed_with_a_clear_sentence(
    alice: Person, body: str, head: str, sentence: str
) -> None:
    upload(body, head)
    row = run(alice, ask(alice, "breakout"))
    assert row.state == "failed"
    assert sentence in row.message
    assert row.figures is None
    assert row.measured is not None
    assert "no network" in row.measured["limits"]


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_worker_that_may_not_write_tests_what_ships(alice: Person, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    assert run(alice, ask(alice)).state == "done"


@on_linux
@pytest.mark.django_db
def test_a_good_uploaded_ea_is_tested_in_its_cell(alice: Person) -> None:
    upload("")
    row = run(alice, ask(alice, "breakout"))
    assert (row.state, row.message) == ("done", "")
    assert row.figures is not None
    assert row.figures["totalTrades"] > 5


@on_linux
@pytest.mark.django_db(transaction=True)
def test_a_cancel_kills_the_process(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    upload("while True:\n    pass")
    row = ask(alice, "breakout")
    pids: list[int] = []

    def noted(*args: Any, **options: Any) -> Any:
        process = ShutIn(*args, **options)
        pids.append(process.pid)
        return process

    monkeypatch.setattr("metafleet.hub.tester.running.ShutIn", noted)
    patient = Allowance(memory_mb=256, cpu=1.0, cpu_s=60, wall_s=60.0, most_said=1024)

    def work() -> None:
        running.run(tenant_id=alice.tenant_id, backtest_id=row.id, allowance=patient)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 20
    while not pids and time.monotonic() < deadline:
        worker.join(0.05)
    alice.client.post(f"/api/backtests/{row.id}/cancel")
    worker.join(10)
    assert not worker.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert now_of(alice, row).state == "cancelled"


WORKER = """
import sys, time
from pathlib import Path
import django
django.setup()
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.shut_in import Allowance, ShutIn
home = Path(sys.argv[1])
(home / "runners").mkdir()
allowed = Allowance(256, 1, 60, 60, 1000)
process = ShutIn("metafleet.runner.backtest", home / "empty", Users(home / "runners"), allowed)
process.give(sys.stdin.buffer.read())
print(process.pid, flush=True)
time.sleep(60)
"""


@on_linux
def test_a_killed_worker_takes_its_processes_along(tmp_path: Path) -> None:
    path = kept_once(SAMPLE_FOLDER / "EURUSD_M1.csv.gz", tmp_path, EURUSD).rows.filename  # type: ignore[attr-defined]
    hangs = breakout(body="while True:\n    pass").decode()
    job = BacktestJob(
        slug="breakout",
        source=hangs,
        test=Test(symbol="EURUSD"),
        supplies=[Supplied(symbol="EURUSD", path=str(path))],
    )
    with subprocess.Popen(  # noqa: S603 - our own text
        [sys.executable, "-c", WORKER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(msgspec.json.encode(job))
        worker.stdin.close()
        pid = int(worker.stdout.readline())
        assert wait_until(lambda: len(group_of(pid)) == 2, 20)
        worker.kill()
    assert wait_until(lambda: group_of(pid) == [], 8)


def group_of(pid: int) -> list[int]:
    """The processes of the session that one began, those that are dead and unread not counted."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = entry.read_text().rpartition(") ")[2].split()[:4]
            if int(session) == pid and state != "Z":
                found.append(int(entry.parent.name))
    return found


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_the_sweep_takes_up_what_a_killed_worker_left(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ask(alice)
    with tenant_scope(alice.tenant_id):
        operations.claim(tenant_id=alice.tenant_id, backtest_id=row.id, now=NOW)
    nudged: list[dict[str, str]] = []
    monkeypatch.setattr("metafleet.hub.kernel.nudges.enqueue_on_commit", lambda _, **ids: nudged.append(ids))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=5))
    tasks.sweep()
    assert nudged == []
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=30))
    tasks.sweep()
    assert nudged == [{"tenant_id": str(alice.tenant_id), "backtest_id": str(row.id)}]
    done = run(alice, row)
    assert (done.state, done.attempts) == ("done", 2)


@pytest.mark.django_db
@pytest.mark.usefixtures("catalogue")
def test_a_worker_has_places_for_a_few_and_the_rest_stays_due(alice: Person, settings: Any) -> None:
    settings.BACKTESTS_AT_ONCE = 0
    row = run(alice, ask(alice))
    assert (row.state, row.due_at, row.attempts) == ("queued", NOW, 0)


def test_pairs_are_given_only_where_they_are_needed() -> None:
    assert market_data.pairs_for("EURUSD", "USD") == []
    assert market_data.pairs_for("USDJPY", "USD") == []
    assert "EURUSD" in market_data.pairs_for("GBPUSD", "EUR")
