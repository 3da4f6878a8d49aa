"""Which Chromium the browser tests use. As a program: print it, or end with 1 when there is none."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_PROGRAM = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_browser() -> Path | None:
    """Return METAFLEET_TEST_BROWSER, else the machine's Chromium or Chrome, else Playwright's own."""
    named = os.environ.get("METAFLEET_TEST_BROWSER")
    if named:
        return Path(named)
    for program in PROGRAMS:
        if found := shutil.which(program):
            return Path(found)
    return MAC_PROGRAM if MAC_PROGRAM.exists() else _of_playwright()


def _of_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


if __name__ == "__main__":
    browser = find_browser()
    if browser is None:
        sys.exit(1)
    print(browser)
