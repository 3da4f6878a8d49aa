"""Each alarm has a runbook, each runbook's alarm exists, and the commands that it shows are ours."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.terraform.check.checking import module_folders
from infra.terraform.check.configuration import read
from metafleet.cli.main import app
from metafleet.hub.console import probes

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "infra/terraform"
DOCS = ROOT / "docs"
RUNBOOKS = DOCS / "runbooks"
SHOWN_IN = [*sorted(RUNBOOKS.glob("*.md")), *sorted((DOCS / "manual").rglob("*.md"))]
RAISED = re.compile(r"^Raised by: (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
# In the alarms' table: `"${service}-cpu" => {` or `database-cpu = {`, then the namespace.
PLAIN = re.compile(r"^ +([\w-]+) = \{\n +namespace", re.MULTILINE)
EACH = re.compile(r'"\$\{\w+\}(-[\w-]+)" => \{\n +namespace')


ALARMS = {"aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"}
NAME = re.compile(r"\$\{var\.name\}-([\w-]+)")
TABLE_OF_TWO = """
locals {
  alarms = merge(
    { for service in var.services : "${service}-heat" => {
        namespace = "A"
      }
    },
    {
      plain-one = {
        namespace = "B"
      }
    },
  )
}
resource "aws_cloudwatch_metric_alarm" "main" {
  for_each   = local.alarms
  alarm_name = "${var.name}-${each.key}"
}
"""
ONE_ALONE = """
resource "aws_cloudwatch_metric_alarm" "late" {
  alarm_name = "${var.name}-is-late"
}
"""


def test_every_alarm_of_terraform_has_a_page_and_each_such_page_an_alarm() -> None:
    assert claimed("CloudWatch") == alarms(TERRAFORM)


def test_an_alarm_without_a_page_is_seen(tmp_path: Path) -> None:
    for module, text in (("alarms", TABLE_OF_TWO), ("nightly", ONE_ALONE)):
        (tmp_path / "modules" / module).mkdir(parents=True)
        (tmp_path / "modules" / module / "main.tf").write_text(text)
    assert alarms(tmp_path) == {"*-heat", "plain-one", "is-late"}


def test_budgets_have_a_page() -> None:
    assert any("AWS Budgets" in raised for raised in raised_by().values())


def test_every_dependency_of_ready_has_a_page() -> None:
    asked = set(re.findall(r'^        "(\w+)": ', Path(probes.__file__).read_text(), re.MULTILINE))
    assert asked >= {"database", "redis"}
    assert claimed("/ready") == asked


def test_every_rule_about_the_platform_has_a_page() -> None:
    """Those that watch a customer's accounts and machines are the customer's, whose manual has them."""
    rules = ROOT / "src/metafleet/hub/monitor/rules"
    of_platform = {file.stem for file in rules.glob("*.py") if '= "platform"' in file.read_text()}
    assert of_platform
    assert of_platform <= claimed("rule")
    assert claimed("rule") <= {file.stem for file in rules.glob("*.py")}


def test_every_page_of_an_alarm_is_in_the_list_of_runbooks() -> None:
    listed = (RUNBOOKS / "README.md").read_text()
    assert [name for name in raised_by() if f"({name})" not in listed] == []


@pytest.mark.parametrize("page", SHOWN_IN, ids=lambda page: str(page.relative_to(DOCS)))
def test_commands_of_ours_are_such_as_the_command_line_has(page: Path) -> None:
    assert [line for line in commands(page) if not is_known(line)] == []


def test_a_command_that_there_is_not_is_seen() -> None:
    assert is_known("metafleet vault rotate --data-keys")
    assert not is_known("metafleet vault turn")
    assert not is_known("metafleet vault rotate --soon")
    assert not is_known("metafleet backup verify one two")


def test_the_help_of_a_shown_command_is_printed() -> None:
    """What is read from the program here is what the program itself says."""
    told = subprocess.run(
        [sys.executable, "-m", "metafleet.cli", "vault", "rotate", "--help"],
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert "--data-keys" in told.stdout


def alarms(terraform: Path) -> set[str]:
    """Return all alarms but for the installation's name; `*-cpu` where there is one for each of something."""
    text = "\n".join(file.read_text() for file in sorted((terraform / "modules/alarms").glob("*.tf")))
    table = {f"*{found}" for found in EACH.findall(text)} | set(PLAIN.findall(text))
    resources = (each for folder in module_folders(terraform) for each in read(folder).typed())
    names = [str(each.body["alarm_name"]).strip('"') for each in resources if each.type in ALARMS]
    alone = [name for name in names if "each.key" not in name]
    assert len(names) - len(alone) == 1, "the table of the alarms module is read here, and no other"
    return table | {found[1] for name in alone if (found := NAME.fullmatch(name))}


def raised_by() -> dict[str, str]:
    found = {page.name: RAISED.search(page.read_text()) for page in RUNBOOKS.glob("*.md")}
    return {name: match[1] for name, match in found.items() if match}


def claimed(by: str) -> set[str]:
    """Return the words in backquotes after `by` (CloudWatch, /ready, rule) on all pages."""
    parts = [part.strip() for raised in raised_by().values() for part in raised.split(";")]
    ours = [part for part in parts if part.replace("`", "").startswith(f"{by} ")]
    return {re.findall(r"`([^`]+)`", part)[-1] for part in ours}


def commands(page: Path) -> list[str]:
    lines = [line.strip() for block in BLOCK.findall(page.read_text()) for line in block.splitlines()]
    return [line for line in lines if line.startswith("metafleet ")]


def is_known(line: str) -> bool:
    """Whether the command line takes these words; values are not judged."""
    words = list(takewhile(lambda word: word not in {"|", ">", "&&"}, shlex.split(line, comments=True)))[1:]
    command: Any = program()
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    is_whole = not hasattr(command, "commands") or bool(command.invoke_without_command)
    return is_whole and _takes(command, words)


def _takes(command: Any, words: list[str]) -> bool:
    options = {name: one for one in command.params for name in one.opts if name.startswith("-")}
    places = [one for one in command.params if one.param_type_name == "argument"]
    left = 0
    remaining = iter(words)
    for word in remaining:
        if not word.startswith("-"):
            left += 1
        elif word not in options:
            return False
        elif not options[word].is_flag:
            next(remaining, None)
    most = float("inf") if any(one.nargs == -1 for one in places) else len(places)
    return bool(sum(one.required for one in places) <= left <= most)


@cache
def program() -> Any:
    return typer.main.get_command(app)
