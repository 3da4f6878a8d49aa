"""The compose stack of one server as a release needs it: its files, its colours, its containers.

What is built on stands at the head of `infra/docker/compose.yml`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from metafleet.cli.atomic import write_atomically
from metafleet.cli.releases.target import ReleaseFailed

COLOURS: Final = ("blue", "green")
SERVING: Final = ("gateway", "web")
"""They are behind the proxy."""
WORKING: Final = ("worker", "judge", "beat")
ENV: Final = ".env"
UPSTREAMS: Final = Path("proxy/active/upstreams.caddy")
COMMAND_S: Final = 1800.0
START_S: Final = 300.0
_EVERY_S: Final = 1.0
_LOG_LINES: Final = 5
_RELOAD: Final = ("caddy", "reload", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")


def _program(name: str) -> str:
    if not (found := shutil.which(name)):
        raise ReleaseFailed(f"There is no {name} on this machine; run this on the server of the stack.")
    return found


def _engine_program() -> list[str]:
    return [_program("docker")]


def _compose_program() -> list[str]:
    docker = _program("docker")
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode == 0:
        return [docker, "compose"]
    return [_program("docker-compose")]


@dataclass(frozen=True, slots=True)
class Stack:
    """folder: where .env and proxy/ are, and what the compose files' paths count from."""

    folder: Path
    files: tuple[str, ...]
    project: str | None = None
    _engine: list[str] = field(default_factory=_engine_program)
    _compose: list[str] = field(default_factory=_compose_program)

    def setting(self, name: str) -> str:
        """Return the value that .env gives; "" where it gives none. Raises ReleaseFailed without the file."""
        found = re.findall(rf"^{name}=(.*)$", self._env(), re.MULTILINE)
        return found[-1].strip() if found else ""

    def write_settings(self, values: Mapping[str, str]) -> None:
        """Change these lines of .env, and no other; whole or not at all."""
        text = self._env()
        for name, value in values.items():
            line = f"{name}={value}"
            text, count = re.subn(rf"^{name}=.*$", line.replace("\\", r"\\"), text, flags=re.MULTILINE)
            if not count:
                text = f"{text.rstrip()}\n{line}\n"
        path = self.folder / ENV
        mode = path.stat().st_mode
        write_atomically(path, text.encode())
        path.chmod(mode)

    def active(self) -> str:
        """Return the colour that the proxy leads to. Raises ReleaseFailed where that is none of both."""
        try:
            text = (self.folder / UPSTREAMS).read_text()
        except OSError as error:
            raise ReleaseFailed(
                f"{self.folder / UPSTREAMS} cannot be read: {error.strerror}; run init.sh first."
            ) from error
        named = set(re.findall(r"\bto (?:web|gateway)-(\w+):", text))
        if len(named) != 1 or not named <= set(COLOURS):
            raise ReleaseFailed(f"{self.folder / UPSTREAMS} does not name web and gateway of one colour.")
        return str(named.pop())

    def lead_to(self, colour: str) -> None:
        """Let the proxy lead to this colour: requests under way end where they are."""
        path = self.folder / UPSTREAMS
        text = (
            f"(active_web) {{\n\tto web-{colour}:8000\n}}\n"
            f"(active_gateway) {{\n\tto gateway-{colour}:8001\n}}\n"
        )
        write_atomically(path, text.encode())
        path.chmod(0o644)
        self.reload()

    def reload(self) -> None:
        self.compose("exec", "-T", "proxy", *_RELOAD)

    def image_of(self, service: str) -> str:
        """Return the id of the image that the service's container runs; "" where none runs."""
        found = self._container(service)
        return str(found["Image"]) if found and found["State"]["Running"] else ""

    def image_id(self, name: str) -> str:
        """Return an image's id, whatever it is called here; "" where it is not on this engine."""
        return str(self._image(name).get("Id", ""))

    def image(self, name: str) -> str:
        """Return an image's name by digest, else its id; "" where it is not on this engine."""
        if not (one := self._image(name)):
            return ""
        repository = name.partition("@")[0].rpartition(":")[0] or name
        digests = [each for each in one.get("RepoDigests") or [] if each.startswith(f"{repository}@")]
        return str(digests[0] if digests else one["Id"])

    def pull(self, name: str) -> str:
        """Fetch an image; return why it was not, "" where it was."""
        done = self._run([*self._engine, "pull", "--quiet", name])
        return _last_line(done) if done.returncode else ""

    def start(self, services: Sequence[str]) -> None:
        """Start services and wait until each is healthy, web and gateway until they can serve.

        Raises ReleaseFailed with the newest lines of the log of the one that is not.
        """
        self.compose("up", "-d", "--no-deps", *services)
        ends_at = time.monotonic() + START_S
        for service in services:
            while not self._is_up(service):
                if time.monotonic() > ends_at:
                    raise ReleaseFailed(f"{service} does not become healthy: {self._log(service)}")
                time.sleep(_EVERY_S)

    def stop(self, services: Sequence[str]) -> None:
        """Stop services; their containers stay, so that they start again as they were."""
        self.compose("stop", *services)

    def compose(self, *arguments: str, environ: Mapping[str, str] | None = None) -> str:
        """Return what a command of compose printed. Raises ReleaseFailed with its last line."""
        files = [part for name in self.files for part in ("-f", str(self.folder / name))]
        project = ["-p", self.project] if self.project else []
        command = [*self._compose, "--project-directory", str(self.folder), *files, *project, *arguments]
        done = self._run(command, environ)
        if done.returncode:
            raise ReleaseFailed(f"`{' '.join(arguments)}` failed: {_last_line(done)}")
        return done.stdout

    def _image(self, name: str) -> dict[str, Any]:
        done = self._run([*self._engine, "image", "inspect", name])
        found: dict[str, Any] = json.loads(done.stdout)[0] if done.returncode == 0 else {}
        return found

    def _is_up(self, service: str) -> bool:
        found = self._container(service)
        if not found:
            return False
        state = found["State"]
        if state["Status"] in {"exited", "dead"}:
            raise ReleaseFailed(f"{service} ended with code {state['ExitCode']}: {self._log(service)}")
        if state.get("Health", {}).get("Status", "healthy") != "healthy":
            return False
        if service.split("-", maxsplit=1)[0] not in SERVING:
            return True
        try:
            self.compose("exec", "-T", service, "ready")
        except ReleaseFailed:
            return False
        return True

    def _container(self, service: str) -> dict[str, Any] | None:
        # Version 1 says nothing of a service without a container; version 2 calls that a failure.
        try:
            ids = (
                self.compose("ps", "-q", "-a", service)
                if self._is_second
                else self.compose("ps", "-q", service)
            )
        except ReleaseFailed:
            return None
        if not ids.split():
            return None
        done = self._run([*self._engine, "inspect", ids.split()[0]])
        found: dict[str, Any] | None = json.loads(done.stdout)[0] if done.returncode == 0 else None
        return found

    @property
    def _is_second(self) -> bool:
        return self._compose[-1] == "compose"

    def _log(self, service: str) -> str:
        try:
            lines = self.compose("logs", "--no-color", "--tail", str(_LOG_LINES), service)
        except ReleaseFailed as error:
            return str(error)
        return "\n  ".join(["", *lines.strip().splitlines()]) or "it logged nothing."

    def _env(self) -> str:
        try:
            return (self.folder / ENV).read_text()
        except OSError as error:
            raise ReleaseFailed(
                f"{self.folder / ENV} cannot be read: {error.strerror}; run init.sh first."
            ) from error

    def _run(
        self, command: Sequence[str], environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=COMMAND_S,
                env={**os.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ReleaseFailed(f"`{' '.join(command)}` does not end.") from error


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return said[-1] if said else f"code {done.returncode}, without a word"
