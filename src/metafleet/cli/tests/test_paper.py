"""`metafleet paper`: a server of one's own, as a person starts and uses it."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.cli.paper.serving import PLACE, is_local
from metafleet.engine import mt5
from metafleet.engine.broker.errors import RequestRefused
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.mt5.terminal import Terminal

READY_S = 60.0
WORDS = tuple(f"METAFLEET_PAPER_{name}" for name in ("TOKEN", "PASSWORD", "SERVER", "CONFIG"))
EVERYWHERE = "0.0.0.0"  # noqa: S104 -- that it is refused is what is tested


def environment(**given: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(WORDS)} | given


def paper(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    return metafleet("paper", *words, **given)


def metafleet(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "metafleet.cli", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=READY_S, env=environment(**given)
    )


class Serving:
    """`metafleet paper serve` on a folder; a context manager that presses Ctrl-C."""

    def __init__(self, data: Path, *options: str, **given: str) -> None:
        command = [
            sys.executable,
            "-m",
            "metafleet.cli",
            "paper",
            "serve",
            "--data",
            str(data),
            "--port",
            "0",
        ]
        self.process = subprocess.Popen(
            [*command, "--market", "sample", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**given),
        )
        deadline = time.monotonic() + READY_S
        while not (data / PLACE).exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.port = json.loads((data / PLACE).read_text())["port"]

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, *unused: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def interrupted(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=READY_S)
        return self.process.returncode, said


def opened(data: Path, *options: str) -> tuple[int, str]:
    done = paper("open-account", "--data", str(data), *options)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    return int(lines["login"]), lines["password"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "paper"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in WORDS:
        monkeypatch.delenv(name, raising=False)
    terminal = Terminal()
    yield terminal
    terminal.shutdown()


def test_a_program_trades_on_accounts_opened_before_and_while_it_runs(
    data: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = opened(data, "--mode", "netting", "--deposit", "5000", "--leverage", "30")
    with Serving(data, "--stop-out", "20", "--margin-call", "80") as serving:
        while_running = opened(data, "--currency", "EUR")
        for login, password in (before, while_running):
            address = f"paper://{login}:{password}@127.0.0.1:{serving.port}"
            monkeypatch.setenv("METAFLEET_PAPER_SERVER", address)
            assert terminal.initialize(), terminal.last_error()
            info = terminal.account_info()
            assert info is not None
            assert (info.login, info.margin_so_so, info.margin_so_call) == (login, 20.0, 80.0)
            done = terminal.Buy("EURUSD", 0.01)
            assert done is not None
            assert done.retcode == mt5.TRADE_RETCODE_DONE
        days = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_D1, 0, 200)
        assert days is not None
        assert len(days) == 200
        minutes = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_M1, 0, 5_000)
        assert minutes is not None
        assert (minutes["time"][1:] > minutes["time"][:-1]).all()
        # Where the earlier bars end and the market's own past begins, prices go on.
        assert abs(minutes["open"][1:] - minutes["close"][:-1]).max() < 0.005
        second = paper("serve", "--data", str(data), "--market", "sample")
        assert second.returncode == 1
        assert second.stderr.splitlines()[-1] == (
            f"metafleet: Another broker is running on the data in {data}."
        )
        shown = json.loads(paper("list", "--data", str(data), "--json").stdout)
        assert [(one["login"], one["mode"], one["currency"], one["positions"]) for one in shown] == [
            (before[0], "netting", "USD", 1),
            (while_running[0], "hedging", "EUR", 1),
        ]
        code, said = serving.interrupted()
    assert (code, said.splitlines()[-1][:8]) == (0, "Stopped.")
    with Serving(data) as serving:
        monkeypatch.setenv(
            "METAFLEET_PAPER_SERVER", f"paper://{before[0]}:{before[1]}@127.0.0.1:{serving.port}"
        )
        assert terminal.initialize(), terminal.last_error()
        again = terminal.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_D1, 0, 200)
        assert again is not None
        assert len(again) == 200
        assert list(again["close"][:-2]) == list(days["close"][:-2])
        serving.interrupted()
    assert not (data / PLACE).exists()


def test_an_unmodified_program_runs_on_a_server(data: Path, tmp_path: Path) -> None:
    script = tmp_path / "bot.py"
    script.write_text(
        "import sys, MetaTrader5 as mt5\n"
        "print(mt5.initialize(), mt5.account_info().login, mt5.Buy('EURUSD', 0.01).retcode, sys.argv[1:])\n"
    )
    login, password = opened(data)
    with Serving(data) as serving:
        server = f"paper://{login}:{password}@127.0.0.1:{serving.port}"
        done = metafleet("run", "--server", server, str(script), "fast")
        assert done.stdout == f"True {login} 10009 ['fast']\n", done.stderr
        refused = metafleet("run", "--server", server, "--report", "x.html", str(script))
        assert "--server has a market and a clock of its own" in refused.stderr
    wrong = metafleet("run", "--server", "http://127.0.0.1", str(script))
    assert "must be paper://LOGIN:PASSWORD@HOST:PORT" in wrong.stderr
    assert (wrong.returncode, wrong.stdout) == (1, "")


def test_an_account_that_cannot_be_opened_says_why(data: Path) -> None:
    for options, why in (
        (("--currency", "XXX"), "currency: 'XXX' is none of"),
        (("--mode", "both"), "margin_mode: 'both' is none of"),
        (("--deposit", "much"), "--deposit must be an amount"),
        (("--deposit", "0"), "deposit: 0 is not above 0"),
    ):
        done = paper("open-account", "--data", str(data), *options)
        assert done.returncode == 1
        assert why in done.stderr
    assert json.loads(paper("list", "--data", str(data), "--json").stdout) == []


def test_other_machines_need_a_token(data: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = paper("serve", "--data", str(data), "--host", EVERYWHERE)
    assert refused.returncode == 1
    assert "lets other machines in, which needs a token" in refused.stderr
    short = paper("serve", "--data", str(data), "--host", EVERYWHERE, METAFLEET_PAPER_TOKEN="guess")
    assert "a token needs 16 or more" in short.stderr
    token = paper("token", "--data", str(data)).stdout.strip()
    assert token not in "".join(path.read_text() for path in data.iterdir())
    login, password = opened(data)
    with Serving(data, "--host", EVERYWHERE) as serving:
        monkeypatch.setenv("METAFLEET_PAPER_SERVER", f"paper://{login}:{password}@127.0.0.1:{serving.port}")
        assert terminal.initialize() is False
        monkeypatch.setenv("METAFLEET_PAPER_TOKEN", token[:-1] + "!")
        assert terminal.initialize() is False
        assert "wrong token" in terminal.last_error()[1]
        monkeypatch.setenv("METAFLEET_PAPER_TOKEN", token)
        assert terminal.initialize() is True
        with (
            TerminalClient("127.0.0.1", serving.port) as stranger,
            pytest.raises(RequestRefused, match="asks for a token first"),
        ):
            stranger.symbols()
        assert opened(data)[0] == login + 1
        assert "put TLS in front" in serving.interrupted()[1]


def test_secrets_are_their_owners(data: Path) -> None:
    paper("token", "--data", str(data))
    opened(data)
    for name in ("admin.key", "token.sha256", "broker.sqlite3"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600, name


def test_only_addresses_of_this_machine_are_local() -> None:
    assert [is_local(host) for host in ("127.0.0.1", "::1", "localhost", "127.0.0.2")] == [True] * 4
    assert [is_local(host) for host in (EVERYWHERE, "::", "192.168.1.5", "paper.example")] == [False] * 4


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--speed", "0"), "--speed must be a number above 0, or max"),
        (("--symbols", "EURUSD,NOPE"), "'NOPE' is none of EURUSD"),
        (("--market", "/nowhere"), "does not exist"),
        (("--stop-out", "120"), "nobody would be warned"),
        (("--stop-out-in", "lots"), "must be percent or money"),
    ],
)
def test_a_start_that_cannot_be_says_why(data: Path, options: tuple[str, ...], why: str) -> None:
    done = paper("serve", "--data", str(data), *options)
    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr
