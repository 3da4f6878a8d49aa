"""Take the pictures of the documentation from a running product.

`python docs/screenshots.py [FOLDER]` starts the product with its demo, signs in and photographs
what the documentation shows; FOLDER is docs/images. It takes a quarter of an hour, most of it so that
there is something to see. With `--all` every screen is taken, dark and light, wide and on a phone, in half an
hour. With `--tester` only the strategy tester's reports are, which need no product; with `--connecting`
only how a terminal is connected; with `--brain` only models, their signals and recommendations.
"""

from __future__ import annotations

import argparse
import base64
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import connecting  # noqa: E402
import door  # noqa: E402
import foretold  # noqa: E402
import office  # noqa: E402
import scenery  # noqa: E402
import simulated  # noqa: E402
import tested  # noqa: E402
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402
from scenery import Desk  # noqa: E402

from tests.browser import find_browser  # noqa: E402
from tests.flows.browsing import launch, sign_in_to_demo  # noqa: E402
from tests.flows.stack import Stack  # noqa: E402

WIDE, PHONE = (1440, 900), (390, 844)
HOST_USD_PER_HOUR: Final = "0.096"
"""So that costs are shown: an m5.large on demand."""
SHOWN: Final = {
    *("fleet", "instance", "journal", "plans", "kill-switch", "receipt", "ea-review", "eas"),
    *("operator", "instances", "failing", "hosts", "scaling", "costs", "objectives", "tasks", "rollout"),
    *("performance", "runs", "account-sessions", "kill-switch-used", "programmes", "limits"),
    *("machines", "machine"),
    *("incidents", "incident", "rules", "maintenance", "channels", "weekly-report", "status-page"),
    *("sign-in", "sign-up", "second-factor", "security", "people", "keys", "activity"),
    *("accounts", "template", "deploy", "statistics", "calendar", "imports"),
    *("board", "exposure", "same-trades"),
    *("markets", "markets-regime", "market"),
    *("backtest", "backtest-new", "backtest-compare", "optimisation"),
    *("model", "model-served", "signals", "recommendations"),
    *tested.PICTURES,
    *tested.SEARCHES,
}
"""The screens that the documentation shows."""
QUALITY: Final = 85
"""Of WebP: letters stay sharp, and a picture is a third of what it is as PNG."""
BELOW_THE_EDGE: Final = "it => { it.scrollIntoView(); window.scrollBy(0, -24) }"
PATIENCE_MS: Final = 90_000
SETTLE_MS: Final = 2500
"""Charts draw themselves after their data came."""


@dataclass(frozen=True, slots=True)
class Look:
    """A page in which the person is signed in, and what its pictures' names say of it."""

    page: Page
    theme: str
    prefix: str


class Photographer:
    """Goes round the screens, once in each look."""

    def __init__(self, url: str, folder: Path, looks: list[Look], *, everything: bool) -> None:
        self._url = url
        self._folder = folder
        self._looks = looks
        self._everything = everything

    def take(self, screens: dict[str, str]) -> None:
        """Take each of these screens, named, at its path; `path#words` scrolls to these words."""
        for look in self._looks:
            for name, place in screens.items():
                if not self._everything and name not in SHOWN:
                    continue
                path, _, words = place.partition("#")
                look.page.goto(self._url + path)
                _wait_until_shown(look.page)
                if words:
                    look.page.get_by_text(words, exact=True).first.evaluate(BELOW_THE_EDGE)
                self._shoot(look, name)

    def shoot(self, look: Look, name: str) -> None:
        """Photograph what stands there, once it has come to rest."""
        _wait_until_shown(look.page)
        self._shoot(look, name)

    def _shoot(self, look: Look, name: str) -> None:
        """As WebP, which Playwright's own screenshot does not write."""
        wire = look.page.context.new_cdp_session(look.page)
        shot = wire.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        wire.detach()
        file = self._folder / f"{look.prefix}{name}-{look.theme}.webp"
        file.write_bytes(base64.b64decode(shot["data"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--url", help="of a product that runs already, instead of a new one")
    parser.add_argument("--tester", action="store_true")
    parser.add_argument("--connecting", action="store_true")
    parser.add_argument("--brain", action="store_true")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if find_browser() is None:
        raise SystemExit("No Chromium was found; install chromium or name one by METAFLEET_TEST_BROWSER.")
    if not chosen.connecting and not chosen.brain:
        _tester(chosen.folder, everything=chosen.all)
    if not chosen.connecting and not chosen.tester:
        _brain(chosen.folder, everything=chosen.all)
    if chosen.tester or chosen.brain:
        return
    with ExitStack() as stack:
        url, environment = (chosen.url, os.environ) if chosen.url else _started(stack)
        browser = stack.enter_context(launch(stack.enter_context(sync_playwright())))
        if chosen.connecting:
            looks = _looks(browser, everything=chosen.all)
            for look in looks:
                sign_in_to_demo(look.page, url)
            _connecting(Photographer(url, chosen.folder, looks, everything=chosen.all), looks, url)
            return
        guests = _looks(browser, everything=chosen.all)
        at_the_door = Photographer(url, chosen.folder, guests, everything=chosen.all)
        _door(at_the_door, guests, url, environment)
        looks = _looks(browser, everything=chosen.all)
        for look in looks:
            sign_in_to_demo(look.page, url)
        photographer = Photographer(url, chosen.folder, looks, everything=chosen.all)
        desk = Desk(looks[0].page, url)
        office.furnish(desk, Desk(guests[0].page, url))
        _round(photographer, desk, looks[0].page, url)
        _connecting(photographer, looks, url)
        with simulated.fleet(environment) as who:
            _machines(photographer, looks, url, who)


def _tester(folder: Path, *, everything: bool) -> None:
    with ExitStack() as stack:
        kept = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mf-docs-")))
        browser = stack.enter_context(launch(stack.enter_context(sync_playwright())))
        looks = _looks(browser, everything=everything)
        Photographer(tested.page(kept), folder, looks, everything=everything).take(tested.PICTURES)
        searched = tested.search_page(kept)
        Photographer(searched, folder, looks, everything=everything).take(tested.SEARCHES)


def _brain(folder: Path, *, everything: bool) -> None:
    """A product of its own, whose market is fast: a bar of an hour takes seconds there."""
    with ExitStack() as stack:
        url, _ = _started(stack, **foretold.SETTINGS)
        browser = stack.enter_context(launch(stack.enter_context(sync_playwright())))
        looks = _looks(browser, everything=everything)
        for look in looks:
            sign_in_to_demo(look.page, url)
        desk = Desk(looks[0].page, url)
        kept = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mf-docs-")))
        foretold.register(desk, kept)
        foretold.follow(desk)
        foretold.be_advised(desk)
        Photographer(url, folder, looks, everything=everything).take(
            {
                "models": "/models",
                "model": foretold.card(desk, foretold.NO_EDGE),
                "model-served": foretold.card(desk, foretold.EDGE),
                "signals": "/signals",
                "recommendations": "/recommendations",
            }
        )


def _door(photographer: Photographer, guests: list[Look], url: str, environment: Mapping[str, str]) -> None:
    """Who is not signed in yet, and then by a second factor."""
    photographer.take({"sign-in": "/sign-in", "sign-up": "/sign-up"})
    codes = iter(door.sign_up(guests[0].page, url, environment))
    for look in guests:
        door.begin(look.page, url)
    photographer.take({"second-factor": "/sign-in"})
    door.finish([look.page for look in guests], url, codes)
    photographer.take({"security": "/settings/security"})


def _wait_until_shown(page: Page) -> None:
    """Until nothing holds another's place any more and the live stream is open, and charts are drawn."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(SETTLE_MS / 5)
    for selector in (".animate-sheen", "text=Connecting…"):
        expect(page.locator(selector).locator("visible=true")).to_have_count(0, timeout=PATIENCE_MS)
    page.wait_for_timeout(SETTLE_MS)


def _connecting(photographer: Photographer, looks: list[Look], url: str) -> None:
    for number, look in enumerate(looks):
        connecting.connect(look.page, url, 51_234_567 + number, partial(photographer.shoot, look))


def _machines(photographer: Photographer, looks: list[Look], url: str, who: tuple[str, str]) -> None:
    """A desk with many machines, which is another's: every look signs in there."""
    for look in looks:
        look.page.context.clear_cookies()
        simulated.sign_in(look.page, url, *who)
    looks[0].page.wait_for_timeout(simulated.LIVED_S * 1000)
    machine = simulated.a_machine(looks[0].page, url)
    photographer.take({"machines": "/machines", "machine": machine, "board": "/board"})
    photographer.take({"exposure": "/exposure", "same-trades": "/exposure?tab=same"})


def _started(stack: ExitStack, **more: str) -> tuple[str, Mapping[str, str]]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mf-docs-")))
    settings = {"METAFLEET_HOST_USD_PER_HOUR": HOST_USD_PER_HOUR, **more}
    product = stack.enter_context(Stack(folder / "data", settings))
    product.start()
    return product.web_url, product.environment


def _looks(browser: Browser, *, everything: bool) -> list[Look]:
    wanted = [("dark", WIDE, "")]
    if everything:
        wanted += [("light", WIDE, ""), ("dark", PHONE, "phone-"), ("light", PHONE, "phone-")]
    found = []
    for theme, (width, height), prefix in wanted:
        context = browser.new_context(
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
            device_scale_factor=1,
        )
        context.set_default_timeout(PATIENCE_MS)
        found.append(Look(context.new_page(), theme, prefix))
    return found


def _round(photographer: Photographer, desk: Desk, page: Page, url: str) -> None:
    """A customer's desk on its first day; then days are lived; the operator's screens; the kill switch."""
    instances, accounts = desk.get("/api/instances"), desk.get("/api/accounts")
    first, account = instances[0]["id"], accounts[0]["id"]
    photographer.take(
        {
            "fleet": "/",
            "instance": f"/instances/{first}",
            "accounts": "/accounts",
            "account": f"/accounts/{account}",
            "catalogue": "/catalogue",
            "template": "/catalogue/trend-following",
            "deploy": "/deploy?template=grid",
            "journal": "/journal",
            "statistics": "/journal/statistics",
            "calendar": "/journal/calendar",
            "compare": "/journal/compare",
            "commands": "/commands",
            "imports": "/imports",
            "failed-items": "/failed-items",
            "settings": "/settings",
            "people": "/settings/people",
            "keys": "/settings/keys",
            "channels": "/alerts/channels",
            "plans": "/plans",
            "kill-switch": "/kill-switch",
        }
    )
    scenery.markets(desk)
    photographer.take(
        {"markets": "/markets", "markets-regime": "/markets?show=regime", "market": "/markets/EURUSD"}
    )
    ids = scenery.backtests(desk)
    photographer.take(
        {
            "optimisation": f"/optimisations/{scenery.optimisation(desk)}",
            "optimisation-new": f"/optimisations/new?template=trend-following&{scenery.VARIED}",
            "optimisations": "/optimisations",
            "backtest": f"/backtests/{ids[0]}",
            "backtest-new": "/backtests/new?template=trend-following",
            "backtest-compare": f"/backtests/compare?ids={','.join(ids)}",
            "backtests": "/backtests",
        }
    )
    scenery.put_into_programme(desk, account)
    photographer.take({"programmes": "/alerts/programmes", "limits": f"/accounts/{account}#Limits"})
    photographer.take({"receipt": _deployed(desk, page, url)})
    under_review = scenery.review(desk)
    scenery.live(desk)
    failing = scenery.instance_of(desk, scenery.FAILS)
    photographer.take(
        {
            "ea-review": f"/operator/eas/{under_review}",
            "eas": "/operator/eas",
            "operator": "/operator",
            "instances": "/operator/instances",
            "failing": f"/instances/{failing}",
            "hosts": "/operator/hosts",
            "scaling": "/operator/scaling",
            "costs": "/operator/costs",
            "objectives": "/operator/objectives",
            "tasks": "/operator/tasks",
            "customers": "/operator/customers",
            "rollout": f"/operator/rollouts/{scenery.rollout(desk)}",
            "rollouts": "/operator/rollouts",
            "performance": f"/instances/{first}?tab=performance#Performance",
            "runs": f"/instances/{failing}?tab=runs#Deployment receipt",
            "account-sessions": f"/accounts/{account}#Connected time",
            "lived-fleet": "/",
        }
    )
    photographer.take(
        {
            "incident": f"/alerts/incidents/{scenery.alert(desk)}",
            "incidents": "/alerts",
            "rules": "/alerts/rules",
            "maintenance": "/alerts/maintenance",
            "weekly-report": office.WEEKLY,
            "status-page": office.publish(desk),
        }
    )
    scenery.flatten(desk)
    photographer.take({"kill-switch-used": "/kill-switch", "activity": "/activity"})


def _deployed(desk: Desk, page: Page, url: str) -> str:
    """Deploy one more EA as a person does, and return the address of its receipt."""
    found = [row for row in desk.get("/api/instances") if row["symbol"] == "USDJPY"]
    if not found:
        page.goto(f"{url}/deploy?template=grid&step=place")
        form = page.get_by_role("form")
        form.get_by_text("Grid desk").first.click()
        form.get_by_text("USDJPY", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Deploy", exact=True).click()
        page.get_by_role("heading", name="Deployment receipt").wait_for()
        found = [row for row in desk.get("/api/instances") if row["symbol"] == "USDJPY"]
    return f"/deploy?template=grid&instance={found[0]['id']}"


if __name__ == "__main__":
    main()
