"""Sign up, in and out; who am I; the plans."""

from __future__ import annotations

from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router, Status

from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import PLANS, PlanCode
from metafleet.hub.console import demo, present
from metafleet.hub.console.access import TENANT_KEY, Actor, actor, actor_of, from_our_pages, needs
from metafleet.hub.console.schemas import Me, Plan, SessionInfo, SignInForm, SignUpForm
from metafleet.hub.console.throttle import guard_sign_up, guarded_sign_in
from metafleet.hub.identity import operations as identity
from metafleet.hub.identity import queries as memberships
from metafleet.hub.identity.models import Membership, Role, User
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/session", response=SessionInfo, auth=None)
@needs(Right.OPEN)
def session(request: HttpRequest) -> SessionInfo:
    get_token(request)  # sets the CSRF cookie that every later form needs
    found = actor_of(request)
    if found is not None:
        return SessionInfo(me=_me(found))
    address, password = demo.offered_to(request)
    return SessionInfo(me=None, demo_email=address, demo_password=password)


@router.post("/auth/sign-up", response={201: Me}, auth=from_our_pages)
@needs(Right.OPEN)
def sign_up(request: HttpRequest, form: SignUpForm) -> Status[Me]:
    guard_sign_up(request)
    with transaction.atomic():
        membership = identity.sign_up(
            email=form.email,
            password=Secret(form.password.get_secret_value()),
            tenant_name=form.tenant_name,
        )
        _furnish(membership)
    return Status(201, _begin(request, membership.user, membership))


@router.post("/auth/sign-in", response=Me, auth=from_our_pages)
@needs(Right.OPEN)
def sign_in(request: HttpRequest, form: SignInForm) -> Me:
    with guarded_sign_in(request, form.email):
        user = identity.authenticate(email=form.email, password=Secret(form.password.get_secret_value()))
        membership = memberships.membership_of(user_id=user.id)
        if membership is None:
            raise identity.SignInRefused
    return _begin(request, user, membership)


@router.post("/auth/sign-out", response={204: None}, auth=from_our_pages)
@needs(Right.OPEN)
def sign_out(request: HttpRequest) -> Status[None]:
    end_session(request)
    return Status(204, None)


@router.get("/me", response=Me)
@needs(Right.READ)
def me(request: HttpRequest) -> Me:
    return _me(actor(request))


@router.get("/plans", response=list[Plan], auth=None)
@needs(Right.OPEN)
def plans(request: HttpRequest) -> list[Plan]:
    return [present.plan(plan) for plan in PLANS.values()]


def _furnish(membership: Membership) -> None:
    """Give a new tenant its first plan and the first entry of its record."""
    tenant = membership.tenant
    with tenant_scope(tenant.id):
        billing.start_plan(tenant_id=tenant.id, plan=PlanCode.BRONZE)
        audit.record(
            tenant_id=tenant.id,
            actor=membership.user.email,
            action="tenant.created",
            subject=tenant.name,
            subject_id=tenant.id,
            now=clock.now(),
        )


def _begin(request: HttpRequest, user: User, membership: Membership) -> Me:
    start_session(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[TENANT_KEY] = str(membership.tenant_id)
    return _me(Actor(user, membership.tenant_id, Role(membership.role)))


def _me(who: Actor) -> Me:
    with tenant_scope(who.tenant_id):
        return present.me(who.user, who.role, who.tenant_id, who.rights)
