"""Signing in by an OpenID Connect provider: code flow with PKCE, state and nonce, and a checked ID token.

allauth brings the flow, state and PKCE. It trusts an ID token that came from the token
endpoint over TLS without looking at its signature, and knows no nonce; both are done here,
so that neither a wrong provider behind a proxy nor a replayed answer signs anybody in.
Source: OpenID Connect Core 1.0, 3.1.3.7 (ID token validation); RFC 7636 (PKCE).
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import add_query_params
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from metafleet.hub.console.sign_in.founding import found
from metafleet.hub.identity.models import User
from metafleet.hub.kernel.errors import NotFound, Refused

_KIND = "openid_connect"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Asymmetric ones: with a shared secret whoever can read it could write tokens."""
LEEWAY_S = 60
"""By how much the provider's clock may differ from ours."""


class ProviderAway(Refused):
    status = 503

    def __init__(self) -> None:
        super().__init__(
            f"{settings.OIDC_NAME} does not answer. Try again in a moment, or sign in by password."
        )


def begin(request: HttpRequest, *, process: str, back_to: str) -> str:
    """Return where the browser must go to sign in at the provider.

    process: "login" or "connect"; back_to: the path of ours that it returns to in the end.
    Raises NotFound without a provider, ProviderAway where it does not answer.
    """
    if not settings.OIDC_ISSUER:
        raise NotFound("OpenID Connect provider")
    provider = _provider(request)
    try:
        answer = provider.redirect(request, process, next_url=back_to, headless=True)
    except (requests.RequestException, KeyError, ValueError, OAuth2Error) as error:
        raise ProviderAway from error
    return str(answer.url)


def callback(request: HttpRequest) -> HttpResponse:
    """Take the browser back from the provider; it goes on to the path that `begin` was given."""
    if not settings.OIDC_ISSUER:
        raise Http404
    view = OAuth2CallbackView.adapter_view(CheckedAdapter(request, _provider_id()))
    answer: HttpResponse = view(request)
    return answer


class CheckedAdapter(OpenIDConnectOAuth2Adapter):
    """Reads who it is from an ID token that it has checked itself."""

    _nonce = ""

    @property
    def openid_config(self) -> dict[str, Any]:
        """Raises OAuth2Error where the document is another issuer's, as discovery demands."""
        config: dict[str, Any] = super().openid_config
        if config.get("issuer") != settings.OIDC_ISSUER:
            raise OAuth2Error("the discovery document names another issuer")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:  # noqa: ARG002
        return request.build_absolute_uri(reverse("oidc_callback"))

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> Any:
        self._nonce = _nonce_of(pkce_code_verifier or "")
        return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        claims = self._check(app, kwargs["response"].get("id_token") or "")
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            claims |= self._address_of(claims["sub"], token.token)
        return self.get_provider().sociallogin_from_response(request, {"id_token": claims})

    def _check(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """Return the claims. Raises OAuth2Error for a token that is not for us, from them, now."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token,
                self._key_of(id_token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=settings.OIDC_ISSUER,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"ID token refused: {error}") from error
        if not hmac.compare_digest(str(claims["nonce"]).encode(), self._nonce.encode()):
            raise OAuth2Error("ID token refused: it answers another sign-in")
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("ID token refused: it was issued to another client")
        if claims.get("token_use", "id") != "id":  # Cognito signs access tokens by the same keys
            raise OAuth2Error("ID token refused: it is none")
        return claims

    def _key_of(self, id_token: str) -> Any:
        wanted = jwt.get_unverified_header(id_token).get("kid")
        keys = jwt.PyJWKSet.from_dict(self._fetch(self.openid_config["jwks_uri"])).keys
        matching = [key for key in keys if key.key_id == wanted] if wanted else keys
        if len(matching) != 1:
            raise OAuth2Error("ID token refused: the provider has no such key")
        return matching[0]

    def _address_of(self, subject: str, access_token: str) -> dict[str, Any]:
        """Return the address from the provider's user info, for those that keep ID tokens small."""
        info = self._fetch(self.openid_config["userinfo_endpoint"], access_token)
        if info.get("sub") != subject:
            raise OAuth2Error("the user info is somebody else's")
        return {name: info[name] for name in ("email", "email_verified", "name") if name in info}

    def _fetch(self, address: str, access_token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {access_token}"} if access_token else {}
        answer = requests.get(address, headers=headers, timeout=10)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document


class CheckedProvider(OpenIDConnectProvider):
    oauth2_adapter_class = CheckedAdapter
    supports_token_authentication = False  # a token that a browser brings answers no nonce of ours

    def get_pkce_params(self) -> dict[str, str]:
        """With a nonce that follows from the secret verifier: what keeps one safe keeps the other."""
        params: dict[str, str] = generate_code_challenge()
        return params | {"nonce": _nonce_of(params["code_verifier"])}


class SocialAdapter(DefaultSocialAccountAdapter):
    """One provider, from the settings; only addresses that it has verified sign in."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:  # noqa: ARG002
        if not settings.OIDC_ISSUER:
            return []
        app = SocialApp(
            provider=_KIND,
            provider_id=_provider_id(),
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_ISSUER},
        )
        return [app]

    def get_provider(self, request: HttpRequest, provider: str, **_: Any) -> CheckedProvider:
        """By its kind or, as accounts name it, by its issuer. Raises SocialApp.DoesNotExist."""
        if provider not in {_KIND, _provider_id()} or not settings.OIDC_ISSUER:
            raise SocialApp.DoesNotExist
        return _provider(request)

    def list_providers(self, request: HttpRequest) -> list[CheckedProvider]:
        return [CheckedProvider(request, app=app) for app in self.list_apps(request)]

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:  # noqa: ARG002
        """Without a mail server our own addresses are unproven: people link by hand, in the settings."""
        return bool(settings.SENDS_MAIL)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:  # noqa: ARG002
        """Raises ImmediateHttpResponse for an address that is not verified, not of our domains, or taken."""
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            return
        verified = [mail.email for mail in sociallogin.email_addresses if mail.verified]
        if not verified:
            raise _turned_away(sociallogin, "email_not_verified")
        domain = verified[0].rpartition("@")[2].lower()
        if settings.OIDC_DOMAINS and domain not in settings.OIDC_DOMAINS:
            raise _turned_away(sociallogin, "domain_not_allowed")
        if not sociallogin.is_existing and User.objects.filter(email__iexact=verified[0]).exists():
            raise _turned_away(sociallogin, "link_by_hand")

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        claims = sociallogin.account.extra_data.get("id_token", {})
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            found(user, str(claims.get("name") or user.email.partition("@")[0])[:80])
        return user


def _turned_away(sociallogin: SocialLogin, error: str) -> ImmediateHttpResponse:
    address = add_query_params(sociallogin.state["next"], {"error": error})
    return ImmediateHttpResponse(HttpResponseRedirect(address))


def _provider(request: HttpRequest) -> CheckedProvider:
    (app,) = SocialAdapter(request).list_apps(request)
    return CheckedProvider(request, app=app)


def _provider_id() -> str:
    """Named after the issuer: a subject of another issuer is another person."""
    return "oidc-" + hashlib.sha256(settings.OIDC_ISSUER.encode()).hexdigest()[:16]


def _nonce_of(verifier: str) -> str:
    return hashlib.sha256(b"nonce " + verifier.encode()).hexdigest()
