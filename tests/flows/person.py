"""A person at the console API of a running product: signs up, connects, deploys, looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Self

import httpx

from metafleet.engine.broker.client import BrokerClient
from metafleet.engine.broker.records import Deal
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

AUTH = "/_allauth/browser/v1/auth"
PASSWORD = "a long enough password 77"
BROKER_PASSWORD = "broker-password-of-the-flow"
SERVER = "metafleet-Paper"


class Person:
    """Somebody with a browser's cookies. Every call raises for an error status."""

    csrf_cookie = "csrftoken"

    def __init__(self, stack: Stack, http: httpx.Client | None = None) -> None:
        self._stack = stack
        self._http = http or httpx.Client(base_url=stack.web_url, timeout=60)
        self.get("/api/session")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"X-CSRFToken": self._http.cookies[self.csrf_cookie]}
        answer = self._http.post(path, json=body or {}, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        headers = {"X-CSRFToken": self._http.cookies[self.csrf_cookie]}
        answer = self._http.patch(path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def delete(self, path: str) -> None:
        answer = self._http.delete(path, headers={"X-CSRFToken": self._http.cookies[self.csrf_cookie]})
        assert answer.is_success, answer.text

    def sign_up(self, email: str) -> None:
        self.post(f"{AUTH}/signup", {"email": email, "password": PASSWORD, "tenant_name": "Flow desk"})

    def sign_in(self, email: str) -> None:
        self.post(f"{AUTH}/login", {"email": email, "password": PASSWORD})

    def sign_in_to_demo(self) -> None:
        demo = json.loads(self._stack.folder.demo.read_text())
        self.post(f"{AUTH}/login", {"email": demo["email"], "password": demo["password"]})

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())

    def connect(self, deposit: Decimal = Decimal(10_000), key: str | None = None) -> dict[str, Any]:
        """Have the broker open an account, and connect it by login, password and server.

        key: the broker's admin key, where it is not that of the product.
        """
        with self.broker() as broker:
            key = key or (self._stack.folder.keys / "broker_admin.key").read_text().strip()
            opened = broker.open_account(key, name="Flow", password=BROKER_PASSWORD, deposit=deposit)
        form = {
            "label": "Flow account",
            "login": opened.login,
            "password": BROKER_PASSWORD,
            "server": SERVER,
        }
        account: dict[str, Any] = self.post("/api/accounts/connect", form)
        return account

    def deploy(self, account: dict[str, Any], slug: str, symbol: str, **inputs: Any) -> str:
        template = self.get(f"/api/templates/{slug}")
        form = {
            "templateId": template["id"],
            "accountId": account["id"],
            "symbol": symbol,
            "inputs": inputs,
        }
        return str(self.post("/api/instances", form)["id"])

    def instance(self, instance_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/api/instances/{instance_id}")
        return found

    def wait_for(
        self, instance_id: str, is_so: Callable[[dict[str, Any]], bool], timeout_s: float = PATIENCE_S
    ) -> dict[str, Any]:
        """Return the instance once it is so; fails with what it is instead."""
        seen: dict[str, Any] = {}

        def look() -> bool:
            nonlocal seen
            try:
                seen = self.instance(instance_id)
            except httpx.HTTPError:
                return False
            return is_so(seen)

        assert wait_until(look, timeout_s, 0.1), {
            name: seen.get(name) for name in ("state", "statusText", "lastError", "tradeCount", "runs")
        }
        return seen

    def wait_for_state(self, instance_id: str, state: str, timeout_s: float = PATIENCE_S) -> dict[str, Any]:
        return self.wait_for(instance_id, lambda seen: seen["state"] == state, timeout_s)

    def broker(self) -> BrokerClient:
        return BrokerClient("127.0.0.1", self._stack.broker_port)

    def deals_at_the_broker(self, login: int) -> list[Deal]:
        """The account's whole history, as the broker itself tells it."""
        with self.broker() as broker:
            broker.login(login, BROKER_PASSWORD, SERVER)
            deals: list[Deal] = []
            while batch := broker.deals(after_ticket=deals[-1].ticket if deals else 0, limit=1000):
                deals += batch
            return deals

    def positions_at_the_broker(self, login: int) -> int:
        with self.broker() as broker:
            broker.login(login, BROKER_PASSWORD, SERVER)
            return len(broker.positions())


def money(deals: list[Deal]) -> dict[str, Decimal]:
    """The trading money of a history, by column; deposits are no profit."""
    traded = [deal for deal in deals if deal.type in {0, 1}]
    columns = ("profit", "commission", "swap", "fee")
    return {name: sum((Decimal(str(getattr(deal, name))) for deal in traded), Decimal(0)) for name in columns}


def assert_journal_equals_broker(person: Person, *logins: int) -> None:
    """The journal's totals of all of the person's accounts, to the cent, and how many trades there are."""
    deals = [deal for login in logins for deal in person.deals_at_the_broker(login)]
    positions = {deal.position_id for deal in deals if deal.type in {0, 1}}
    expected = money(deals)

    def page() -> Any:
        return person.get("/api/trades", pageSize=500)

    assert wait_until(lambda: page()["total"] == len(positions), PATIENCE_S, 0.2), (
        page()["total"],
        len(positions),
    )
    assert wait_until(lambda: _totals(page()) == expected, PATIENCE_S, 0.2), (_totals(page()), expected)


def _totals(page: dict[str, Any]) -> dict[str, Decimal]:
    found = page["totals"][0]
    return {
        name: Decimal(str(found[name])).quantize(Decimal("0.01"))
        for name in ("profit", "commission", "swap", "fee")
    }
