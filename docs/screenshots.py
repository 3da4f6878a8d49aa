"""Take the pictures of the documentation from a running product.

`python docs/screenshots.py [FOLDER]` starts the product with its demo, signs in and photographs
what the documentation shows; FOLDER is docs/images. It takes ten minutes, most of them so that there
is something to see. With `--all` every screen is taken, dark and light, wide and on a phone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import scenery  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from scenery import Desk  # noqa: E402

from tests.browser import find_browser  # noqa: E402
from tests.flows.browsing import launch, sign_in_to_demo  # noqa: E402
from tests.flows.stack import Stack  # noqa: E402

WIDE, PHONE = (1440, 900), (390, 844)
HOST_USD_PER_HOUR: Final = "0.096"
"""So that costs are shown: an m5.large on demand."""
SHOWN: Final = {
    *("fleet", "instance", "journal", "plans", "kill-switch", "receipt", "ea-review", "eas"),
    *("operator", "instances", "failing", "hosts", "scaling", "costs", "tasks", "rollout"),
    *("performance", "runs", "account-sessions", "kill-switch-used"),
}
"""The screens that the documentation shows."""
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
                look.page.wait_for_timeout(SETTLE_MS)
                if words:
                    look.page.get_by_text(words, exact=True).first.evaluate("it => it.scrollIntoView()")
                look.page.screenshot(path=self._folder / f"{look.prefix}{name}-{look.theme}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--url", help="of a product that runs already, instead of a new one")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if find_browser() is None:
        raise SystemExit("No Chromium was found; install chromium or name one by METAFLEET_TEST_BROWSER.")
    with ExitStack() as stack:
        url = chosen.url or _started(stack)
        browser = stack.enter_context(launch(stack.enter_context(sync_playwright())))
        looks = _looks(browser, url, everything=chosen.all)
        photographer = Photographer(url, chosen.folder, looks, everything=chosen.all)
        _round(photographer, Desk(looks[0].page, url), looks[0].page, url)


def _started(stack: ExitStack) -> str:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mf-docs-")))
    settings = {"METAFLEET_HOST_USD_PER_HOUR": HOST_USD_PER_HOUR}
    product = stack.enter_context(Stack(folder / "data", settings))
    product.start()
    return product.web_url


def _looks(browser: Browser, url: str, *, everything: bool) -> list[Look]:
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
        page = context.new_page()
        sign_in_to_demo(page, url)
        found.append(Look(page, theme, prefix))
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
            "security": "/settings/security",
            "plans": "/plans",
            "kill-switch": "/kill-switch",
        }
    )
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
