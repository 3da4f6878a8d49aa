"""Signing up, in and out; passwords and addresses; what is slowed down."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import redis
from allauth.usersessions.models import UserSession
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.test import Client

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.sign_in.presence import IDLE
from metafleet.hub.console.sign_in.tests.browser import (
    NEW_PASSWORD,
    Browser,
    code_of_last_mail,
    errors,
    pending,
)
from metafleet.hub.identity.models import Membership, User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import PASSWORD, Person

Browsers = Callable[[], Browser]


def actions_of(person: Person) -> list[str]:
    with tenant_scope(person.tenant_id):
        return list(AuditEntry.objects.order_by("at").values_list("action", flat=True))


# -- signing up ------------------------------------------------------------------


def test_sign_up_makes_an_owner_on_bronze_who_is_signed_in(browser: Browsers) -> None:
    dana = browser()
    assert dana.sign_up().status_code == 200
    me = dana.me
    assert me is not None
    assert (me["email"], me["role"], me["tenantName"]) == ("dana@example.com", "owner", "Dana's desk")
    assert me["plan"]["code"] == "bronze"
    assert me["active"] == {"limit": 1, "used": 0}
    assert dana.client.session["tenant_id"] == me["tenantId"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": "dana@example.com"}, "password"),
        ({"tenant_name": " "}, "tenant_name"),
        ({"tenant_name": "a\nb"}, "tenant_name"),
        ({"tenant_name": "x" * 81}, "tenant_name"),
    ],
)
def test_a_faulty_form_is_refused_by_field(browser: Browsers, change: dict[str, str], field: str) -> None:
    answer = browser().sign_up(**change)
    assert answer.status_code == 400
    assert [name for name, _ in errors(answer)] == [field]
    assert PASSWORD not in answer.content.decode()
    assert User.objects.count() == 0


def test_a_failure_halfway_leaves_nothing(browser: Browsers, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the machine is gone")

    monkeypatch.setattr("metafleet.hub.console.sign_in.founding.billing.start_plan", fail)
    dana = browser()
    with pytest.raises(RuntimeError):
        dana.sign_up()
    assert User.objects.count() == 0


def test_an_address_signs_up_once_whatever_its_case(browser: Browsers) -> None:
    browser().sign_up()
    answer = browser().sign_up(email="dana@example.COM")
    assert answer.status_code == 400
    assert "Sign in instead" in errors(answer)[0][1]
    assert User.objects.count() == 1


def test_with_a_mail_server_nobody_acts_before_their_address_is_verified(
    browser: Browsers, mail_server: None
) -> None:
    dana = browser()
    assert pending(dana.sign_up()) == ["verify_email"]
    assert dana.me is None
    assert dana.client.get("/api/me").status_code == 401
    assert mail.outbox[-1].to == ["dana@example.com"]
    wrong = dana.post("auth/email/verify", key="WRONG1")
    assert errors(wrong)[0][0] == "key"
    assert dana.post("auth/email/verify", key=code_of_last_mail()).status_code == 200
    assert dana.me is not None


def test_a_code_is_good_for_few_tries(browser: Browsers, mail_server: None) -> None:
    dana = browser()
    dana.sign_up()
    code = code_of_last_mail()
    for _ in range(3):
        dana.post("auth/email/verify", key="WRONG1")
    assert dana.post("auth/email/verify", key=code).status_code == 409
    assert dana.me is None


def test_a_sign_up_with_a_taken_address_looks_like_any_other(
    browser: Browsers, mail_server: None, alice: Person
) -> None:
    new, taken = browser().sign_up(), browser().sign_up(email=alice.email)
    assert (taken.status_code, taken.content) == (new.status_code, new.content)
    assert "You have an account already" in mail.outbox[-1].subject
    assert User.objects.filter(email=alice.email).count() == 1


# -- signing in ------------------------------------------------------------------


def test_which_of_address_and_password_is_wrong_is_not_said(browser: Browsers, alice: Person) -> None:
    wrong = browser().sign_in(alice.email, "wrong password")
    unknown = browser().sign_in("x@example.com", "wrong password")
    assert (wrong.status_code, wrong.content) == (400, unknown.content)


def test_sign_in_and_out(browser: Browsers, alice: Person) -> None:
    someone = browser()
    assert someone.sign_in("ALICE@example.com").status_code == 200
    assert someone.me is not None
    assert someone.client.session["tenant_id"] == str(alice.tenant_id)
    assert someone.client.post("/api/auth/sign-out").status_code == 204
    assert someone.client.get("/api/me").status_code == 401
    assert actions_of(alice) == ["person.signed_in", "person.signed_out"]


def test_who_belongs_to_no_tenant_is_told_so(browser: Browsers, alice: Person, bob: Person) -> None:
    User.objects.filter(email=bob.email).update(password=User.objects.get(email=alice.email).password)
    with tenant_scope(alice.tenant_id):
        Membership.objects.filter(user__email=bob.email).delete()
    answer = browser().sign_in(bob.email)
    assert answer.status_code == 403
    assert "invite you" in answer.json()["detail"]


def test_signing_in_makes_a_new_session_key(browser: Browsers, alice: Person) -> None:
    someone = browser()
    someone.sign_in(alice.email)
    before = someone.client.session.session_key
    someone.client.post("/api/auth/sign-out")
    someone.sign_in(alice.email)
    assert someone.client.session.session_key != before


def test_the_last_sign_ins_are_listed(browser: Browsers, alice: Person) -> None:
    browser().sign_in(alice.email, "wrong")
    browser().sign_in(alice.email, "wrong again")
    someone = browser()
    someone.sign_in(alice.email)
    listed = someone.client.get("/api/me/sign-ins").json()
    assert [(row["isSuccess"], row["by"], row["address"]) for row in listed] == [
        (True, "password", "192.0.2.1"),
        (False, "password", "192.0.2.1"),
    ]
    assert "Firefox" in listed[0]["device"]


# -- passwords and addresses -----------------------------------------------------


def test_a_forgotten_password_is_reset_by_mail(browser: Browsers, alice: Person) -> None:
    elsewhere, someone = browser(), browser()
    elsewhere.sign_in(alice.email)
    assert pending(someone.post("auth/password/request", email=alice.email)) == ["password_reset_by_code"]
    code = code_of_last_mail()
    weak = someone.post("auth/password/reset", key=code, password="short")
    assert errors(weak)[0][0] == "password"
    someone.post("auth/password/reset", key=code, password=NEW_PASSWORD)
    assert mail.outbox[-1].subject == "metafleet: Your password was reset"
    assert elsewhere.me is None
    assert someone.sign_in(alice.email).status_code == 400
    assert someone.sign_in(alice.email, NEW_PASSWORD).status_code == 200
    assert "person.password_reset" in actions_of(alice)


def test_a_reset_for_an_unknown_address_looks_like_any_other(
    browser: Browsers, mail_server: None, alice: Person
) -> None:
    known = browser().post("auth/password/request", email=alice.email)
    unknown = browser().post("auth/password/request", email="x@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert [message.to for message in mail.outbox] == [[alice.email], ["x@example.com"]]


def test_a_changed_password_ends_all_other_sessions(browser: Browsers, alice: Person) -> None:
    here, elsewhere = browser(), browser()
    here.sign_in(alice.email)
    elsewhere.sign_in(alice.email)
    wrong = here.post("account/password/change", current_password="x", new_password=NEW_PASSWORD)
    assert errors(wrong) == [("current_password", "This is not your present password.")]
    assert here.post(
        "account/password/change", current_password=PASSWORD, new_password=NEW_PASSWORD
    ).status_code in (200, 401)
    assert here.me is not None
    assert elsewhere.me is None
    assert mail.outbox[-1].subject == "metafleet: Your password was changed"
    assert "192.0.2.1" in mail.outbox[-1].body
    assert actions_of(alice)[-1] == "person.password_changed"


def test_a_changed_address_is_confirmed_by_a_code_and_the_old_one_hears_of_it(
    browser: Browsers, alice: Person
) -> None:
    here = browser()
    here.sign_in(alice.email)
    assert here.post("account/email", email="new@example.com").status_code == 401
    here.confirm_password()
    here.post("account/email", email="new@example.com")
    assert mail.outbox[-1].to == ["new@example.com"]
    assert here.post("auth/email/verify", key=code_of_last_mail()).status_code == 200
    assert here.me is not None
    assert here.me["email"] == "new@example.com"
    assert ([alice.email], "metafleet: Your e-mail address was changed") in [
        (message.to, message.subject) for message in mail.outbox
    ]
    assert browser().sign_in(alice.email).status_code == 400
    assert browser().sign_in("new@example.com").status_code == 200
    assert "person.email_changed" in actions_of(alice)


# -- sessions --------------------------------------------------------------------


def test_a_revoked_session_is_over_at_its_next_request(browser: Browsers, alice: Person) -> None:
    here, elsewhere = browser(), browser()
    here.sign_in(alice.email)
    elsewhere.sign_in(alice.email)
    sessions = here.get("auth/sessions").json()["data"]
    (other,) = [session for session in sessions if not session["is_current"]]
    assert (other["ip"], len(sessions)) == ("192.0.2.1", 2)
    assert here.call("DELETE", "auth/sessions", sessions=[other["id"]]).status_code == 200
    assert elsewhere.me is None
    assert here.me is not None
    assert actions_of(alice)[-1] == "person.session_revoked"


def test_nobody_revokes_a_strangers_session(browser: Browsers, alice: Person, charlie: Person) -> None:
    hers, his = browser(), browser()
    hers.sign_in(alice.email)
    his.sign_in(charlie.email)
    (session,) = hers.get("auth/sessions").json()["data"]
    assert his.call("DELETE", "auth/sessions", sessions=[session["id"]]).status_code == 400
    assert hers.me is not None


def test_when_a_session_was_last_seen_is_told(browser: Browsers, alice: Person) -> None:
    alice.client.get("/api/me", REMOTE_ADDR="192.0.2.9")
    (session,) = alice.client.get("/_allauth/browser/v1/auth/sessions").json()["data"]
    assert session["ip"] == "192.0.2.9"
    assert session["last_seen_at"] > 0


def test_a_session_ends_at_its_time_whatever_it_keeps_meanwhile(browser: Browsers, alice: Person) -> None:
    here = browser()
    here.sign_in(alice.email)
    end = here.client.session.get_expiry_date()
    here.confirm_password()
    assert here.client.session.get_expiry_date() == end
    assert 13.9 * 86400 < here.client.session.get_expiry_age() <= 14 * 86400


def test_a_session_that_nobody_used_for_days_is_over(browser: Browsers, alice: Person) -> None:
    here, elsewhere = browser(), browser()
    for each in (here, elsewhere):
        each.sign_in(alice.email)
        assert each.me is not None
    unseen = UserSession.objects.filter(session_key=here.client.session.session_key)
    assert unseen.update(last_seen_at=clock.now() - IDLE - timedelta(seconds=1)) == 1
    cache.clear()
    assert here.me is None
    assert elsewhere.me is not None


# -- slowing down ----------------------------------------------------------------


def test_guessing_is_slowed_down_and_hears_the_way_out(browser: Browsers, alice: Person) -> None:
    someone = browser()
    answers = [someone.sign_in(alice.email, "guess") for _ in range(22)]
    assert [answer.status_code for answer in answers] == [400] * 20 + [429] * 2
    assert "Forgot your password?" in answers[-1].json()["detail"]
    assert 0 < int(answers[-1]["Retry-After"]) <= 300
    # The owner, who comes from elsewhere, is not locked out by it.
    right = json.dumps({"email": alice.email, "password": PASSWORD})
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    address = "/_allauth/browser/v1/auth/login"
    assert elsewhere.post(address, right, content_type="application/json").status_code == 200


def test_a_reset_by_mail_lets_a_locked_person_in(browser: Browsers, alice: Person) -> None:
    someone = browser()
    for _ in range(21):
        someone.sign_in(alice.email, "guess")
    assert someone.sign_in(alice.email).status_code == 429
    someone.post("auth/password/request", email=alice.email)
    someone.post("auth/password/reset", key=code_of_last_mail(), password=NEW_PASSWORD)
    assert someone.sign_in(alice.email, NEW_PASSWORD).status_code == 200


def test_the_wait_is_counted_from_the_first_failure(browser: Browsers, alice: Person, redis_url: str) -> None:
    someone = browser()
    counts = redis.Redis.from_url(redis_url)
    someone.sign_in(alice.email, "guess")
    for key in counts.keys("sign-in:*"):
        counts.expire(key, 100)
    for _ in range(20):
        answer = someone.sign_in(alice.email, "guess")
    assert answer.status_code == 429
    assert 95 <= int(answer["Retry-After"]) <= 100


def test_signing_in_rightly_is_never_too_often(browser: Browsers, alice: Person, redis_url: str) -> None:
    someone = browser()
    for _ in range(25):
        assert someone.sign_in(alice.email).status_code == 200
        someone.client.post("/api/auth/sign-out")
    counts = redis.Redis.from_url(redis_url)
    assert {counts.get(key) for key in counts.keys("sign-in:*")} == {b"0"}


def test_guessing_at_many_people_from_one_address_is_slowed_down(browser: Browsers, redis_url: str) -> None:
    someone = browser()
    someone.sign_in("first@example.com", "guess")
    redis.Redis.from_url(redis_url).set("sign-in:from:192.0.2.1", 100, keepttl=True)
    assert someone.sign_in("next@example.com", "guess").status_code == 429


def test_signing_up_by_the_dozen_is_slowed_down(browser: Browsers) -> None:
    someone = browser()
    statuses = [someone.sign_up(email="nobody").status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]


def test_limits_are_counted_while_redis_is_away(
    browser: Browsers, alice: Person, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone = browser()

    def away(*_: Any, **__: Any) -> Any:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.add", away)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get", away)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.set", away)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.delete", away)
    settings.REDIS_URL = "redis://127.0.0.1:1"
    assert someone.sign_in(alice.email).status_code == 200
    statuses = [browser().sign_up(email="nobody").status_code for _ in range(21)]
    assert statuses == [400] * 20 + [429]


def test_other_sites_cannot_sign_a_visitor_in(alice: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    form = json.dumps({"email": alice.email, "password": PASSWORD})
    answer = strict.post("/_allauth/browser/v1/auth/login", form, content_type="application/json")
    assert answer.status_code == 403


def test_other_sites_cannot_act_for_somebody_signed_in(alice: Person) -> None:
    alice.client.handler.enforce_csrf_checks = True
    form = json.dumps({"label": "x", "deposit": 1000})
    answer = alice.client.post("/api/accounts/open", form, content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"[", b"[]", b"\xff", b'{"email": {"a": 1}, "password": []}', b"1e999"])
def test_a_body_that_is_none_is_refused(browser: Browsers, body: bytes) -> None:
    someone = browser()
    answer = someone.client.post("/_allauth/browser/v1/auth/login", body, content_type="application/json")
    assert answer.status_code == 400
