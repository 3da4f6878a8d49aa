"""The demo user's sign-in, shown at the end of a start."""

from __future__ import annotations

import json
from dataclasses import dataclass

from metafleet.cli.data_folder import DataFolder


@dataclass(frozen=True, slots=True)
class SignIn:
    """Credentials of the demo user."""

    email: str
    password: str


def read_sign_in(folder: DataFolder) -> SignIn | None:
    """Return the demo user's sign-in, None where no demo was seeded."""
    try:
        record = json.loads(folder.demo.read_text())
    except FileNotFoundError:
        return None
    return SignIn(record["email"], record["password"])
