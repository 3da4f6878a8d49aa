"""Where a secret setting comes from: NAME, NAME_FILE or NAME_AWS_SECRET. Every process reads them by this.

It stands here, below everything, because the broker, the hub and the command all need it; it knows
nothing of ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = "_FILE"
AWS_SECRET: Final = "_AWS_SECRET"  # noqa: S105 - the end of a variable's name
_PATIENCE_S: Final = 5


class SecretUnreadable(Exception):
    """A variable says where its secret is, and there is none; the sentence names the variable."""


def is_given(environ: Mapping[str, str], name: str) -> bool:
    """Whether somebody has said where this secret is."""
    return any(environ.get(name + end) for end in ("", FILE, AWS_SECRET))


def names_of(name: str) -> frozenset[str]:
    """Return the variables that it may come from."""
    return frozenset(name + end for end in ("", FILE, AWS_SECRET))


def read(environ: Mapping[str, str], name: str) -> str | None:
    """Return the secret from NAME, else from the file NAME_FILE, else from AWS Secrets Manager as
    NAME_AWS_SECRET says it (id or ARN, with #field for one field of a JSON secret); None where nobody says.

    Raises SecretUnreadable.
    """
    if value := environ.get(name):
        return value
    if path := environ.get(name + FILE):
        return _from_file(name + FILE, Path(path))
    if wanted := environ.get(name + AWS_SECRET):
        return _from_amazon(name + AWS_SECRET, wanted)
    return None


def _from_file(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnreadable(f"{variable} names {path}, which cannot be read: {error}.") from error


def _from_amazon(variable: str, wanted: str) -> str:
    # Only who uses it pays for it: boto3 takes a third of a second to import.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    secret_id, _, field = wanted.partition("#")
    config = Config(connect_timeout=_PATIENCE_S, read_timeout=_PATIENCE_S, retries={"total_max_attempts": 3})
    try:
        client = boto3.client("secretsmanager", config=config)
        answer: dict[str, Any] = client.get_secret_value(SecretId=secret_id)
    except ClientError as error:
        said = error.response.get("Error", {})
        reason = said.get("Message") or said.get("Code")
        raise SecretUnreadable(f"{variable}: AWS Secrets Manager refuses {secret_id}: {reason}") from None
    except (BotoCoreError, ValueError) as error:
        raise SecretUnreadable(f"{variable}: AWS Secrets Manager cannot be asked: {error}") from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise SecretUnreadable(f"{variable}: {secret_id} holds bytes; a text is needed.")
    return _field(variable, secret_id, text, field) if field else text.strip()


def _field(variable: str, secret_id: str, text: str, field: str) -> str:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    value = document.get(field) if isinstance(document, dict) else None
    if not isinstance(value, str) or not value:
        # The secret's own content is no part of the sentence.
        raise SecretUnreadable(f"{variable}: {secret_id} is no JSON object with a text {field!r}.")
    return value
