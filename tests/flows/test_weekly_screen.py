"""The weekly report in a browser: looked at, sent now, switched on for Mondays; and the mail that came."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

import psycopg
import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Page, expect

from tests.flows.browsing import sign_in_to_demo
from tests.flows.stack import Stack, free_ports
from tests.flows.test_sign_in import Mailbox
from tests.waiting import wait_until

pytestmark = [pytest.mark.flow, pytest.mark.browser]
DEMO = "demo@metafleet.local"


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    (port,) = free_ports(1)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def stack_settings(mailbox: tuple[Mailbox, int]) -> dict[str, str]:
    return {
        "METAFLEET_EMAIL_URL": f"smtp://127.0.0.1:{mailbox[1]}",
        "METAFLEET_EMAIL_FROM": "metafleet <metafleet@example.com>",
    }


def test_an_owner_looks_at_the_report_sends_it_and_switches_it_on(
    stack: Stack, page: Page, mailbox: tuple[Mailbox, int]
) -> None:
    sign_in_to_demo(page, stack.web_url)
    page.goto(f"{stack.web_url}/alerts/channels")
    page.get_by_role("button", name="Add a channel").click()
    page.get_by_label("Kind").select_option("email")
    page.get_by_label("Name").fill("Owner")
    page.get_by_role("textbox", name="To", exact=True).fill(DEMO)
    page.get_by_role("button", name="Add channel").click()
    page.get_by_role("button", name="Weekly report").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="See this week’s").click()
    report = opened.value
    expect(report.get_by_role("heading", name="Demo desk")).to_be_visible()
    expect(report.get_by_role("cell", name="Grid desk").first).to_be_visible()
    report.close()
    page.get_by_role("button", name="Send this week’s now").click()
    expect(page.get_by_text("taken by the mail server")).to_be_visible()
    (mail,) = mailbox[0].mails
    assert (mail["To"], parts(mail)) == (DEMO, ["text/plain", "text/html"])
    page.get_by_role("switch", name="Send it each Monday").click()
    page.get_by_label("At", exact=True).select_option("6")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The report goes on Mondays")).to_be_visible()
    page.get_by_role("button", name="Weekly report").click()
    expect(page.get_by_text("Next:")).to_be_visible()
    expect(page.get_by_role("switch", name="Send it each Monday")).to_be_checked()
    # As if Monday had come.
    with psycopg.connect(stack.database_url) as database:
        database.execute("UPDATE monitor_weeklyreport SET due_at = now() - interval '1 second'")
    assert wait_until(lambda: len(mailbox[0].mails) == 2, 90, 0.5)
    with psycopg.connect(stack.database_url) as database:
        assert database.execute("SELECT due_at > now() FROM monitor_weeklyreport").fetchall() == [(True,)]
    assert mailbox[0].mails[1]["Message-ID"] != mail["Message-ID"]


def parts(mail: Message) -> list[str]:
    return [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
