"""A person's browser: Chromium under Playwright."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import find_browser

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


def sign_in_to_demo(page: Page, url: str) -> None:
    """Sign in as a visitor does who was offered the demo."""
    page.goto(f"{url}/sign-in")
    page.get_by_role("button", name="demo").first.click()
    expect(page).to_have_url(f"{url}/", timeout=10_000)
