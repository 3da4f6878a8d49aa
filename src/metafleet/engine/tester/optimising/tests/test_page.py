"""The page of an optimisation in Chromium: alone, whole, and worked with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.job import MarketRef, Outcome
from metafleet.engine.tester.optimising.luck import Moments, luck_of
from metafleet.engine.tester.optimising.optimising import Optimum, Task, Try
from metafleet.engine.tester.optimising.plateau import plateau_of
from metafleet.engine.tester.optimising.report.document import Document, as_page, document_of
from metafleet.engine.tester.optimising.sources import expert_of, ref_of
from metafleet.engine.tester.optimising.space import space_of
from metafleet.engine.tester.optimising.tests.stage import ea_in
from metafleet.engine.tester.optimising.walk_forward import Step, WalkForward
from metafleet.engine.tester.optimising.windows import windows_of
from tests.browser import find_browser

pytestmark = pytest.mark.browser

DAY_S = 86_400
HOSTILE = "</script><b>x</b>"
HOSTILE_FILE = "<img src=x onerror=alert(1)>.csv"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])


def made_in(
    folder: Path, wanted: list[str], *, walked: bool = False, criterion: str = "net_profit"
) -> Document:
    """A document of tries whose net profit is a hill; one of them failed with hostile words."""
    ref = ref_of(str(ea_in(folder)))
    space = space_of(expert_of(ref), wanted)
    task = Task(
        expert=ref,
        market=MarketRef(source=f"/home/alice/{HOSTILE_FILE}", specs={}),
        test=Test(symbol="EURUSD", from_s=0, to_s=100 * DAY_S),
        space=space,
        criterion=Criterion(criterion),
    )
    days = [(place * DAY_S, 10_000.0 + 10 * place) for place in range(100)]
    tries = []
    for point in space.points():
        net = 500.0 - sum((at - 3) ** 2 for at in point)
        figures: dict[str, float | None] = {"net_profit": net, "trades": 40.0, "drawdown": 900 - net}
        outcome = Outcome(
            key=str(point),
            inputs=space.inputs_at(point),
            state="done",
            figures=figures,
            returns=Moments(100, net / 5e6, 0.001, 0.0, 3.0),
        )
        tries.append(Try(point, outcome, task.criterion.of(figures)))
    tries.sort(key=lambda one: one.worth.score or 0.0, reverse=True)
    worst = tries[-1]
    broken = Outcome(key="x", inputs=worst.outcome.inputs, state="failed", error=HOSTILE)
    tries[-1] = replace(worst, outcome=broken, worth=task.criterion.of({}))
    best = tries[0]
    optimum = Optimum(
        tries=tries,
        best=best,
        luck=luck_of(
            best.outcome.returns, [one.outcome.returns.sharpe for one in tries if one.outcome.returns]
        ),
        plateau=plateau_of(best.point, {one.point: one.worth.score for one in tries}, space),
        days=days,
    )
    steps = [
        Step(window=window, tries=9, chosen=best, after=best.outcome, before_annual=0.2, after_annual=0.1)
        for window in windows_of(0, 100 * DAY_S, 5)
    ]
    forward = WalkForward(
        manner="rolling",
        steps=steps,
        days=days,
        efficiency=0.5,
        net_profit=100.0,
        growth_percent=1.0,
        drawdown_percent=2.0,
        sharpe=1.0,
        won=5,
        luck=luck_of(None, []),
    )
    return document_of(task, optimum, forward if walked else None)


def opened(chromium: Browser, folder: Path, document: Document, width: int) -> tuple[Page, list[str]]:
    """Open the page; the list gets what it asked for, and what went wrong."""
    file = folder / "report.html"
    file.write_text(as_page(document), encoding="utf-8")
    page, seen = chromium.new_page(viewport={"width": width, "height": 900}), []
    page.on("request", lambda request: seen.append(request.url))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda message: seen.append(message.text))
    page.goto(file.as_uri())
    seen.remove(file.as_uri())
    return page, seen


@pytest.mark.parametrize("width", [1280, 390])
def test_page_needs_nothing_and_fits(chromium: Browser, tmp_path: Path, width: int) -> None:
    document = made_in(tmp_path, ["held=1:9:1", "apart=20:60:10"], walked=True)
    page, seen = opened(chromium, tmp_path, document, width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator("#lead b").inner_text() == "500.00"
    assert document.luck.verdict.split(": ")[0] in page.locator("#luck").inner_text()
    assert page.locator("#steps tbody tr").count() == 5
    assert HOSTILE_FILE in page.locator("#notes").inner_text()
    assert "alice" not in as_page(document)
    assert str(tmp_path) not in as_page(document)
    assert seen == []
    page.close()


def test_the_table_is_sorted_and_the_surface_turned(chromium: Browser, tmp_path: Path) -> None:
    page, seen = opened(chromium, tmp_path, made_in(tmp_path, ["held=1:9:1", "apart=20:60:10"]), 1280)
    rows = page.locator("#tries tbody tr")
    assert rows.count() == 45
    assert rows.first.locator("td").nth(1).inner_text() == "4"
    page.locator("#tries th button", has_text="held").click()
    assert rows.first.locator("td").nth(1).inner_text() == "1"
    page.locator("#tries th button", has_text="held").click()
    assert rows.first.locator("td").nth(1).inner_text() == "9"
    page.locator("#tries th button", has_text="Net profit").first.click()
    # A try without a value comes last, whichever way.
    assert rows.last.locator("td").nth(3).inner_text() == "failed"
    assert page.locator("#walkcard").is_hidden()
    picture = "document.getElementById('field').toDataURL()"
    flat = page.evaluate(picture)
    page.get_by_text("Surface").click()
    solid = page.evaluate(picture)
    field = page.locator("#field")
    field.focus()
    page.keyboard.press("ArrowLeft")
    turned = page.evaluate(picture)
    box = field.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 140)
    page.mouse.up()
    page.mouse.move(0, 0)
    assert len({flat, solid, turned, page.evaluate(picture)}) == 4
    assert seen == []
    page.close()


def test_thousands_of_tries_of_three_inputs_are_shown_at_once(chromium: Browser, tmp_path: Path) -> None:
    document = made_in(
        tmp_path, ["held=1:50:1", "apart=100:500:10", "trouble=none,raise"], criterion="drawdown"
    )
    assert len(document.rows) == 4_100
    page, seen = opened(chromium, tmp_path, document, 1280)
    assert page.locator("#tries tbody tr").count() == 200
    page.locator("#more").click()
    assert page.locator("#tries tbody tr").count() == 700
    page.locator("#others").select_option("fixed")
    page.locator("#upward").select_option("2")
    assert seen == []
    page.close()
