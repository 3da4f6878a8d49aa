from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from metafleet.cli.audit import NotWhole, verify
from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person


@pytest.mark.django_db(transaction=True)
def test_an_export_proves_itself_without_us(alice: Person, tmp_path: Path) -> None:
    for number in range(3):
        with tenant_scope(alice.tenant_id):
            audit.record(
                tenant_id=alice.tenant_id,
                actor=alice.email,
                action=f"thing.done_{number}",
                subject="A thing",
                subject_id=None,
                now=NOW,
                detail={"rate": 0.1, "who": "Zoë"},
            )
    answer: Any = alice.client.get("/api/audit/export?format=jsonl")
    text = b"".join(answer.streaming_content).decode()
    file = tmp_path / "activity.jsonl"
    file.write_text(text)
    verify(file=file)
    for changed in (
        text.replace('"actor": "alice@example.com", "action": "thing.done_1"', '"actor": "x", "action": "a"'),
        text.replace("Zoë", "Zoe"),
        "".join(text.splitlines(keepends=True)[::2]),
    ):
        assert changed != text
        file.write_text(changed)
        with pytest.raises(NotWhole):
            verify(file=file)
