"""The operator's screen of objectives: for who operates or audits, with figures of all processes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from metafleet.hub.kernel import clock
from metafleet.hub.kernel.objectives import counts
from metafleet.hub.kernel.objectives.counts import Count
from tests.cast import Person

ADDRESS = "/api/operator/objectives"


def add(objective: str, ago: timedelta, total: int, bad: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(counts.ADD, [counts.as_json([Count(objective, clock.now() - ago, total, bad)])])


def read(person: Person) -> dict[str, dict[str, Any]]:
    answer = person.client.get(ADDRESS)
    assert answer.status_code == 200
    return {one["name"]: one for one in answer.json()["objectives"]}


def test_for_a_customer_there_is_nothing(alice: Person) -> None:
    assert alice.client.get(ADDRESS).status_code == 404


def test_a_new_installation_says_that_it_has_no_data(ada: Person) -> None:
    found = read(ada)
    assert len(found) == 7
    deals = found["deals"]
    assert (deals["state"], deals["leftRatio"], deals["goodNowRatio"], deals["curve"]) == (
        "no data", None, None, [],
    )  # fmt: skip
    assert [burn["rate"] for burn in deals["burns"]] == [None] * 4
    assert deals["promise"] == (
        "99 % of the batches of deals are in the journal within a second of their arrival."
    )
    assert found["judge"]["promise"] == "99.9 % of the time some process judges."


def test_an_operator_sees_what_is_left_and_how_fast_it_goes(oscar: Person) -> None:
    add("gateway-latency", timedelta(days=3, hours=1), 9_000, 20)
    add("gateway-latency", timedelta(minutes=2), 1_000, 30)
    add("gateway-latency", timedelta(minutes=3), 0, 0)
    seen = read(oscar)["gateway-latency"]
    assert (seen["total"], seen["bad"], seen["state"]) == (10_000, 50, "burning")
    assert seen["leftRatio"] == pytest.approx(0.5)
    assert (seen["goodRatio"], seen["goodNowRatio"]) == (0.995, 0.97)
    assert [(burn["hours"], burn["rate"], burn["alarmAt"]) for burn in seen["burns"]] == [
        (hours, pytest.approx(3), alarm_at) for hours, alarm_at in ((1, 14.4), (6, 6), (24, 3), (72, 1))
    ]
    assert seen["curve"][0]["leftRatio"] == 1
    assert seen["curve"][-1]["leftRatio"] == pytest.approx(0.5)
    assert seen["runbook"] == "docs/runbooks/slo-gateway-latency.md"
