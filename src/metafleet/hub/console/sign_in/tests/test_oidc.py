"""Signing in at an OpenID Connect provider: over real HTTP, and with all that must be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.sign_in import oidc
from metafleet.hub.console.sign_in.tests.browser import Browser, pending
from metafleet.hub.console.sign_in.tests.test_factors import with_app
from metafleet.hub.identity.models import User
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import PASSWORD, Person
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, new_key, serving_provider

Browsers = Callable[[], Browser]


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    with serving_provider() as provider:
        settings.OIDC_ISSUER = provider.issuer
        settings.OIDC_NAME = "Example"
        settings.OIDC_CLIENT_ID = CLIENT_ID
        settings.OIDC_CLIENT_SECRET = CLIENT_SECRET
        yield provider


def leave(someone: Browser, process: str = "login", next_place: str = "/") -> str:
    """Return the provider's address that our page sends the browser to."""
    answer = someone.client.post(
        "/api/auth/provider", {"process": process, "next": next_place}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return str(answer.json()["url"])


def come_back(someone: Browser, address: str) -> str:
    """Visit the provider and return; say where our own answer leads."""
    back = httpx.get(address).headers["Location"]
    path = back.removeprefix("http://testserver")
    assert path.startswith("/sign-in/oidc/callback?")
    return str(someone.client.get(path)["Location"])


def go(someone: Browser, process: str = "login", next_place: str = "/") -> str:
    return come_back(someone, leave(someone, process, next_place))


def refused(someone: Browser, where: str) -> str:
    """Return the reason that the sign-in page is given; nobody is signed in."""
    assert someone.me is None
    return parse_qs(urlsplit(where).query)["error"][0]


def test_who_is_new_gets_a_desk_of_their_own(browser: Browsers, provider: Provider) -> None:
    dana = browser()
    assert dana.client.get("/api/session").json()["providerName"] == "Example"
    assert go(dana, next_place="/accounts?a=b") == "/sign-in?next=/accounts%3Fa%3Db"
    me = dana.me
    assert me is not None
    assert (me["email"], me["tenantName"], me["role"]) == ("dana@example.com", "Dana Doe", "owner")
    assert EmailAddress.objects.get().verified
    assert not User.objects.get().has_usable_password()
    again = browser()
    go(again)
    assert again.me is not None
    assert User.objects.count() == 1
    with tenant_scope(me["tenantId"]):
        entry = AuditEntry.objects.filter(action="person.signed_in").latest("at")
    assert entry.detail == {"by": "OpenID Connect"}


def test_each_sign_in_asks_with_its_own_state_nonce_and_challenge(
    browser: Browsers, provider: Provider
) -> None:
    for _ in range(2):
        go(browser())
    first, second = provider.asked
    assert sorted(first["scope"].split()) == ["email", "openid", "profile"]
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["redirect_uri"] == "http://testserver/sign-in/oidc/callback"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16
        assert first[name] != second[name]


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": None},
        {"aud": [CLIENT_ID, "other"], "azp": "other"},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": 4_000_000_000, "nbf": 4_000_000_000},
        {"nonce": "another"},
        {"nonce": ""},
        {"nonce": None},
        {"sub": None},
        {"token_use": "access"},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_for_us_now_signs_nobody_in(
    browser: Browsers, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    dana = browser()
    assert refused(dana, go(dana)) == "unknown"
    assert User.objects.count() == 0


def test_an_id_token_by_another_key_signs_nobody_in(browser: Browsers, provider: Provider) -> None:
    provider.key = new_key()
    dana = browser()
    assert refused(dana, go(dana)) == "unknown"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_id_token_without_a_signature_of_the_provider_signs_nobody_in(
    browser: Browsers, provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    provider.key = None if algorithm == "none" else CLIENT_SECRET.ljust(32, "x")
    dana = browser()
    assert refused(dana, go(dana)) == "unknown"


def test_a_token_of_a_minute_ago_is_not_expired_yet(browser: Browsers, provider: Provider) -> None:
    provider.claims = {"exp": int(clock.now().timestamp()) - 30}
    dana = browser()
    go(dana)
    assert dana.me is not None


def test_another_issuers_discovery_is_not_followed(browser: Browsers, provider: Provider) -> None:
    provider.named_issuer = "https://elsewhere.example"
    dana = browser()
    answer = dana.client.post("/api/auth/provider", {"process": "login"}, content_type="application/json")
    assert answer.status_code == 503


def test_an_answer_to_another_browser_signs_nobody_in(browser: Browsers, provider: Provider) -> None:
    attacker, victim = browser(), browser()
    address = leave(attacker)
    leave(victim)
    assert refused(victim, come_back(victim, address)) == "unknown"


def test_an_answer_is_good_once(browser: Browsers, provider: Provider) -> None:
    dana = browser()
    back = httpx.get(leave(dana)).headers["Location"].removeprefix("http://testserver")
    dana.client.get(back)
    assert dana.me is not None
    dana.client.post("/api/auth/sign-out")
    assert refused(dana, dana.client.get(back)["Location"]) == "unknown"


@pytest.mark.parametrize("verified", [False, None, "no"])
def test_an_address_that_is_not_verified_signs_nobody_in(
    browser: Browsers, provider: Provider, mail_server: None, alice: Person, verified: Any
) -> None:
    provider.person |= {"email": alice.email, "email_verified": verified}
    dana = browser()
    assert refused(dana, go(dana)) == "email_not_verified"
    assert not SocialAccount.objects.exists()


def test_only_the_domains_of_the_settings_come_in(
    browser: Browsers, provider: Provider, settings: LazySettings
) -> None:
    settings.OIDC_DOMAINS = ["example.org"]
    dana = browser()
    assert refused(dana, go(dana)) == "domain_not_allowed"
    settings.OIDC_DOMAINS = ["example.org", "example.com"]
    go(dana)
    assert dana.me is not None


def test_a_verified_address_links_to_whom_it_belongs(
    browser: Browsers, provider: Provider, mail_server: None, alice: Person
) -> None:
    provider.person["email"] = alice.email
    someone = browser()
    go(someone)
    assert someone.me is not None
    assert someone.me["tenantId"] == str(alice.tenant_id)
    assert User.objects.get(email=alice.email).has_usable_password()
    with tenant_scope(alice.tenant_id):
        actions = list(AuditEntry.objects.order_by("at").values_list("action", flat=True))
    assert actions == ["person.oidc_linked", "person.signed_in"]


def test_a_password_of_before_the_address_was_proved_is_dropped(
    browser: Browsers, provider: Provider, mail_server: None, alice: Person
) -> None:
    EmailAddress.objects.update(verified=False)
    provider.person["email"] = alice.email
    someone = browser()
    go(someone)
    assert browser().sign_in(alice.email).status_code == 400
    # The address is proved here too, by a code.
    assert pending(someone.get("auth/session")) == ["verify_email"]


def test_without_a_mail_server_people_link_by_hand(
    browser: Browsers, provider: Provider, alice: Person
) -> None:
    provider.person["email"] = alice.email
    someone = browser()
    assert refused(someone, go(someone)) == "link_by_hand"
    someone.sign_in(alice.email)
    someone.confirm_password()
    assert go(someone, "connect") == "/settings/security"
    assert SocialAccount.objects.get().user.email == alice.email
    another = browser()
    go(another)
    assert another.me is not None


def test_linking_wants_to_hear_who_it_is(browser: Browsers, provider: Provider, alice: Person) -> None:
    someone = browser()
    someone.sign_in(alice.email)
    assert "reauthentication_required" in go(someone, "connect")
    assert not SocialAccount.objects.exists()


def test_who_has_a_second_factor_is_asked_for_it_here_too(
    browser: Browsers, provider: Provider, alice: Person
) -> None:
    here, _, codes = with_app(browser, alice)
    here.confirm_password()
    provider.person["email"] = alice.email
    go(here, "connect")
    someone = browser()
    go(someone)
    assert someone.me is None
    assert pending(someone.get("auth/session")) == ["mfa_authenticate"]
    assert someone.post("auth/2fa/authenticate", code=codes[0]).status_code == 200
    assert someone.me is not None


def test_an_address_may_come_by_user_info_of_the_same_person_alone(
    browser: Browsers, provider: Provider
) -> None:
    del provider.person["email"]
    provider.userinfo = {"sub": "dana-1", "email": "dana@example.com", "email_verified": True}
    dana = browser()
    go(dana)
    assert dana.me is not None
    provider.userinfo["sub"] = "somebody-else"
    another = browser()
    assert refused(another, go(another)) == "unknown"


def test_a_provider_that_is_away_is_said(
    browser: Browsers, settings: LazySettings, provider: Provider
) -> None:
    settings.OIDC_ISSUER = "http://127.0.0.1:1"
    answer = browser().client.post(
        "/api/auth/provider", {"process": "login"}, content_type="application/json"
    )
    assert answer.status_code == 503
    assert "Example does not answer" in answer.json()["detail"]


@pytest.mark.parametrize("next_place", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_the_way_back_leads_to_us_alone(browser: Browsers, provider: Provider, next_place: str) -> None:
    answer = browser().client.post(
        "/api/auth/provider", {"process": "login", "next": next_place}, content_type="application/json"
    )
    assert answer.status_code == 400


def test_without_a_provider_there_is_nothing(browser: Browsers, alice: Person) -> None:
    someone = browser()
    answer = someone.client.post("/api/auth/provider", {"process": "login"}, content_type="application/json")
    assert answer.status_code == 404
    assert someone.client.get("/sign-in/oidc/callback?code=1&state=2").status_code == 404
    token = jwt.encode({"sub": "x"}, "k" * 32)
    given = {"client_id": CLIENT_ID, "id_token": token}
    answer = someone.post("auth/provider/token", provider="openid_connect", process="login", token=given)
    assert answer.status_code == 400
    assert someone.sign_in(alice.email, PASSWORD).status_code == 200


def test_a_token_from_elsewhere_is_no_way_in(browser: Browsers, provider: Provider) -> None:
    """allauth would also take an ID token that a browser brings, without nonce or code."""
    now = int(clock.now().timestamp())
    claims = {"iss": provider.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 60, **provider.person}
    token = jwt.encode(claims, provider.key, "RS256", headers={"kid": "key-1"})
    dana = browser()
    given = {"client_id": CLIENT_ID, "id_token": token}
    for name in ("openid_connect", oidc._provider_id()):
        answer = dana.post("auth/provider/token", provider=name, process="login", token=given)
        assert answer.status_code == 400
    assert dana.me is None
