"""Sign people up. How they sign in is the console's (`console.sign_in`)."""

from __future__ import annotations

from uuid import uuid4

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from metafleet.hub.identity.models import Membership, Role, Tenant, User
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.kernel.secrets import Secret
from metafleet.hub.kernel.tenancy import tenant_scope


def sign_up(*, email: str, password: Secret, tenant_name: str) -> Membership:
    """Create a person whose address counts as verified, their tenant and their ownership of it.

    All or nothing. Raises Malformed naming the field for an address that is none or is taken,
    or for a password that is too weak.
    """
    address = email.strip().lower()
    _check_address(address)
    _check_password(password, address)
    with transaction.atomic():
        user = _create_user(address, password)
        return found_tenant(user, tenant_name)


def found_tenant(user: User, tenant_name: str) -> Membership:
    """Create a tenant that the person owns."""
    tenant = Tenant(id=uuid4(), name=tenant_name.strip())
    with tenant_scope(tenant.id):
        tenant.save(force_insert=True)
        return Membership.objects.create(tenant=tenant, user=user, role=Role.OWNER)


def _create_user(address: str, password: Secret) -> User:
    user = User(email=address)
    user.set_password(password.reveal())
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Malformed(
            Fault("/email", "There is an account with this e-mail already. Sign in instead.")
        ) from error
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
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
