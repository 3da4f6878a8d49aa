"""Amazon's KMS and Secrets Manager as the tests have them: moto's server over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

REGION = "us-east-1"


@contextmanager
def running_amazon(environment: pytest.MonkeyPatch) -> Iterator[str]:
    """Run moto and let boto3 find it; yield its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    environment.setenv("AWS_ENDPOINT_URL", url)
    environment.setenv("AWS_ACCESS_KEY_ID", "test")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
    environment.setenv("AWS_DEFAULT_REGION", REGION)
    try:
        yield url
    finally:
        server.stop()


def make_key(alias: str) -> str:
    """Make a symmetric key; return its ARN."""
    client: Any = boto3.client("kms", region_name=REGION)
    metadata = client.create_key(KeySpec="SYMMETRIC_DEFAULT")["KeyMetadata"]
    client.create_alias(AliasName=f"alias/{alias}", TargetKeyId=metadata["KeyId"])
    return str(metadata["Arn"])
