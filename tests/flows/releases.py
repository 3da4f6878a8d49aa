"""Releases to the stack of one server, by the command, and the load that goes on meanwhile."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from metafleet.cli.main import main
from metafleet.cli.releases.record import Attempt
from metafleet.cli.releases.record import attempts as recorded
from tests.flows.one_server import HOSTNAME, OneServer
from tests.waiting import wait_until

SIMULATION = "metafleet-test-simulation"
_GATEWAY = "http://gateway:8001"
_WAIT = (
    "until python -c 'import socket; socket.create_connection((\"gateway\", 8001), 2)'; do sleep 0.5; done"
)
_ENDS_S = 600


def prepare(server: OneServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out the plan in the folder, go there, and let the host's name lead to this machine."""
    root = server.compose("exec", "-T", "proxy", "cat", "/data/caddy/pki/authorities/local/root.crt")
    (folder / "root.crt").write_text(root)
    (folder / "releases.toml").write_text(
        f"""
        [environments.here]
        kind = "compose"
        folder = "{server.folder}"
        image = "metafleet/api"
        web = "{server.web_url}"
        gateway = "{server.web_url}"
        ca_file = "{folder / "root.crt"}"
        watch_s = 10
        """
    )
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOCKER_HOST", server.engine)
    found = socket.getaddrinfo

    def at_home(host: Any, *rest: Any, **more: Any) -> Any:
        return found("127.0.0.1" if host == HOSTNAME else host, *rest, **more)

    monkeypatch.setattr("socket.getaddrinfo", at_home)


def metafleet(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a command of `metafleet` in this process; fail unless it ends with 0."""
    monkeypatch.setattr("sys.argv", ["metafleet", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code, f"`metafleet {' '.join(arguments)}` ended with {ended.value.code}"


def attempts(folder: Path) -> list[Attempt]:
    return recorded(folder / "releases", "here")


def summary(folder: Path, figures: dict[str, Any]) -> str:
    """What the checklists and the simulator say, for whoever reads the test's output."""
    lines = [
        f"{attempt.verb} {step.name}: {step.note} ({step.took_s:.1f} s)"
        for attempt in attempts(folder)
        for step in attempt.steps
    ]
    return "\n".join(["", *lines, json.dumps(figures)])


@dataclass
class Simulation:
    """`metafleet simulate` in a container on the EAs' network, whose way to the gateway is the proxy's."""

    server: OneServer
    container: str

    def is_under_way(self) -> bool:
        return " req/s" in self.log()

    def log(self) -> str:
        return str(self.server.api.logs(self.container, tail=50).decode())

    def result(self) -> dict[str, Any]:
        """Have it come to rest, as Ctrl-C does, and wait for its end; return its figures."""
        with suppress(APIError):  # its time is over
            self.server.api.kill(self.container, "SIGINT")
        assert wait_until(lambda: not self._state()["Running"], _ENDS_S, 1), self.log()
        text = self.server.api.logs(self.container, stdout=True, stderr=False).decode()
        figures: dict[str, Any] = json.loads(text[text.index("\n{") :] if not text.startswith("{") else text)
        figures["holds"] = self._state()["ExitCode"] == 0
        return figures

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = self.server.api.inspect_container(self.container)["State"]
        return state


@contextmanager
def simulating(server: OneServer, terminals: int, minutes: float) -> Iterator[Simulation]:
    """Run the fleet simulator until the block ends or its time is over."""
    simulate = f"metafleet simulate --terminals {terminals} --minutes {minutes} --json"
    server.compose(
        *("run", "-d", "--name", SIMULATION, "-e", f"METAFLEET_GATEWAY_URL={_GATEWAY}"),
        *("tools", "sh", "-c", f"{_WAIT}; exec {simulate}"),
    )
    network = f"metafleet-runners-{server.setting('METAFLEET_INSTALLATION_ID')}"
    try:
        server.api.connect_container_to_network(SIMULATION, network)
        yield Simulation(server, SIMULATION)
    finally:
        server.api.remove_container(SIMULATION, force=True, v=True)
