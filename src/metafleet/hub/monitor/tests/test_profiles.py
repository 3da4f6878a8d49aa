"""What people say of accounts: set for one or many, with a history, and put back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel.errors import Malformed, NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import profiles
from metafleet.hub.monitor.models import AccountGroup, AccountProfile, ProfileChange
from tests.cast import NOW, Person, connect


def change(person: Person, accounts: list[Any], minutes: int = 0, **wish: Any) -> None:
    with tenant_scope(person.tenant_id):
        profiles.change(
            tenant_id=person.tenant_id,
            actor=person.email,
            account_ids=[account.id for account in accounts],
            wish=wish,  # type: ignore[arg-type]
            now=NOW + timedelta(minutes=minutes),
        )


def profile(person: Person, account: Any) -> AccountProfile:
    with tenant_scope(person.tenant_id):
        return AccountProfile.objects.select_related("group").get(account=account)


def told(person: Person, account: Any) -> list[tuple[str, str, str]]:
    with tenant_scope(person.tenant_id):
        return [(row.field, row.before, row.after) for row in profiles.history(account_id=account.id)]


def test_many_accounts_are_changed_at_once_and_each_has_its_history(alice: Person) -> None:
    one, two, other = (connect(alice, login=number) for number in (1, 2, 3))
    change(alice, [one, two], phase="F2", group="Wave 7", initial_balance=Decimal(100_000))
    for account in (one, two):
        row = profile(alice, account)
        assert (row.phase, row.group and row.group.name) == ("F2", "Wave 7")
        assert row.phase_since == NOW
        assert set(told(alice, account)) == {
            ("phase", "F1", "F2"),
            ("group", "", "Wave 7"),
            ("initial_balance", "", "100000.00"),
        }
    assert told(alice, other) == []
    with tenant_scope(alice.tenant_id):
        assert AccountGroup.objects.count() == 1
        entry = AuditEntry.objects.get(action="account.profile_changed")
    assert (entry.subject, entry.actor) == ("2 accounts", alice.email)


def test_what_is_so_already_is_no_change(alice: Person) -> None:
    account = connect(alice)
    change(alice, [account], phase="F1", holder="")
    with tenant_scope(alice.tenant_id):
        assert not ProfileChange.objects.exists()
        assert not AuditEntry.objects.filter(action="account.profile_changed").exists()


def test_a_phase_that_is_put_back_goes_on_since_it_began(alice: Person) -> None:
    account = connect(alice)
    change(alice, [account], minutes=0, phase="F2")
    change(alice, [account], minutes=60, phase="funded")
    change(alice, [account], minutes=65, phase="F2")
    assert profile(alice, account).phase_since == NOW
    change(alice, [account], minutes=66, phase="funded")
    change(alice, [account], minutes=100, phase="F2")
    assert profile(alice, account).phase_since == NOW + timedelta(minutes=100)


def test_the_first_phase_put_back_is_since_the_account_is_known(alice: Person) -> None:
    account = connect(alice)
    change(alice, [account], phase="F2")
    change(alice, [account], minutes=1, phase="F1")
    assert profile(alice, account).phase_since is None
    assert len(told(alice, account)) == 2


def test_one_account_of_a_stranger_changes_none(alice: Person, charlie: Person) -> None:
    own, strange = connect(alice), connect(charlie)
    with pytest.raises(NotFound):
        change(alice, [own, strange], phase="F2")
    assert told(alice, own) == []
    assert told(charlie, strange) == []


@pytest.mark.parametrize("wish", [{"phase": ""}, {"initial_balance": Decimal(0)}])
def test_what_cannot_be_is_refused(alice: Person, wish: dict[str, Any]) -> None:
    account = connect(alice)
    with pytest.raises(Malformed):
        change(alice, [account], **wish)


def test_a_programme_that_is_not_there_is_refused(alice: Person) -> None:
    with pytest.raises(NotFound):
        change(alice, [connect(alice)], programme_id=uuid4())
