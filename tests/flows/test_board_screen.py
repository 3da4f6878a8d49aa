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
    pause_and_resume_all(page, table)
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


def pause_and_resume_all(page: Page, table: Locator) -> None:
    table.get_by_label("Choose all").check()
    for verb, deed in (("Pause", "paused"), ("Resume", "resumed")):
        page.get_by_role("button", name=f"{verb} EAs").click()
        dialog = page.get_by_role("dialog", name=f"{verb} the EAs of 2 accounts")
        dialog.get_by_role("button", name=verb, exact=True).click()
        told = dialog.get_by_role("list", name="What became of each account").get_by_role("listitem")
        expect(told).to_have_count(2)
        expect(told.first).to_contain_text(f"1 {deed}")
        dialog.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Choose none").click()


def keep_a_view(page: Page, table: Locator) -> None:
    expect(table.get_by_role("img", name="Equity of Grid desk over the last day")).to_be_visible()
    show_balance(page, table, is_shown=False)
    page.get_by_label("Group by").select_option("group")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("My groups")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Remove My groups")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Group by").select_option("")
    show_balance(page, table, is_shown=True)
    expect(table.get_by_role("button", name=re.compile(f"^{GROUP}"))).to_have_count(0)
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="My groups", exact=True).click()
    page.keyboard.press("Escape")
    expect(table.get_by_role("button", name=re.compile(f"^{GROUP}"))).to_be_visible()
    expect(table.get_by_role("columnheader", name="Balance")).to_have_count(0)


def show_balance(page: Page, table: Locator, *, is_shown: bool) -> None:
    page.get_by_role("button", name="Columns").click()
    choice = page.get_by_role("dialog", name="Columns")
    box = choice.get_by_label("Balance", exact=True)
    # Not set_checked: what is chosen stands in the address, and the box follows it a moment later.
    expect(box).to_be_checked(checked=not is_shown)
    box.click()
    expect(box).to_be_checked(checked=is_shown)
    page.keyboard.press("Escape")
    expect(choice).to_be_hidden()
    expect(table.get_by_role("columnheader", name="Balance")).to_have_count(int(is_shown))


def look_at_the_history(page: Page) -> None:
    page.get_by_role("link", name="Grid desk").click()
    history = page.get_by_role("list", name="History")
    expect(history.get_by_text("F1 → funded")).to_be_visible()
    expect(history.get_by_text(f"none → {GROUP}").first).to_be_visible()
