"""Rules in a browser: made in a form, fired for real, quietened by maintenance, switched off and removed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
RULE = "Any fall at all"


def test_a_rule_is_made_fires_in_quiet_and_goes(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.get_by_role("link", name="Alerts").first.click()
    plan_maintenance(page)
    add_what_is_suggested(page)
    add_a_rule(page)
    look_at_what_it_found(page)
    end_maintenance(page)
    switch_it_off_and_remove_it(page)


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Alerts").get_by_role("link", name=name).click()


def rule(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Rules").get_by_role("listitem").filter(has_text=name)


def plan_maintenance(page: Page) -> None:
    tab(page, "Maintenance")
    page.get_by_role("button", name="Plan maintenance").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Reason").fill("The broker moves")
    form.get_by_role("button", name="Plan maintenance").click()
    windows = page.get_by_role("list", name="Maintenance windows")
    expect(windows.get_by_text("On now")).to_be_visible()
    expect(windows.get_by_text("The broker moves")).to_be_visible()


def add_what_is_suggested(page: Page) -> None:
    tab(page, "Rules")
    expect(page.get_by_text("Nothing is watched yet")).to_be_visible()
    page.get_by_role("button", name="Add these").click()
    daily = rule(page, "Daily loss")
    expect(daily.get_by_text("Equity is 1,000 below the day's start: tell people and pause.")).to_be_visible()
    expect(page.get_by_role("list", name="Suggested rules")).to_have_count(0)


def add_a_rule(page: Page) -> None:
    page.get_by_role("button", name="Add a rule").click()
    form = page.get_by_role("dialog")
    form.get_by_label("What to watch").select_option("drawdown")
    form.get_by_label("Name").fill(RULE)
    form.get_by_label("Limit").fill("0")
    form.get_by_role("button", name="Add rule").click()
    expect(form.get_by_text("expected the drawdown as a number above 0")).to_be_visible()
    form.get_by_label("Limit").fill("0.0001")
    form.get_by_role("button", name="Add rule").click()
    expect(form).to_have_count(0)
    expect(rule(page, RULE).get_by_text("Equity is 0.0001 % below its highest")).to_be_visible()


def look_at_what_it_found(page: Page) -> None:
    rule(page, RULE).get_by_role("link", name="firing").click()
    row = page.get_by_role("list", name="Incidents").get_by_role("listitem").filter(has_text=RULE).first
    expect(row.get_by_text("Muted")).to_be_visible()
    row.get_by_role("link", name=RULE).click()
    expect(
        page.get_by_text("Nobody: its rule was muted, or a maintenance window covered it.")
    ).to_be_visible()
    page.get_by_role("link", name="Alerts").first.click()


def end_maintenance(page: Page) -> None:
    tab(page, "Maintenance")
    page.get_by_role("button", name="End now").click()
    expect(page.get_by_role("list", name="Maintenance windows").get_by_text("Over")).to_be_visible()


def switch_it_off_and_remove_it(page: Page) -> None:
    tab(page, "Rules")
    row = rule(page, RULE)
    row.get_by_role("button", name=f"More for {RULE}").click()
    page.get_by_role("menuitem", name="For 1 hour").click()
    expect(row.get_by_text("Muted until")).to_be_visible()
    row.get_by_role("switch").click()
    expect(row.get_by_text("Off", exact=True)).to_be_visible()
    tab(page, "Incidents")
    # Another rule may have found something by now: this product keeps no backups.
    incidents = page.get_by_role("list", name="Incidents")
    expect(incidents.or_(page.get_by_text("Nothing is wrong"))).to_be_visible()
    expect(incidents.get_by_role("listitem").filter(has_text=RULE)).to_have_count(0)
    tab(page, "Rules")
    row.get_by_role("button", name=f"More for {RULE}").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("button", name="Remove rule").click()
    expect(row).to_have_count(0)
    expect(rule(page, "Daily loss")).to_be_visible()
