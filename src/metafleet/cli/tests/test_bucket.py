"""The copy of the backups in a bucket: moto's S3, over HTTP."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from metafleet.cli.backups import bucket as buckets
from metafleet.cli.backups import mirror, store
from metafleet.cli.backups.bucket import Bucket, BucketRefused, BucketSettings
from metafleet.cli.backups.sealing import Damaged
from metafleet.cli.backups.store import NoBackup, Verified
from metafleet.cli.backups.taking import Source
from metafleet.cli.tests.conftest import Run
from metafleet.cli.tests.test_backups import NOW, pretend
from metafleet.hub.vault.tests.amazon import running_amazon

PREFIX = "s3://backups/main"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket="backups")
        yield client


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    return Bucket(PREFIX, BucketSettings())


def fill(folder: Path, count: int, **how: Any) -> list[store.Backup]:
    """Make backups with files in them, and a segment of log for each."""
    made = pretend(folder, count, **how)
    for index, backup in enumerate(made):
        (backup.folder / store.DATABASE).write_bytes(b"d" * 1000)
        segment = folder / "log" / "1" / f"{1:08X}{0:08X}{index:08X}.sealed"
        segment.parent.mkdir(parents=True, exist_ok=True)
        segment.write_bytes(b"l" * 10)
    return made


def sent_again(folder: Path, bucket: Bucket) -> int:
    return mirror.push(folder, bucket, 9)


def test_a_folder_is_sent_once_encrypted_and_comes_back_as_it_was(
    s3: Any, bucket: Bucket, tmp_path: Path
) -> None:
    made = fill(tmp_path / "here", 2, verified=[1])
    assert mirror.push(tmp_path / "here", bucket, 9) > 0
    assert sent_again(tmp_path / "here", bucket) == 0
    head = s3.head_object(Bucket="backups", Key=f"main/{made[0].manifest.id}/{store.DATABASE}")
    assert head["ServerSideEncryption"] == "AES256"
    with mirror.fetched(bucket, None) as (folder, backup):
        assert (backup.manifest, backup.verified) == (made[1].manifest, made[1].verified)
        assert (backup.folder / store.DATABASE).read_bytes() == b"d" * 1000
        assert [path.name for path in sorted((folder / "log" / "1").iterdir())] == [
            f"{1:08X}{0:08X}{1:08X}.sealed"
        ]
    with pytest.raises(NoBackup), mirror.fetched(bucket, "20200101T000000Z"):
        pass
    # Sealed as far as it had come, and now it is whole.
    (tmp_path / "here" / "log" / "1" / f"{1:08X}{0:08X}{1:08X}.sealed").write_bytes(b"l" * 20)
    assert sent_again(tmp_path / "here", bucket) == 1


def test_the_bucket_keeps_the_newest_and_the_newest_verified_whatever_the_folder_has(
    bucket: Bucket, tmp_path: Path
) -> None:
    made = fill(tmp_path / "here", 5, verified=[1])
    mirror.push(tmp_path / "here", bucket, 9)
    shutil.rmtree(tmp_path / "here")
    (tmp_path / "here").mkdir()
    mirror.push(tmp_path / "here", bucket, 2)
    with mirror.heads_of(bucket) as folder:
        left = [backup.manifest.id for backup in store.backups_in(folder)]
    assert left == [made[index].manifest.id for index in (1, 3, 4)]
    assert {key.partition("/")[0] for key in bucket.sizes()} == {*left, "log"}
    assert len(bucket.sizes("log")) == 4


def test_an_upload_that_broke_off_goes_on_where_it_was(
    s3: Any, bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"".join(bytes([index]) * buckets.PART for index in range(3)) + b"end")
    sent = list[int]()
    send = bucket._client.upload_part

    def counted(**said: Any) -> Any:
        if len(sent) == 2:
            raise ConnectionResetError("the line is cut")
        sent.append(said["PartNumber"])
        return send(**said)

    monkeypatch.setattr(bucket._client, "upload_part", counted)
    with pytest.raises(ConnectionResetError):
        bucket.put(path, "large")
    assert "large" not in bucket.sizes()
    again = Bucket(PREFIX, BucketSettings())
    send_again = again._client.upload_part

    def noted(**said: Any) -> Any:
        sent.append(said["PartNumber"])
        return send_again(**said)

    monkeypatch.setattr(again._client, "upload_part", noted)
    assert again.put(path, "large")
    assert sent == [1, 2, 3, 4]
    again.get("large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == path.read_bytes()
    assert not again.put(path, "large")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["back", "large"]


def test_what_was_changed_there_is_refused(s3: Any, bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"what was sent")
    bucket.put(tmp_path / "file", "file")
    metadata = s3.head_object(Bucket="backups", Key="main/file")["Metadata"]
    s3.put_object(Bucket="backups", Key="main/file", Body=b"something else", Metadata=metadata)
    with pytest.raises(Damaged, match="main/file is damaged"):
        bucket.get("file", tmp_path / "back")


def test_a_bucket_that_is_not_there_is_one_sentence(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BucketRefused, match=r"s3://nowhere/x: .*bucket does not exist"):
        Bucket("s3://nowhere/x", BucketSettings()).sizes()
    with pytest.raises(BucketRefused, match="s3://BUCKET/PREFIX"):
        Bucket("https://example.com", BucketSettings())


def test_a_key_of_the_account_encrypts_what_it_is_told_to(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    Bucket(PREFIX, BucketSettings(sse="aws:kms", kms_key="alias/backups")).put(tmp_path / "file", "file")
    head = s3.head_object(Bucket="backups", Key="main/file")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert "backups" in head["SSEKMSKeyId"]


def test_a_person_backs_up_into_a_bucket_and_restores_on_another_machine(
    nobody: Run, s3: Any, source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("METAFLEET_DATA_DIR", str(source.folder.root))
    monkeypatch.setenv("METAFLEET_BACKUP_DIR", str(tmp_path / "backups"))
    monkeypatch.setenv("METAFLEET_BACKUP_URL", PREFIX)
    key = tmp_path / "key"
    code, _, err = nobody("backup", "--key", str(key), "--keys", f"{PREFIX}/keys.sealed")
    assert (code, f"outside of {PREFIX}" in err) == (1, True)
    code, out, err = nobody("backup", "--key", str(key), "--keys", "s3://backups/keys/keys.sealed")
    assert (code, f"files to {PREFIX}." in out) == (0, True), err
    monkeypatch.setenv("METAFLEET_DATA_DIR", str(tmp_path / "new"))
    monkeypatch.setenv("METAFLEET_BACKUP_DIR", str(tmp_path / "none"))
    code, out, err = nobody("backup", "verify", "--key", str(key))
    assert (code, "public.kept" in out) == (0, True), err
    code, out, err = nobody("backup", "list")
    assert (code, "never" in out) == (0, False), err
    code, out, err = nobody("restore", "--key", str(key), "--keys", "s3://backups/keys/keys.sealed")
    assert (code, f"Restored to {tmp_path / 'new'}" in out) == (0, True), err
    assert (tmp_path / "new" / "keys" / "vault_master.key").read_bytes() == (
        source.folder.keys / "vault_master.key"
    ).read_bytes()


def test_what_is_verified_later_is_said_in_the_bucket_too(bucket: Bucket, tmp_path: Path) -> None:
    (backup,) = fill(tmp_path / "here", 1)
    mirror.push(tmp_path / "here", bucket, 9)
    backup.keep_verified(Verified(NOW, 1, 2))
    assert mirror.push(tmp_path / "here", bucket, 9) == 0
    with mirror.heads_of(bucket) as folder:
        assert store.backups_in(folder)[0].verified == Verified(NOW, 1, 2)
