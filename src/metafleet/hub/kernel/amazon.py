"""Calls to Amazon by boto3, whose credentials and endpoint are its own (AWS_… variables, role).

It is imported at the first call: processes that make none are the smaller for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_TRANSIENT: Final = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceFault",
        "LimitExceeded",
        "LimitExceededException",
        "OperationAbortedException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ResourceContention",
        "ScalingActivityInProgress",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
    }
)


class AmazonError(Exception):
    """Amazon did not do it. `permanent`: trying again will not help. `code`: its own; "" for silence."""

    def __init__(self, detail: str, *, permanent: bool, code: str = "") -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.code = code


def client(service: str, region: str | None, *, within_s: float | None = None) -> Any:
    """Return a client whose calls end within half a minute or so, after three tries at most.

    region: None for the one that boto3 finds. within_s: how long the one try may take of which there is then
    no second one.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
    if within_s is not None:
        config = Config(
            connect_timeout=min(3.0, within_s / 2),
            read_timeout=max(1.0, within_s - 3.0),
            retries={"total_max_attempts": 1},
        )
    return boto3.client(service, region_name=region, config=config)


@contextmanager
def said() -> Iterator[None]:
    """Say an error of Amazon in its own words: raises AmazonError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        one = error.response.get("Error", {})
        code = str(one.get("Code", ""))
        raise AmazonError(
            f"AWS: {one.get('Message') or code}", permanent=code not in _TRANSIENT, code=code
        ) from error
    except BotoCoreError as error:
        raise AmazonError(f"AWS cannot be asked: {error}", permanent=False) from error
