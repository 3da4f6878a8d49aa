"""Sign people up and in."""

from __future__ import annotations

from functools import cache
from uuid import uuid4

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from metafleet.hub.identity.models import Membership, Role, Tenant, User
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope


@cache
def _nobody() -> str:
    """Checked when the address is unknown, so that the answer takes as long as for a known one."""
    return make_password("nobody has this password")


class SignInRefused(Refused):
    """The address and the password do not belong together; which one is wrong is not said."""

    status = 401

    def __init__(self) -> None:
        super().__init__("That e-mail and password do not belong together. Check both and try again.")


def sign_up(*, email: str, password: Secret, tenant_name: str) -> Membership:
    """Create a person, their tenant and their ownership of it, all or nothing.

    Raises Malformed naming the field for an address that is none or is taken, or for a
    password that is too weak.
    """
    address = email.strip().lower()
    _check_address(address)
    _check_password(password, address)
    tenant = Tenant(id=uuid4(), name=tenant_name.strip())
    with transaction.atomic():
        user = _create_user(address, password)
        with tenant_scope(tenant.id):
            tenant.save(force_insert=True)
            membership = Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)
    return membership


def authenticate(*, email: str, password: Secret) -> User:
    """Return the person. Raises SignInRefused; takes as long for an unknown address."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if not check_password(password.reveal(), user.password if user else _nobody()) or user is None:
        raise SignInRefused
    return user


def _create_user(address: str, password: Secret) -> User:
    user = User(email=address, password=make_password(password.reveal()))
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Malformed(
            Fault("/email", "There is an account with this e-mail already. Sign in instead.")
        ) from error
    return user


def _check_address(address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise Malformed(Fault("/email", "Enter an e-mail address, like name@example.com.")) from error


def _check_password(password: Secret, address: str) -> None:
    try:
        validate_password(password.reveal(), User(email=address))
    except ValidationError as error:
        raise Malformed(Fault("/password", " ".join(error.messages))) from error
