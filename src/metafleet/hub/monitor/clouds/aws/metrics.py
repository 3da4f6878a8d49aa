"""Metrics of EAs in Amazon CloudWatch. Needs cloudwatch:PutMetricData."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.contract import Reading

NAMESPACE: Final = "TradingPlatform/EA"
MOST_METRICS: Final = 1000
"""Of one call, which may have 1 MB: so many of ours are less than half of it.

Source: Amazon CloudWatch API reference, PutMetricData.
"""
PROFIT: Final = "ProfitLoss"
TRADES: Final = "TradeCount"


class CloudWatchMetrics:
    def __init__(self, region: str) -> None:
        self._client = amazon.client("cloudwatch", region)

    def put(self, readings: Sequence[Reading]) -> int:
        calls = 0
        for batch in _batches(readings):
            with amazon.said():
                self._client.put_metric_data(Namespace=NAMESPACE, MetricData=batch)
            calls += 1
        return calls


def _batches(readings: Sequence[Reading]) -> Iterator[list[dict[str, Any]]]:
    data = [one for reading in readings for one in _data(reading)]
    for start in range(0, len(data), MOST_METRICS):
        yield data[start : start + MOST_METRICS]


def _data(reading: Reading) -> tuple[dict[str, Any], dict[str, Any]]:
    shared: dict[str, Any] = {
        "Dimensions": [{"Name": "InstanceId", "Value": str(reading.instance_id)}],
        "Timestamp": reading.at,
    }
    return (
        {**shared, "MetricName": PROFIT, "Value": float(reading.profit), "Unit": "None"},
        {**shared, "MetricName": TRADES, "Value": float(reading.trades), "Unit": "Count"},
    )
