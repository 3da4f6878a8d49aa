"""What whoever has the machine does about a person's sign-in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.sign_in import rescue
from metafleet.hub.console.sign_in.tests.browser import Browser
from metafleet.hub.identity.models import User
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

Browsers = Callable[[], Browser]
WHO = "cli:root"


def actions_of(person: Person) -> list[str]:
    with tenant_scope(person.tenant_id):
        return list(AuditEntry.objects.filter(actor=WHO).values_list("action", flat=True))


def test_who_is_disabled_is_out_at_once_and_comes_in_no_more(browser: Browsers, alice: Person) -> None:
    here, elsewhere = browser(), browser()
    for each in (here, elsewhere):
        each.sign_in(alice.email)
        assert each.me is not None
    assert rescue.set_active(email="Alice@example.com ", is_active=False, actor=WHO, now=NOW) == 2
    assert (here.me, elsewhere.me) == (None, None)
    assert alice.client.get("/api/me").status_code == 401, "a session that was not listed"
    assert browser().sign_in(alice.email).status_code != 200
    rescue.set_active(email=alice.email, is_active=True, actor=WHO, now=NOW)
    assert browser().sign_in(alice.email).status_code == 200
    assert sorted(actions_of(alice)) == ["person.disabled", "person.enabled"]


def test_all_sessions_of_a_person_are_ended_and_nobody_elses(
    browser: Browsers, alice: Person, charlie: Person
) -> None:
    here, strangers = browser(), browser()
    here.sign_in(alice.email)
    strangers.sign_in(charlie.email)
    assert rescue.end_sessions(email=alice.email, actor=WHO, now=NOW) == 1
    assert here.me is None
    assert strangers.me is not None
    assert actions_of(alice) == ["person.signed_out_everywhere"]


def test_who_has_lost_all_factors_comes_in_by_password(browser: Browsers, alice: Person) -> None:
    user = User.objects.get(email=alice.email)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
    assert browser().sign_in(alice.email).status_code == 401
    assert rescue.drop_factors(email=alice.email, actor=WHO, now=NOW) == 1
    assert browser().sign_in(alice.email).status_code == 200
    assert actions_of(alice) == ["person.factors_dropped"]


def test_nobody_is_named(db: None) -> None:
    with pytest.raises(NotFound, match="nobody"):
        rescue.end_sessions(email="nobody@example.com", actor=WHO, now=NOW)
