"""A simulated fleet on three machines, seen in a browser: machines, board, one that is added and revoked."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flows.person import BROKER_PASSWORD, PASSWORD, Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.browser]
HOSTS, EACH, LOSING = 3, 3, 2


@pytest.fixture
def simulation(stack: Stack, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`metafleet simulate` on three machines, and the file that it speaks into."""
    said = tmp_path / "simulate.log"
    command = [sys.executable, "-m", "metafleet.cli", "simulate", "--minutes", "60", "--commands", "0"]
    fleet = ["--hosts", str(HOSTS), "--terminals-per-host", str(EACH), "--losing", str(LOSING)]
    with (
        said.open("wb") as output,
        subprocess.Popen([*command, *fleet], env=stack.environment, stdout=output, stderr=output) as process,
    ):
        try:
            yield process, said
        finally:
            process.kill()


def test_a_simulated_fleet_is_seen_on_its_machines(
    stack: Stack, page: Page, simulation: tuple[subprocess.Popen[bytes], Path]
) -> None:
    process, said = simulation
    sign_in(page, stack, said)
    page.get_by_role("link", name="Machines").first.click()
    table = page.get_by_role("table", name="Machines")
    for host in range(1, HOSTS + 1):
        row = table.get_by_role("row").filter(has_text=f"VPS {host:02d}")
        expect(row.get_by_text("Online")).to_be_visible()
        expect(row.get_by_text(f"{EACH} / {EACH}")).to_be_visible()
    look_at_one(page)
    page.get_by_role("link", name="Board").first.click()
    expect(page.get_by_role("table", name="Board").get_by_role("row")).to_have_count(1 + HOSTS * EACH)
    expect(page.get_by_text(f"{HOSTS * EACH} accounts")).to_be_visible()

    process.send_signal(signal.SIGINT)
    assert process.wait(120) == 0, said.read_text()[-3000:]
    assert f"machines {HOSTS}" in said.read_text()
    assert f"watched terminals {HOSTS * EACH}" in said.read_text()


def sign_in(page: Page, stack: Stack, said: Path) -> None:
    """As the simulation says."""
    told = re.compile(r"signed in as (\S+) with the password (\S+)")
    assert wait_until(lambda: told.search(said.read_text()) is not None, 60, 0.2), said.read_text()
    enter(page, stack, *told.findall(said.read_text())[0])


def enter(page: Page, stack: Stack, email: str, password: str) -> None:
    page.goto(f"{stack.web_url}/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page).to_have_url(f"{stack.web_url}/")


def look_at_one(page: Page) -> None:
    page.get_by_label("Search machines").fill("simulated 4")
    expect(page.get_by_role("link", name="VPS 01")).to_have_count(0)
    page.get_by_role("link", name="VPS 02").click()
    terminals = page.get_by_role("table", name="Terminals")
    expect(terminals.get_by_role("row")).to_have_count(1 + EACH)
    expect(page.get_by_role("log", name="Log")).to_be_visible()
    terminals.get_by_role("link", name="Simulated 4").click()
    expect(page.get_by_role("heading", name="Simulated 4")).to_be_visible()


def test_a_machine_is_added_turns_green_and_is_revoked(stack: Stack, page: Page, tmp_path: Path) -> None:
    with Person(stack) as owner:
        owner.sign_up("machines@example.com")
        owner.connect()
    enter(page, stack, "machines@example.com", PASSWORD)
    page.get_by_role("link", name="Machines").first.click()
    expect(page.get_by_text("No machine yet")).to_be_visible()
    page.get_by_role("button", name="Add a machine").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("VPS London")
    dialog.get_by_role("checkbox").first.check(force=True)
    dialog.get_by_role("button", name="Make a pairing code").click()
    expect(dialog.get_by_text("Waiting for its first report")).to_be_visible()
    settings = tmp_path / "agent.toml"
    settings.write_text(dialog.locator("pre").inner_text().replace("FILL IN", BROKER_PASSWORD))
    agent = subprocess.Popen([sys.executable, "-m", "metafleet.cli", "agent", "run", str(settings)])
    try:
        expect(dialog.get_by_text("The machine reports")).to_be_visible()
        dialog.get_by_role("link", name="Open the machine").click()
        expect(page.get_by_role("heading", name="VPS London")).to_be_visible()
        page.get_by_role("button", name="Actions of VPS London").click()
        page.get_by_role("menuitem", name="Revoke", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("Nothing that it sends is taken")).to_be_visible()
        # It is told so with its next word, and ends, because there is no other terminal on it.
        assert agent.wait(60) == 0
    finally:
        agent.kill()
        agent.wait()
