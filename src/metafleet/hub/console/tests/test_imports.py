"""The addresses of imports: what they take, give and refuse."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from metafleet.hub.journal.imports.tests import samples
from metafleet.hub.journal.imports.tests.accounts import register
from tests.cast import Person


def upload(person: Person, account_id: object, content: bytes, name: str = "a.html", **fields: str) -> Any:
    file = SimpleUploadedFile(name, content, content_type="text/html")
    return person.client.post(f"/api/accounts/{account_id}/imports", {"file": file, **fields})


def test_a_file_is_looked_at_recorded_listed_and_taken_back(alice: Person) -> None:
    account = register(alice)
    answer = upload(alice, account.id, samples.mt5_html().encode(), timezone="Europe/Athens")
    assert answer.status_code == 201
    found = answer.json()
    assert (found["state"], found["new"], found["formatLabel"]) == (
        "previewed",
        5,
        "MetaTrader 5 history report",
    )
    assert (found["from"], found["timezone"]) == ("2024-03-04T07:00:00Z", "Europe/Athens")
    assert found["accountMatch"]["said"]["login"] == 9000001
    address = f"/api/imports/{found['id']}"
    done = alice.client.post(f"{address}/confirm").json()
    assert (done["state"], done["new"], done["requestedBy"]) == ("done", 5, alice.email)
    assert [row["id"] for row in alice.client.get(f"/api/imports?account={account.id}").json()] == [
        found["id"]
    ]
    assert alice.client.get(f"/api/imports?account={uuid4()}").json() == []
    assert alice.client.post(f"{address}/undo").json()["state"] == "undone"
    assert alice.client.get(address).json()["state"] == "undone"


def test_a_preview_is_discarded(alice: Person) -> None:
    found = upload(alice, register(alice).id, samples.mt5_html().encode()).json()
    assert alice.client.delete(f"/api/imports/{found['id']}").status_code == 204
    assert alice.client.get(f"/api/imports/{found['id']}").status_code == 404


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 400, "The file is empty."),
        (b"\x89PNG\r\n\x1a\n", 400, "an image"),
        (b" " * (10 * 1024 * 1024 + 1), 413, "at most 10 MiB"),
    ],
)
def test_a_file_that_is_no_history_gets_a_sentence(
    alice: Person, content: bytes, status: int, said: str
) -> None:
    answer = upload(alice, register(alice).id, content)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_what_is_missing_or_wrong_in_the_form_is_named(alice: Person) -> None:
    account = register(alice)
    missing = alice.client.post(f"/api/accounts/{account.id}/imports", {"timezone": "UTC"})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (400, "/file")
    wrong = upload(alice, account.id, samples.mt5_html().encode(), timezone="Mars/Olympus")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "/timezone")


def test_a_viewer_and_a_stranger_import_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    account = register(alice)
    found = upload(alice, account.id, samples.mt5_html().encode()).json()
    assert upload(bob, account.id, samples.mt5_html().encode()).status_code == 403
    assert bob.client.get(f"/api/imports/{found['id']}").status_code == 200
    assert bob.client.post(f"/api/imports/{found['id']}/confirm").status_code == 403
    assert upload(charlie, account.id, samples.mt5_html().encode()).status_code == 404
    assert charlie.client.post(f"/api/imports/{found['id']}/confirm").status_code == 404
    assert charlie.client.get("/api/imports").json() == []
