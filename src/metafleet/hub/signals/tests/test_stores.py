"""Models' files outside the database: a folder, and moto's S3 over HTTP. What is not the file is no model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from django.db import connection

from metafleet.hub.signals import queries, registry, stores, tasks
from metafleet.hub.signals.errors import FileAway
from metafleet.hub.signals.models import ModelVersion
from metafleet.hub.signals.stores import ModelStore, StoreRefused
from metafleet.hub.signals.tests.made import file_of
from metafleet.hub.vault.tests.amazon import running_amazon
from tests.cast import NOW

CONTENT = b"a model's file"
HASH = hashlib.sha256(CONTENT).hexdigest()
Spoil = Callable[[bytes], None]
Kept = tuple[ModelStore, Spoil]


@pytest.fixture
def folder(tmp_path: Path) -> Kept:
    place = tmp_path / "models"

    def spoil(content: bytes) -> None:
        (place / f"{HASH}.mfm").write_bytes(content)

    return stores.Folder(place), spoil


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket="models")

        def spoil(content: bytes) -> None:
            client.put_object(Bucket="models", Key=f"main/{HASH}.mfm", Body=content)

        yield stores.Bucket("s3://models/main"), spoil


@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_a_store_gives_the_file_of_a_hash_and_no_other(kind: str, request: pytest.FixtureRequest) -> None:
    store, spoil = request.getfixturevalue(kind)
    with pytest.raises(StoreRefused):
        store.get(HASH)
    store.put(HASH, CONTENT)
    store.put(HASH, CONTENT)
    assert store.get(HASH) == CONTENT
    spoil(CONTENT + b" ")
    with pytest.raises(StoreRefused, match="SHA-256 is another one"):
        store.get(HASH)


def test_a_bucket_that_is_not_there_is_said_in_its_own_words(bucket: Kept) -> None:
    with pytest.raises(StoreRefused, match=r"s3://nowhere/x/.*bucket does not exist"):
        stores.Bucket("s3://nowhere/x").put(HASH, CONTENT)


@pytest.mark.parametrize("place", ["models", "s3://", "s3://models?x=1"])
def test_what_names_no_store_is_refused(place: str) -> None:
    with pytest.raises(StoreRefused):
        stores.store_of(place)


def test_nothing_names_the_database() -> None:
    assert stores.store_of("") is None


@pytest.mark.django_db
def test_files_are_carried_out_of_their_rows_and_read_where_they_are(tmp_path: Path, settings: Any) -> None:
    version = registry.register(content=file_of(), actor="oscar@example.com", now=NOW)
    tasks.keep_files_outside()
    assert bytes(ModelVersion.objects.get(id=version.id).file) == file_of()
    settings.MODEL_STORE = str(tmp_path / "models")
    tasks.keep_files_outside()
    store = stores.store_of(settings.MODEL_STORE)
    kept = ModelVersion.objects.get(id=version.id)
    assert (bytes(kept.file), kept.size) == (b"", len(file_of()))
    assert queries.file_of(version.id, store) == file_of()
    assert store is not None
    assert stores.keep_outside(store, most=9) == []
    with pytest.raises(FileAway, match="METAFLEET_MODEL_STORE names none"):
        queries.file_of(version.id, None)


@pytest.mark.django_db
def test_a_file_stays_in_its_row_where_the_store_takes_it_but_gives_another_one() -> None:
    class Liar:
        def put(self, content_hash: str, content: bytes) -> None: ...

        def get(self, content_hash: str) -> bytes:
            raise StoreRefused("It is another one.")

    version = registry.register(content=file_of(), actor="oscar@example.com", now=NOW)
    with pytest.raises(StoreRefused):
        stores.keep_outside(Liar(), most=9)
    assert bytes(ModelVersion.objects.get(id=version.id).file) == file_of()


@pytest.mark.django_db
def test_a_file_may_come_back_into_its_row_and_no_other() -> None:
    version = registry.register(content=file_of(), actor="oscar@example.com", now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT signals_keep_outside(%s)", [version.id])
        # As its owner: the application may not.
        cursor.execute("SELECT set_config('role', 'none', true)")
        cursor.execute("UPDATE signals_modelversion SET file = %s", [file_of()])
    assert bytes(ModelVersion.objects.get(id=version.id).file) == file_of()
