"""Whether a database that was restored is looked at closely enough to see what was done to it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from django.db import connections, transaction

from metafleet.cli.backups import examining, standing
from metafleet.cli.tests.test_backups import pretend
from metafleet.engine.statements.folding import Deal
from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=("default", "owner")),
    pytest.mark.usefixtures("catalogue"),
]


def url() -> str:
    """The tests' database, as its owner."""
    said: dict[str, Any] = connections["owner"].get_connection_params()
    words = {name: said[name] for name in ("host", "port", "user", "password", "dbname") if said.get(name)}
    return psycopg.conninfo.make_conninfo("", **words)


def trade(ticket: int, *, is_exit: bool = False) -> Deal:
    return Deal(
        ticket=ticket + is_exit,
        position_id=ticket,
        order_id=ticket,
        symbol="EURUSD",
        kind=int(is_exit),
        entry=int(is_exit),
        volume=Decimal("0.1"),
        price=Decimal("1.1"),
        executed_at=NOW + timedelta(seconds=ticket + is_exit),
        profit=Decimal(0),
        commission=Decimal("-0.07"),
        swap=Decimal(0),
        fee=Decimal(0),
        magic=7,
        reason=None,
        stop_loss=None,
        take_profit=None,
        comment="",
    )


@pytest.fixture
def lived(alice: Person) -> Person:
    """Alice, with three deeds and two trades, one of which is open."""
    account = connect(alice)
    with psycopg.connect(url()) as connection:
        for deal in (trade(1), trade(1, is_exit=True), trade(5)):
            put(connection, alice, account.id, deal)
        connection.execute("SELECT journal_fold(%s, %s, %s)", [[account.id] * 2, [1, 5], NOW])
    for number in range(3):
        with tenant_scope(alice.tenant_id):
            audit.record(
                tenant_id=alice.tenant_id,
                actor="alice",
                action=f"thing.done_{number}",
                subject="A thing",
                subject_id=None,
                now=NOW,
            )
    return alice


def put(connection: psycopg.Connection, person: Person, account: Any, deal: Deal) -> None:
    row = msgspec.structs.asdict(deal) | {"tenant_id": person.tenant_id, "account_id": account}
    row |= {"created_at": NOW, "updated_at": NOW}
    names = ", ".join(row)
    places = ", ".join(f"%({name})s" for name in row)
    connection.execute(f"INSERT INTO journal_deal ({names}) VALUES ({places})".encode(), row)  # noqa: S608


def tamper(*statements: str) -> tuple[str, ...]:
    """Do it as who holds the database; return what is then seen."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return examining.examine(url()).troubles


def test_what_is_whole_is_counted(lived: Person) -> None:
    found = examining.examine(url())
    assert (found.deals, found.trades, found.troubles) == (3, 2, ())
    assert found.entries >= 3


def test_a_trade_that_is_not_what_its_deals_make_is_seen(lived: Person) -> None:
    (said,) = tamper("UPDATE journal_trade SET net_profit = net_profit + 1 WHERE position_id = 1")
    assert said.startswith("position 1 of account ")
    assert said.endswith("is not what its deals make")


def test_a_trade_that_is_gone_or_has_no_deals_is_seen(lived: Person) -> None:
    said = tamper(
        "DELETE FROM journal_trade WHERE position_id = 1", "DELETE FROM journal_deal WHERE ticket = 5"
    )
    assert [words.partition(" of account ")[0] for words in said] == ["position 1", "position 5"]
    assert said[1].endswith("has trades and no deals")


def test_a_deal_that_is_there_twice_is_seen(lived: Person) -> None:
    said = tamper(
        "ALTER TABLE journal_deal DROP CONSTRAINT journal_deal_pkey",
        "INSERT INTO journal_deal SELECT * FROM journal_deal WHERE ticket = 5",
    )
    try:
        assert said[0].startswith("deal 5 of account ")
        assert said[0].endswith("is there more than once")
    finally:
        tamper(
            "DELETE FROM journal_deal WHERE ticket = 5",
            "ALTER TABLE journal_deal ADD CONSTRAINT journal_deal_pkey PRIMARY KEY (account_id, ticket)",
        )


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (
            "UPDATE audit_auditentry SET actor = 'bob' WHERE action = 'thing.done_1'",
            "is not as it was written",
        ),
        ("DELETE FROM audit_auditentry WHERE action = 'thing.done_1'", "does not follow the one before it"),
    ],
)
def test_a_deed_that_was_changed_or_taken_out_is_seen(lived: Person, statement: str, says: str) -> None:
    said = tamper(
        "ALTER TABLE audit_auditentry DISABLE TRIGGER audit_guard",
        statement,
        "ALTER TABLE audit_auditentry ENABLE TRIGGER audit_guard",
    )
    assert any(says in words and str(lived.tenant_id) in words for words in said)


def test_how_the_backups_stand_is_told_once_and_again(db: None, tmp_path: Path) -> None:
    standing.tell(url(), tmp_path, "the disk is full")
    said = standing.read(url())
    assert said
    assert (said.newest, said.kept, said.problem, said.followed_at) == ("", 0, "the disk is full", None)
    made = pretend(tmp_path, 2, verified=[0])
    standing.tell(url(), tmp_path)
    said = standing.read(url())
    assert said
    assert (said.newest, said.newest_at) == (made[1].manifest.id, made[1].manifest.ended_at)
    assert (said.verified_of, said.kept, said.problem) == (made[0].manifest.ended_at, 2, "")
    assert standing.sentence(said).startswith(
        "2026-03-02 12:00 UTC, verified 2026-03-02 12:00, no log, 2 kept"
    )
