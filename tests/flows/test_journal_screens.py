"""The evening at the journal in a browser: import, review, share, pair a terminal, give an order."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.sync_api import FilePayload, Page, expect

from metafleet.hub.journal.imports.tests import samples
from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]

LOGIN, SERVER = 9000001, "Broker-Demo"
"""The account that the statement of `samples` names."""
BALANCE = 1008.5
"""What that statement ends with."""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def stack_settings() -> dict[str, str]:
    return {"METAFLEET_HEARTBEAT_SECONDS": "1"}


def test_a_trader_pairs_a_terminal_imports_reviews_and_shares(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    pair_own_terminal(stack, page)
    import_statement(page)
    review_first_trade(page)
    url = share(page)
    look_at_it_signed_out(page, url)
    revoke(page, url)


def test_an_order_is_opened_partly_closed_and_done(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    open_account_of(page, "Grid desk")
    page.get_by_role("button", name="New order").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Symbol").fill("USDJPY")
    dialog.get_by_label("Volume").fill("0.04")
    dialog.get_by_role("button", name="Review").click()
    expect(dialog.get_by_text("It has no stop-loss")).to_be_visible()
    dialog.get_by_role("button", name="Buy 0.04 USDJPY").click()

    commands = page.get_by_role("table", name="Commands")
    opened = commands.get_by_role("row", name=re.compile("Buy 0.04 USDJPY"))
    expect(opened).to_contain_text("Done")
    expect(opened).to_contain_text(re.compile(r"Filled 0\.04 at 1\d\d\.\d+"))

    page.get_by_role("button", name=re.compile("^Close USDJPY #")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="25 %").click()
    dialog.get_by_role("button", name="Close 0.01 lots").click()
    closed = commands.get_by_role("row", name=re.compile("Close 0.01 of #"))
    expect(closed).to_contain_text("Done")
    position = page.get_by_role("row", name=re.compile("^USDJPY"))
    expect(position).to_contain_text("0.03")

    page.get_by_role("link", name="Commands").first.click()
    done = page.get_by_role("table", name="Commands").get_by_role("row", name=re.compile("Close 0.01 of #"))
    expect(done).to_contain_text("demo@metafleet.local")
    expect(done).to_contain_text("Done")


def pair_own_terminal(stack: Stack, page: Page) -> None:
    page.get_by_role("link", name="Accounts").first.click()
    page.get_by_role("button", name="Add account").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="My own MetaTrader").click()
    expect(dialog.get_by_role("button", name="Continue to pairing")).to_be_visible()
    dialog.get_by_label("Name").fill("Own account")
    dialog.get_by_label("Login").fill(str(LOGIN))
    dialog.get_by_label("Server", exact=True).fill(SERVER)
    dialog.get_by_role("button", name="Continue to pairing").click()
    code = dialog.get_by_text(re.compile("^[A-Z0-9]{4}-[A-Z0-9]{4}$")).inner_text()
    expect(dialog.get_by_text("Waiting for the terminal to enrol…")).to_be_visible()
    with httpx.Client(base_url=f"{stack.gateway_url}/webhook/terminal", timeout=60) as terminal:
        token = enrol(terminal, code)
        expect(dialog.get_by_text("The terminal has enrolled")).to_be_visible()
        beat(terminal, token)
        expect(dialog.get_by_text("Terminal connected")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()


def enrol(terminal: httpx.Client, code: str) -> dict[str, Any]:
    said = {"pairingCode": code, "platform": "mt5", "login": LOGIN, "server": SERVER, "build": 5120}
    answer = terminal.post("/enrol", json=said)
    answer.raise_for_status()
    granted: dict[str, Any] = answer.json()
    return granted


def beat(terminal: httpx.Client, granted: dict[str, Any]) -> None:
    money = {"balance": BALANCE, "equity": BALANCE, "margin": 0, "freeMargin": BALANCE}
    info = {"login": LOGIN, "server": SERVER, "currency": "USD", "tradeAllowed": True, **money}
    said = {"terminalId": granted["terminalId"], "protocol": 2, "platform": "mt5", "accountInfo": info}
    answer = terminal.post("/heartbeat", json=said, headers={"Authorization": f"Bearer {granted['token']}"})
    answer.raise_for_status()


def import_statement(page: Page) -> None:
    """The figures that the report prints are those that our journal makes of its deals."""
    open_account_of(page, "Own account")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Import a history file").click()
    expect(page.get_by_role("heading", level=1, name="Imports")).to_be_visible()
    file: FilePayload = {
        "name": "ReportHistory.html",
        "mimeType": "text/html",
        "buffer": samples.mt5_html().encode("utf-16"),
    }
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("heading", name="ReportHistory.html")).to_be_visible()
    figures = page.get_by_role("table", name="Figures")
    expect(figures.get_by_role("row", name=re.compile("Net profit"))).to_contain_text("agrees")
    expect(figures.get_by_text("differs")).to_have_count(0)
    page.get_by_role("button", name="Record 5 deals").click()
    expect(page.get_by_text("Recorded", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Open the journal").click()
    expect(page.get_by_text("+$8.50").first).to_be_visible()


def review_first_trade(page: Page) -> None:
    """A note and a tag are kept as they are written, and the list is found by the tag."""
    page.get_by_role("button", name="Trade 5001").click()
    page.get_by_role("dialog").get_by_role("link", name="Chart, deals, screenshots").click()
    # The drawer has a review of its own, and stays until the page has come.
    expect(page.get_by_role("dialog")).to_have_count(0)
    review = page.get_by_role("region", name="Your review")
    review.get_by_label("Note").fill("Waited for the retest.")
    review.get_by_label("Tags", exact=True).fill("retest")
    review.get_by_label("Tags", exact=True).press("Enter")
    expect(review.get_by_text("Saved", exact=True)).to_be_visible()

    page.get_by_role("link", name="Journal", exact=True).first.click()
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("dialog", name="Tag").get_by_text("retest", exact=True).click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("tag=retest"))
    trades = page.get_by_role("table", name="Trades")
    expect(trades.get_by_role("button", name="Trade 5001")).to_be_visible()
    expect(trades.get_by_role("row")).to_have_count(2)


def share(page: Page) -> str:
    open_account_of(page, "Own account")
    page.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Title of the page").fill("Two trades of March")
    dialog.get_by_role("button", name="Create link").click()
    url = dialog.get_by_role("link", name="Open").get_attribute("href")
    assert url
    return url


def look_at_it_signed_out(page: Page, url: str) -> None:
    """On a stranger's phone: growth is there, login, broker and money are not."""
    browser = page.context.browser
    assert browser
    with browser.new_context(viewport=PHONE) as elsewhere:  # type: ignore[arg-type]
        stranger = elsewhere.new_page()
        stranger.goto(url)
        expect(stranger.get_by_role("heading", name="Two trades of March")).to_be_visible()
        expect(stranger.get_by_text("+0.85 %").first).to_be_visible()
        said = stranger.locator("body").inner_text()
        assert not [word for word in (str(LOGIN), SERVER, "Own account", "$") if word in said]
        assert stranger.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def revoke(page: Page, url: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Revoke", exact=True).click()
    dialog.get_by_role("button", name="Revoke for ever").click()
    expect(dialog.get_by_text("Revoked", exact=True)).to_be_visible()
    browser = page.context.browser
    assert browser
    with browser.new_context() as elsewhere:
        stranger = elsewhere.new_page()
        stranger.goto(url)
        expect(stranger.get_by_text("This page is no longer shared")).to_be_visible()


def open_account_of(page: Page, label: str) -> None:
    page.get_by_role("link", name="Accounts").first.click()
    page.get_by_role("link", name=label).first.click()
    expect(page.get_by_role("heading", level=1, name=label)).to_be_visible()
