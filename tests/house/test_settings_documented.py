"""Every setting is documented, and every documented setting exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r'"((?:METAFLEET_[A-Z_]+|DATABASE_URL|REDIS_URL))"')
# Set by us for our own child processes, or by the test session; nobody sets them by hand.
INTERNAL = {"METAFLEET_RUNNER", "METAFLEET_TEST_BROWSER", "METAFLEET_INSTALLATION", "METAFLEET_VAULT_KEY"}
INTERNAL |= {"METAFLEET_RECEIPT_KEY"}
ONLY_FILES = {
    "METAFLEET_VAULT_KEY_FILE",
    "METAFLEET_RECEIPT_KEY_FILE",
    "METAFLEET_BREACHED_PASSWORDS_FILE",
}


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
