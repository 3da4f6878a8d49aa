"""Incidents in a browser: one appears by itself, is taken over, quietened, talked about and ended."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.reporting import TITLES, report
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
DEMO = "demo@metafleet.local"


def test_what_goes_wrong_appears_and_is_seen_to(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.get_by_role("link", name="Alerts").first.click()
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    page.get_by_role("link", name="Fleet").first.click()
    report(stack, DEMO, "loss", "critical")
    news = page.get_by_role("listitem").filter(has_text=TITLES["loss"])
    expect(news.get_by_role("button", name="Look")).to_be_visible()
    page.get_by_role("link", name="Alerts").first.click()
    row = page.get_by_role("list", name="Incidents").get_by_role("listitem").filter(has_text=TITLES["loss"])
    expect(row.get_by_text("Paused 2 EAs on this account")).to_be_visible()
    expect(waiting(page)).to_have_text("Waiting: 1")
    see_it_on_its_account(page, row)
    take_it_over(page)
    quieten_it(page)
    talk_about_it(page)
    end_it(page)


def test_several_are_ended_together_by_keyboard_and_mouse(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.get_by_role("link", name="Alerts").first.click()
    for key in ("silence", "load"):
        report(stack, DEMO, key)
    rows = page.get_by_role("list", name="Incidents").get_by_role("listitem")
    expect(rows).to_have_count(2)
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("link", name="2 incidents are open")).to_be_visible()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(rows.first.get_by_text("Acknowledged")).to_be_visible()
    expect(waiting(page)).to_have_text("Waiting: 1")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Resolve 2").click()
    page.get_by_label("What came of it").fill("A drill.")
    page.get_by_role("button", name="Resolve 2 incidents").click()
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
    page.get_by_role("radio", name="Resolved").click()
    expect(rows.first.get_by_text("A drill.")).to_be_visible()


def test_a_shell_sees_takes_over_and_ends_them_too(stack: Stack) -> None:
    report(stack, DEMO, "load", "critical")
    (row,) = json.loads(shell(stack, "list", "--json"))
    assert row["title"] == TITLES["load"]
    shell(stack, "ack", row["id"])
    assert f"critical  acknowledged  vps-1  {TITLES['load']}" in shell(stack, "list")
    shell(stack, "resolve", row["id"], "--text", "Moved an EA away.")
    (row,) = json.loads(shell(stack, "list", "--state", "resolved", "--json"))[:1]
    assert (row["title"], row["said"]) == (TITLES["load"], "Moved an EA away.")


def shell(stack: Stack, *arguments: str) -> str:
    """Return what `metafleet incidents` prints for the demo's person."""
    command = [sys.executable, "-m", "metafleet.cli", "incidents", *arguments]
    return subprocess.run(command, env=stack.environment, capture_output=True, text=True, check=True).stdout


def waiting(page: Page) -> Locator:
    return page.get_by_role("complementary").get_by_role("link", name="Alerts").locator(".num")


def see_it_on_its_account(page: Page, row: Locator) -> None:
    row.get_by_role("link", name="Grid desk").click()
    events = page.get_by_role("list", name="Events").get_by_role("listitem")
    expect(events).to_have_count(2)
    expect(events.first.get_by_text("Paused 2 EAs on this account")).to_be_visible()
    notice = page.get_by_role("alert").filter(has_text=TITLES["loss"])
    notice.get_by_role("link", name="Look at it").click()


def take_it_over(page: Page) -> None:
    timeline = page.get_by_role("list", name="Timeline").get_by_role("listitem")
    expect(timeline).to_have_count(2)
    expect(page.get_by_role("meter", name="Of the limit")).to_have_attribute("aria-valuetext", "104 %")
    page.get_by_role("button", name="Acknowledge").click()
    expect(timeline.get_by_text(f"{DEMO} has it.")).to_be_visible()
    expect(waiting(page)).to_have_count(0)


def quieten_it(page: Page) -> None:
    page.get_by_role("button", name="Snooze").click()
    page.get_by_role("menuitem", name="1 hour").click()
    expect(page.get_by_role("main").get_by_text("Quiet until").first).to_be_visible()


def talk_about_it(page: Page) -> None:
    page.get_by_label("Comment", exact=True).fill("News at 14:30")
    page.get_by_role("button", name="Comment").click()
    expect(page.get_by_role("list", name="Timeline").get_by_text("News at 14:30")).to_be_visible()


def end_it(page: Page) -> None:
    page.get_by_role("button", name="Resolve").click()
    page.get_by_label("What came of it").fill("Closed by hand.")
    page.get_by_role("button", name="Resolve incident").click()
    timeline = page.get_by_role("list", name="Timeline")
    expect(timeline.get_by_text("Closed by hand.")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
    page.get_by_role("link", name="Alerts").first.click()
    expect(page.get_by_text("Nothing is wrong")).to_be_visible()
