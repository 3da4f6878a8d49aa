"""A fleet on many machines for the pictures: `metafleet simulate` beside the product."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

FLEET = ("--hosts", "30", "--terminals-per-host", "5", "--losing", "6", "--commands", "0", "--minutes", "60")
PATIENCE_S = 60.0
LIVED_S = 150.0
"""After that long losing accounts have lost what a rule minds."""
_TOLD = re.compile(r"signed in as (\S+) with the password (\S+)")


@contextmanager
def fleet(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Start it on the product of this environment; yield who may look, and the password."""
    with tempfile.TemporaryDirectory(prefix="mf-docs-") as folder:
        said = Path(folder) / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "metafleet.cli", "simulate", *FLEET],
                env=dict(environment),
                stdout=output,
                stderr=subprocess.DEVNULL,
            )
        try:
            yield _who(process, said)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{url}/")


def a_machine(page: Page, url: str) -> str:
    """Return the address of one that is busy."""
    found = page.request.get(f"{url}/api/machines").json()
    return "/machines/" + str(max(found, key=lambda machine: float(machine["cpuPercent"]))["id"])


def _who(process: subprocess.Popen[bytes], said: Path) -> tuple[str, str]:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        found = _TOLD.search(said.read_text())
        if found is not None:
            return found[1], found[2]
        time.sleep(0.5)
    raise RuntimeError("the simulation did not say who may look at it")
