"""Releases to one server: the new colour is started beside the old one, and the proxy led to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from metafleet.cli.preparation import Say
from metafleet.cli.releases.plan import OneServer
from metafleet.cli.releases.stack import COLOURS, SERVING, WORKING, Stack
from metafleet.cli.releases.target import ReleaseFailed

_PROFILES = "COMPOSE_PROFILES"
_RELEASE = "METAFLEET_RELEASE_IMAGE"
_ASK = """
import os, urllib.request
with open(os.environ["METAFLEET_METRICS_TOKEN_FILE"]) as file:
    headers = {"Authorization": f"Bearer {file.read().strip()}"}
asked = urllib.request.Request("http://127.0.0.1:8001/metrics", headers=headers)
print(urllib.request.urlopen(asked, timeout=5).read().decode())
"""
_ASK_METRICS = ("python", "-ISc", _ASK)


@dataclass(frozen=True, slots=True)
class OneServerTarget:
    """Which colour serves is what the proxy's file says; all else follows from it, also after a kill."""

    environment: OneServer
    stack: Stack

    def running(self) -> str:
        active = self.stack.active()
        if not (runs := self.stack.image_of(f"web-{active}")):
            return ""
        named = self.stack.image(self.stack.setting(_image_setting(active)))
        return named if self.stack.image_id(named) == runs else runs

    def fetch(self, version: str) -> str:
        name = f"{self.environment.image}:{version}"
        # Tags never move, so one that is here need not be fetched.
        if image := self.stack.image(name):
            return image
        why = self.stack.pull(name)
        if not (image := self.stack.image(name)):
            raise ReleaseFailed(f"There is no image {name}: {why}")
        return image

    def check(self, image: str) -> str:
        self._once(image, "tools", "check", "--deploy")
        return "nothing is unsafe"

    def migrate(self, image: str, *, may_contract: bool) -> str:
        said = self._once(image, "migrate", "migrate", "--contract" if may_contract else "--no-contract")
        return "; ".join(line.strip() for line in said.splitlines() if line.strip())

    def replace(self, image: str, say: Say) -> str:
        idle = _other(self.stack.active())
        self.stack.write_settings({_image_setting(idle): image})
        return self._serve(idle, say)

    def take_back(self, image: str, say: Say) -> str:
        active = self.stack.active()
        for colour in (active, _other(active)):
            if self.stack.image_id(self.stack.setting(_image_setting(colour))) == self.stack.image_id(image):
                return self._serve(colour, say)
        return self.replace(image, say)

    def metrics(self) -> str:
        # From outside nobody is told; within its own container the gateway tells who has the token.
        try:
            return self.stack.compose("exec", "-T", f"gateway-{self.stack.active()}", *_ASK_METRICS)
        except ReleaseFailed:
            return ""

    def retire(self) -> str:
        active = self.stack.active()
        idle = _other(active)
        self.stack.stop(_services(idle, (*SERVING, *WORKING)))
        image = self.stack.setting(_image_setting(active))
        self.stack.write_settings({_RELEASE: image})
        return f"{idle} is stopped, and can come back; {active} serves"

    def _serve(self, colour: str, say: Say) -> str:
        """Start a colour, lead the proxy to it, end the other's work; the other's doors stay open."""
        say(f"Starting {colour} beside {_other(colour)} …")
        self.stack.start(_services(colour, (*SERVING, *WORKING)))
        say(f"Leading the proxy to {colour} …")
        self.stack.lead_to(colour)
        profiles = [name for name in self.stack.setting(_PROFILES).split(",") if name not in {"", *COLOURS}]
        self.stack.write_settings({_PROFILES: ",".join([colour, *profiles])})
        self.stack.stop(_services(_other(colour), WORKING))
        return f"{colour} serves"

    def _once(self, image: str, service: str, *command: str) -> str:
        return self.stack.compose(
            "run", "--rm", "--no-deps", "-T", service, *command, environ={_RELEASE: image}
        )


def one_server(environment: OneServer, plan_folder: Path) -> OneServerTarget:
    """Raises ReleaseFailed where this machine has no Docker."""
    folder = (plan_folder / environment.folder).resolve()
    return OneServerTarget(environment, Stack(folder, environment.files, environment.project))


def _image_setting(colour: str) -> str:
    return f"METAFLEET_{colour.upper()}_IMAGE"


def _other(colour: str) -> str:
    return COLOURS[1 - COLOURS.index(colour)]


def _services(colour: str, names: Iterable[str]) -> list[str]:
    return [f"{name}-{colour}" for name in names]
