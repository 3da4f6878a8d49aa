"""Second factors: their secrets are encrypted at rest, and people see our name in their apps."""

from __future__ import annotations

import base64
from functools import cache

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right. Check it and try again.",
        "cannot_generate_recovery_codes": "Recovery codes come with a second factor. Add one first.",
        "unverified_email": "Confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        return _boxes().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken where neither the present secret key nor a former one opens it."""
        return _boxes().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return "metafleet"


@cache
def _boxes() -> MultiFernet:
    """The present key encrypts, former ones still open. Source: RFC 5869 (HKDF)."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derive(secret)) for secret in secrets])


def _derive(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"metafleet second factors")
    return base64.urlsafe_b64encode(derived.derive(secret.encode()))
