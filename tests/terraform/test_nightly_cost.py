"""The nightly report of cost, against moto's server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
import requests

from infra.terraform.lambdas.cost.handler import Month, handler, report, this_month
from metafleet.hub.vault.tests.amazon import running_amazon

TODAY = date(2026, 11, 11)


class Account:
    """Amazon with a topic that a queue hears, and a bill."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.queue = boto3.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
        self.topic = str(boto3.client("sns").create_topic(Name="alarms")["TopicArn"])
        boto3.client("sns").subscribe(
            TopicArn=self.topic,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:heard",
            Attributes={"RawMessageDelivery": "true"},
        )

    def costs(self, usd: str) -> None:
        part: dict[str, Any] = {
            "Total": {"UnblendedCost": {"Amount": usd, "Unit": "USD"}},
            "Groups": [],
            "Estimated": True,
        }
        results: Any = {"results": [{"ResultsByTime": [part]}]}
        requests.post(f"{self.url}/moto-api/static/ce/cost-and-usage-results", json=results, timeout=10)

    def heard(self) -> list[str]:
        answer: dict[str, Any] = boto3.client("sqs").receive_message(QueueUrl=self.queue)
        return [message["Body"] for message in answer.get("Messages", [])]

    def figures(self) -> dict[str, float]:
        metrics = boto3.client("cloudwatch").list_metrics(Namespace="Metafleet/Cost")["Metrics"]
        dimensions = {part["Value"] for metric in metrics for part in metric["Dimensions"]}
        assert dimensions <= {"metafleet-test"}
        return {metric["MetricName"]: 1.0 for metric in metrics}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        yield Account(url)


def test_a_month_that_leads_past_the_budget_is_told(account: Account) -> None:
    account.costs("50.00")
    said = report(TODAY, "metafleet-test", Decimal(130), account.topic)
    assert said == {"MonthToDate": "50.00", "Expected": "150.00", "Budget": "130.00"}
    [message] = account.heard()
    assert "has cost 50.00 dollars from 2026-11-01 until 2026-11-11" in message
    assert "the month costs 150.00; the budget is 130.00" in message
    assert account.figures().keys() == {"MonthToDate", "Expected", "Budget"}


def test_a_month_within_the_budget_is_measured_and_nobody_is_told(account: Account) -> None:
    account.costs("40.00")
    assert report(TODAY, "metafleet-test", Decimal(130), account.topic)["Expected"] == "120.00"
    assert account.heard() == []
    assert account.figures().keys() == {"MonthToDate", "Expected", "Budget"}


def test_on_the_first_the_month_that_has_ended_is_meant(account: Account) -> None:
    account.costs("31.00")
    month = this_month(date(2026, 11, 1), "metafleet-test")
    assert (month.begins, month.until, month.expected_usd) == (
        date(2026, 10, 1),
        date(2026, 11, 1),
        Decimal(31),
    )


def test_a_month_is_expected_to_go_on_as_it_began() -> None:
    begins = date(2026, 2, 1)
    assert Month(begins, begins + timedelta(days=7), Decimal(70)).expected_usd == Decimal(280)


def test_the_function_takes_its_account_from_its_environment(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.costs("0")
    for name, value in {"NAME": "metafleet-test", "BUDGET_USD": "5", "TOPIC_ARN": account.topic}.items():
        monkeypatch.setenv(name, value)
    assert handler({}, None)["Budget"] == "5.00"
