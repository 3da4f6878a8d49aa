"""Why the vault's keys cannot be used."""

from __future__ import annotations


class MasterKeyRefused(Exception):
    """A master key cannot be used; the message says why and what to do.

    `permanent`: trying again changes nothing until somebody mends it.
    """

    def __init__(self, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.permanent = permanent


class KeyringRefused(MasterKeyRefused):
    """The keyring cannot be used."""


class KmsRefused(MasterKeyRefused):
    """AWS KMS refuses, or cannot be asked."""


class SealBroken(Exception):
    """What was sealed does not open: it was changed, moved, or sealed by another key."""
