"""A person's browser: Chromium under Playwright."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import find_browser

SOON_MS = 60_000
# As root Chromium has no sandbox; the others keep it from calling out.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class BrowserMissing(Exception):
    """There is no Chromium on this machine; `make test` installs one where it can."""


def launch(playwright: Playwright) -> Browser:
    """Return a running browser. Raises BrowserMissing."""
    program = find_browser()
    if program is None:
        raise BrowserMissing(
            "No Chromium was found. Install chromium, or name one by METAFLEET_TEST_BROWSER."
        )
    return playwright.chromium.launch(executable_path=program, args=FLAGS)


def watched_page(browser: Browser) -> tuple[Page, list[str]]:
    """Return a page that is as wide as a desk's, and the list that its scripts' faults come to."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
    page.set_default_timeout(SOON_MS)
    expect.set_options(timeout=SOON_MS)
    return page, faults


def sign_in_to_demo(page: Page, url: str) -> None:
    """Sign in as a visitor does who was offered the demo."""
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name="demo").first.click()
    expect(page).to_have_url(f"{url}/", timeout=SOON_MS)
