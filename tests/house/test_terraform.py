"""The Terraform sources are such as the checker lets pass, and laid out alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra.terraform.check.checking import faults_of, module_folders

TERRAFORM = Path(__file__).resolve().parents[2] / "infra/terraform"
FOLDERS = module_folders(TERRAFORM)
WAIVED = re.compile(r"#checkov:skip=CKV2?_AWS_\d+:\w.{15,}")
MODULES = [folder for folder in FOLDERS if folder.parent.name == "modules"]


def _name(folder: Path) -> str:
    return str(folder.relative_to(TERRAFORM))


@pytest.mark.parametrize("folder", FOLDERS, ids=_name)
def test_has_no_faults(folder: Path) -> None:
    assert faults_of(folder) == []


@pytest.mark.parametrize("folder", MODULES, ids=_name)
def test_a_module_is_laid_out_as_the_others(folder: Path) -> None:
    files = {file.name: len(file.read_text().splitlines()) for file in folder.glob("*.tf")}
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf"} <= files.keys()
    assert max(files.values()) < 200, files


def test_a_policy_is_waived_with_a_reason() -> None:
    waived = [
        line.strip()
        for file in TERRAFORM.rglob("*.tf")
        for line in file.read_text().splitlines()
        if "checkov:skip" in line
    ]
    assert waived
    assert [line for line in waived if not WAIVED.fullmatch(line)] == []
