"""Whether the terminals are still heard, by the gateway's own count."""

from __future__ import annotations

import time
from typing import Final

import requests
from prometheus_client.parser import text_string_to_metric_families

from metafleet.cli.preparation import Say
from metafleet.cli.releases.plan import Environment
from metafleet.cli.releases.target import ReleaseFailed, Target

TIMEOUT_S: Final = 10.0
PATIENCE_S: Final = 120.0
LEAST_SHARE: Final = 0.95
"""Of the terminals that were heard before: at any time some machine is being restarted by its owner."""
_EVERY_S: Final = 2.0


def heard(target: Target) -> int | None:
    """Return how many terminals' heartbeats are on time; None where the gateway does not tell us."""
    samples = [
        sample
        for family in text_string_to_metric_families(target.metrics())
        for sample in family.samples
        if sample.name == "metafleet_terminals" and sample.labels.get("telemetry") == "fresh"
    ]
    return int(samples[0].value) if samples else None


def told_outside(environment: Environment, token: str) -> str:
    """Return the metrics that the gateway tells who has the token; "" where it does not."""
    try:
        answer = requests.get(
            f"{environment.gateway}/metrics",
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_S,
            verify=environment.ca_file or True,
        )
        answer.raise_for_status()
    except requests.RequestException:
        return ""
    return answer.text


def wait_until_heard(target: Target, before: int | None, say: Say) -> str:
    """Wait until as many terminals are heard as before; return what was seen.

    Raises ReleaseFailed where they do not come back within PATIENCE_S.
    """
    if before is None:
        return "the gateway does not tell how many terminals it hears; give METAFLEET_METRICS_TOKEN"
    ends_at = time.monotonic() + PATIENCE_S
    said = False
    while True:
        now = heard(target)
        if now is not None and now >= before * LEAST_SHARE:
            return f"{now} terminals are heard, {before} were before"
        if time.monotonic() > ends_at:
            raise ReleaseFailed(f"Of {before} terminals only {now or 0} are heard.")
        if not said:
            say(f"Waiting for the terminals: {now or 0} of {before} are heard …")
            said = True
        time.sleep(_EVERY_S)
