from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from metafleet.hub.journal.tests.ledger import Ledger


@pytest.fixture
def ledger(django_db_setup: None) -> Iterator[Ledger]:
    """The journal's tables as the product writes them, emptied afterwards."""
    from django.db import connection

    named = {name: connection.settings_dict[name.upper()] for name in ("user", "password", "host", "port")}
    arguments: dict[str, Any] = {
        "dbname": connection.settings_dict["NAME"],
        **{name: value for name, value in named.items() if value},
    }
    role = connection.settings_dict["OPTIONS"]["options"]
    with (
        psycopg.connect(**arguments, autocommit=True) as owner,
        psycopg.connect(**arguments, autocommit=True, options=role) as first,
        psycopg.connect(**arguments, autocommit=True, options=role) as second,
    ):
        found = Ledger(owner, (first, second))
        yield found
        found.clear()
