"""Every metric is documented and on the dashboard, and neither names one that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from metafleet.hub.gateway.metrics import REGISTRY

ROOT = Path(__file__).resolve().parents[2]


def exported() -> set[str]:
    return {
        f"{metric.name}_total" if metric.type == "counter" else metric.name for metric in REGISTRY.collect()
    }


def test_the_reference_lists_every_metric() -> None:
    text = (ROOT / "docs/reference/metrics.md").read_text()
    assert set(re.findall(r"^\| `(metafleet_\w+)", text, flags=re.MULTILINE)) == exported()


def test_the_dashboard_shows_every_metric_and_no_other() -> None:
    text = (ROOT / "infra/grafana/gateway.json").read_text()
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"metafleet_\w+", text)}
    assert named == exported()
