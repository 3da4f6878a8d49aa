"""The report's page in Chromium: alone, whole, and worked with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from metafleet.engine.tester.contract import TestResult
from metafleet.engine.tester.page import as_json, as_page
from metafleet.engine.tester.report import TestReport, make_test_report
from metafleet.engine.tester.tests.made import by_hand, traded
from tests.browser import find_browser

pytestmark = pytest.mark.browser
TITLE = "</script><b>x</b>"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])


def opened(chromium: Browser, folder: Path, result: TestResult, width: int) -> tuple[Page, list[str]]:
    """Open the page; the list gets what it asked for, and what went wrong."""
    file = folder / "report.html"
    file.write_text(as_page(make_test_report(result)), encoding="utf-8")
    page, seen = chromium.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text))
    page.goto(file.as_uri())
    seen.remove(file.as_uri())
    return page, seen


@pytest.mark.parametrize("width", [1280, 390])
def test_page_needs_nothing_and_fits(chromium: Browser, tmp_path: Path, width: int) -> None:
    forward_s = int(traded().curve.times[200])
    test = msgspec.structs.replace(traded().test, forward_s=forward_s)
    result = msgspec.structs.replace(traded(), expert=TITLE, test=test, log=["one", "two"])
    page, seen = opened(chromium, tmp_path, result, width)
    assert page.locator("h1").inner_text() == f"{TITLE} on EURUSD, M15"
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("#compared tbody tr").first.inner_text().startswith("Total net profit")
    assert page.locator("#log").is_visible()
    assert page.locator("#figures").get_by_text("Total trades").is_visible()
    assert seen == []
    page.close()


def test_trades_are_filtered_sorted_and_shown_on_the_chart(chromium: Browser, tmp_path: Path) -> None:
    page, seen = opened(chromium, tmp_path, traded(), 1280)
    rows = page.locator("#rows tbody tr")
    assert rows.count() == 7
    page.locator("#filters").get_by_text("Won").click()
    assert rows.count() == 3
    page.locator("#filters").get_by_text("All").click()
    page.locator("#rows th").get_by_text("Net").click()
    net = [float(text.replace("−", "-")) for text in page.locator("#rows td:nth-child(13)").all_inner_texts()]
    assert net == sorted(net, reverse=True)
    assert not page.locator("#whole").is_visible()
    rows.first.click()
    assert page.locator("#whole").is_visible()
    assert "USD" in page.locator("#said").inner_text()
    page.locator("#after").click()
    assert page.locator("#rows tr.on").count() == 1
    page.locator("#whole").click()
    assert not page.locator("#whole").is_visible()
    for tabs, words in (("#heat-tabs", "Money"), ("#scatter-tabs", "MFE"), ("#slot-tabs", "Weekday")):
        page.locator(tabs).get_by_text(words).click()
    for chart in ("#equity", "#price", "#results", "#scatter", "#slots"):
        page.locator(chart).hover()
    page.emulate_media(color_scheme="dark")
    assert seen == []
    page.close()


def test_a_test_without_a_trade_has_a_page(chromium: Browser, tmp_path: Path) -> None:
    page, seen = opened(chromium, tmp_path, by_hand(), 390)
    assert "did not trade" in page.locator("#rows").inner_text()
    assert not page.locator("#prices").is_visible()
    assert seen == []
    page.close()


def test_json_is_the_document() -> None:
    report = make_test_report(traded())
    assert msgspec.json.decode(as_json(report), type=TestReport).figures == report.figures
