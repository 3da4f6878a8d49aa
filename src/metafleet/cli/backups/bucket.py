"""A bucket of Amazon S3, or of what speaks as it does: files in and out by key, each checked by its SHA-256.

Large files go in parts. What broke off goes on where it was: which parts the bucket has stands in a file
beside the one that is sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from metafleet.cli.atomic import write_atomically
from metafleet.cli.backups.sealing import Damaged
from metafleet.cli.refusal import Refused

PART: Final = 16 << 20
"""Bytes of one part; Amazon takes 10,000 of them, and none but the last below 5 MiB."""
STATE: Final = ".upload"
_SHA256: Final = "sha256"


class BucketRefused(Refused):
    """The bucket does not take or give it."""


@dataclass(frozen=True, slots=True)
class BucketSettings:
    """Where it is, and how it is to encrypt what it keeps, which is sealed already.

    endpoint: "" for Amazon's own. sse: AES256, aws:kms or none. kms_key: "" for the account's own.
    """

    endpoint: str = ""
    sse: str = "AES256"
    kms_key: str = ""


def read_bucket_settings(environ: Mapping[str, str]) -> BucketSettings:
    """Raises Refused for an encryption that nobody knows."""
    sse = environ.get("METAFLEET_BACKUP_SSE", "").strip() or "AES256"
    if sse not in {"AES256", "aws:kms", "none"}:
        raise Refused(f"METAFLEET_BACKUP_SSE must be AES256, aws:kms or none, but is {sse!r}.")
    return BucketSettings(
        endpoint=environ.get("METAFLEET_BACKUP_ENDPOINT", "").strip(),
        sse=sse,
        kms_key=environ.get("METAFLEET_BACKUP_KMS_KEY", "").strip(),
    )


def is_url(text: str) -> bool:
    return text.startswith("s3://")


class Bucket:
    """Files below a prefix. Every method raises BucketRefused, in Amazon's words."""

    def __init__(self, url: str, settings: BucketSettings) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise BucketRefused(f"{url!r} is no address of a bucket; write s3://BUCKET/PREFIX.")
        self.url = url.rstrip("/")
        self.name, self.prefix = parts.netloc, parts.path.strip("/")
        self._settings = settings
        self._client = _client(settings.endpoint)

    def sizes(self, below: str = "") -> dict[str, int]:
        """Return size by key, of all keys below."""
        found = {}
        with _said(self.url):
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.name, Prefix=self._full(below)
            ):
                for entry in page.get("Contents", ()):
                    found[self._short(entry["Key"])] = int(entry["Size"])
        return found

    def put(self, path: Path, key: str, sha256: str = "") -> bool:
        """Send the file unless the bucket has it as it is; return whether it was sent.

        sha256: of the file, where it is known.
        """
        digest = sha256 or _digest(path)
        size = path.stat().st_size
        if self._has(key, size, digest):
            return False
        with _said(self.url):
            if size <= PART:
                content = path.read_bytes()
                self._client.put_object(
                    **self._of(key, digest), Body=content, ChecksumSHA256=_checksum(content)
                )
            else:
                self._put_parts(path, key, digest)
        if not self._has(key, size, digest):
            raise BucketRefused(f"{self.url}/{key} is not what was sent; try again.")
        return True

    def get(self, key: str, path: Path) -> None:
        """Fetch it into a file that does not exist. Raises Damaged where it is not what was sent."""
        digest = hashlib.sha256()
        with _said(self.url), path.open("xb") as file:
            answer = self._client.get_object(Bucket=self.name, Key=self._full(key))
            for chunk in answer["Body"].iter_chunks(1 << 20):
                file.write(chunk)
                digest.update(chunk)
        wanted = answer.get("Metadata", {}).get(_SHA256)
        if wanted and wanted != digest.hexdigest():
            raise Damaged(f"{self.url}/{key} is damaged (SHA-256 differs); restore another backup.")

    def remove(self, key: str) -> None:
        with _said(self.url):
            self._client.delete_object(Bucket=self.name, Key=self._full(key))

    def _has(self, key: str, size: int, digest: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            with _said(self.url):
                found = self._client.head_object(Bucket=self.name, Key=self._full(key))
        except BucketRefused as refused:
            cause = refused.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                return False
            raise
        return bool(found["ContentLength"] == size and found.get("Metadata", {}).get(_SHA256) == digest)

    def _put_parts(self, path: Path, key: str, digest: str) -> None:
        beside = path.with_name(f".{path.name}{STATE}")
        state = self._begun(beside, key, digest)
        with path.open("rb") as file:
            number = 0
            while content := file.read(PART):
                number += 1
                if str(number) in state["parts"]:
                    continue
                answer = self._client.upload_part(
                    **self._named(key),
                    UploadId=state["id"],
                    PartNumber=number,
                    Body=content,
                    ChecksumSHA256=_checksum(content),
                )
                state["parts"][str(number)] = {"ETag": answer["ETag"], "ChecksumSHA256": _checksum(content)}
                write_atomically(beside, json.dumps(state).encode())
        parts = [{"PartNumber": n, **state["parts"][str(n)]} for n in range(1, number + 1)]
        self._client.complete_multipart_upload(
            **self._named(key), UploadId=state["id"], MultipartUpload={"Parts": parts}
        )
        beside.unlink()

    def _begun(self, beside: Path, key: str, digest: str) -> dict[str, Any]:
        """Return the upload that broke off, with the parts that the bucket says it has; else begin one."""
        from botocore.exceptions import ClientError

        with suppress(OSError, ValueError, KeyError, ClientError):
            state: dict[str, Any] = json.loads(beside.read_bytes())
            if (state["key"], state["digest"]) == (self._full(key), digest):
                pages = self._client.get_paginator("list_parts").paginate(
                    **self._named(key), UploadId=state["id"]
                )
                there = {str(part["PartNumber"]): part["ETag"] for page in pages for part in page["Parts"]}
                kept = {n: part for n, part in state["parts"].items() if there.get(n) == part["ETag"]}
                return state | {"parts": kept}
        begun = self._client.create_multipart_upload(**self._of(key, digest), ChecksumAlgorithm="SHA256")
        return {"id": begun["UploadId"], "key": self._full(key), "digest": digest, "parts": {}}

    def _of(self, key: str, digest: str) -> dict[str, Any]:
        said: dict[str, Any] = {**self._named(key), "Metadata": {_SHA256: digest}}
        if self._settings.sse != "none":
            said["ServerSideEncryption"] = self._settings.sse
        if self._settings.sse == "aws:kms" and self._settings.kms_key:
            said["SSEKMSKeyId"] = self._settings.kms_key
        return said

    def _named(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.name, "Key": self._full(key)}

    def _full(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _short(self, key: str) -> str:
        return key.removeprefix(f"{self.prefix}/") if self.prefix else key


def split_key(url: str) -> tuple[str, str]:
    """Return (the bucket with its prefix, the last name) of the address of a file. Raises BucketRefused."""
    place, _, name = url.rpartition("/")
    if not name or place in {"s3:", "s3:/"}:
        raise BucketRefused(f"{url!r} names no file; write s3://BUCKET/PREFIX/NAME.")
    return place, name


def _client(endpoint: str) -> Any:
    # Only who uses it pays for it: boto3 takes a third of a second to import.
    import boto3
    from botocore.config import Config

    style = {"addressing_style": "path"} if endpoint else {}
    config = Config(
        connect_timeout=10, read_timeout=120, retries={"max_attempts": 5, "mode": "standard"}, s3=style
    )
    return boto3.client("s3", endpoint_url=endpoint or None, config=config)


@contextmanager
def _said(url: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        one = error.response.get("Error", {})
        raise BucketRefused(f"{url}: {one.get('Message') or one.get('Code')}.") from error
    except BotoCoreError as error:
        raise BucketRefused(f"{url} cannot be asked: {error}.") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checksum(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
