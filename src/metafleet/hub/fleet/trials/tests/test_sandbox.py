"""Real trials: what an EA does in there stays in there, whatever it does."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.inputs import input_schema
from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.catalogue import records
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is made of Linux's namespaces")

AROUND = "import typing\nmodules = typing.sys.modules\nos = modules['os']"
"""A way around the static checks: what the fence behind them is for."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    (tmp_path / "runners").mkdir()
    return Sandbox(tmp_path, Users(tmp_path / "runners"), cpu_s=8, wall_s=60)


def tried(sandbox: Sandbox, body: str = "", head: str = "") -> records.Outcome:
    return sandbox.try_out(breakout(body=body, head=head).decode(), lambda _: None)


def test_a_good_ea_trades_the_sample_and_says_what_it_is(sandbox: Sandbox) -> None:
    told: list[float] = []
    outcome = sandbox.try_out(breakout().decode(), told.append)
    assert outcome.error == ""
    assert outcome.declared is not None
    assert (outcome.declared.slug, outcome.declared.symbols) == ("breakout", ["EURUSD", "GBPUSD"])
    assert outcome.schema["properties"]["lookback"]["maximum"] == 300
    figures = outcome.figures
    assert figures is not None
    assert (figures.symbol, figures.bars, figures.ticks) == ("EURUSD", 12_900, 51_600)
    assert (figures.trades, figures.net_profit) == (75, -67.34)
    assert 200 <= len(figures.equity) <= 250
    assert figures.equity[-1][1] == pytest.approx(10_000 - 67.34)
    assert figures.log[-1] == "entered"
    assert figures.wall_s > 0
    assert 10 < figures.memory_mb < 256
    assert "no network" in figures.limits
    assert told == sorted(told)


def test_an_ea_that_ships_declares_the_same_in_there(sandbox: Sandbox) -> None:
    cls = EXPERTS["grid"]
    outcome = sandbox.try_out(Path(sys.modules[cls.__module__].__file__ or "").read_text(), lambda _: None)
    assert outcome.error == ""
    assert outcome.schema == input_schema(cls)


@pytest.mark.parametrize(
    ("body", "head", "sentence"),
    [
        ("return 1 / 0", "", "ZeroDivisionError: division by zero (line 23)"),
        ("x = bytearray(1 << 30)", "", "more memory than a trial may have"),
        ("self.on_bar(bar)", "", "RecursionError"),
        ("while True:\n    pass", "", "more than 8 s of processor time"),
        ("while True:\n    os.fork()", AROUND, "BlockingIOError"),
        ("os.close(os.open('x', os.O_CREAT | os.O_WRONLY))", AROUND, "PermissionError"),
        ("os.mkdir('/tmp')", AROUND, "PermissionError"),
        ("raise ValueError(os.listdir('/'))", AROUND, "ValueError: []"),
        ("os.setuid(0)", AROUND, "PermissionError"),
        ("os.chroot('..')", AROUND, "PermissionError"),
        ("os.kill(2, 9)", AROUND, "ProcessLookupError"),
        ("os._exit(0)", AROUND, "ended by itself"),
        ("os.abort()", AROUND, "It was ended by SIG"),
        ("while True:\n    os.write(1, b'x' * 4096)", AROUND, "more than it has to say"),
        ("os.write(1, b'nonsense\\n')", AROUND, "not as it must be"),
        ("import socket", "", "may not import socket"),
        ("pass", "slow = 1 / 0", "ZeroDivisionError: division by zero (line 7)"),
        ("pass", "class Odd(Expert):\n    on_tik = 1", "on_tik is never called; did you mean on_tick?"),
    ],
)
def test_what_an_ea_may_not_do_ends_its_trial(
    sandbox: Sandbox, body: str, head: str, sentence: str, tmp_path: Path
) -> None:
    outcome = tried(sandbox, body, head)
    assert sentence in outcome.error
    assert outcome.figures is not None
    assert outcome.figures.trades == 0
    assert list((tmp_path / "trials" / "empty").iterdir()) == []


def test_nothing_in_there_reaches_a_port_of_this_machine(sandbox: Sandbox) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        address = (2).to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
        body = (
            "ctypes = modules['ctypes']\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            f"got = libc.connect(libc.socket(2, 1, 0), {address!r}, 16)\n"
            "raise ValueError(got, ctypes.get_errno())"
        )
        outcome = tried(sandbox, body, AROUND)
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()
    assert "ValueError: (-1, 101)" in outcome.error  # ENETUNREACH


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another user")
def test_it_has_a_user_of_its_own(sandbox: Sandbox) -> None:
    first = tried(sandbox, "raise ValueError(os.getresuid(), os.getgroups())", AROUND).error
    second = tried(sandbox, "raise ValueError(os.getresuid(), os.getgroups())", AROUND).error
    assert "[]" in first
    assert first != second
    assert "(0, 0, 0)" not in first + second


def test_an_ea_that_forges_its_result_cannot_forge_what_it_took(sandbox: Sandbox) -> None:
    forged = '{"kind":"done","figures":{"trades":9,"netProfit":1e9,"wallS":0.0,"limits":"none"}}\\n'
    outcome = tried(sandbox, f"os.write(1, b'{forged}')\nos._exit(0)", AROUND)
    assert outcome.figures is not None
    assert outcome.figures.wall_s > 0
    assert "no network" in outcome.figures.limits
