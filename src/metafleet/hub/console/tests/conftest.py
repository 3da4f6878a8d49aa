"""A paper broker that opens whatever it is asked to."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the paper broker was asked to open."""
    # Models can be imported only once Django is set up, which is after this file is read.
    from metafleet.hub.console.tests.forms import facts
    from metafleet.hub.fleet import paper

    asked: list[dict[str, Any]] = []

    def open_account(**wishes: Any) -> Any:
        asked.append(wishes)
        return facts(login=9000 + len(asked))

    monkeypatch.setattr(paper, "open_account", open_account)
    return asked
