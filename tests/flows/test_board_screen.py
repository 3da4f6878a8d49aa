"""The board in a browser: a group changed in place and taken back, phases for many, a view that is kept."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
GROUP = "Wave 7"


def test_accounts_are_sorted_into_groups_and_phases(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.get_by_role("link", name="Board").first.click()
    table = page.get_by_role("table", name="Board")
    row = table.get_by_role("row").filter(has_text="Grid desk")
    expect(row).to_be_visible()
    write_group(row, "Never kept", "Escape")
    expect(row.get_by_role("button", name="Group: none")).to_be_visible()
    write_group(row, GROUP, "Enter")
    expect(row.get_by_role("button", name=f"Group: {GROUP}")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    write_group(row, GROUP, "Enter")
    expect(row.get_by_role("button", name=f"Group: {GROUP}")).to_be_visible()
    set_phases_of_all(page, table)
    keep_a_view(page, table)
    look_at_the_history(page)


def write_group(row: Locator, group: str, key: str) -> None:
    row.get_by_role("button", name="Group: none").click()
    field = row.get_by_role("combobox", name="Group")
    field.fill(group)
    field.press(key)


def set_phases_of_all(page: Page, table: Locator) -> None:
    table.get_by_label("Choose all").check()
    page.get_by_label("New phase").fill("funded")
    page.get_by_role("button", name=re.compile("^Set for ")).click()
    expect(table.get_by_role("button", name="Phase: F1")).to_have_count(0)
    page.reload()
    expect(table.get_by_role("button", name="Phase: funded").first).to_be_visible()
    expect(table.get_by_role("button", name="Phase: F1")).to_have_count(0)


def keep_a_view(page: Page, table: Locator) -> None:
    page.get_by_label("Group by").select_option("group")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("My groups")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Remove My groups")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Group by").select_option("")
    expect(table.get_by_role("button", name=re.compile(f"^{GROUP}"))).to_have_count(0)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="My groups", exact=True).click()
    page.keyboard.press("Escape")
    expect(table.get_by_role("button", name=re.compile(f"^{GROUP}"))).to_be_visible()


def look_at_the_history(page: Page) -> None:
    page.get_by_role("link", name="Grid desk").click()
    history = page.get_by_role("list", name="History")
    expect(history.get_by_text("F1 → funded")).to_be_visible()
    expect(history.get_by_text(f"none → {GROUP}").first).to_be_visible()
