"""Each objective is measured by what gateway and web really say, as it is defined, and has its pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any, assert_never

import pytest
import yaml
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from metafleet.hub.console import metrics as web
from metafleet.hub.console.objectives import Looks
from metafleet.hub.gateway import metrics
from metafleet.hub.kernel.objectives.counts import Tally
from metafleet.hub.kernel.objectives.definitions import (
    BURNS,
    COMMANDS,
    FEWEST_IN,
    GATEWAY_AVAILABILITY,
    GATEWAY_LATENCY,
    OBJECTIVES,
    Absence,
    Burn,
    Facts,
    Failures,
    Lateness,
    Measure,
    Objective,
)

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "infra/prometheus/slo.yml"
SELECTOR = re.compile(r"\b(metafleet_\w+)(?:\{([^}]*)\})?")
WINDOWS = sorted({window for burn in BURNS for window in (burn.long, burn.short)})


def rules(kind: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def exposed() -> dict[str, list[dict[str, str]]]:
    """What a scrape says once heartbeats, deals and commands have come, by sample: the labels of each."""
    for kind in ("heartbeat", "trades"):
        metrics.answered(kind, 200, 0.01)
    web.answered("api", 200, 0.01)
    web.KEPT.tallies = {objective.name: Tally(0, 0) for objective in OBJECTIVES}
    found: dict[str, list[dict[str, str]]] = {}
    text = (generate_latest(metrics.REGISTRY) + generate_latest(web.REGISTRY)).decode()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.labels)
    return found


def short(window: timedelta) -> str:
    """5m, 1h or 3d."""
    minutes = window // timedelta(minutes=1)
    of = next(of for of in (1440, 60, 1) if minutes % of == 0)
    return f"{minutes // of}{({1440: 'd', 60: 'h', 1: 'm'})[of]}"


def ratio(objective: Objective[Measure], window: str) -> str:
    """What Prometheus must be asked for the share of bad events, by the product's own definition."""
    match objective.measure:
        case Failures(metric, besides):
            kinds = f'kind!~"{"|".join(besides)}"' if len(besides) > 1 else f'kind!="{besides[0]}"'
            return (
                f'sum(rate({metric}{{{kinds},status=~"5.."}}[{window}])) / '
                f"sum(rate({metric}{{{kinds}}}[{window}]))"
            )
        case Lateness(metric, within_s, kind):
            labels = f'kind="{kind}"' if kind else ""
            bound = f'{labels},le="{float(within_s)}"' if kind else f'le="{float(within_s)}"'
            return (
                f"1 - sum(rate({metric}_bucket{{{bound}}}[{window}])) / "
                f"sum(rate({metric}_count{f'{{{labels}}}' if labels else ''}[{window}]))"
            )
        case Absence(metric):
            return f"1 - max(avg_over_time({metric}[{window}]))"
        case Facts():
            of = f'{{objective="{objective.name}"}}'
            return (
                f"max(rate(metafleet_objective_bad_events_total{of}[{window}])) / "
                f"max(rate(metafleet_objective_events_total{of}[{window}]))"
            )
        case _ as never:
            assert_never(never)


def alarm(objective: Objective[Measure], severity: str) -> str:
    """The condition of an objective's alarms of one severity."""

    def burns(burn: Burn) -> str:
        return " and ".join(
            f'metafleet:slo_bad:ratio_rate{short(window)}{{slo="{objective.name}"}} '
            f"> {burn.rate} * {objective.budget}"
            for window in (burn.long, burn.short)
        )

    either = " or ".join(f"({burns(burn)})" for burn in BURNS if burn.severity == severity)
    return f"({either}) and on() {events(objective)} >= {objective.fewest}" if objective.fewest else either


def events(objective: Objective[Measure]) -> str:
    window = short(FEWEST_IN)
    match objective.measure:
        case Lateness(metric, _, ""):
            return f"sum(increase({metric}_count[{window}]))"
        case Facts():
            of = f'{{objective="{objective.name}"}}'
            return f"max(increase(metafleet_objective_events_total{of}[{window}]))"
        case _:
            raise NotImplementedError(objective.name)


def test_each_objective_is_made_of_samples_that_a_scrape_has() -> None:
    there = exposed()
    for rule in rules("record"):
        asked = SELECTOR.findall(rule["expr"])
        assert asked, rule["expr"]
        for name, labels in asked:
            wanted = dict(re.findall(r'(\w+)="([^"]+)"', labels or ""))
            assert any(wanted.items() <= labels.items() for labels in there.get(name, [])), (name, wanted)


def test_prometheus_measures_each_objective_as_the_product_does() -> None:
    said = {(rule["labels"]["slo"], rule["record"]): rule["expr"] for rule in rules("record")}
    assert said == {
        (objective.name, f"metafleet:slo_bad:ratio_rate{short(window)}"): ratio(objective, short(window))
        for objective in OBJECTIVES
        for window in WINDOWS
    }


def test_prometheus_sounds_the_alarms_of_each_objective_as_the_product_does() -> None:
    said = {(rule["labels"]["slo"], rule["labels"]["severity"]): rule["expr"] for rule in rules("alert")}
    assert said == {
        (objective.name, severity): alarm(objective, severity)
        for objective in OBJECTIVES
        for severity in ("page", "ticket")
    }


def test_each_objective_is_counted_by_one_kind_of_process() -> None:
    by_facts = {objective.name for objective in OBJECTIVES if isinstance(objective.measure, Facts | Absence)}
    counted = [*metrics.TALLIES, *web.TALLIES, *by_facts]
    assert sorted(counted) == sorted(objective.name for objective in OBJECTIVES)


def test_what_the_gateway_counts_as_bad_is_what_its_objectives_call_bad() -> None:
    def more(name: str, answer: tuple[str, int, float]) -> tuple[int, int]:
        before = metrics.TALLIES[name]()
        metrics.answered(*answer)
        after = metrics.TALLIES[name]()
        return after.total - before.total, after.bad - before.bad

    assert more(GATEWAY_AVAILABILITY.name, ("heartbeat", 503, 0.01)) == (1, 1)
    assert more(GATEWAY_AVAILABILITY.name, ("heartbeat", 429, 9)) == (1, 0)
    assert more(GATEWAY_AVAILABILITY.name, ("ready", 503, 0.01)) == (0, 0)
    assert more(GATEWAY_LATENCY.name, ("heartbeat", 200, 0.25)) == (1, 0)
    assert more(GATEWAY_LATENCY.name, ("heartbeat", 200, 0.26)) == (1, 1)
    assert more(GATEWAY_LATENCY.name, ("trades", 200, 9)) == (0, 0)
    before = metrics.TALLIES[COMMANDS.name]()
    metrics.delivered(1.5)
    assert metrics.TALLIES[COMMANDS.name]() == (before.total + 1, before.bad + 1)


def test_a_look_that_finds_no_judge_is_bad() -> None:
    looks = Looks()
    looks.note(is_judged=True)
    looks.note(is_judged=False)
    assert looks.tally == (2, 1)


def test_each_alert_has_its_page_and_the_list_of_runbooks_names_it() -> None:
    listed = (ROOT / "docs/runbooks/README.md").read_text()
    pages = {objective.name: objective.runbook for objective in OBJECTIVES}
    for rule in rules("alert"):
        page = ROOT / rule["annotations"]["runbook_url"]
        assert rule["annotations"]["runbook_url"] == pages[rule["labels"]["slo"]]
        assert rule["alert"] in page.read_text()
        assert f"({page.name})" in listed


def test_the_concept_has_each_objective_with_its_target() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` \|.*\| ([\d.]+) % \|",
        (ROOT / "docs/concepts/slos.md").read_text(),
        flags=re.MULTILINE,
    )
    assert {name: float(target) for name, target in rows} == {
        objective.name: round(objective.target * 100, 4) for objective in OBJECTIVES
    }


def test_the_rules_do_what_they_say_by_prometheus_own_reckoning() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("NO PROMTOOL: the rules were read, not run. Install Debian's prometheus and repeat.")
    for words in (["check", "rules", "slo.yml"], ["test", "rules", "slo_test.yml"]):
        ran = subprocess.run(
            [promtool, *words], cwd=RULES.parent, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
