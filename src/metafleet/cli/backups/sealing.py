"""Sealed files: a stream in chunks of AES-256-GCM, so that neither a byte nor the end can be changed.

A file is MAGIC, 16 bytes of salt, then chunks: 4 bytes of length (big-endian), then that many bytes of
ciphertext and tag. Its own key follows from the backup key and the salt by HKDF-SHA256, so a counter is
a nonce that is never used twice. Each chunk is bound to the file's name and to whether it is the last.
Source: STREAM, Hoang, Reyhanitabar, Rogaway, Vizár, https://eprint.iacr.org/2015/189
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from metafleet.cli.atomic import create_atomically
from metafleet.cli.refusal import Refused

MAGIC: Final = b"METAFLT1"
CHUNK: Final = 1 << 20
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 16
_TAG_BYTES: Final = 16


class WrongKey(Refused):
    """The backup was sealed by another key, or there is no key."""


class Damaged(Refused):
    """A file of the backup is not what was written."""


class BackupKey:
    """The key that backups are sealed by. `id` tells it from others and says nothing about it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = hashlib.sha256(b"metafleet backup key" + secret).hexdigest()[:12]

    def for_file(self, salt: bytes) -> AESGCM:
        derived = HKDF(SHA256(), _KEY_BYTES, salt, b"metafleet backup file").derive(self._secret)
        return AESGCM(derived)


def make_key(path: Path) -> bool:
    """Make the key file, mode 0600, unless it exists; return whether this call made it."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return create_atomically(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")


def read_key(path: Path) -> BackupKey:
    """Raises WrongKey for a file that is missing or holds no key."""
    try:
        secret = base64.b64decode(path.read_bytes().strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise WrongKey(
            f"the backup key {path} cannot be read ({error}); name the copy that you kept by --key."
        ) from error
    if len(secret) != _KEY_BYTES:
        raise WrongKey(f"{path} holds no backup key; name the file that `metafleet backup` made by --key.")
    return BackupKey(secret)


class Sealer(io.RawIOBase):
    """A file that seals what is written to it; durable when it is closed without an error.

    sha256 and size are those of the sealed file, once it is closed.
    """

    def __init__(self, path: Path, key: BackupKey, name: str) -> None:
        """name: what the content is, which the reader must say too. The file must not exist."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._digest, self._name, self._count, self._held = hashlib.sha256(), name, 0, bytearray()
        self.size = 0
        salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher = key.for_file(salt)
        self._put(MAGIC + salt)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._held += data
        while len(self._held) > CHUNK:
            self._seal(bytes(self._held[:CHUNK]), is_last=False)
            del self._held[:CHUNK]
        return len(data)

    def close(self) -> None:
        if self.closed:
            return
        self._seal(bytes(self._held), is_last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        super().close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the file; what broke off stays without its last chunk, and opens for nobody."""
        if kind is None:
            self.close()
        else:
            self._file.close()
            super().close()

    def _seal(self, chunk: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._count), chunk, _bound(self._name, is_last=is_last))
        self._count += 1
        self._put(len(sealed).to_bytes(4, "big") + sealed)

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self.size += len(data)


class Opener(io.RawIOBase):
    """What a sealed file holds. Reading raises Damaged where it was changed or cut."""

    def __init__(self, path: Path, key: BackupKey, name: str) -> None:
        self._path, self._name, self._count, self._held, self._ended = path, name, 0, b"", False
        try:
            self._file: IO[bytes] = path.open("rb")
        except OSError as error:
            raise Damaged(f"{path} cannot be read ({error.strerror}); take another backup.") from error
        head = self._file.read(len(MAGIC) + _SALT_BYTES)
        if not head.startswith(MAGIC) or len(head) != len(MAGIC) + _SALT_BYTES:
            self._refuse()
        self._cipher = key.for_file(head[len(MAGIC) :])

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._held and not self._ended:
            self._held = self._open_next()
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()

    def _open_next(self) -> bytes:
        length = int.from_bytes(self._file.read(4), "big")
        sealed = self._file.read(length) if _TAG_BYTES <= length <= CHUNK + _TAG_BYTES else b""
        if not sealed or len(sealed) != length:
            self._refuse()
        nonce, self._count = _nonce(self._count), self._count + 1
        # Only the last chunk is shorter, or full with nothing after it.
        self._ended = not self._file.peek(1) if isinstance(self._file, io.BufferedReader) else False
        try:
            return self._cipher.decrypt(nonce, sealed, _bound(self._name, is_last=self._ended))
        except InvalidTag:
            self._refuse()
        return b""

    def _refuse(self) -> None:
        raise Damaged(f"{self._path} is damaged or cut short; restore another backup.")


def _nonce(count: int) -> bytes:
    return count.to_bytes(12, "big")


def _bound(name: str, *, is_last: bool) -> bytes:
    return name.encode() + (b"\x01" if is_last else b"\x00")
