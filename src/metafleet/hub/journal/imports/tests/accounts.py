"""Accounts to import into."""

from __future__ import annotations

from metafleet.hub.fleet.accounts import Registration, register_account
from metafleet.hub.fleet.models import Platform, TradingAccount
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person


def register(
    person: Person, *, platform: str = "mt5", login: int = 9000001, currency: str = "USD", timezone: str = ""
) -> TradingAccount:
    """Register an account that a terminal of its owner's would report of."""
    with tenant_scope(person.tenant_id):
        return register_account(
            tenant_id=person.tenant_id,
            actor=person.email,
            registration=Registration(
                label="Imported",
                platform=Platform(platform),
                login=login,
                server="Broker-Demo",
                currency=currency,
                server_timezone=timezone,
            ),
            now=NOW,
        )
