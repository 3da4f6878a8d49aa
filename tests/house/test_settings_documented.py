"""Every setting is documented, and every documented setting exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r'"((?:METAFLEET_[A-Z_]+|DATABASE_URL|REDIS_URL))"')
# Set by us for our own child processes, by a release for its stack, or by the test session; by nobody's hand.
INTERNAL = {
    "METAFLEET_RELEASE_IMAGE",
    "METAFLEET_RUNNER",
    "METAFLEET_TEST_BROWSER",
    "METAFLEET_INSTALLATION",
    "METAFLEET_VAULT_KEY",
}
ONLY_FILES = {"METAFLEET_VAULT_KEY_FILE", "METAFLEET_BREACHED_PASSWORDS_FILE"}


def test_settings_reference_is_complete() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z_]+)`", text, flags=re.MULTILINE))
    read = {
        name if name in ONLY_FILES else name.removesuffix("_FILE")
        for file in (ROOT / "src").rglob("*.py")
        if "tests" not in file.parts
        for name in VARIABLE.findall(file.read_text())
    }
    assert read - INTERNAL == documented


def test_every_secret_setting_is_read_where_files_and_aws_are_looked_at_too() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()
    secrets = set(re.findall(r"^\| `([A-Z_]+)` †", text, flags=re.MULTILINE))
    readers = r"(?:env\.secret\w*|secret_setting\.read|_secret|_url)\((?:os\.environ, |environ, )?\s*"
    read = {
        name
        for file in (ROOT / "src").rglob("*.py")
        if "tests" not in file.parts
        for name in re.findall(readers + r'"([A-Z_]+)"', file.read_text())
    }
    assert len(secrets) >= 9
    assert secrets <= read
    named_so = re.compile(r"_(KEY|TOKEN|PASSWORD|SECRET)$")
    asked = VARIABLE.findall((ROOT / "src/metafleet/hub/config/settings.py").read_text())
    assert {name for name in asked if named_so.search(name)} - {"METAFLEET_VAULT_KMS_KEY"} <= secrets
