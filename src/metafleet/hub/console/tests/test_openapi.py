"""What the API's document tells those who generate a client from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from metafleet.hub.console.openapi import document


@pytest.fixture
def api() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(document())
    return described


def test_every_operation_may_answer_a_problem(api: dict[str, Any]) -> None:
    operations = [operation for path in api["paths"].values() for operation in path.values()]
    assert len(operations) > 25
    for operation in operations:
        for status in ("4XX", "5XX"):
            assert operation["responses"][status] == {"$ref": "#/components/responses/Problem"}


def test_a_problem_is_described(api: dict[str, Any]) -> None:
    content = api["components"]["responses"]["Problem"]["content"]
    assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    shape = api["components"]["schemas"]["Problem"]
    assert set(shape["required"]) == {"title", "status", "detail", "instance"}
    assert shape["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/ProblemItem"}
    assert "ProblemItem" in api["components"]["schemas"]


def test_the_export_is_csv(api: dict[str, Any]) -> None:
    answers = api["paths"]["/api/trades/export.csv"]["get"]["responses"]
    assert answers["200"]["content"] == {"text/csv": {"schema": {"type": "string"}}}
