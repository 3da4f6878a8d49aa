"""Second factors: what they demand, how often they may be tried, and what the database has of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core import mail

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.sign_in import factors
from metafleet.hub.console.sign_in.tests.browser import Browser, errors, pending
from metafleet.hub.identity.models import User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person

Browsers = Callable[[], Browser]


def code_of(secret: str, periods_later: int = 0) -> str:
    """Return what an authenticator app shows. Source: RFC 6238, by SHA-1, six digits, 30 seconds.

    The next period's is taken too, and stays so for a minute; the last one's is over any moment.
    """
    counter = int(clock.now().timestamp()) // 30 + periods_later
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", counter), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def with_app(browser: Browsers, person: Person) -> tuple[Browser, str, list[str]]:
    """Return a browser of the person, who has an authenticator app now, its secret and the recovery codes."""
    here = browser()
    here.sign_in(person.email)
    here.confirm_password()
    secret = here.get("account/authenticators/totp").json()["meta"]["secret"]
    assert here.post("account/authenticators/totp", code=code_of(secret)).status_code == 200
    codes = here.get("account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    return here, secret, codes


def test_who_has_an_app_is_asked_for_its_code(browser: Browsers, alice: Person) -> None:
    _, secret, _ = with_app(browser, alice)
    someone = browser()
    assert pending(someone.sign_in(alice.email)) == ["mfa_authenticate"]
    assert someone.me is None
    assert someone.client.get("/api/me").status_code == 401
    assert errors(someone.post("auth/2fa/authenticate", code="000000"))[0][0] == "code"
    assert someone.post("auth/2fa/authenticate", code=code_of(secret, 1)).status_code == 200
    assert someone.me is not None


def test_a_code_is_good_once(browser: Browsers, alice: Person) -> None:
    _, secret, codes = with_app(browser, alice)
    code = code_of(secret, 1)
    for used in (code, codes[0]):
        first, second = browser(), browser()
        first.sign_in(alice.email)
        second.sign_in(alice.email)
        assert first.post("auth/2fa/authenticate", code=used).status_code == 200
        assert second.post("auth/2fa/authenticate", code=used).status_code == 400
        assert second.me is None


def test_codes_cannot_be_guessed_from_many_addresses(browser: Browsers, alice: Person) -> None:
    _, secret, _ = with_app(browser, alice)
    for number in range(6):
        someone = browser()
        someone.client.defaults["REMOTE_ADDR"] = f"198.51.100.{number}"
        someone.sign_in(alice.email)
        answer = someone.post("auth/2fa/authenticate", code="000000")
    assert "Too many tries" in errors(answer)[0][1]
    assert someone.post("auth/2fa/authenticate", code=code_of(secret, 1)).status_code == 400


def test_factors_are_changed_only_by_who_has_just_proved_who_they_are(
    browser: Browsers, alice: Person
) -> None:
    here = browser()
    here.sign_in(alice.email)
    secret = here.get("account/authenticators/totp").json()["meta"]["secret"]
    for method, path, form in (
        ("POST", "account/authenticators/totp", {"code": code_of(secret)}),
        ("GET", "account/authenticators/webauthn", {}),
        ("POST", "account/email", {"email": "new@example.com"}),
    ):
        answer = here.get(path) if method == "GET" else here.call(method, path, **form)
        assert (answer.status_code, answer.json()["meta"]["is_authenticated"]) == (401, True)
    assert not Authenticator.objects.exists()


def test_recovery_codes_are_told_once_and_new_ones_make_the_old_ones_void(
    browser: Browsers, alice: Person
) -> None:
    here, _, codes = with_app(browser, alice)
    assert len(set(codes)) == 10
    assert "unused_codes" not in here.get("account/authenticators/recovery-codes").json()["data"]
    new = here.post("account/authenticators/recovery-codes").json()["data"]["unused_codes"]
    assert not set(new) & set(codes)
    someone = browser()
    someone.sign_in(alice.email)
    assert someone.post("auth/2fa/authenticate", code=codes[0]).status_code == 400
    assert someone.post("auth/2fa/authenticate", code=new[0]).status_code == 200


def test_the_database_has_no_secret_in_clear(browser: Browsers, alice: Person) -> None:
    _, secret, codes = with_app(browser, alice)
    rows = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in rows
    assert not any(code in rows for code in codes)
    assert rows.count("gAAAA") == 2  # how Fernet's tokens begin


def test_a_former_secret_key_still_opens_what_it_encrypted(settings: LazySettings) -> None:
    adapter = factors.FactorAdapter()
    boxed = adapter.encrypt("seed")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    factors._boxes.cache_clear()
    try:
        assert adapter.decrypt(boxed) == "seed"
        assert adapter.decrypt(adapter.encrypt("other")) == "other"
    finally:
        factors._boxes.cache_clear()


def test_who_removes_a_factor_hears_of_it_and_it_is_on_record(browser: Browsers, alice: Person) -> None:
    here, _, _ = with_app(browser, alice)
    assert here.call("DELETE", "account/authenticators/totp").status_code == 200
    assert [message.subject for message in mail.outbox] == [
        "metafleet: An authenticator app was added",
        "metafleet: Your authenticator app was removed",
    ]
    with tenant_scope(alice.tenant_id):
        actions = list(AuditEntry.objects.order_by("at").values_list("action", flat=True))
    assert actions.count("person.factor_added") == 2
    assert actions.count("person.factor_removed") == 2
    assert browser().sign_in(alice.email).status_code == 200


def test_operators_need_a_second_factor_where_the_settings_say_so(
    browser: Browsers, alice: Person, settings: LazySettings
) -> None:
    User.objects.filter(email=alice.email).update(is_operator=True)
    assert alice.client.get("/api/operator/hosts").status_code == 200
    settings.OPERATORS_NEED_MFA = True
    refused = alice.client.get("/api/operator/hosts")
    assert refused.status_code == 403
    assert "Settings, Security" in refused.json()["detail"]
    here, _, _ = with_app(browser, alice)
    assert here.client.get("/api/operator/hosts").status_code == 200


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"response": {}}, "x", None, [1]])
def test_a_passkey_that_is_none_is_refused(browser: Browsers, alice: Person, credential: Any) -> None:
    someone = browser()
    someone.get("auth/webauthn/login")
    answer = someone.post("auth/webauthn/login", credential=credential)
    assert answer.status_code == 400
    assert someone.me is None


@pytest.mark.parametrize(
    "credential", [{"id": "x"}, {"id": "a", "rawId": "b"}, {"id": "eA", "rawId": "eA", "response": {}}]
)
def test_a_passkey_that_is_none_is_not_added(browser: Browsers, alice: Person, credential: Any) -> None:
    here = browser()
    here.sign_in(alice.email)
    here.confirm_password()
    here.get("account/authenticators/webauthn?passwordless")
    answer = here.post("account/authenticators/webauthn", name="mine", credential=credential)
    assert answer.status_code == 400
    assert not Authenticator.objects.exists()
