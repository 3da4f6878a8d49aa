"""The master keys, in a file that only its owner may read.

The file is JSON: `{"active": "k1", "keys": {"k1": "<base64, 32 bytes>"}}`. New data
keys are wrapped by the active master key; the older ones stay to unwrap what they wrapped.
"""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path

from metafleet.hub.vault.errors import KeyringRefused


class Keyring:
    def __init__(self, active: str, keys: dict[str, bytes]) -> None:
        self.active = active
        self._keys = keys

    @classmethod
    def read(cls, file: Path) -> Keyring:
        """Raises KeyringRefused where others may read the file, or it holds no usable keys."""
        try:
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & 0o077:
                raise KeyringRefused(f"{file} may be read by others (mode {mode:o}). Run: chmod 600 {file}")
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _unusable(str(file), error) from error
        return cls.parse(text, str(file))

    @classmethod
    def parse(cls, text: str, where: str) -> Keyring:
        """Raises KeyringRefused, which names where it is from, for what holds no usable keys."""
        try:
            document = json.loads(text)
            keys = {name: base64.b64decode(key) for name, key in document["keys"].items()}
            active = document["active"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unusable(where, error) from error
        if active not in keys or any(len(key) != 32 for key in keys.values()):
            raise KeyringRefused(f"{where} must hold keys of 32 bytes and name one of them as active.")
        return cls(active, keys)

    def names(self) -> list[str]:
        return sorted(self._keys)

    def key(self, key_id: str) -> bytes:
        """Raises KeyringRefused for a master key that is not in the file."""
        try:
            return self._keys[key_id]
        except KeyError as error:
            raise KeyringRefused(
                f"Master key {key_id!r} is not in the keyring. Restore it to open what it sealed."
            ) from error


def _unusable(where: str, error: Exception) -> KeyringRefused:
    return KeyringRefused(
        f"{where} holds no usable master keys ({type(error).__name__}). Restore it from your backup: without "
        "it sealed credentials cannot be opened."
    )
