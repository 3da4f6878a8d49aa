"""Trying a version where it is in service, as strangers, browsers and terminals meet it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

import requests

from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused
from metafleet.cli.releases import probing, record, terminals
from metafleet.cli.releases.plan import Environment, Plan
from metafleet.cli.releases.record import Attempt
from metafleet.cli.releases.target import ReleaseFailed, Target

TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Trial:
    """key: an API key of a desk that is there to be tried, or ""."""

    environment: Environment
    target: Target
    key: str

    def get(self, url: str, **headers: str) -> requests.Response:
        """Raises ReleaseFailed where nobody answers."""
        return self._ask("GET", url, headers)

    def post(self, url: str) -> requests.Response:
        """Send an empty document. Raises ReleaseFailed where nobody answers."""
        return self._ask("POST", url, {"Content-Type": "application/json"})

    def _ask(self, method: str, url: str, headers: dict[str, str]) -> requests.Response:
        body = "{}" if method == "POST" else None
        verify = self.environment.ca_file or True
        try:
            return requests.request(method, url, data=body, headers=headers, timeout=TIMEOUT_S, verify=verify)
        except requests.RequestException as error:
            raise ReleaseFailed(f"{url} does not answer: {type(error).__name__}.") from error


def validate(plan: Plan, name: str, version: str, trial: Trial, say: Say) -> Attempt:
    """Try what is in service, and record it for who waits for it. Raises Refused with what is wrong."""
    now = record.standing(plan.record, name)
    if now is None or now.version != version:
        there = now.version if now else "nothing that was deployed by this plan"
        raise Refused(f"{name} runs {there}, not {version}.")
    checklist = record.begin(plan.record, name, "validate", version)
    checklist.attempt.image = now.image
    try:
        for title, check in _CHECKS.items():
            with checklist.step(title) as step:
                step.note = check(trial)
            say(f"{title}: {step.note}")
    except BaseException:
        checklist.close("failed")
        raise
    checklist.close("done")
    return checklist.attempt


def _doors(trial: Trial) -> str:
    probing.ready(trial.environment)
    return "web and gateway are ready"


def _screens(trial: Trial) -> str:
    """The page comes, and so do the script and the style that it names."""
    page = trial.get(trial.environment.web)
    named = re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css))"', page.text)
    if not page.ok or not named:
        raise ReleaseFailed(f"{trial.environment.web} answers {page.status_code} and no screens.")
    for path in named:
        found = trial.get(urljoin(trial.environment.web, path))
        if not found.ok:
            raise ReleaseFailed(f"{path} of the screens answers {found.status_code}.")
    return f"the page and {len(named)} files of it"


def _strangers(trial: Trial) -> str:
    """Nobody without a sign-in, and no terminal without a token, is let in."""
    doors = {
        f"{trial.environment.web}/api/accounts": trial.get,
        f"{trial.environment.gateway}/webhook/terminal/heartbeat": trial.post,
    }
    for url, ask in doors.items():
        if (status := ask(url).status_code) != requests.codes.unauthorized:
            raise ReleaseFailed(f"{url} answers a stranger with {status}, not with 401.")
    return "both doors send them away"


def _terminals(trial: Trial) -> str:
    heard = terminals.heard(trial.target)
    if heard is None:
        return "unknown: the gateway tells it to who has METAFLEET_METRICS_TOKEN"
    return f"{heard} are heard"


def _desk(trial: Trial) -> str:
    """What a program with an API key sees of the desk that is there to be tried."""
    if not trial.key:
        return "not tried: no METAFLEET_API_KEY was given"
    answer = trial.get(f"{trial.environment.web}/api/instances", Authorization=f"Bearer {trial.key}")
    if not answer.ok:
        raise ReleaseFailed(
            f"The desk's EAs cannot be read with METAFLEET_API_KEY: HTTP {answer.status_code}."
        )
    states = [each["state"] for each in answer.json()]
    if "error" in states:
        raise ReleaseFailed(f"{states.count('error')} of the {len(states)} EAs of the desk are in error.")
    return f"{states.count('running')} of {len(states)} EAs run"


_CHECKS: Final[dict[str, Callable[[Trial], str]]] = {
    "doors": _doors,
    "screens": _screens,
    "strangers": _strangers,
    "terminals": _terminals,
    "desk": _desk,
}
