"""Signing in with everything real: a mail server's socket, a provider, a browser with an authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Page, expect

from metafleet.hub.console.sign_in.tests.test_factors import code_of
from tests.flows.stack import Stack, free_ports
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, serving_provider
from tests.waiting import PATIENCE_S, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.browser]
PASSWORD = "a long enough password 77"
NEW_PASSWORD = "another long enough one 78"


class Mailbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))  # type: ignore[attr-defined]
        return "250 OK"

    def code(self, to: str, known: int = 0) -> str:
        """Return the code of the newest mail to somebody, once there are more mails than `known`."""
        assert wait_until(lambda: len(self.mails) > known, PATIENCE_S)
        mail = self.mails[-1]
        assert mail["To"] == to
        found = re.search(r"^    (\S+)\s*$", str(mail.get_payload()), flags=re.MULTILINE)
        assert found
        return found[1]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    (port,) = free_ports(1)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with serving_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def stack_settings(mailbox: tuple[Mailbox, int], provider: Provider) -> dict[str, str]:
    return {
        "METAFLEET_DEMO": "false",
        "METAFLEET_EMAIL_URL": f"smtp://127.0.0.1:{mailbox[1]}",
        "METAFLEET_EMAIL_FROM": "metafleet <metafleet@example.com>",
        "METAFLEET_OIDC_ISSUER": provider.issuer,
        "METAFLEET_OIDC_NAME": "Example",
        "METAFLEET_OIDC_CLIENT_ID": CLIENT_ID,
        "METAFLEET_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }


@pytest.fixture
def url(stack: Stack) -> str:
    """By name: browsers tie passkeys to one."""
    return f"http://localhost:{stack.web_port}"


def test_a_person_confirms_their_address_adds_factors_and_signs_in_by_them(
    url: str, page: Page, mailbox: tuple[Mailbox, int]
) -> None:
    box, _ = mailbox
    give_authenticator(page)
    page.goto(f"{url}/sign-up")
    page.get_by_label("Name of your desk").fill("Guarded desk")
    page.get_by_label("Email").fill("erin@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill("WRONG1")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Code").fill(box.code("erin@example.com"))
    page.get_by_role("button", name="Confirm").click()
    expect(page).to_have_url(f"{url}/")

    page.goto(f"{url}/settings/security")
    page.get_by_role("button", name="Set up").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.get_by_role("button", name="Copy the key").get_attribute("title") or ""
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.text_content() or ""
    page.get_by_role("button", name="I have kept them").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("never used")).to_be_visible()

    sign_out(page, url)
    sign_in(page, "erin@example.com", PASSWORD)
    page.get_by_label("Code").fill(code_of(secret, 1))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{url}/")
    sign_out(page, url)
    sign_in(page, "erin@example.com", PASSWORD)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{url}/")
    sign_out(page, url)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(f"{url}/")

    page.goto(f"{url}/settings/security")
    expect(page.get_by_text("Signed in by passkey")).to_be_visible()
    expect(page.get_by_text("9 of 10 are left")).to_be_visible()


def test_a_forgotten_password_is_chosen_anew_by_a_code(
    url: str, page: Page, mailbox: tuple[Mailbox, int]
) -> None:
    box, _ = mailbox
    sign_up(page, url, "frank@example.com", box)
    sign_out(page, url)
    known = len(box.mails)
    page.get_by_role("link", name="Forgot your password?").click()
    # Both pages have a field for the address.
    expect(page.get_by_role("heading", name="Choose a new password")).to_be_visible()
    page.get_by_label("Email").fill("frank@example.com")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(box.code("frank@example.com", known))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_text("Your new password is set")).to_be_visible()
    sign_in(page, "frank@example.com", PASSWORD)
    expect(page.get_by_text("do not belong together")).to_be_visible()
    sign_in(page, "frank@example.com", NEW_PASSWORD)
    expect(page).to_have_url(f"{url}/")
    assert box.mails[-1]["Subject"] == "metafleet: Your password was reset"


def test_an_ended_session_is_over_and_its_screen_is_shown_the_door(
    url: str, page: Page, mailbox: tuple[Mailbox, int]
) -> None:
    email = f"grace-{uuid4().hex[:8]}@example.com"
    sign_up(page, url, email, mailbox[0])
    browser = page.context.browser
    assert browser is not None
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(f"{url}/sign-in")
    sign_in(elsewhere, email, PASSWORD)
    expect(elsewhere).to_have_url(f"{url}/")
    page.goto(f"{url}/settings/security")
    page.get_by_role("button", name=re.compile("End the session of")).click()
    expect(page.get_by_text("Session ended")).to_be_visible()
    # It may have asked for something meanwhile, and be at the door already.
    elsewhere.goto(f"{url}/accounts")
    expect(elsewhere).to_have_url(re.compile("/sign-in"))


def test_a_person_comes_by_the_provider(url: str, page: Page, provider: Provider) -> None:
    page.goto(f"{url}/sign-in?next=/accounts")
    page.get_by_role("button", name="Continue with Example").click()
    expect(page).to_have_url(f"{url}/accounts")
    expect(page.get_by_text("dana@example.com").first).to_be_visible()
    sign_out(page, url)
    provider.person["email_verified"] = False
    provider.person["sub"] = "dana-2"
    page.get_by_role("button", name="Continue with Example").click()
    expect(page.get_by_text("has not verified your email address")).to_be_visible()


def give_authenticator(page: Page) -> None:
    """Build a fingerprint reader into the browser, which always says yes."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_up(page: Page, url: str, email: str, box: Mailbox) -> None:
    known = len(box.mails)
    page.goto(f"{url}/sign-up")
    page.get_by_label("Name of your desk").fill("A desk")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_label("Code").fill(box.code(email, known))
    page.get_by_role("button", name="Confirm").click()
    expect(page).to_have_url(f"{url}/")


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, url: str) -> None:
    page.goto(f"{url}/settings")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{url}/sign-in")
