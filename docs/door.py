"""Somebody new for the documentation's pictures: Olga signs up, adds a second factor, and signs in by it."""

from __future__ import annotations

import base64
import hmac
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from playwright.sync_api import Page, expect

OLGA = "olga@example.com"
PASSWORD = "a long enough password 77"  # noqa: S105 - of a product that lives for some minutes


def sign_up(page: Page, url: str, environment: Mapping[str, str]) -> list[str]:
    """Let Olga come, guard her sign-in by an app and become an operator; return her recovery codes."""
    page.goto(f"{url}/sign-up")
    page.get_by_label("Name of your desk").fill("Olga's desk")
    page.get_by_label("Email").fill(OLGA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page).to_have_url(f"{url}/")
    page.goto(f"{url}/settings/security")
    page.get_by_role("button", name="Set up").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    secret = page.get_by_role("button", name="Copy the key").get_attribute("title") or ""
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    kept = [code.strip() for code in codes.all_text_contents()]
    page.get_by_role("button", name="I have kept them").click()
    adding = [sys.executable, "-m", "metafleet.cli", "operators", "add", OLGA]
    subprocess.run(adding, env=dict(environment), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    page.goto(f"{url}/settings")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{url}/sign-in")
    return kept


def begin(page: Page, url: str) -> None:
    """Sign in as far as the second factor."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("Email").fill(OLGA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("Code").wait_for()


def finish(pages: Sequence[Page], url: str, codes: Iterator[str]) -> None:
    for page in pages:
        page.get_by_label("Code").fill(next(codes))
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(f"{url}/")


def _code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238, 30 seconds, six digits)."""
    key = base64.b32decode(secret)
    made = hmac.digest(key, int(time.time() // 30).to_bytes(8, "big"), "sha1")
    place = made[-1] & 15
    number = int.from_bytes(made[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
