"""Backtests in a browser: asked for, watched, read, compared, and deployed with what was tested."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]
DONE = re.compile(r"^Done · Trend Following")


def test_an_ea_is_tested_compared_and_deployed_as_it_was_tested(stack: Stack, page: Page) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.goto(f"{stack.web_url}/catalogue/trend-following")
    page.get_by_role("link", name="Backtest", exact=True).click()
    expect(page.get_by_label("Data")).to_have_value("sample")
    refuse_what_cannot_be(page)
    ask(page, fast="9")
    read_the_report(page)
    page.get_by_role("link", name="Change and run again").click()
    expect(page.get_by_label("Fast EMA")).to_have_value("9")
    ask(page, fast="15")
    compare_both(page, stack.web_url)
    page.get_by_role("link", name=re.compile("^Trend Following")).first.click()
    page.get_by_role("link", name="Deploy with these inputs").click()
    expect(page).to_have_url(re.compile(r"/deploy\?template=trend-following.*i\.fast_period=15"))
    expect(page.get_by_role("heading", name="Where shall it trade?")).to_be_visible()


def refuse_what_cannot_be(page: Page) -> None:
    page.get_by_label("Deposit").fill("nothing")
    page.get_by_role("button", name="Start the backtest").click()
    expect(page.get_by_text("Enter an amount above 0.")).to_be_visible()
    page.get_by_label("Deposit").fill("10000")


def ask(page: Page, *, fast: str) -> None:
    page.get_by_label("Fast EMA").fill(fast)
    page.get_by_role("button", name="Start the backtest").click()
    expect(page).to_have_url(re.compile(r"/backtests/[0-9a-f-]{36}$"))
    expect(page).to_have_title(DONE)


def read_the_report(page: Page) -> None:
    expect(page.get_by_text("The sample that ships with metafleet").first).to_be_visible()
    expect(page.get_by_role("img", name="Equity and balance")).to_be_visible()
    expect(page.get_by_role("img", name="Drawdown of equity")).to_be_visible()
    expect(page.get_by_role("img", name="Prices with entries and exits")).to_be_visible()
    expect(page.get_by_role("table", name="Months").get_by_role("row")).to_have_count(2)
    trades = page.get_by_role("table", name="Trades").get_by_role("row")
    expect(trades.nth(3)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Trades as CSV").click()
    text = download.value.path().read_text()
    assert text.startswith("position,symbol,side,volume")
    assert len(text.splitlines()) > 3


def compare_both(page: Page, web_url: str) -> None:
    page.goto(f"{web_url}/backtests")
    boxes = page.get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    for place in (0, 1):
        boxes.nth(place).check()
    page.get_by_role("link", name="Compare 2").click()
    expect(page.get_by_role("table", name="Figures")).to_contain_text("Net profit")
    different = page.get_by_role("table", name="Differences").get_by_role("row")
    expect(different).to_have_count(2)
    expect(different.last).to_contain_text("fast_period")
    expect(page.get_by_role("img", name="Equity of each backtest")).to_be_visible()
