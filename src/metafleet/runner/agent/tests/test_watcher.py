"""The watcher: what it tells the hub, and what it does when hub, terminal or token fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from metafleet.runner import clock
from metafleet.runner.agent import records
from metafleet.runner.agent.__main__ import open_source
from metafleet.runner.agent.settings import TerminalSettings
from metafleet.runner.agent.tests.mt5_package import Mt5Package
from metafleet.runner.agent.tests.test_sources import MT5, paper
from metafleet.runner.agent.watcher import REPORT_S, Refused, Watcher
from metafleet.runner.tests.gateway import TERMINAL_ID, Gateway
from metafleet.runner.tests.rig import Broker
from tests.waiting import wait_until

CODE = "ABCD-EFGH"
MACHINE = "0b8f6a3e-6d0f-4a53-8f0e-0f1c8a2f7d10"


class Clock:
    """Steady time that a test moves on."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return _REAL() + self.ahead_s


_REAL = clock.steady_s


@pytest.fixture
def time_s(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "steady_s", made)
    return made


@pytest.fixture
def watch(tmp_path: Path, gateway: Gateway, mt5: Mt5Package) -> Iterator[Callable[..., Watcher]]:
    """Return a function that begins to watch the made-up terminal, as after a start of the process."""
    gateway.codes.add(CODE)
    folder = tmp_path / "mt5"
    folder.mkdir()

    begun: list[Watcher] = []

    def begin(**changes: Any) -> Watcher:
        while begun:
            begun.pop().close()
        settings = msgspec.structs.replace(MT5, **changes)
        begun.append(
            Watcher(
                settings=settings,
                hub=gateway.url,
                folder=folder,
                source=open_source(settings),
                version="0.1",
                machine_id=MACHINE,
            )
        )
        return begun[-1]

    yield begin
    for watching in begun:
        watching.close()


def test_it_pairs_once_and_tells_account_deals_and_positions(
    watch: Callable[..., Watcher], gateway: Gateway, mt5: Mt5Package, tmp_path: Path
) -> None:
    mt5.trade(1)
    mt5.trade(2)
    mt5.hold(1)
    watch().turn()
    (beat,) = gateway.heartbeats
    assert (beat["terminalId"], beat["platform"], beat["protocol"]) == (TERMINAL_ID, "mt5", 2)
    assert beat["accountInfo"]["login"] == mt5.login
    assert beat["accountInfo"]["equity"] == 990.5
    (told,) = gateway.machines
    assert told["machine"]["id"] == MACHINE
    assert 0 < told["machine"]["memoryUsedMb"] < told["machine"]["memoryMb"]
    assert told["terminal"]["process"] == "running"
    assert told["terminal"]["connected"] is True
    assert told["terminal"]["latencyMs"] == 42.5
    assert sorted(gateway.deals) == [1, 2]
    assert [held["ticket"] for held in gateway.positions[-1]] == [1]
    assert (tmp_path / "mt5" / records.IDENTITY).stat().st_mode & 0o777 == 0o600
    # Its code is used up; what it was given is enough for the next start.
    watch().turn()
    assert len(gateway.heartbeats) == 2


def test_days_without_the_hub_lose_nothing_and_double_nothing(
    watch: Callable[..., Watcher], gateway: Gateway, mt5: Mt5Package, time_s: Clock
) -> None:
    mt5.trade(1)
    watching = watch()
    watching.turn()
    gateway.stop()
    for ticket in range(2, 52):
        time_s.ahead_s += 3600
        mt5.trade(ticket)
        watching.turn()
    assert watching.status.waiting == 50
    # The process ends, the terminal trades on, and a new process begins while the hub is still away.
    mt5.trade(52)
    watching = watch()
    watching.turn()
    mt5.trade(53)
    watching.turn()
    gateway.start()
    time_s.ahead_s += 3600
    watching.turn()
    time_s.ahead_s += 3600
    watching.turn()
    assert sorted(gateway.deals) == list(range(1, 54))
    assert watching.status.waiting == 0
    posted = [ticket for _, tickets in gateway.deal_posts for ticket in tickets]
    before_the_new_start = [ticket for ticket in posted if ticket <= 51]
    assert len(posted) - len(before_the_new_start) == 2, "what was never in the outbox is sent once"


def test_a_hub_restored_from_a_backup_gets_what_it_lost(
    watch: Callable[..., Watcher], gateway: Gateway, mt5: Mt5Package, time_s: Clock
) -> None:
    for ticket in (1, 2, 3):
        mt5.trade(ticket)
    watching = watch()
    watching.turn()
    del gateway.deals[2], gateway.deals[3]
    time_s.ahead_s += 60
    watching.turn()
    assert sorted(gateway.deals) == [1, 2, 3]


def test_a_revoked_token_ends_the_watch_and_a_new_code_begins_it_again(
    watch: Callable[..., Watcher], gateway: Gateway, time_s: Clock
) -> None:
    watching = watch()
    watching.turn()
    gateway.token = "another"
    time_s.ahead_s += 60
    with pytest.raises(Refused, match="refuses this terminal's token"):
        watching.turn()
    gateway.codes.add("NEW-CODE")
    again = watch(pairing_code="NEW-CODE")
    again.turn()
    assert again.status.state == "watching"


def test_a_code_that_is_no_good_is_refused(watch: Callable[..., Watcher], gateway: Gateway) -> None:
    with pytest.raises(Refused, match="refuses the pairing code"):
        watch(pairing_code="WRONG").turn()
    assert gateway.heartbeats == []


def test_a_renewed_token_is_kept(
    watch: Callable[..., Watcher], gateway: Gateway, time_s: Clock, tmp_path: Path
) -> None:
    gateway.next_token = "renewed"
    watch().turn()
    known = records.read(tmp_path / "mt5" / records.IDENTITY, records.Identity)
    assert known is not None
    assert known.token == "renewed"
    watch().turn()
    assert len(gateway.heartbeats) == 2


def test_nothing_of_another_account_is_sent(
    watch: Callable[..., Watcher], gateway: Gateway, mt5: Mt5Package, time_s: Clock
) -> None:
    watching = watch()
    watching.turn()
    told = len(gateway.positions)
    mt5.login_as(777)
    mt5.trade(9)
    time_s.ahead_s += 60
    watching.turn()
    watching.turn()
    assert watching.status.state == "other account"
    assert gateway.deals == {}
    assert len(gateway.positions) == told
    assert gateway.heartbeats[-1]["accountInfo"]["login"] == 777
    assert len(gateway.heartbeats) == 2


def test_a_silent_terminal_sends_no_heartbeat(
    watch: Callable[..., Watcher], gateway: Gateway, mt5: Mt5Package, time_s: Clock
) -> None:
    watching = watch()
    watching.turn()
    mt5.is_up = False
    time_s.ahead_s += 60
    watching.turn()
    assert watching.status.state == "lost"
    assert "No IPC connection" in watching.status.detail
    assert len(gateway.heartbeats) == 1
    assert gateway.machines[-1]["terminal"]["process"] == "unknown"
    assert gateway.machines[-1]["terminal"]["connected"] is False


def test_a_dead_terminal_is_left_or_started_by_its_rule(
    watch: Callable[..., Watcher], monkeypatch: pytest.MonkeyPatch, time_s: Clock
) -> None:
    started: list[str] = []
    monkeypatch.setattr("metafleet.runner.agent.mt5.Mt5Source.is_running", lambda _: False)
    monkeypatch.setattr("metafleet.runner.agent.mt5.Mt5Source.start", lambda _: started.append("start"))
    left = watch(restart="never")
    left.turn()
    assert (left.status.state, started) == ("dead", [])
    tended = watch(restart="always", restarts_per_hour=3)
    for _ in range(60):
        tended.turn()
        time_s.ahead_s += 10
    assert started == ["start"] * 3
    assert tended.status.restarts == 3
    assert "started again in" in tended.status.detail


def test_log_errors_are_counted_and_told(watch: Callable[..., Watcher], tmp_path: Path) -> None:
    (tmp_path / "20261129.log").write_bytes("PJ\t2\t10:00\tNetwork\tno connection\r\n".encode("utf-16"))
    watching = watch(logs=str(tmp_path))
    watching.turn()
    assert watching.status.log_errors == 1
    assert watching.status.last_errors[-1].text == "Network: no connection"


def test_new_lines_and_experts_are_told_once(
    watch: Callable[..., Watcher], gateway: Gateway, tmp_path: Path, time_s: Clock
) -> None:
    loaded = "CS\t0\t10:00\tExperts\texpert Grid (EURUSD,H1) loaded successfully\r\n"
    (tmp_path / "20261129.log").write_bytes(loaded.encode("utf-16"))
    watching = watch(logs=str(tmp_path))
    for _ in range(3):
        watching.turn()
        time_s.ahead_s += REPORT_S
    first, *later = [told["terminal"] for told in gateway.machines]
    assert first["experts"] == ["Grid (EURUSD,H1)"]
    assert [line["text"] for line in first["logLines"]] == [
        "Experts: expert Grid (EURUSD,H1) loaded successfully"
    ]
    assert later
    assert all("experts" not in told and "logLines" not in told for told in later)


def test_ended_days_of_the_log_are_kept(watch: Callable[..., Watcher], tmp_path: Path) -> None:
    for day in (28, 29):
        (tmp_path / f"202611{day}.log").write_bytes("CS\t0\t10:00\tNetwork\tfine\r\n".encode("utf-16"))
    watch(logs=str(tmp_path)).turn()
    assert [file.name for file in (tmp_path / "mt5" / "logs").iterdir()] == ["terminal-20261128.log.gz"]


def test_logs_of_a_terminal_are_written_into_a_zip(settings_file: Path) -> None:
    into = settings_file.parent / "out.zip"
    done = subprocess.run(  # noqa: S603
        command("logs", str(settings_file), "one", "--into", str(into)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{into}: 0 log files of one\n")
    unknown = subprocess.run(  # noqa: S603
        command("logs", str(settings_file), "three"), capture_output=True, text=True, check=False
    )
    assert unknown.returncode == 1
    assert "there is no terminal 'three' in the settings" in unknown.stderr


@pytest.fixture
def settings_file(tmp_path: Path, gateway: Gateway, broker: Broker) -> Path:
    """An agent of two paper terminals."""
    parts = [f'hub = "{gateway.url}"\n']
    for name in ("one", "two"):
        gateway.codes.add(f"CODE-{name}")
        said = msgspec.structs.replace(
            paper(broker, broker.open_account().login), name=name, pairing_code=f"CODE-{name}"
        )
        parts.append("[[terminals]]\n" + _toml(said))
    path = tmp_path / "agent.toml"
    path.write_text("".join(parts))
    return path


def _toml(terminal: TerminalSettings) -> str:
    return "".join(f"{name} = {value!r}\n" for name, value in msgspec.structs.asdict(terminal).items())


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "metafleet.cli", "agent", *arguments]


@pytest.fixture
def agent(settings_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (settings_file.parent / "log.txt").open("wb") as log:
        process = subprocess.Popen(command("run", str(settings_file)), stdout=log, stderr=log)  # noqa: S603
    yield process
    process.kill()
    process.wait()


def _status(settings_file: Path) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(  # noqa: S603
        command("status", str(settings_file), "--json"), capture_output=True, check=False
    )
    return done.returncode, msgspec.json.decode(done.stdout)


def test_each_terminal_has_a_process_that_is_started_again_when_killed(
    agent: subprocess.Popen[bytes], settings_file: Path, gateway: Gateway
) -> None:
    assert wait_until(lambda: _status(settings_file)[0] == 0, 30, 0.2)
    before = {terminal["name"]: terminal for terminal in _status(settings_file)[1]}
    assert before["one"]["pid"] != before["two"]["pid"]
    assert {terminal["state"] for terminal in before.values()} == {"watching"}
    os.kill(before["one"]["pid"], signal.SIGKILL)

    def is_back() -> bool:
        code, (one, _) = _status(settings_file)
        return code == 0 and one["pid"] != before["one"]["pid"]

    assert wait_until(is_back, 30, 0.2)
    assert _status(settings_file)[1][1]["pid"] == before["two"]["pid"]
    assert "its watcher ended (-9)" in (settings_file.parent / "log.txt").read_text()
    agent.terminate()
    assert agent.wait(15) == 0
    assert not any(psutil.pid_exists(terminal["pid"]) for terminal in _status(settings_file)[1])


def test_no_watcher_outlives_an_agent_that_was_killed(
    agent: subprocess.Popen[bytes], settings_file: Path
) -> None:
    assert wait_until(lambda: _status(settings_file)[0] == 0, 30, 0.2)
    pids = [terminal["pid"] for terminal in _status(settings_file)[1]]
    agent.kill()
    agent.wait()
    assert wait_until(lambda: not any(psutil.pid_exists(pid) for pid in pids), 15, 0.1)


def test_terminals_that_the_hub_refuses_are_not_tried_for_ever(settings_file: Path, gateway: Gateway) -> None:
    gateway.codes.clear()
    done = subprocess.run(  # noqa: S603
        command("run", str(settings_file)), capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("refuses the pairing code") == 2
    assert "it is started again" not in done.stdout
    code, found = _status(settings_file)
    assert (code, {terminal["state"] for terminal in found}) == (1, {"refused"})


def test_a_second_agent_in_the_same_folder_is_refused(
    agent: subprocess.Popen[bytes], settings_file: Path
) -> None:
    assert wait_until(lambda: _status(settings_file)[0] == 0, 30, 0.2)
    second = subprocess.run(  # noqa: S603
        command("run", str(settings_file)), capture_output=True, text=True, check=False, timeout=20
    )
    assert second.returncode == 1
    assert "another agent works in" in second.stderr
