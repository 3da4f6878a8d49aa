"""Who am I, how did I sign in; signing out, and in by a provider; the plans.

All else of signing in is allauth's API (`console.sign_in`).
"""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import logout as end_session
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Status

from metafleet.hub.audit import queries as audit
from metafleet.hub.billing.plans import PLANS
from metafleet.hub.console import demo, present
from metafleet.hub.console.access import Actor, actor, actor_of, from_our_pages, needs
from metafleet.hub.console.schemas import Me, Plan, ProviderForm, ProviderPage, SessionInfo, SignIn
from metafleet.hub.console.schemas.people import SupportNow
from metafleet.hub.console.sign_in import events, oidc
from metafleet.hub.identity import support
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
_SECURITY_PAGE = "/settings/security"


@router.get("/session", response=SessionInfo, auth=None)
@needs(Right.OPEN)
def session(request: HttpRequest) -> SessionInfo:
    get_token(request)  # sets the CSRF cookie that every later form needs
    provider = settings.OIDC_NAME if settings.OIDC_ISSUER else None
    info = SessionInfo(me=None, sends_mail=settings.SENDS_MAIL, provider_name=provider)
    if found := actor_of(request):
        info.me = _me(found)
    else:
        info.demo_email, info.demo_password = demo.offered_to(request)
    return info


@router.post("/auth/provider", response=ProviderPage, auth=from_our_pages)
@needs(Right.OPEN)
def go_to_provider(request: HttpRequest, form: ProviderForm) -> ProviderPage:
    back_to = _SECURITY_PAGE if form.process == "connect" else f"/sign-in?next={quote(form.next)}"
    return ProviderPage(url=oidc.begin(request, process=form.process, back_to=back_to))


@router.post("/auth/sign-out", response={204: None}, auth=from_our_pages)
@needs(Right.OPEN)
def sign_out(request: HttpRequest) -> Status[None]:
    end_session(request)
    return Status(204, None)


@router.get("/me", response=Me)
@needs(Right.READ)
def me(request: HttpRequest) -> Me:
    return _me(actor(request))


@router.get("/me/sign-ins", response=list[SignIn])
@needs(Right.SELF)
def sign_ins(request: HttpRequest) -> list[SignIn]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        entries = audit.newest_of_subject(
            tenant_id=who.tenant_id, subject_id=who.user.id, actions=events.ACTIONS, limit=20
        )
        return [
            SignIn(
                at=entry.at,
                is_success=entry.action == events.SIGNED_IN,
                address=entry.origin.get("address", ""),
                device=entry.origin.get("userAgent", ""),
                by=entry.detail.get("by", ""),
            )
            for entry in entries
        ]


@router.get("/plans", response=list[Plan], auth=None)
@needs(Right.OPEN)
def plans(request: HttpRequest) -> list[Plan]:
    return [present.plan(plan) for plan in PLANS.values()]


def _me(who: Actor) -> Me:
    with tenant_scope(who.tenant_id):
        shown = present.me(who.user, who.role, who.tenant_id, who.rights)
        if who.scopes is None:
            shown.support = _support(who)
        return shown


def _support(who: Actor) -> SupportNow | None:
    """Return what both sides are shown on every screen."""
    going_on = support.going_on(tenant_id=who.tenant_id, now=clock.now())
    access = going_on.order_by("-may_act", "-expires_at").first()
    if access is None:
        return None
    return SupportNow(
        operator=who.user.email if who.is_support else access.operator.email if access.operator else None,
        may_act=access.may_act,
        expires_at=access.expires_at,
        is_you=who.is_support,
    )
