"""A Docker Engine for the tests: the one that METAFLEET_TEST_ENGINE names, else one of their own.

Their own is Debian's `dockerd` (package docker.io), started by root without a bridge beside whatever else
runs. Its images stay in /var/tmp, since the base takes a minute to make.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
import pytest
from docker.errors import ImageNotFound

from tests.waiting import wait_until

INFRA = Path(__file__).parents[7] / "infra/docker"
KEPT = Path("/var/tmp/metafleet-test-engine")  # noqa: S108 - root's, made with mode 0700
BASE = "metafleet/python:3.11"
IMAGE = "metafleet/runner:test"


@contextmanager
def running_engine() -> Iterator[str]:
    """Yield the address of an engine that holds the runner's image. Skips where there can be none."""
    named = os.environ.get("METAFLEET_TEST_ENGINE")
    if named:
        build_images(named)
        yield named
        return
    refuse_unless_possible()
    KEPT.mkdir(mode=0o700, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one engine per data root
        with dockerd(KEPT) as address:
            build_images(address)
            yield address


def refuse_unless_possible() -> None:
    missing = [program for program in ("dockerd", "iptables") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"no {' and no '.join(missing)} here: apt-get install docker.io iptables")
    if os.geteuid() != 0:
        pytest.skip("only root starts an engine; name a running one by METAFLEET_TEST_ENGINE")


@contextmanager
def dockerd(folder: Path, *options: str, prefix: tuple[str, ...] = ()) -> Iterator[str]:
    """Run an engine whose data, sockets and log are in this folder; `prefix` goes before the command."""
    address = f"unix://{folder}/docker.sock"
    command = [*prefix, "dockerd", "--host", address, "--data-root", f"{folder}/data"]
    command += ["--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/docker.pid"]
    with (folder / "dockerd.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            [*command, *(options or ("--bridge", "none"))], stdout=log, stderr=log, start_new_session=True
        )
    try:
        if (
            not wait_until(lambda: answers(address) or process.poll() is not None, 60)
            or process.poll() is not None
        ):
            last = (folder / "dockerd.log").read_text().strip().splitlines()[-1:]
            pytest.skip(f"dockerd does not start here: {last}")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def answers(address: str) -> bool:
    """Whether an engine is there. By a plain socket: the SDK leaves those open that found nobody."""
    with socket.socket(socket.AF_UNIX) as wire:
        wire.settimeout(5)
        try:
            wire.connect(address.removeprefix("unix://"))
            wire.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in wire.recv(64)
        except OSError:
            return False


def build_images(address: str, image: str = IMAGE) -> None:
    """Make the base unless it is there, and the runner's image of this checkout."""
    client = docker.APIClient(base_url=address, version="1.41")
    try:
        client.inspect_image(BASE)
    except ImageNotFound:
        if shutil.which("debootstrap") is None:
            pytest.skip(f"no image {BASE} and no debootstrap to make it: apt-get install debootstrap")
        script(address, INFRA / "base/make.sh", str(KEPT / "base"))
    finally:
        client.close()
    script(address, INFRA / "runner/build.sh", image)


def listener(api: docker.APIClient, image: str, network: str, alias: str, port: int) -> str:
    """Run a container that takes connections at this name and never answers; return its id."""
    code = (
        f"import socket; s=socket.create_server(('', {port})); kept=[]\nwhile True: kept.append(s.accept())"
    )
    body = {
        "Image": image,
        "Entrypoint": ["python", "-c", code],
        "HostConfig": {"NetworkMode": network},
        "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": [alias]}}},
    }
    made = str(api.create_container_from_config(body)["Id"])
    api.start(made)
    return made


def script(address: str, *command: object) -> str:
    """Run a script of infra/docker on that engine; return its output, fail the test where it fails."""
    environment = os.environ | {"DOCKER_HOST": address, "BUILD_NETWORK": "host"}
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
