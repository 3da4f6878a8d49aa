"""Master keys in the keyring file. A running process follows the file: a new key counts from the next use."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from metafleet.hub.vault import sealing
from metafleet.hub.vault.errors import KeyringRefused
from metafleet.hub.vault.keyring import Keyring
from metafleet.hub.vault.providers.contract import DATA_KEY_BYTES, Owner, Wrapped

_Mark = tuple[int, int, int]


class LocalKeys:
    name = "local"

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: tuple[_Mark, Keyring] | None = None
        self._lock = threading.Lock()

    def active_key_id(self) -> str:
        return self._keyring().active

    def new_data_key(self, owner: Owner) -> tuple[bytearray, Wrapped]:
        data_key = bytearray(os.urandom(DATA_KEY_BYTES))
        return data_key, self.wrap(data_key, owner)

    def wrap(self, data_key: bytes | bytearray, owner: Owner) -> Wrapped:
        keyring = self._keyring()
        key = keyring.key(keyring.active)
        return Wrapped(keyring.active, sealing.encrypt(key, bytes(data_key), _bound_to(owner)))

    def unwrap(self, wrapped: Wrapped, owner: Owner) -> bytearray:
        key = self._keyring().key(wrapped.master_key_id)
        return bytearray(sealing.decrypt(key, wrapped.wrapped, _bound_to(owner)))

    def _keyring(self) -> Keyring:
        """Return the keyring as the file has it now: it is read again only when it was replaced."""
        mark = self._mark()
        with self._lock:
            if self._read is None or self._read[0] != mark:
                self._read = (mark, Keyring.read(self._file))
            return self._read[1]

    def _mark(self) -> _Mark:
        try:
            found = self._file.stat()
        except OSError as error:
            raise KeyringRefused(
                f"{self._file} cannot be read ({error.strerror}). Restore it from your backup: without it "
                "sealed credentials cannot be opened."
            ) from error
        return (found.st_ino, found.st_mtime_ns, found.st_size)


def _bound_to(owner: Owner) -> bytes:
    return sealing.bound_to(owner.tenant_id, owner.owner_id, "data key")
