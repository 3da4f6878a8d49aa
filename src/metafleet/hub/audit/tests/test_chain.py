"""The record of deeds is a chain: what is changed, missing, moved or cut off shows, and nobody may."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import InternalError, ProgrammingError, connection, connections, transaction

from metafleet.hub.audit import keeping, queries, verifying
from metafleet.hub.audit import operations as audit
from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.kernel import origin
from metafleet.hub.kernel.tenancy import PLATFORM, tenant_scope
from tests.cast import NOW, Person

pytestmark = pytest.mark.django_db(transaction=True, databases=("default", "owner"))


def sign(document: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(document, sort_keys=True).encode()
    return document | {"signature": hashlib.sha256(text).hexdigest()}


def is_signed(document: dict[str, Any]) -> bool:
    bare = {name: value for name, value in document.items() if name != "signature"}
    return sign(bare) == document


def do(tenant_id: UUID, *actions: str, **more: Any) -> None:
    """Record each in a transaction of its own."""
    for action in actions:
        with tenant_scope(tenant_id):
            audit.record(
                tenant_id=tenant_id,
                actor="alice@example.com",
                action=action,
                subject="A thing",
                subject_id=None,
                now=more.pop("now", NOW),
                **more,
            )


def verify(tenant_id: UUID) -> verifying.Verdict:
    with tenant_scope(tenant_id):
        return verifying.verify(tenant_id=tenant_id, check=is_signed)


def tamper(statement: str, *values: Any) -> None:
    """As somebody who holds the database itself and has put the guard out of the way."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER audit_guard")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE audit_auditentry ENABLE TRIGGER audit_guard")


def deeds_of(tenant_id: UUID) -> UUID:
    do(tenant_id, *(f"thing.done_{number}" for number in range(1, 7)))
    return tenant_id


@pytest.fixture
def deeds(alice: Person) -> UUID:
    return deeds_of(alice.tenant_id)


def test_entries_are_chained_in_the_order_of_their_commits(deeds: UUID) -> None:
    with tenant_scope(deeds):
        rows = list(AuditEntry.objects.order_by("sequence"))
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [bytes(row.previous_hash or b"") for row in rows] == [
        verifying.START,
        *(bytes(row.hash or b"") for row in rows[:-1]),
    ]
    verdict = verify(deeds)
    assert (verdict.is_whole, verdict.entries, verdict.first, verdict.last) == (True, 6, 1, 6)
    assert verdict.hash == bytes(rows[-1].hash or b"")


def test_each_tenant_and_the_platform_have_a_chain_of_their_own(deeds: UUID, charlie: Person) -> None:
    do(charlie.tenant_id, "thing.done")
    with tenant_scope(deeds):
        audit.record_of_platform(
            actor="o@example.com", action="host.drained", subject="h1", subject_id=None, now=NOW
        )
    assert verify(charlie.tenant_id).last == 1
    assert verify(PLATFORM).last == 1
    assert verify(deeds).last == 6
    with tenant_scope(deeds):
        assert not AuditEntry.objects.filter(tenant_id=PLATFORM).exists()


def test_what_python_and_the_database_write_has_one_hash(alice: Person) -> None:
    awkward = {"z": 1.5e300, "a": 1e16, "ä": "„“\n", "n": None, "l": [1, {"y": -0.0, "x": 0.1}], "": True}
    with origin.coming_from(
        origin.Origin(via="session", address="192.0.2.1", user_agent="x", request_id="r")
    ):
        do(alice.tenant_id, "thing.done", detail=awkward, changes={"label": ["a", "b"]})
    assert verify(alice.tenant_id).is_whole
    with tenant_scope(alice.tenant_id):
        row = AuditEntry.objects.get()
    assert row.origin == {"via": "session", "address": "192.0.2.1", "userAgent": "x", "requestId": "r"}
    assert row.changes == {"label": ["a", "b"]}


TAMPERED = (
    ("UPDATE audit_auditentry SET actor = 'mallory' WHERE sequence = 3 AND tenant_id = %s", "changed", 3),
    ("UPDATE audit_auditentry SET detail = '{\"a\": 1}' WHERE sequence = 6 AND tenant_id = %s", "changed", 6),
    ("UPDATE audit_auditentry SET at = now() WHERE sequence = 1 AND tenant_id = %s", "changed", 1),
    ("UPDATE audit_auditentry SET origin = '{}' WHERE sequence = 2 AND tenant_id = %s", "changed", 2),
    ("DELETE FROM audit_auditentry WHERE sequence = 4 AND tenant_id = %s", "missing", 4),
    ("DELETE FROM audit_auditentry WHERE sequence <= 2 AND tenant_id = %s", "missing", 3),
    ("DELETE FROM audit_auditentry WHERE sequence >= 5 AND tenant_id = %s", "cut", 6),
    ("DELETE FROM audit_auditentry WHERE tenant_id = %s", "cut", 6),
)


def test_what_was_done_to_a_chain_is_found_and_where() -> None:
    for statement, kind, sequence in TAMPERED:
        tenant_id = deeds_of(uuid4())
        keeping.make_checkpoints(sign=sign, now=NOW)
        assert verify(tenant_id).is_whole
        tamper(statement, tenant_id)
        found = {(trouble.kind, trouble.sequence) for trouble in verify(tenant_id).troubles}
        assert (kind, sequence) in found, statement


def test_two_entries_that_changed_places_are_found(deeds: UUID) -> None:
    tamper(
        "UPDATE audit_auditentry SET sequence = CASE sequence WHEN 3 THEN -4 ELSE -3 END "
        "WHERE sequence IN (3, 4); UPDATE audit_auditentry SET sequence = -sequence WHERE sequence < 0"
    )
    found = {(trouble.kind, trouble.sequence) for trouble in verify(deeds).troubles}
    assert {("moved", 3), ("changed", 3), ("moved", 4), ("changed", 4)} <= found


def test_a_chain_that_was_written_anew_is_not_what_was_signed(deeds: UUID) -> None:
    keeping.make_checkpoints(sign=sign, now=NOW)
    tamper(
        "UPDATE audit_auditentry SET actor = 'mallory' WHERE sequence = 6; "
        "UPDATE audit_auditentry entry SET hash = sha256(convert_to(audit_text(entry), 'UTF8')) "
        "WHERE sequence = 6"
    )
    (trouble,) = verify(deeds).troubles
    assert (trouble.kind, trouble.detail) == ("changed", "Entry 6 is not what was signed.")


def test_a_checkpoint_that_was_changed_too_is_found(deeds: UUID) -> None:
    keeping.make_checkpoints(sign=sign, now=NOW)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditcheckpoint DISABLE TRIGGER audit_guard")
        cursor.execute('UPDATE audit_auditcheckpoint SET document = document || \'{"at": "now"}\'')
        cursor.execute("ALTER TABLE audit_auditcheckpoint ENABLE TRIGGER audit_guard")
    (trouble,) = verify(deeds).troubles
    assert trouble.kind == "checkpoint"


def test_a_checkpoint_is_made_only_where_the_chain_has_grown(deeds: UUID) -> None:
    assert keeping.make_checkpoints(sign=sign, now=NOW) == 1
    assert keeping.make_checkpoints(sign=sign, now=NOW + timedelta(days=2)) == 0
    do(deeds, "thing.done")
    assert keeping.make_checkpoints(sign=sign, now=NOW + timedelta(hours=23)) == 0
    assert keeping.make_checkpoints(sign=sign, now=NOW + timedelta(hours=24)) == 1
    assert verify(deeds).checkpoints == 2


def test_many_at_once_leave_one_chain(alice: Person) -> None:
    def work(number: int) -> None:
        do(alice.tenant_id, *(f"thing.done_{number}_{each}" for each in range(10)))
        connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    verdict = verify(alice.tenant_id)
    assert (verdict.is_whole, verdict.last) == (True, 40)


def test_a_deed_that_is_rolled_back_leaves_no_hole(alice: Person) -> None:
    do(alice.tenant_id, "thing.done")
    with tenant_scope(alice.tenant_id):
        audit.record(tenant_id=alice.tenant_id, actor="a", action="a.b", subject="", subject_id=None, now=NOW)
        transaction.set_rollback(True)
    do(alice.tenant_id, "thing.done")
    assert (verify(alice.tenant_id).is_whole, verify(alice.tenant_id).last) == (True, 2)


def test_a_place_in_the_chain_cannot_be_brought_along(alice: Person) -> None:
    with tenant_scope(alice.tenant_id):
        AuditEntry.objects.create(
            tenant_id=alice.tenant_id, at=NOW, actor="m", action="a.b", subject="", sequence=9, hash=b"1"
        )
    assert (verify(alice.tenant_id).is_whole, verify(alice.tenant_id).last) == (True, 1)


def test_the_application_may_neither_change_nor_remove(deeds: UUID) -> None:
    for statement in (
        "UPDATE audit_auditentry SET actor = 'x'",
        "DELETE FROM audit_auditentry",
        "UPDATE audit_auditcheckpoint SET sequence = 0",
        "DELETE FROM audit_auditcheckpoint",
        "SELECT audit_place(id) FROM audit_auditentry",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            tenant_scope(deeds),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_not_even_the_tables_owner_does_it_by_mistake(deeds: UUID) -> None:
    keeping.make_checkpoints(sign=sign, now=NOW)
    for statement in (
        "UPDATE audit_auditentry SET actor = 'x'",
        "UPDATE audit_auditentry SET sequence = 99 WHERE sequence = 6",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "UPDATE audit_auditcheckpoint SET sequence = 0",
        "DELETE FROM audit_auditcheckpoint",
    ):
        with (
            pytest.raises((ProgrammingError, InternalError), match="never changed or removed"),
            transaction.atomic(using="owner"),
            connections["owner"].cursor() as cursor,
        ):
            cursor.execute(statement)
    assert verify(deeds).last == 6


def test_retention_takes_the_oldest_and_the_chain_still_holds(alice: Person) -> None:
    for days in (900, 800, 10, 750, 5):  # the fourth is old too, and stands behind a younger one
        do(alice.tenant_id, f"thing.done_{days}", now=NOW - timedelta(days=days))
    keeping.make_checkpoints(sign=sign, now=NOW)
    assert keeping.prune(keep=timedelta(days=730), now=NOW) == 2
    assert keeping.prune(keep=timedelta(days=730), now=NOW) == 0
    with tenant_scope(alice.tenant_id):
        kept = list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True))
    assert kept == ["thing.done_10", "thing.done_750", "thing.done_5", "audit.pruned"]
    verdict = verify(alice.tenant_id)
    assert (verdict.is_whole, verdict.first, verdict.last) == (True, 3, 6)
    tamper("DELETE FROM audit_auditentry WHERE sequence = 3")
    assert [trouble.kind for trouble in verify(alice.tenant_id).troubles] == ["missing"]


def test_the_newest_entry_stays_however_old(alice: Person) -> None:
    do(alice.tenant_id, "thing.done", now=NOW - timedelta(days=900))
    assert keeping.prune(keep=timedelta(days=730), now=NOW) == 0
    assert verify(alice.tenant_id).last == 1


def test_retention_cannot_be_used_to_clear_what_is_young(deeds: UUID) -> None:
    with (
        pytest.raises(ProgrammingError, match="last 90 days"),
        tenant_scope(deeds),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT audit_prune(%s, now() - interval '89 days', now())", [deeds])


def test_pages_go_through_everything_once(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    do(alice.tenant_id, *(f"thing.done_{number}" for number in range(11)))
    monkeypatch.setattr(queries, "PAGE", 4)
    seen = [row.action for page in queries.pages(tenant_id=alice.tenant_id) for row in page]
    assert seen == [f"thing.done_{number}" for number in reversed(range(11))]
