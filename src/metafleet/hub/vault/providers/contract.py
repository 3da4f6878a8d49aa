"""What wraps data keys: the contract that each key provider keeps (`tests/test_providers.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

DATA_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose data key it is. A wrapped key opens for its owner alone: moved to another row it does not."""

    tenant_id: UUID
    owner_id: UUID


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as the database keeps it, and the id of the master key that opens it."""

    master_key_id: str
    wrapped: bytes


class KeyProvider(Protocol):
    """Wraps and unwraps data keys. Each call raises MasterKeyRefused, which says whether it may pass."""

    name: str

    def active_key_id(self) -> str:
        """Return the id of the master key that wraps from now on."""

    def new_data_key(self, owner: Owner) -> tuple[bytearray, Wrapped]:
        """Return a fresh data key, DATA_KEY_BYTES long, plain and wrapped by the active master key."""

    def wrap(self, data_key: bytes | bytearray, owner: Owner) -> Wrapped:
        """Wrap a data key by the active master key."""

    def unwrap(self, wrapped: Wrapped, owner: Owner) -> bytearray:
        """Open it, by whichever master key it names. Raises SealBroken too."""
