"""Pairing codes: short, once, for minutes, for one account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet import enrolment, pairing, terminals
from metafleet.hub.fleet.accounts import Registration, register_account, remove_account
from metafleet.hub.fleet.errors import PairingMismatch, PairingRefused, TerminalHosted
from metafleet.hub.fleet.models import PairingCode, Platform, Terminal, TradingAccount
from metafleet.hub.fleet.pairing import Claimant, Enrolled
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOW + timedelta(minutes=1)
HONEST = Claimant("mt5", 42, "Broker-Demo", 4410)


def own_account(person: Person, login: int = 42) -> TradingAccount:
    with tenant_scope(person.tenant_id):
        return register_account(
            tenant_id=person.tenant_id,
            actor=person.email,
            registration=Registration("Live", Platform.MT5, login, "Broker-Demo", "USD", ""),
            now=NOW,
        )


def add(person: Person, account: TradingAccount) -> tuple[Terminal, str]:
    with tenant_scope(person.tenant_id):
        made, code = terminals.add_terminal(
            tenant_id=person.tenant_id, account_id=account.id, actor=person.email, label="Laptop", now=NOW
        )
    return made, code.text


@pytest.fixture
def alice() -> Person:
    return sign_up("alice@example.com")


@pytest.fixture
def paired(alice: Person) -> tuple[Terminal, str]:
    """A terminal that is not paired yet, and its code."""
    return add(alice, own_account(alice))


def enrol(code: str, claimant: Claimant = HONEST, now: datetime = LATER) -> Enrolled:
    return asyncio.run(_enrol(code, claimant, now))


async def _enrol(code: str, claimant: Claimant, now: datetime) -> Enrolled:
    arguments = connection.get_connection_params()
    wanted = {
        key: arguments[key] for key in ("dbname", "user", "host", "port", "options") if key in arguments
    }
    async with await psycopg.AsyncConnection.connect(**wanted, autocommit=True) as gateway:
        return await pairing.enrol(gateway, code=code, claimant=claimant, now=now)


def look(person: Person, terminal: Terminal) -> Terminal:
    with tenant_scope(person.tenant_id):
        return Terminal.objects.get(id=terminal.id)


def change(person: Person, verb: Callable[..., Any], terminal: Terminal) -> Any:
    with tenant_scope(person.tenant_id):
        return verb(terminal=terminal, actor=person.email, now=NOW)


def test_a_code_lets_its_terminal_in(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    enrolled = enrol(code)
    assert enrolled == Enrolled(terminal.id, alice.tenant_id, terminal.account_id, token_version=2)
    after = look(alice, terminal)
    assert (after.token_version, after.enrolled_at, after.build) == (2, LATER, 4410)
    with tenant_scope(alice.tenant_id):
        entry = AuditEntry.objects.get(action="terminal.enrolled")
    assert (entry.actor, entry.subject, entry.detail["login"]) == ("system:terminal", "Laptop of Live", 42)


def test_codes_are_read_aloud_without_mistakes(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    assert len(code) == 9
    assert code[4] == "-"
    assert set(code) - {"-"} <= set(enrolment.ALPHABET)
    assert not set("01OI") & set(enrolment.ALPHABET)
    assert len(enrolment.ALPHABET) ** enrolment.CODE_LENGTH >= 2**40
    assert enrol(f" {code.lower().replace('-', ' ')} ").terminal_id == terminal.id


def test_the_database_does_not_know_the_code(alice: Person, paired: tuple[Terminal, str]) -> None:
    import hashlib

    _, code = paired
    with tenant_scope(alice.tenant_id):
        kept = bytes(PairingCode.objects.get().code_hash)
    assert len(kept) == 32
    for plain in (code, code.replace("-", "")):
        assert kept != hashlib.sha256(plain.encode()).digest()


def test_a_code_works_once(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    enrol(code)
    with pytest.raises(PairingRefused, match="used already"):
        enrol(code)
    assert look(alice, terminal).token_version == 2


def test_of_two_that_use_a_code_at_once_one_gets_in(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired

    async def both() -> list[Enrolled | BaseException]:
        tries = (_enrol(code, HONEST, LATER) for _ in range(4))
        return await asyncio.gather(*tries, return_exceptions=True)

    outcomes = asyncio.run(both())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Enrolled", *["PairingRefused"] * 3]
    assert look(alice, terminal).token_version == 2


def test_a_code_expires_after_a_quarter_of_an_hour(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    with pytest.raises(PairingRefused, match="no longer valid"):
        enrol(code, now=NOW + timedelta(minutes=15))
    assert look(alice, terminal).enrolled_at is None
    assert enrol(code, now=NOW + timedelta(minutes=15, seconds=-1)).terminal_id == terminal.id


def test_a_new_code_ends_the_older_one(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, older = paired
    newer = change(alice, terminals.pair_anew, terminal).text
    with pytest.raises(PairingRefused):
        enrol(older)
    assert enrol(newer).token_version == 2


@pytest.mark.parametrize(
    ("claimant", "pointers"),
    [
        (Claimant("mt5", 43, "Broker-Demo"), ["/login"]),
        (Claimant("mt5", 42, "Broker-Live"), ["/server"]),
        (Claimant("mt4", 42, "Broker-Demo"), ["/platform"]),
        (Claimant("mt4", 1, "x"), ["/platform", "/login", "/server"]),
    ],
)
def test_another_account_is_refused_and_the_code_stays_good(
    alice: Person, paired: tuple[Terminal, str], claimant: Claimant, pointers: list[str]
) -> None:
    terminal, code = paired
    with pytest.raises(PairingMismatch) as refusal:
        enrol(code, claimant)
    assert [fault.pointer for fault in refusal.value.faults] == pointers
    assert look(alice, terminal).token_version == 1
    assert enrol(code).terminal_id == terminal.id


@pytest.mark.parametrize("code", ["", "ABCD-EFGH", "\x00", "💥" * 100, "0" * 100_000])
def test_what_is_no_code_is_refused(alice: Person, paired: tuple[Terminal, str], code: str) -> None:
    with pytest.raises(PairingRefused, match="no such"):
        enrol(code)


def test_a_revoked_terminal_can_be_paired_again(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    enrol(code)
    revoked = change(alice, terminals.revoke_terminal, terminal)
    assert (revoked.token_version, revoked.revoked_at) == (3, NOW)
    assert change(alice, terminals.revoke_terminal, terminal).token_version == 3
    newer = change(alice, terminals.pair_anew, terminal).text
    assert enrol(newer).token_version == 4
    assert look(alice, terminal).revoked_at is None


def test_revoking_ends_the_codes_too(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    change(alice, terminals.revoke_terminal, terminal)
    with pytest.raises(PairingRefused):
        enrol(code)


def test_a_removed_account_lets_nobody_in(alice: Person, paired: tuple[Terminal, str]) -> None:
    terminal, code = paired
    with tenant_scope(alice.tenant_id):
        remove_account(account=terminal.account, actor=alice.email, now=NOW)
    with pytest.raises(PairingRefused, match="removed"):
        enrol(code)


def test_a_hosted_terminal_has_no_codes(alice: Person) -> None:
    from metafleet.hub.catalogue.operations import publish_shipped_templates

    publish_shipped_templates(now=NOW)
    hosted = deploy(alice, connect(alice)).terminal
    for verb in (terminals.pair_anew, terminals.revoke_terminal, terminals.remove_terminal):
        with pytest.raises(TerminalHosted):
            change(alice, verb, hosted)
