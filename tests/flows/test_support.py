"""An operator asks to look in, the customer lets them, sees that they are in, and ends it."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect  # noqa: A004

from tests.flows.browsing import sign_in_to_demo, watched_page
from tests.flows.command_line import metafleet
from tests.flows.person import PASSWORD, Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.browser]
A_MINUTE_AND_MORE_S = 180
PAGE = 100
"""Entries that Activity shows at first."""


def test_support_comes_only_when_it_is_let_in_and_goes_when_it_is_told(stack: Stack, page: Page) -> None:
    email = f"olga-{uuid4().hex[:8]}@example.com"
    reason = f"You wrote that an EA does not start ({email})"
    with Person(stack) as person:
        person.sign_up(email)
    with Person(stack) as owner:
        owner.sign_in_to_demo()
        account = owner.get("/api/accounts")[0]
        for turn in range(PAGE + 1):
            owner.patch(f"/api/accounts/{account['id']}", {"label": f"Label {turn}"})
        owner.patch(f"/api/accounts/{account['id']}", {"label": account["label"]})
    done = metafleet(stack, "operators", "add", email)
    assert done.returncode == 0, done.stderr
    sign_in_to_demo(page, stack.web_url)
    assert page.context.browser
    support, faults = watched_page(page.context.browser)
    support.goto(f"{stack.web_url}/sign-in")
    support.get_by_label("Email").fill(email)
    support.get_by_label("Password").fill(PASSWORD)
    support.get_by_role("button", name="Sign in", exact=True).click()
    expect(support).to_have_url(f"{stack.web_url}/")
    support.goto(f"{stack.web_url}/operator/customers")
    support.get_by_role("row", name=re.compile("Demo")).get_by_role("button", name="Support").click()
    dialog = support.get_by_role("dialog")
    dialog.get_by_role("button", name="Go to their desk").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name="Ask", exact=True).click()
    expect(dialog.get_by_text("Once they let you in")).to_be_visible()

    page.goto(f"{stack.web_url}/settings/people")
    asked = page.get_by_role("listitem").filter(has_text=reason)
    expect(asked).to_be_visible()
    asked.get_by_role("button", name="Let in", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Let in", exact=True).click()
    banner = page.get_by_role("status").filter(has_text="may look, not act at this desk")
    expect(banner).to_be_visible()

    dialog.get_by_role("button", name="Go to their desk").click()
    expect(support.get_by_text("as support: you may look, not act")).to_be_visible()
    support.goto(f"{stack.web_url}/activity")
    expect(support.get_by_role("button", name="Show older")).to_be_visible()
    rows = support.get_by_role("main").get_by_role("listitem")
    shown = rows.count()
    support.get_by_role("button", name="Show older").click()
    expect(rows.nth(shown)).to_be_visible()

    banner.get_by_role("button", name="End it now").click()
    expect(banner).to_be_hidden()
    support.goto(f"{stack.web_url}/accounts")
    expect(support.get_by_text("as support: you may")).to_be_hidden()
    _objectives_are_shown(support, stack.web_url)
    assert faults == []


def _objectives_are_shown(page: Page, url: str) -> None:
    """What gateways and web have counted comes with their next minute."""
    page.goto(f"{url}/operator/objectives")
    for title in ("Terminals are answered", "People and programs are answered"):
        meter = page.get_by_role("meter", name=f"Budget left of 28 days: {title}")

        def is_shown(meter: Locator = meter) -> bool:
            page.reload()
            try:
                meter.wait_for(timeout=10_000)
            except TimeoutError:
                return False
            return True

        assert wait_until(is_shown, A_MINUTE_AND_MORE_S, 1)
