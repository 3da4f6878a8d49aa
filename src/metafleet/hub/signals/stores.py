"""Where models' files are kept: in the rows themselves, in a folder, or in a bucket of S3.

Outside the database a file's name is its SHA-256, so that it is never written over with other bytes, and what
is read is compared with its name: a file that is missing or another one is no model. Rows that are registered
have their file with them; `keep_outside`, a sweep, carries it out and empties the row once the store has
given it back. So nobody waits for a store, and one that is away costs nothing but time.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from metafleet.hub.kernel import amazon

WITHIN_S: Final = 10.0
"""Of one call to a bucket: a file has 8 MiB at most."""
_SUFFIX: Final = ".mfm"


class StoreRefused(Exception):
    """The store does not take or give a file, or gives another one; a sentence says what happened."""


class ModelStore(Protocol):
    """Files by the SHA-256 of their bytes; `get` returns no other bytes. Each call raises StoreRefused."""

    def put(self, content_hash: str, content: bytes) -> None: ...

    def get(self, content_hash: str) -> bytes: ...


def store_of(place: str) -> ModelStore | None:
    """Return the store of METAFLEET_MODEL_STORE; None for "", the database. Raises StoreRefused."""
    return _made(place) if place else None


@cache
def _made(place: str) -> ModelStore:
    if place.startswith("s3://"):
        return Bucket(place)
    if not Path(place).is_absolute():
        raise StoreRefused(
            f"METAFLEET_MODEL_STORE is {place!r}. Write s3://BUCKET/PREFIX, or a folder's whole path."
        )
    return Folder(Path(place))


class Folder:
    """A folder of this machine, or one that all gateways and workers share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content_hash: str, content: bytes) -> None:
        path = self._folder / f"{content_hash}{_SUFFIX}"
        beside = path.with_name(f".{content_hash}.{uuid4().hex}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _flush_names(self._folder)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise StoreRefused(f"{path} cannot be written: {error.strerror or error}.") from error

    def get(self, content_hash: str) -> bytes:
        path = self._folder / f"{content_hash}{_SUFFIX}"
        try:
            return _verified(path.read_bytes(), content_hash, str(path))
        except OSError as error:
            raise StoreRefused(f"{path} cannot be read: {error.strerror or error}.") from error


def _flush_names(folder: Path) -> None:
    """Have a new name on the disk: the row that had the file is emptied next, and outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Bucket:
    """A bucket of Amazon S3, or of what speaks as it does; credentials and endpoint are boto3's own."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if not parts.netloc or parts.query or parts.fragment:
            raise StoreRefused(f"{url!r} is no address of a bucket; write s3://BUCKET/PREFIX.")
        self._url, self._name, self._prefix = url.rstrip("/"), parts.netloc, parts.path.strip("/")
        self._client: Any = None

    def put(self, content_hash: str, content: bytes) -> None:
        self._call("put_object", content_hash, Body=content, ServerSideEncryption="AES256")

    def get(self, content_hash: str) -> bytes:
        content = self._call("get_object", content_hash)
        return _verified(content, content_hash, f"{self._url}/{content_hash}{_SUFFIX}")

    def _call(self, verb: str, content_hash: str, **said: Any) -> bytes:
        key = f"{content_hash}{_SUFFIX}"
        try:
            with amazon.said():
                self._client = self._client or amazon.client("s3", None, within_s=WITHIN_S)
                whole = f"{self._prefix}/{key}" if self._prefix else key
                answer = getattr(self._client, verb)(Bucket=self._name, Key=whole, **said)
                return answer["Body"].read() if "Body" in answer else b""
        except amazon.AmazonError as error:
            raise StoreRefused(f"{self._url}/{key}: {error}"[:300]) from error


def _verified(content: bytes, content_hash: str, where: str) -> bytes:
    """Raises StoreRefused."""
    if hashlib.sha256(content).hexdigest() != content_hash:
        raise StoreRefused(f"{where} is not the file that was registered: its SHA-256 is another one.")
    return content


def file_of(content: bytes, content_hash: str, store: ModelStore | None) -> bytes:
    """Return a version's file: what its row has, else what the store has. Raises StoreRefused."""
    if content:
        return _verified(content, content_hash, "The registry's row")
    if store is None:
        raise StoreRefused("Its file is in a store, and METAFLEET_MODEL_STORE names none.")
    return store.get(content_hash)


def keep_outside(store: ModelStore, *, most: int) -> list[UUID]:
    """Carry files out of their rows into the store; return of which versions. Raises StoreRefused.

    A row is emptied once the store gives its file back, to the bit. Safe to run twice, and to be killed.
    """
    from django.db import connection

    from metafleet.hub.signals.models import ModelVersion

    carried = []
    waiting = ModelVersion.objects.exclude(file=b"").order_by("created_at")
    for version_id, content_hash in list(waiting.values_list("id", "content_hash")[:most]):
        content = bytes(ModelVersion.objects.values_list("file", flat=True).get(id=version_id))
        if content:
            store.put(content_hash, _verified(content, content_hash, "The registry's row"))
            store.get(content_hash)
            with connection.cursor() as cursor:
                cursor.execute("SELECT signals_keep_outside(%s)", [version_id])
            carried.append(version_id)
    return carried
