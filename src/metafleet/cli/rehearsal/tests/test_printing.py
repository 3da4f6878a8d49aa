"""The report as people see it, in Chromium where it is a page."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from metafleet.cli.rehearsal.printing import as_json, as_page, as_text
from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import NewAccount, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import OrderRequest
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.statements.report import Account, Bars, Report, Sample, make_report
from tests.browser import find_browser

MONDAY_S = 1_709_546_400  # 2024-03-04 10:00
TITLE = "</script><b>bot.py"


def report(*, trades: int) -> Report:
    quotes = Quotes(SYMBOLS.values())
    ledger = open_ledger(
        NewAccount(login=1, name="Alice", deposit=Decimal(10_000)), quotes, Tickets(), MONDAY_S * 1000
    )
    samples, prices = [], []
    for minute in range(60):
        price = round(1.08 + (minute % 7) * 0.0003, 5)
        prices.append(price)
        ledger.on_tick(Tick("EURUSD", (MONDAY_S + 60 * minute) * 1000, price, round(price + 0.0001, 5)))
        held = ledger.positions()
        if held:
            ledger.order_send(OrderRequest(action="close", position=held[0].ticket))
        elif len(ledger.deals) < 1 + 2 * trades:
            ledger.order_send(OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.5))
        info = ledger.account()
        samples.append(Sample((MONDAY_S + 60 * minute) * 1000, float(info.balance), float(info.equity), 0.0))
    times = [MONDAY_S + 60 * minute for minute in range(60)]
    bars = Bars("EURUSD", 5, 60, times, prices, prices, prices, prices)
    account = Account(
        info=ledger.account(), deals=ledger.deals, positions=ledger.positions(), samples=samples
    )
    return make_report(account, title=TITLE, sample_s=60, bars=[bars] if trades else [], notes=["A note."])


def test_json_is_the_same_bytes_each_time() -> None:
    made = as_json(report(trades=3))
    assert made == as_json(report(trades=3))
    assert json.loads(made)["figures"]["trades"] == 3


def test_text_says_what_counts() -> None:
    lines = as_text(report(trades=3)).splitlines()
    assert any(line.startswith("Net profit") and "USD" in line for line in lines)
    assert any(line.startswith("Trades closed") and "3:" in line for line in lines)
    assert lines[-1] == "* A note."
    assert any(line.split() == ["Profit", "factor", "-"] for line in as_text(report(trades=0)).splitlines())


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("trades", [3, 0])
def test_page_needs_nothing_and_fits(tmp_path: Path, width: int, trades: int) -> None:
    page_file = tmp_path / "report.html"
    page_file.write_text(as_page(report(trades=trades)))
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(page_file.as_uri())
        assert page.locator("h1").inner_text() == TITLE
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.locator("tbody tr").count() == trades
        if trades:
            page.locator("tbody tr").first.click()
            assert page.locator("#whole").is_visible()
            page.locator("#whole").click()
            assert not page.locator("#whole").is_visible()
        else:
            assert "did not trade" in page.locator("#trades").inner_text()
            assert not page.locator("#prices").is_visible()
        assert asked == [page_file.as_uri()]
        assert faults == []
        chromium.close()
