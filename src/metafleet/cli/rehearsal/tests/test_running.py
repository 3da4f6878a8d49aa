"""`metafleet run SCRIPT`: what a program sees and how it ends is what plain Python would have it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

RUN = [sys.executable, "-m", "metafleet.cli", "run"]


def program(folder: Path, text: str) -> Path:
    path = folder / "bot.py"
    path.write_text(text)
    return path


def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, cwd=cwd
    )


def test_program_is_main_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("word = 'beside'")
    script = program(
        tmp_path,
        "import os, sys, beside\n"
        "print(__name__, sys.argv, os.getcwd(), beside.word, __file__, sys.modules['__main__'].__file__)\n",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = run("../bot.py", "--lots", "0.2", "--speed", "max", "--", "--seed", "x", cwd=elsewhere)
    words = f"__main__ ['../bot.py', '--lots', '0.2', '--seed', 'x'] {elsewhere} beside"
    assert done.stdout.splitlines()[0] == f"{words} {script} {script}"
    assert done.returncode == 0


def test_program_finds_what_pythonpath_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "helpers_of_mine.py").write_text("word = 'found'")
    monkeypatch.setenv("PYTHONPATH", str(shared))
    done = run(program(tmp_path, "import helpers_of_mine; print(helpers_of_mine.word)"), "--speed", "max")
    assert done.stdout.splitlines()[0] == "found"


def test_package_is_found_and_can_be_reloaded(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import importlib.metadata, importlib.util, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "send = mt5.order_send\n"
        "again = importlib.reload(mt5)\n"
        "print(again is mt5, again.account_info() is not None, again.order_send == send)\n"
        "print(importlib.util.find_spec('MetaTrader5').name, hasattr(mt5, 'Terminal'))\n"
        "print(importlib.metadata.version('MetaTrader5') == mt5.__version__)\n",
    )
    done = run(script, "--speed", "max")
    assert done.stdout.splitlines()[:3] == ["True True True", "MetaTrader5 False", "True"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("pass", 0), ("raise SystemExit", 0), ("import sys; sys.exit(7)", 7), ("exit('no')", 1)],
)
def test_exit_code_is_the_programs(tmp_path: Path, text: str, code: int) -> None:
    done = run(program(tmp_path, text), "--speed", "max")
    assert done.returncode == code
    assert done.stderr == ("no\n" if "no" in text else "")


def test_traceback_begins_in_the_program(tmp_path: Path) -> None:
    script = program(tmp_path, "def fail():\n    return 1 / 0\n\nfail()\n")
    ours = run(script, "--speed", "max")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (ours.stderr, ours.returncode) == (plain.stderr, 1)
    assert "Net profit" in ours.stdout


def test_syntax_error_is_said_as_python_does(tmp_path: Path) -> None:
    script = program(tmp_path, "def fail(:\n")
    ours = run(script, "--speed", "max")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (ours.stderr, ours.returncode) == (plain.stderr, 1)


@pytest.mark.parametrize("speed", ["1", "max"])
def test_ctrl_c_reaches_the_program_and_leaves_a_report(tmp_path: Path, speed: str) -> None:
    script = program(
        tmp_path,
        "import time, sys\n"
        "import MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "print('up', flush=True)\n"
        "while True:\n"
        "    time.sleep(1)\n"
        "    if len(sys.argv) > 1: sum(range(30_000))\n",
    )
    words = [*RUN, str(script), "--speed", speed, "--from", "2024-03-04", "--to", "2030-01-01"]
    with subprocess.Popen(
        [*words, "work"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        time.sleep(0.3)  # so that it is in its loop
        process.send_signal(signal.SIGINT)
        try:
            said, complaint = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT
    assert complaint.splitlines()[-1] == "KeyboardInterrupt"
    assert "Net profit" in said


def test_program_cannot_swallow_the_markets_end(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "while True:\n"
        "    try: time.sleep(3600)\n"
        "    except Exception: pass\n"
        "    finally: last = mt5.account_info().balance\n",
    )
    done = run(script, "--speed", "max", "--to", "2024-03-05")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The market was over before the program." in done.stdout


@pytest.mark.parametrize("speed", ["60", "max"])
def test_pool_that_nobody_shut_down_does_not_keep_the_program(tmp_path: Path, speed: str) -> None:
    script = program(
        tmp_path,
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\n"
        "print(pool.submit(int, '5').result())\n",
    )
    done = run(script, "--speed", speed, "--to", "2024-03-05")
    assert (done.returncode, done.stderr, done.stdout.splitlines()[0]) == (0, "", "5")


def test_idle_pool_says_nothing_at_the_markets_end(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import time\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "pool = ThreadPoolExecutor(2)\n"
        "while True:\n"
        "    list(pool.map(int, '12'))\n"
        "    time.sleep(3600)\n",
    )
    done = run(script, "--speed", "max", "--to", "2024-03-05")
    assert (done.returncode, done.stderr) == (0, "")


def test_report_waits_for_a_thread_that_a_thread_began(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import threading, time\n"
        "def last():\n"
        "    time.sleep(60)\n"
        "    print('last')\n"
        "def first():\n"
        "    time.sleep(60)\n"
        "    threading.Thread(target=last).start()\n"
        "threading.Thread(target=first).start()\n",
    )
    done = run(script, "--speed", "max", "--to", "2024-03-05")
    assert done.stdout.splitlines()[0] == "last"


def test_program_that_swallows_everything_is_ended(tmp_path: Path) -> None:
    script = program(
        tmp_path, "import time\nwhile True:\n    try: time.sleep(3600)\n    except BaseException: pass\n"
    )
    began = time.monotonic()
    done = run(script, "--speed", "max", "--to", "2024-03-05")
    assert done.returncode == 0
    assert "Net profit" in done.stdout
    assert time.monotonic() - began < 60


def test_package_is_found_with_its_version(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import importlib.metadata\nfrom MetaTrader5 import *\nimport MetaTrader5\n"
        "version = importlib.metadata.version('MetaTrader5')\n"
        "print(version, MetaTrader5.__version__, initialize(), 'Final' in dir())\n",
    )
    assert run(script, "--speed", "max").stdout.splitlines()[0] == "5.0.6231 5.0.6231 True False"


def test_account_is_what_was_asked_for(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import MetaTrader5 as mt5\n"
        "mt5.initialize(login=777, password='x', server='Any-Demo')\n"
        "a = mt5.account_info()\n"
        "print(a.login, a.server, a.balance, a.currency, a.leverage, a.margin_mode, mt5.symbols_total())\n",
    )
    report = tmp_path / "report.json"
    page = tmp_path / "report.html"
    words = ("--deposit", "2500.50", "--currency", "EUR", "--leverage", "30", "--mode", "netting")
    done = run(
        script, "--speed", "max", "--symbols", "EURUSD,GBPUSD", *words, "--json", report, "--report", page
    )
    assert done.stdout.splitlines()[0] == "777 Any-Demo 2500.5 EUR 30 0 2"
    made = json.loads(report.read_bytes())
    assert (made["login"], made["currency"], made["figures"]["deposits"]) == (777, "EUR", 2500.5)
    assert "did not trade" in page.read_text()


def test_program_lives_at_the_wall_clock_by_default(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "print(abs(mt5.symbol_info_tick('BTCUSD').time - time.time()) < 120, type(time.sleep).__name__)\n",
    )
    assert run(script).stdout.splitlines()[0] == "True builtin_function_or_method"


def test_data_of_another_maker_is_lived_through_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # what was read is kept there
    rows = [
        f"201801{day:02} {hour:02}{minute:02}00;1.20000;1.20020;1.19980;1.20010;0\n"
        for day in (2, 3)
        for hour in range(24)
        for minute in range(60)
    ]
    data = tmp_path / "DAT_ASCII_EURUSD_M1_2018.csv"
    data.write_text("".join(rows))
    script = program(
        tmp_path,
        "import time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "print(len(mt5.copy_rates_from_pos('EURUSD', mt5.TIMEFRAME_M1, 0, 5000)) > 200, flush=True)\n"
        "while True: time.sleep(60)\n",
    )
    done = run(script, "--speed", "max", "--data", data, "--json", tmp_path / "report.json")
    assert (done.returncode, done.stderr, done.stdout.splitlines()[0]) == (0, "", "True")
    ends = datetime.fromtimestamp(json.loads((tmp_path / "report.json").read_bytes())["endMsc"] / 1000, UTC)
    hours_from_new_york = datetime(2018, 1, 4, 5, tzinfo=UTC)  # HistData's clock is New York's winter time
    assert ends == hours_from_new_york


def test_ticks_of_a_file_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # what was read is kept there
    data = tmp_path / "EURUSD_ticks.csv"
    rows = [
        f"{1_709_546_400_000 + 500 * at},{1.08 + at / 1e5:.5f},{1.08 + at / 1e5 + 1e-4:.5f}"
        for at in range(999)
    ]
    data.write_text("\n".join(["time_msc,bid,ask", *rows, ""]))
    script = program(
        tmp_path,
        "import time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "mt5.symbol_info_tick('EURUSD')\n"
        "time.sleep(60)\n"
        "ticks = mt5.copy_ticks_from('EURUSD', 0, 9999, -1)\n"
        "print(mt5.symbol_info_tick('EURUSD').time_msc % 500, len(ticks) > 120)\n",
    )
    done = run(script, "--speed", "max", "--ticks", "real", "--data", data)
    assert (done.stderr, done.stdout.splitlines()[:1]) == ("", ["0 True"])


def test_server_may_be_ahead_of_the_machine(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "mt5.Buy('EURUSD', 0.1)\n"
        "now, ahead = time.time(), mt5.symbol_info_tick('EURUSD').time - time.time()\n"
        "deals = [len(mt5.history_deals_get(0, now + more)) for more in (0, 86400)]\n"
        "print(round(ahead / 3600), *deals)\n",
    )
    done = run(script, "--speed", "max", "--from", "2024-07-02T10:00", "--server-time", "America/New_York+7")
    assert done.stdout.splitlines()[0] == "3 0 2"


def test_hour_passes_in_seconds(tmp_path: Path) -> None:
    script = program(
        tmp_path,
        "import datetime, time, MetaTrader5 as mt5\n"
        "mt5.initialize()\n"
        "print(datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H'))\n"
        "first = mt5.symbol_info_tick('EURUSD').time\n"
        "time.sleep(600)\n"
        "print(595 <= mt5.symbol_info_tick('EURUSD').time - first < 1200)\n",
    )
    done = run(script, "--speed", "600", "--from", "2024-03-05T10:00")
    assert done.stdout.splitlines()[:2] == ["2024-03-05 10", "True"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (
            ["--from", "2024-03-06", "--to", "2024-03-05"],
            "--from 2024-03-06 must come before --to 2024-03-05.",
        ),
        (
            ["--from", "yesterday"],
            "--from must be a date as 2024-03-01 or 2024-03-01T14:30, not 'yesterday'.",
        ),
        (["--symbols", "EURUSD,NOPE"], "NOPE"),
        (["--data", "nowhere"], "nowhere"),
        (["--data", "sample", "--from", "2020-01-01"], "--from must lie in it."),
        (["--deposit", "0"], "--deposit"),
        (["--mode", "both"], "--mode must be hedging or netting, not 'both'."),
        (["--dealing", "kind"], "--dealing must be off, realistic, hostile, not 'kind'."),
        (["--speed", "fast"], "--speed must be max or a number from 1 to 1000, not 'fast'."),
        (["--currency", "dollars"], "--currency"),
        (["--leverage", "0"], "--leverage"),
        (["--ticks", "1"], "--ticks"),
        (["--server-time", "Atlantis"], "Atlantis"),
        (["--report", "nowhere/report.html"], "there is no folder"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path: Path, words: list[str], why: str) -> None:
    script = program(tmp_path, "print('ran')")
    done = run(script, *words, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("metafleet: ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1


def test_script_that_there_is_not_is_refused() -> None:
    done = run("bots/none.py")
    assert (done.returncode, done.stderr) == (1, "metafleet: there is no script bots/none.py.\n")
