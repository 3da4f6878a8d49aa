"""The life in a browser: what a person does and sees, from signing up to the journal."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flows.person import BROKER_PASSWORD, PASSWORD, SERVER, Person, money
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]

TRADING_MS = 90_000


@pytest.fixture(scope="module")
def stack_settings() -> dict[str, str]:
    return {
        "METAFLEET_DEMO": "false",
        "METAFLEET_MARKET_SOURCE": "generator",
        "METAFLEET_MARKET_SPEED": "600",
        "METAFLEET_HEARTBEAT_SECONDS": "1",
        "METAFLEET_GATEWAY_LIMITS": json.dumps(
            {kind: [600, 100] for kind in ("heartbeat", "trades", "positions")}
        ),
    }


def test_a_person_deploys_watches_pauses_resumes_and_stops_an_ea(stack: Stack, page: Page) -> None:
    login = open_account_at_the_broker(stack)
    sign_up(page, stack.web_url)
    connect_account(page, login)
    deploy_grid(page)

    page.get_by_role("link", name="Watch it trade").click()
    expect(page).to_have_url(re.compile("/instances/"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Grid Trading GBPUSD")
    expect(page.get_by_text("Running", exact=True).first).to_be_visible()

    # It trades, and the screen hears of it without being reloaded.
    page.get_by_role("tab", name="Trades").click()
    expect(page.get_by_role("tabpanel").get_by_role("row").nth(3)).to_be_visible(timeout=TRADING_MS)

    page.get_by_role("button", name="Pause").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("no new|new entries|new positions", re.IGNORECASE))
    dialog.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True).first).to_be_visible()

    page.get_by_role("button", name="Resume").click()
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Running", exact=True).first).to_be_visible()

    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Close positions at market").click()
    dialog.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped", exact=True).first).to_be_visible()

    assert_journal_shows_what_the_broker_has(stack, page, login)


def test_an_open_screen_says_that_it_lost_the_line_and_catches_up(stack: Stack, page: Page) -> None:
    sign_up(page, stack.web_url, email="line@example.com")
    line = page.get_by_role("status").filter(has_text=re.compile("^Live$"))
    expect(line).to_be_visible()
    pid = stack.kill("web")
    expect(line).to_be_hidden()
    stack.wait_until_back("web", pid)
    expect(line).to_be_visible()
    with Person(stack) as elsewhere:
        elsewhere.sign_in("line@example.com")
        elsewhere.post("/api/accounts/open", {"label": "Opened elsewhere", "deposit": 500})
    page.get_by_role("link", name="Accounts").first.click()
    expect(page.get_by_text("Opened elsewhere").first).to_be_visible()


def open_account_at_the_broker(stack: Stack) -> int:
    with Person(stack) as nobody, nobody.broker() as broker:
        key = (stack.folder.keys / "broker_admin.key").read_text().strip()
        opened = broker.open_account(key, name="Browser", password=BROKER_PASSWORD, deposit=Decimal(10_000))
        return opened.login


def sign_up(page: Page, url: str, email: str = "browser@example.com") -> None:
    page.goto(f"{url}/sign-up")
    page.get_by_label("Name of your desk").fill("Browser desk")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name=re.compile("Create")).click()
    expect(page.get_by_text(re.compile("at least 15 characters"))).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name=re.compile("Create")).click()
    expect(page).to_have_url(f"{url}/")


def connect_account(page: Page, login: int) -> None:
    page.get_by_role("link", name="Accounts").first.click()
    page.get_by_role("button", name="Add account").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Existing paper account").click()
    dialog.get_by_label("Login").fill(str(login))
    dialog.get_by_label("Name").fill("My account")
    dialog.get_by_label("Server").fill(SERVER)
    dialog.get_by_label("Password").fill("not the password")
    dialog.get_by_role("button", name="Sign in and connect").click()
    expect(dialog.get_by_text(re.compile("refused this password"))).to_be_visible()
    dialog.get_by_label("Password").fill(BROKER_PASSWORD)
    dialog.get_by_role("button", name="Sign in and connect").click()
    expect(page.get_by_text("My account").first).to_be_visible()


def deploy_grid(page: Page) -> None:
    page.get_by_role("link", name="Catalogue").first.click()
    page.get_by_role("link", name=re.compile("Grid Trading")).first.click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Deploy")).first.click()
    expect(page.get_by_role("heading", name="Where shall it trade?")).to_be_visible()
    form = page.get_by_role("form", name="Where shall it trade?")
    form.get_by_text("My account").click()
    form.get_by_text("GBPUSD", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    set_an_input(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("1 of 1")).to_be_visible()  # what the plan allows after this
    page.get_by_role("button", name="Deploy", exact=True).click()
    expect(page.get_by_role("heading", name="Deployment receipt")).to_be_visible()
    expect(page.get_by_text(SERVER).first).to_be_visible()


def set_an_input(page: Page) -> None:
    """Outside its range it is refused by name; inside it is taken."""
    volume = page.get_by_label("Volume per line")
    volume.fill("-1")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="How shall it trade?")).to_be_visible()
    expect(volume).to_have_attribute("aria-invalid", "true")
    volume.fill("0.03")


def assert_journal_shows_what_the_broker_has(stack: Stack, page: Page, login: int) -> None:
    with Person(stack) as onlooker:
        deals = onlooker.deals_at_the_broker(login)
    net = sum(money(deals).values(), Decimal(0))
    page.get_by_role("link", name="Journal").first.click()
    shown = f"{'−' if net < 0 else '+'}${abs(net):,.2f}"
    expect(page.get_by_text(shown).first).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Export trades as CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert len(lines) - 1 == len({deal.position_id for deal in deals if deal.type in {0, 1}})
