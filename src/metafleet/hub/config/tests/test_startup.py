from __future__ import annotations

from types import SimpleNamespace

import pytest

from metafleet.hub.config import startup


def test_a_server_that_is_too_old_is_refused_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.connections", {"owner": SimpleNamespace(pg_version=150_018)})
    with pytest.raises(startup.DatabaseTooOld, match="PostgreSQL 15; metafleet needs 16 or newer"):
        startup._migrate(lambda text: None, may_contract=True)
