"""Every metric is documented and on a dashboard, and neither names one that does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

from metafleet.hub.console import metrics as web
from metafleet.hub.gateway import metrics as gateway

ROOT = Path(__file__).resolve().parents[2]


def exported() -> set[str]:
    return {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for registry in (gateway.REGISTRY, web.REGISTRY)
        for metric in registry.collect()
    }


def test_the_reference_lists_every_metric() -> None:
    text = (ROOT / "docs/reference/metrics.md").read_text()
    assert set(re.findall(r"^\| `(metafleet_\w+)", text, flags=re.MULTILINE)) == exported()


def test_the_dashboards_show_every_metric_and_no_other() -> None:
    rules = (ROOT / "infra/prometheus/slo.yml").read_text()
    recorded = set(re.findall(r"record: (\S+?)(?:rate\w+)?$", rules, flags=re.MULTILINE))
    shown = set()
    for dashboard in (ROOT / "infra/grafana").glob("*.json"):
        for panel in json.loads(dashboard.read_text())["panels"]:
            for target in panel.get("targets", ()):
                for series in re.findall(r"metafleet:\w+:\w+|metafleet_\w+", target["expr"]):
                    if ":" in series:
                        assert re.sub(r"rate\w+$", "", series) in recorded, series
                    else:
                        shown.add(re.sub(r"_(bucket|sum|count)$", "", series))
    assert shown == exported()
