"""Each night: what the environment has cost this month, where that leads, and a word when it leads too far.

Environment: NAME (value of the tag Environment), BUDGET_USD, TOPIC_ARN.
"""

from __future__ import annotations

import os
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3

NAMESPACE = "Metafleet/Cost"


@dataclass(frozen=True, slots=True)
class Month:
    """spent_usd: until `until`, which is not counted; expected_usd: of the month, if it goes on like this."""

    begins: date
    until: date
    spent_usd: Decimal

    @property
    def expected_usd(self) -> Decimal:
        days = (self.until - self.begins).days
        return self.spent_usd / days * monthrange(self.begins.year, self.begins.month)[1]


def handler(_event: dict[str, Any], _context: object) -> dict[str, str]:
    return report(
        datetime.now(UTC).date(),
        os.environ["NAME"],
        Decimal(os.environ["BUDGET_USD"]),
        os.environ["TOPIC_ARN"],
    )


def report(today: date, name: str, budget_usd: Decimal, topic_arn: str) -> dict[str, str]:
    """Put both figures into CloudWatch; tell the topic when the month is expected to pass the budget."""
    month = this_month(today, name)
    figures = {"MonthToDate": month.spent_usd, "Expected": month.expected_usd, "Budget": budget_usd}
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": "Environment", "Value": name}],
                "Value": float(value),
                "Unit": "None",
            }
            for metric, value in figures.items()
        ],
    )
    if month.expected_usd > budget_usd:
        boto3.client("sns").publish(
            TopicArn=topic_arn,
            Subject=f"{name} costs more than its budget"[:100],
            Message=(
                f"{name} has cost {month.spent_usd:.2f} dollars from {month.begins} until {month.until}. "
                f"If it goes on like this the month costs {month.expected_usd:.2f}; "
                f"the budget is {budget_usd:.2f}."
            ),
        )
    return {metric: f"{value:.2f}" for metric, value in figures.items()}


def this_month(today: date, name: str) -> Month:
    """Of the month that yesterday is in: on the first, that is the whole of the last one."""
    yesterday = today - timedelta(days=1)
    begins = yesterday.replace(day=1)
    answer = boto3.client("ce").get_cost_and_usage(
        TimePeriod={"Start": begins.isoformat(), "End": today.isoformat()},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        Filter={"Tags": {"Key": "Environment", "Values": [name], "MatchOptions": ["EQUALS"]}},
    )
    spent = sum(
        (Decimal(part["Total"]["UnblendedCost"]["Amount"]) for part in answer["ResultsByTime"]), Decimal(0)
    )
    return Month(begins, today, spent)
