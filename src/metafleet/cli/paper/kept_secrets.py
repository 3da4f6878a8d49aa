"""The secrets of a paper server's folder: the admin key, which opens accounts, and a token's digest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from metafleet.cli.asking import remark, say
from metafleet.cli.refusal import Refused
from metafleet.engine.broker.tokens import digest, new_token
from metafleet.wire import secret_setting

SHORTEST_TOKEN: Final = 16

_ADMIN: Final = "admin.key"
_DIGEST: Final = "token.sha256"


def admin_key(data: Path) -> str:
    """Return the folder's admin key, a new one where there is none. Raises Refused."""
    path = data / _ADMIN
    try:
        if not path.exists():
            _write(path, new_token())
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The admin key in {path} cannot be read: {error}.") from error


def token_digest(data: Path, environ: Mapping[str, str]) -> bytes | None:
    """Return the digest of the token to ask for; None where nobody gave one. Raises Refused."""
    try:
        given = secret_setting.read(environ, "METAFLEET_PAPER_TOKEN")
    except secret_setting.SecretUnreadable as error:
        raise Refused(str(error)) from error
    if given is not None:
        if len(given) < SHORTEST_TOKEN:
            raise Refused(
                f"METAFLEET_PAPER_TOKEN has {len(given)} characters; a token needs {SHORTEST_TOKEN} or more."
            )
        return digest(given)
    path = data / _DIGEST
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip()) if path.exists() else None
    except (OSError, ValueError) as error:
        raise Refused(f"{path} cannot be read: {error}; `metafleet paper token` makes a new one.") from error


def renew_token(data: Path) -> None:
    """Make a token, keep its digest and print it."""
    token = new_token()
    try:
        _write(data / _DIGEST, digest(token).hex())
    except OSError as error:
        raise Refused(f"The token cannot be kept in {data}: {error}.") from error
    say(token)
    remark(
        "This is printed once. Programs give it as METAFLEET_PAPER_TOKEN; "
        "a server that runs asks for it once it was started again."
    )


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, at once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    new.replace(path)
