"""The cast of every test: Alice owns a tenant, Bob reads and Tess trades in it, Charlie is a stranger.
Oscar operates the platform, Ada audits it.

And the database as the product has it: tests run under the application role, so the
tenant fence stands in every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.emptying import emptied_by_what_was_written, make_emptier

PASSWORD = "correct horse battery staple"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed up: their address, tenant, and a browser that is signed in."""

    email: str
    tenant_id: UUID
    client: Client


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the owner make the database, then step down to the role that the product works under."""
    from django.db import connection

    options = connection.settings_dict["OPTIONS"]
    stepped_down = options.pop("options")
    options.pop("pool", None)
    from django.test.utils import override_settings, setup_databases, teardown_databases

    with _unblocked(request):
        config = setup_databases(verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            make_emptier(cursor)
            # No test can take the machine's power away: nobody need wait for the disk.
            cursor.execute(
                f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off'
            )
        connection.close()
        options["options"] = stepped_down
    with emptied_by_what_was_written(), override_settings(PASSWORD_HASHERS=["tests.hashing.CheapHasher"]):
        yield
    with _unblocked(request):
        connection.close()
        options.pop("options")
        teardown_databases(config, verbosity=0)


@contextmanager
def _unblocked(request: pytest.FixtureRequest) -> Iterator[None]:
    with request.getfixturevalue("django_db_blocker").unblock():
        yield


def sign_up(email: str, plan: str = "gold") -> Person:
    """Sign somebody up and in, on a plan."""
    from metafleet.hub.billing import operations as billing
    from metafleet.hub.billing.plans import PlanCode
    from metafleet.hub.identity import operations as identity
    from metafleet.hub.kernel.secrets import Secret
    from metafleet.hub.kernel.tenancy import tenant_scope

    membership = identity.sign_up(email=email, password=Secret(PASSWORD), tenant_name=email)
    with tenant_scope(membership.tenant_id):
        billing.start_plan(tenant_id=membership.tenant_id, plan=PlanCode(plan))
    return Person(email, membership.tenant_id, _signed_in(membership.user, membership.tenant_id))


def _signed_in(user: Any, tenant_id: UUID) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session["tenant_id"] = str(tenant_id)
    session.save()
    return client


@pytest.fixture
def alice(db: None) -> Person:
    return sign_up("alice@example.com")


@pytest.fixture
def charlie(db: None) -> Person:
    return sign_up("charlie@example.com", plan="platinum")


@pytest.fixture
def bob(alice: Person) -> Person:
    """Reads in Alice's tenant."""
    return join(alice, "bob@example.com", "viewer")


@pytest.fixture
def tess(alice: Person) -> Person:
    """Trades in Alice's tenant."""
    return join(alice, "tess@example.com", "trader")


def join(owner: Person, email: str, role: str) -> Person:
    """Sign in somebody who belongs to the owner's tenant."""
    from metafleet.hub.identity.models import Membership, Role, User
    from metafleet.hub.kernel.tenancy import tenant_scope

    user = User.objects.create(email=email, password="!")
    with tenant_scope(owner.tenant_id):
        Membership.objects.create(tenant_id=owner.tenant_id, user=user, role=Role(role))
    return Person(user.email, owner.tenant_id, _signed_in(user, owner.tenant_id))


@pytest.fixture
def oscar(db: None) -> Person:
    """Operates the platform."""
    return _of_platform("oscar@example.com", "operator")


@pytest.fixture
def ada(db: None) -> Person:
    """Audits the platform."""
    return _of_platform("ada@example.com", "auditor")


def _of_platform(email: str, role: str) -> Person:
    from metafleet.hub.identity import operators
    from metafleet.hub.identity.rights import PlatformRole

    person = sign_up(email)
    operators.set_role(email=email, role=PlatformRole(role))
    return person


@pytest.fixture
def catalogue(db: None) -> None:
    """The shipped EAs are published."""
    from metafleet.hub.catalogue.operations import publish_shipped_templates

    publish_shipped_templates(now=NOW)


def connect(person: Person, login: int = 5001, label: str = "Demo") -> Any:
    """Connect a paper account without asking a broker."""
    from metafleet.hub.fleet.accounts import AccountFacts, connect_account
    from metafleet.hub.fleet.models import Platform
    from metafleet.hub.kernel.secrets import Secret
    from metafleet.hub.kernel.tenancy import tenant_scope

    facts = AccountFacts(
        login=login,
        server="metafleet-Paper",
        currency="USD",
        leverage=100,
        margin_mode="hedging",
        balance=Decimal("10000.00"),
        equity=Decimal("10000.00"),
        margin=Decimal(0),
        free_margin=Decimal("10000.00"),
    )
    with tenant_scope(person.tenant_id):
        return connect_account(
            tenant_id=person.tenant_id,
            actor=person.email,
            label=label,
            platform=Platform.PAPER,
            facts=facts,
            password=Secret("broker-password-of-" + person.email),
            now=NOW,
        )


def order(account: Any, slug: str = "trend-following", symbol: str = "EURUSD", **inputs: Any) -> Any:
    """An order for an EA of the catalogue."""
    from metafleet.hub.catalogue.models import EATemplate
    from metafleet.hub.catalogue.queries import newest_version
    from metafleet.hub.fleet.operations import Order

    template = EATemplate.objects.get(slug=slug)
    version = newest_version(template)
    assert version is not None
    return Order(template, version, account.id, symbol, "", inputs)


def deploy(person: Person, account: Any, **wishes: Any) -> Any:
    """Want an EA to run; nothing starts it."""
    from metafleet.hub.fleet import operations
    from metafleet.hub.kernel.tenancy import tenant_scope

    with tenant_scope(person.tenant_id):
        return operations.deploy(
            tenant_id=person.tenant_id, actor=person.email, order=order(account, **wishes), now=NOW
        )
