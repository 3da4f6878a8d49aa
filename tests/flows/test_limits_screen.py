"""A prop firm's programme in a browser: copied, an account put in, gauges, a breach, a phase begun anew."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from metafleet.engine.market.symbols import SYMBOLS
from tests.flows.browsing import sign_in_to_demo
from tests.flows.day_candles import give_day_candles
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
DEMO = "demo@metafleet.local"
FIRM = "Prop & Sons"


def test_an_accounts_limits_are_watched_by_its_firms_programme(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    give_day_candles(stack, DEMO, *SYMBOLS)
    page.goto(f"{stack.web_url}/alerts/programmes")
    expect(page.get_by_text("No programme yet")).to_be_visible()
    copy_one(page)
    put_in(page, "Trend desk")
    members = page.get_by_role("list", name="Accounts in 100k")
    expect(members.get_by_text("left")).to_be_visible()
    members.get_by_role("link", name="Trend desk").click()
    card = page.locator("#limits")
    see_gauges(card)
    begin_anew(page, card, first_balance="20000")
    broken = card.get_by_role("alert")
    expect(broken.get_by_text("Total loss limit broken")).to_be_visible()
    expect(broken.get_by_text("The server saw it first.")).to_be_visible()
    begin_anew(page, card, first_balance="")
    expect(broken).to_have_count(0)
    expect(page.get_by_role("list", name="History").get_by_text("F1, begun anew").first).to_be_visible()


def copy_one(page: Page) -> None:
    page.get_by_role("button", name="Copy Two-step evaluation").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Firm").fill(FIRM)
    dialog.get_by_label("Programme", exact=True).fill("100k")
    # So that its EA goes on trading after the breach.
    dialog.get_by_label("At a breach").first.select_option("notify")
    dialog.get_by_label("Daily loss", exact=True).first.fill("0")
    dialog.get_by_role("button", name="Keep programme").click()
    expect(dialog.get_by_text("Write a percentage from 0.01 to 1000")).to_be_visible()
    dialog.get_by_label("Daily loss", exact=True).first.fill("5")
    dialog.get_by_role("button", name="Keep programme").click()
    expect(page.get_by_role("heading", name=f"{FIRM} · 100k")).to_be_visible()


def put_in(page: Page, account: str) -> None:
    page.get_by_role("button", name="Put accounts in").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(account).click()
    dialog.get_by_role("button", name="Put 1 account in").click()
    expect(dialog).to_have_count(0)


def see_gauges(card: Locator) -> None:
    for name in ("Daily loss", "Total loss"):
        gauge = card.get_by_role("meter", name=name)
        expect(gauge).to_have_attribute("aria-valuetext", re.compile(r"\d+ % used, \$[\d,.]+ left"))
        region = card.get_by_role("region", name=name)
        expect(region.get_by_text("Breaks at")).to_be_visible()
        expect(region.get_by_text("Lots of EURUSD")).to_be_visible()
    expect(card.get_by_role("list", name="Goals").get_by_text("of 4 days")).to_be_visible()
    expect(card.get_by_text("Europe/Prague")).to_be_visible()


def begin_anew(page: Page, card: Locator, *, first_balance: str) -> None:
    card.get_by_role("button", name="Begin anew").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First balance").fill(first_balance)
    dialog.get_by_role("button", name="Begin F1 anew").click()
    expect(dialog).to_have_count(0)
