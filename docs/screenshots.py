"""Take the pictures of the documentation from a running product.

`python docs/screenshots.py [FOLDER]` starts the product with its demo, signs in and photographs
what the documentation shows; FOLDER is docs/images. With `--all` every screen is taken, dark
and light, wide and on a phone.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from metafleet.engine.experts.tests.uploads import breakout  # noqa: E402
from tests.browser import find_browser  # noqa: E402
from tests.flows.browsing import launch, sign_in_to_demo  # noqa: E402
from tests.flows.stack import Stack  # noqa: E402

WIDE, PHONE = (1440, 900), (390, 844)
SHOWN = {
    *("fleet", "instance", "journal", "plans", "operator", "instances", "hosts", "scaling", "kill-switch"),
    *("eas", "ea-review", "rollouts", "rollout"),
}
"""The screens that the documentation shows, beside the receipt."""
ROLLED_OUT = "range-breakout"
CURVE_MS = 95_000
"""Three samples of how an EA does, for its curve."""
SETTLE_MS = 2500
"""Charts draw themselves after their data came."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--url", help="of a product that runs already, instead of a new one")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if chosen.url:
        _take(chosen.url, chosen.folder, everything=chosen.all)
        return
    with tempfile.TemporaryDirectory(prefix="mf-docs-") as name, Stack(Path(name) / "data") as stack:
        stack.start()
        _take(stack.web_url, chosen.folder, everything=chosen.all)


def _take(url: str, folder: Path, *, everything: bool) -> None:
    if find_browser() is None:
        raise SystemExit("No Chromium was found; install chromium or name one by METAFLEET_TEST_BROWSER.")
    with sync_playwright() as playwright, launch(playwright) as browser:
        looks = [("dark", WIDE, "")]
        if everything:
            looks += [("light", WIDE, ""), ("dark", PHONE, "phone-"), ("light", PHONE, "phone-")]
        for theme, size, prefix in looks:
            _one_look(browser, url, folder, theme, size, prefix, everything)


def _one_look(
    browser: Browser,
    url: str,
    folder: Path,
    theme: str,
    size: tuple[int, int],
    prefix: str,
    everything: bool,
) -> None:
    context = browser.new_context(
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=1,
    )
    page = context.new_page()
    if everything:
        page.goto(f"{url}/sign-in")
        _shoot(page, folder / f"{prefix}sign-in-{theme}.png")
    sign_in_to_demo(page, url)
    for name, path in _screens(page, url).items():
        if not everything and name not in SHOWN:
            continue
        page.goto(url + path)
        _shoot(page, folder / f"{prefix}{name}-{theme}.png")
    _deploy(page, url)
    _shoot(page, folder / f"{prefix}receipt-{theme}.png")
    # Last, for it changes the plan and deploys: it would stand in the other pictures.
    for name, path in {
        "rollout": f"/operator/rollouts/{_rolled_out(page, url)}",
        "rollouts": "/operator/rollouts",
    }.items():
        page.goto(url + path)
        _shoot(page, folder / f"{prefix}{name}-{theme}.png")
    context.close()


def _deploy(page: Page, url: str) -> None:
    """Deploy one more EA, to its receipt; a later look goes back to the one of the first."""
    for found in page.request.get(f"{url}/api/instances").json():
        if found["symbol"] == "USDJPY":
            page.goto(f"{url}/deploy?template=grid&instance={found['id']}")
            return
    page.goto(f"{url}/deploy?template=grid&step=place")
    form = page.get_by_role("form")
    form.get_by_text("Grid desk").first.click()
    form.get_by_text("USDJPY", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("heading", name="Deployment receipt").wait_for()


def _screens(page: Page, url: str) -> dict[str, str]:
    instances = page.request.get(f"{url}/api/instances").json()
    accounts = page.request.get(f"{url}/api/accounts").json()
    return {
        "fleet": "/",
        "instance": f"/instances/{instances[0]['id']}",
        "performance": f"/instances/{instances[0]['id']}?tab=performance",
        "runs": f"/instances/{instances[0]['id']}?tab=runs",
        "accounts": "/accounts",
        "account": f"/accounts/{accounts[0]['id']}",
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
        "activity": "/activity",
        "settings": "/settings",
        "plans": "/plans",
        "kill-switch": "/kill-switch",
        "operator": "/operator",
        "instances": "/operator/instances",
        "hosts": "/operator/hosts",
        "scaling": "/operator/scaling",
        "eas": "/operator/eas",
        "ea-review": f"/operator/eas/{_uploaded(page, url)}",
        "costs": "/operator/costs",
        "tasks": "/operator/tasks",
        "customers": "/operator/customers",
    }


def _uploaded(page: Page, url: str) -> str:
    """Upload an EA where that is still to be done, wait for the end of its trial, and return its id."""
    asked = page.request
    for template in asked.get(f"{url}/api/operator/eas").json()["templates"]:
        if template["slug"] == "breakout":
            return str(template["versions"][0]["id"])
    file = {"name": "breakout.py", "mimeType": "text/x-python", "buffer": breakout(head="import random")}
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    made = asked.post(
        f"{url}/api/operator/eas",
        multipart={"file": file, "changelog": "Trades the break of a range, both ways."},
        headers={"X-CSRFToken": token, "Referer": f"{url}/"},
    ).json()
    while asked.get(f"{url}/api/operator/eas/versions/{made['id']}").json()["state"] == "draft":
        page.wait_for_timeout(500)
    return str(made["id"])


def _rolled_out(page: Page, url: str) -> str:
    """Roll the second version of an EA out where that is still to be done, and return the rollout's id."""
    asked = page.request
    for row in asked.get(f"{url}/api/operator/rollouts").json():
        return str(row["id"])
    me = asked.get(f"{url}/api/me").json()
    _post(page, url, f"/api/operator/tenants/{me['tenantId']}/plan", {"plan": "platinum"})
    _release(page, url, "1.0.0", "First release.")
    template = asked.get(f"{url}/api/templates/{ROLLED_OUT}").json()
    taken = {(row["accountId"], row["symbol"]) for row in asked.get(f"{url}/api/instances").json()}
    free = [
        (account["id"], symbol)
        for account in asked.get(f"{url}/api/accounts").json()
        for symbol in template["symbols"]
        if (account["id"], symbol) not in taken and account["platform"] == "paper"
    ]
    for account, symbol in free[:3]:
        order = {"templateId": template["id"], "accountId": account, "symbol": symbol, "inputs": {}}
        _post(page, url, "/api/instances", order)
    version = _release(page, url, "1.1.0", "Waits for a wider range before it trades.")
    wish = {"versionId": version, "canaries": 1, "watchMinutes": 60, "evenWithPositions": True}
    made = _post(page, url, "/api/operator/rollouts", wish)
    while asked.get(f"{url}/api/operator/rollouts/{made['id']}").json()["provedAt"] is None:
        page.wait_for_timeout(500)
    page.wait_for_timeout(CURVE_MS)
    return str(made["id"])


def _release(page: Page, url: str, number: str, changelog: str) -> str:
    """Upload, approve and release a version; return its id."""
    source = breakout(version=number, slug=ROLLED_OUT)
    file = {"name": "breakout.py", "mimeType": "text/x-python", "buffer": source}
    form = {"file": file, "changelog": changelog}
    made = page.request.post(f"{url}/api/operator/eas", multipart=form, headers=_guard(page, url)).json()
    where = f"/api/operator/eas/versions/{made['id']}"
    while page.request.get(url + where).json()["state"] == "draft":
        page.wait_for_timeout(500)
    _post(page, url, f"{where}/approve", {"note": "Read."})
    _post(page, url, f"{where}/release", {})
    return str(made["id"])


def _post(page: Page, url: str, path: str, body: dict[str, Any]) -> Any:
    return page.request.post(url + path, data=body, headers=_guard(page, url)).json()


def _guard(page: Page, url: str) -> dict[str, str]:
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "csrftoken")
    return {"X-CSRFToken": token, "Referer": f"{url}/"}


def _shoot(page: Page, file: Path) -> None:
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=file)


if __name__ == "__main__":
    main()
