"""What of the monitor is kept in AWS, as it is read from the environment."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest

from metafleet.hub.config import aws_monitor
from metafleet.hub.config.env import SettingRefused

DESK = UUID(int=1)


def test_all_of_it_is_off_by_default() -> None:
    assert aws_monitor.schedule(aws_monitor.read()) == {}


def test_what_is_wanted_has_its_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("METAFLEET_AWS_ALARM_LOSS", "12500.50")
    monkeypatch.setenv(
        "METAFLEET_AWS_COMMAND_QUEUES", f"{DESK}=https://sqs.eu-central-1.amazonaws.com/1/desk"
    )
    found = aws_monitor.read()
    assert found.alarm_loss == Decimal("12500.50")
    assert found.command_queues == {DESK: "https://sqs.eu-central-1.amazonaws.com/1/desk"}
    assert set(aws_monitor.schedule(found)) == {"monitor.clouds.alarms", "console.take_queued_commands"}


@pytest.mark.parametrize("given", ["x", "https://sqs", f"{DESK}=", "1=https://sqs"])
def test_a_queue_without_desk_or_address_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("METAFLEET_AWS_COMMAND_QUEUES", given)
    with pytest.raises(SettingRefused, match="METAFLEET_AWS_COMMAND_QUEUES must be pairs"):
        aws_monitor.read()
