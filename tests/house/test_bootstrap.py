"""What `make` says on a machine that lacks something: one sentence that tells what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BOOTSTRAP = ROOT / "infra" / "bootstrap"


def run(script: str, path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(BOOTSTRAP / script)],
        env={"PATH": str(path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def write_program(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def assert_one_sentence(done: subprocess.CompletedProcess[str], start: str) -> None:
    assert done.returncode == 1
    assert done.stderr.startswith(f"metafleet: {start}")
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_node_is_told(tmp_path: Path) -> None:
    assert_one_sentence(run("node", tmp_path), "Node 20.19 or newer is needed")


def test_an_old_node_is_told(tmp_path: Path) -> None:
    write_program(tmp_path, "node", '[ "$1" = --version ] && echo v18.20.4 && exit\nexit 1')
    done = run("node", tmp_path)
    assert_one_sentence(done, "Node 20.19 or newer is needed")
    assert "v18.20.4" in done.stderr


def test_a_node_without_npm_is_told(tmp_path: Path) -> None:
    write_program(tmp_path, "node", "echo v22.0.0")
    assert_one_sentence(run("node", tmp_path), "npm is needed")


def test_a_missing_python_is_told(tmp_path: Path) -> None:
    assert_one_sentence(run("python", tmp_path), "Python 3.11 or newer is needed")


def test_a_python_that_was_named_but_is_too_old_is_told(tmp_path: Path) -> None:
    write_program(tmp_path, "python3.9", "exit 1")
    done = run("python", tmp_path, PYTHON=str(tmp_path / "python3.9"))
    assert_one_sentence(done, f"PYTHON={tmp_path}/python3.9 is no Python 3.11")


def test_an_older_python_is_passed_over_for_one_that_fits(tmp_path: Path) -> None:
    write_program(tmp_path, "python3", "exit 1")
    os.symlink(sys.executable, tmp_path / "python3.12")
    done = run("python", tmp_path)
    assert done.returncode == 0
    assert Path(done.stdout.strip()).name.startswith("python3.")


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_browser_is_loud_and_fails_only_in_continuous_integration(
    ci: str, code: int, tmp_path: Path
) -> None:
    write_program(tmp_path, "python", "exit 1")
    write_program(tmp_path, "id", "echo 1000")
    done = subprocess.run(
        ["/bin/sh", str(BOOTSTRAP / "browser"), str(tmp_path / "python")],
        env={"PATH": str(tmp_path), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "no Chromium was found" in done.stderr


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_a_missing_compiler_is_loud_and_fails_only_in_continuous_integration(
    ci: str, code: int, tmp_path: Path
) -> None:
    write_program(tmp_path, "id", "echo 1000")
    done = run("compiler", tmp_path, CI=ci)
    assert done.returncode == code
    assert "there is no g++ here" in done.stderr


@pytest.mark.parametrize("program", ["browser", "compiler", "node", "python", "uv"])
def test_bootstrap_programs_can_be_run(program: str) -> None:
    assert os.access(BOOTSTRAP / program, os.X_OK)


def test_continuous_integration_runs_the_readmes_test_command() -> None:
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
