"""The checklists of releases, a file each, written after every step: what, when, by whom, with what end."""

from __future__ import annotations

import fcntl
import getpass
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from metafleet.cli.atomic import create_atomically, write_atomically
from metafleet.cli.refusal import Refused

Verb = Literal["deploy", "rollback", "validate"]
End = Literal["running", "done", "failed", "taken back"]


class Step(msgspec.Struct, rename="camel"):
    """took_s: seconds. note: what was seen, or why it failed."""

    name: str
    state: Literal["running", "done", "failed"]
    began_at: datetime
    took_s: float = 0.0
    note: str = ""


class Attempt(msgspec.Struct, rename="camel", kw_only=True):
    """One checklist. image: what it brings, by digest where the engine knows one; "" before that is known.

    former_image: what ran before; "" where nothing did. contracts: it may take away what that needs.
    """

    number: int
    environment: str
    verb: Verb
    version: str
    began_at: datetime
    by: str
    image: str = ""
    former_image: str = ""
    former_version: str = ""
    contracts: bool = False
    end: End = "running"
    ended_at: datetime | None = None
    steps: list[Step] = msgspec.field(default_factory=list)


class Checklist:
    """An attempt that is under way, and its file."""

    def __init__(self, path: Path, attempt: Attempt) -> None:
        self.attempt = attempt
        self._path = path

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Do one step; what its block raises stands in its note."""
        step = Step(name=name, state="running", began_at=datetime.now(UTC))
        self.attempt.steps.append(step)
        self.save()
        began_s = time.monotonic()
        try:
            yield step
        except BaseException as error:
            step.state, step.note = "failed", str(error) or type(error).__name__
            raise
        else:
            step.state = "done"
        finally:
            step.took_s = round(time.monotonic() - began_s, 2)
            self.save()

    def close(self, end: End) -> None:
        self.attempt.end, self.attempt.ended_at = end, datetime.now(UTC)
        self.save()

    def save(self) -> None:
        write_atomically(self._path, _written(self.attempt))


def begin(record: Path, environment: str, verb: Verb, version: str) -> Checklist:
    """Open the next checklist of an environment. Raises Refused where the folder cannot be written."""
    folder = record / environment
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while True:
            number = max((attempt.number for attempt in attempts(record, environment)), default=0) + 1
            attempt = Attempt(
                number=number,
                environment=environment,
                verb=verb,
                version=version,
                began_at=datetime.now(UTC),
                by=_who(),
            )
            path = folder / f"{number:05}.json"
            if create_atomically(path, _written(attempt)):
                return Checklist(path, attempt)
    except OSError as error:
        raise Refused(f"The record of releases in {folder} cannot be written: {error.strerror}.") from error


@contextmanager
def alone(record: Path, environment: str) -> Iterator[None]:
    """Hold an environment for one release. Raises Refused while another one is under way on this machine."""
    folder = record / environment
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused(f"Another release to {environment} is under way.") from error
        yield


def attempts(record: Path, environment: str) -> list[Attempt]:
    """Return all checklists of an environment, oldest first. Raises Refused where one cannot be read."""
    found = []
    for path in sorted((record / environment).glob("[0-9]*.json")):
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Attempt))
        except (OSError, msgspec.DecodeError) as error:
            raise Refused(f"{path} is no checklist of a release: {error}.") from error
    return found


def standing(record: Path, environment: str) -> Attempt | None:
    """Return what brought the environment to where it is: the newest deploy or rollback that was done."""
    done = [each for each in attempts(record, environment) if each.end == "done" and each.verb != "validate"]
    return done[-1] if done else None


def is_validated(record: Path, environment: str, version: str) -> bool:
    """Whether this version was validated there, and nothing was brought there since."""
    for attempt in reversed(attempts(record, environment)):
        if attempt.end != "done":
            continue
        if attempt.verb == "validate":
            return attempt.version == version
        return False
    return False


def _who() -> str:
    """Who asks: a pipeline says so; else the user of this machine."""
    return os.environ.get("GITHUB_ACTOR") or f"{getpass.getuser()}@{socket.gethostname()}"


def _written(attempt: Attempt) -> bytes:
    return msgspec.json.format(msgspec.json.encode(attempt), indent=2) + b"\n"
