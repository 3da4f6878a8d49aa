"""The template of the Windows image: its syntax, and what it promises. Packer itself is not asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest

from infra.terraform.check.expressions import texts

PACKER = Path(__file__).resolve().parents[2] / "infra/packer"
TEMPLATE = PACKER / "mt5-host.pkr.hcl"


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = hcl2.loads(TEMPLATE.read_text())
    return loaded


def _variables(template: dict[str, Any]) -> set[str]:
    return {name.strip('"') for block in template["variable"] for name in block}


def _source(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["source"][0]['"amazon-ebs"']['"host"']
    return found


def test_every_variable_is_used_and_every_used_one_is_there(template: dict[str, Any]) -> None:
    used = {name for text in texts(template) for name in re.findall(r"\bvar\.(\w+)", text)}
    assert used == _variables(template)


def test_every_script_that_it_names_is_there(template: dict[str, Any]) -> None:
    named = {name for text in texts(template) for name in re.findall(r"\$\{path\.root\}/([\w.-]+)", text)}
    assert named == {file.name for file in PACKER.glob("*.ps1")}


def test_the_scripts_are_told_what_they_ask_for(template: dict[str, Any]) -> None:
    given = {word for text in texts(template) for word in re.findall(r'^"?([A-Z0-9_]+)=\$\{var', text)}
    asked = set(re.findall(r"\$env:([A-Z0-9_]+)", (PACKER / "install.ps1").read_text()))
    assert given == asked


def test_nothing_is_installed_that_was_not_held_against_its_hash() -> None:
    script = (PACKER / "install.ps1").read_text()
    fetched = re.findall(r"Get-Checked \$env:(\w+) \$env:(\w+)", script)
    assert fetched == [(name, f"{name}_SHA256") for name in ("PYTHON", "AGENT", "TERMINAL")]
    assert script.count("Copy-S3Object") == 1
    assert "Invoke-WebRequest" not in script


def test_the_image_is_encrypted_and_built_behind_closed_doors(template: dict[str, Any]) -> None:
    source = _source(template)
    assert source["encrypt_boot"] is True
    assert source["ssh_interface"] == '"session_manager"'
    assert source["metadata_options"][0]["http_tokens"] == '"required"'
    assert source["launch_block_device_mappings"][0]["volume_type"] == '"gp3"'


def test_the_image_has_ecs_agent_host_agent_and_terminal_and_no_pairing_codes() -> None:
    verified = (PACKER / "verify.ps1").read_text()
    for file in ("amazon-ecs-agent.exe", "metafleet.exe", "terminal64.exe"):
        assert file in verified
    assert "must not have" in verified
    assert "agent.toml" in verified


def test_no_binary_of_metaquotes_is_in_the_repository() -> None:
    assert {file.suffix for file in PACKER.iterdir()} == {".hcl", ".ps1"}
