from __future__ import annotations

import subprocess
import sys

import pytest

from metafleet.cli.main import main

HEAVY = ("django", "celery", "psycopg", "redis", "supervisor", "numpy")


def test_a_refusal_is_one_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("METAFLEET_WEB_PORT", "eighty")
    monkeypatch.setattr(sys, "argv", ["metafleet", "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "metafleet: METAFLEET_WEB_PORT must be a whole number from 1 to 65535, but is 'eighty'.\n"
    )


def test_the_command_line_imports_nothing_heavy() -> None:
    code = f"import sys, metafleet.cli.main; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
