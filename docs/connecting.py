"""A terminal of one's own for the documentation's pictures: its account registered, paired, and heard."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

SERVER = "Broker-Demo"


def connect(page: Page, url: str, login: int, shoot: Callable[[str], None]) -> None:
    """Do what the guide says, as a person and as their terminal; photograph each step of the product's."""
    page.goto(f"{url}/accounts")
    page.get_by_role("button", name="Add account").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("My own MetaTrader").click()
    # The login first: the form that is going away has a name, too.
    dialog.get_by_label("Login").fill(str(login))
    dialog.get_by_label("Name").fill("Challenge 100k")
    dialog.get_by_label("Server", exact=True).fill(SERVER)
    shoot("connect-account")
    dialog.get_by_role("button", name="Continue to pairing").click()
    code = dialog.locator("p.font-mono").text_content() or ""
    address = dialog.get_by_label("Copy address of the gateway").get_attribute("title") or ""
    shoot("connect-code")
    _speak_as_terminal(address, code, login)
    expect(dialog.get_by_text("Terminal connected")).to_be_visible()
    shoot("connect-heard")
    dialog.get_by_role("button", name="Done").click()


def _speak_as_terminal(address: str, code: str, login: int) -> None:
    """Enrol, and send the first heartbeat."""
    at_broker = {"login": login, "server": SERVER}
    said = _post(address, "enrol", {"pairingCode": code, "platform": "mt5", "build": 5320, **at_broker}, "")
    account = {**at_broker, "currency": "USD", "leverage": 100, "balance": 100_000, "equity": 100_240.5}
    heartbeat = {
        "terminalId": said["terminalId"],
        "protocol": 2,
        "platform": "mt5",
        "build": 5320,
        "utcOffset": 7200,
        "accountInfo": account,
    }
    _post(address, "heartbeat", heartbeat, said["token"])


def _post(address: str, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
    heads = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(f"{address}/webhook/terminal/{path}", json.dumps(body).encode(), heads)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own gateway
        found: dict[str, Any] = json.load(answer)
    return found
