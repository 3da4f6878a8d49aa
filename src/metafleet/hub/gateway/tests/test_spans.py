"""What a runner tells of its start is passed on, and is no way for anybody else to speak."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.hub.gateway.tests.stage import Speaker
from metafleet.hub.kernel import tracing

SPAN = {
    "name": "start runner",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "parentId": "00f067aa0ba902b7",
    "beganNs": 1_000,
    "endedNs": 2_000,
}
PATH = "/webhook/runner/spans"


async def tell(speaker: Speaker, *spans: Any, token: str | None = None) -> int:
    answer = await speaker.client.post(
        PATH,
        json={"spans": spans},
        headers={"Authorization": f"Bearer {token or speaker.terminal.token()}"},
    )
    return answer.status_code


@pytest.fixture
def passed_on(monkeypatch: pytest.MonkeyPatch) -> list[tracing.Told]:
    found: list[tracing.Told] = []
    monkeypatch.setattr(tracing, "pass_on", found.extend)
    return found


async def test_a_runners_span_is_passed_on_as_its_instances(
    hosted: Speaker, passed_on: list[tracing.Told]
) -> None:
    assert await tell(hosted, SPAN) == 200
    (told,) = passed_on
    assert (told.service, told.name, told.parent_id) == (
        "metafleet-runner",
        "start runner",
        "00f067aa0ba902b7",
    )
    assert told.attributes["metafleet.instance.id"] == str(hosted.terminal.instance_id)


async def test_a_customers_own_terminal_tells_nothing(own: Speaker, passed_on: list[tracing.Told]) -> None:
    assert await tell(own, SPAN) == 200
    assert passed_on == []


@pytest.mark.parametrize(
    "fault",
    [{"name": "my own words"}, {"traceparent": "00-1-2-01"}, {"parentId": "x"}, {"endedNs": 2**63}],
)
async def test_what_is_no_span_of_a_start_is_refused(
    hosted: Speaker, passed_on: list[tracing.Told], fault: dict[str, Any]
) -> None:
    assert await tell(hosted, SPAN | fault) == 400
    assert passed_on == []


async def test_a_stranger_is_refused(hosted: Speaker, passed_on: list[tracing.Told]) -> None:
    assert await tell(hosted, SPAN, token="none") == 401
    assert await tell(hosted, *[SPAN] * 9) == 400
    assert passed_on == []
