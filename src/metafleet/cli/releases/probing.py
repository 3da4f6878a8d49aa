"""Asking an environment's doors all the while a release goes on, as its customers do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import requests

from metafleet.cli.releases.plan import Environment
from metafleet.cli.releases.target import ReleaseFailed

EVERY_S: Final = 0.2
TIMEOUT_S: Final = 10.0


@dataclass(slots=True)
class Probe:
    """What one door answered. longest_s: the slowest answer, in seconds.

    failed: also when asked again at once, as terminals, runners and browsers do when a connection breaks.
    """

    url: str
    asked: int = 0
    retried: int = 0
    failed: int = 0
    longest_s: float = 0.0
    last_failure: str = ""


@dataclass(slots=True)
class Probing:
    """All doors. `note` is what stands in the checklist."""

    probes: list[Probe] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return sum(probe.failed for probe in self.probes)

    @property
    def note(self) -> str:
        asked = sum(probe.asked for probe in self.probes)
        retried = sum(probe.retried for probe in self.probes)
        longest = max((probe.longest_s for probe in self.probes), default=0.0)
        return (
            f"{asked} requests, {retried} asked again, {self.failed} failed, slowest {longest * 1000:.0f} ms"
        )

    def raise_on_failures(self) -> None:
        """Raises ReleaseFailed where a request failed also when it was asked again."""
        for probe in self.probes:
            if probe.failed:
                raise ReleaseFailed(
                    f"{probe.url} failed {probe.failed} of {probe.asked} times: {probe.last_failure}."
                )


@contextmanager
def probing(environment: Environment) -> Iterator[Probing]:
    """Ask both doors until the block ends."""
    ended = threading.Event()
    found = Probing([Probe(f"{url}/ready") for url in (environment.web, environment.gateway)])
    threads = [
        threading.Thread(target=_ask_on, args=(probe, environment.ca_file, ended), daemon=True)
        for probe in found.probes
    ]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ended.set()
        for thread in threads:
            thread.join(2 * TIMEOUT_S)


def ready(environment: Environment) -> None:
    """Raises ReleaseFailed unless both doors say that they are ready."""
    for url in (environment.web, environment.gateway):
        if failure := _failure(f"{url}/ready", environment.ca_file):
            raise ReleaseFailed(f"{url}/ready: {failure}.")


def _ask_on(probe: Probe, ca_file: str | None, ended: threading.Event) -> None:
    while not ended.wait(EVERY_S):
        began_s = time.monotonic()
        failure = _failure(probe.url, ca_file)
        if failure:
            probe.retried += 1
            failure = _failure(probe.url, ca_file)
        probe.asked += 1
        probe.longest_s = max(probe.longest_s, time.monotonic() - began_s)
        if failure:
            probe.failed += 1
            probe.last_failure = failure


def _failure(url: str, ca_file: str | None) -> str:
    try:
        answer = requests.get(url, timeout=TIMEOUT_S, verify=ca_file or True)
    except requests.RequestException as error:
        return type(error).__name__
    return "" if answer.ok else f"HTTP {answer.status_code}"
