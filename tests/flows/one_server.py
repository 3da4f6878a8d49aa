"""The stack of infra/docker/compose.yml on a test's engine, and a person who comes to it by TLS."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from ipaddress import IPv4Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import docker
import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from docker.errors import APIError

from metafleet.engine.broker.client import BrokerClient
from metafleet.hub.fleet.drivers.docker.tests import dockerd
from tests.flows.person import AUTH, PASSWORD, Person
from tests.flows.stack import Stack, free_ports
from tests.waiting import wait_until

INFRA = Path(__file__).parents[2] / "infra/docker"
PROJECT = "metafleet-one-test"
HOSTNAME = "one.test"
EDGE = "172.16.254"
IMAGE = "metafleet/api:test"
HUB = 10002
COLOURED = ("web", "gateway", "worker", "judge", "beat")
START_S = 1200


def compose_command() -> list[str]:
    """Return docker-compose, or the client's own; skips where there is neither."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)  # noqa: S607
        if asked.returncode == 0:
            return ["docker", "compose"]
    pytest.skip("no docker-compose here: infra/bootstrap/docker installs it")


class Mailbox:
    """A mail server with STARTTLS and a password, as production has one; keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"

    def code(self, to: str) -> str:
        """Return the code of the newest mail to somebody."""
        assert wait_until(lambda: any(mail["To"] == to for mail in self.mails), 60)
        mail = next(mail for mail in reversed(self.mails) if mail["To"] == to)
        found = re.search(r"^    (\S+)\s*$", str(mail.get_payload()), flags=re.MULTILINE)
        assert found
        return found[1]


@contextmanager
def mail_server(folder: Path, address: str) -> Iterator[tuple[Mailbox, int, Path]]:
    """Serve at every address of this machine; yield mailbox, port, and the certificate to trust."""
    certificate, key = _certificate(folder, address)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    box, (port,) = Mailbox(), free_ports(1)
    controller = Controller(
        box,
        hostname="0.0.0.0",  # noqa: S104 - containers come by their bridge
        port=port,
        tls_context=context,
        require_starttls=True,
        authenticator=lambda *_: AuthResult(success=True),
    )
    controller.start()
    try:
        yield box, port, certificate
    finally:
        controller.stop()


def _certificate(folder: Path, address: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail of a test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "mail.pem", folder / "mail.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()))
    return paths


@dataclass
class OneServer:
    """A copy of infra/docker in `folder`, and what runs of it on the engine."""

    folder: Path
    engine: str
    mailbox: Mailbox
    mail_port: int
    https_port: int
    prometheus_port: int
    api: docker.APIClient = field(repr=False)

    @property
    def web_url(self) -> str:
        return f"https://{HOSTNAME}:{self.https_port}"

    def compose(self, *arguments: str, timeout_s: float = START_S) -> str:
        """Run docker-compose; fail the test with what it said."""
        done = subprocess.run(
            [*compose_command(), *arguments],
            cwd=self.folder,
            env=os.environ | {"DOCKER_HOST": self.engine, "COMPOSE_HTTP_TIMEOUT": "300"},
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"[-4000:]
        return done.stdout

    def containers(self, *, running: bool = True) -> dict[str, dict[str, Any]]:
        """Return what the engine knows of each service's container, by the service."""
        wanted = {"label": f"com.docker.compose.project={PROJECT}"}
        found = self.api.containers(all=not running, filters=wanted)
        return {
            each["Labels"]["com.docker.compose.service"]: self.api.inspect_container(each) for each in found
        }

    def runners(self) -> list[dict[str, Any]]:
        mark = self.setting("METAFLEET_INSTALLATION_ID")
        return list(self.api.containers(filters={"label": f"metafleet.installation={mark}"}))

    def setting(self, name: str) -> str:
        [value] = re.findall(rf"^{name}=(.*)$", (self.folder / ".env").read_text(), flags=re.MULTILINE)
        return str(value)

    def wait_until_healthy(self) -> None:
        assert wait_until(lambda: self.unhealthy() == [], START_S, 0.5), self.unhealthy()

    def unhealthy(self) -> list[str]:
        """Return the services that should be healthy and are not."""
        states = {name: found["State"] for name, found in self.containers().items()}
        wanted = {f"{name}-blue" for name in COLOURED} | {"proxy", "broker", "backup", "postgres"}
        sick = [
            name
            for name, state in states.items()
            if state.get("Health", {}).get("Status", "healthy") != "healthy"
        ]
        return sorted({*(wanted - set(states)), *sick})

    def http(self) -> httpx.Client:
        """A client that finds the host's name at this machine, and trusts the stack's own authority."""
        root = self.compose("exec", "-T", "proxy", "cat", "/data/caddy/pki/authorities/local/root.crt")
        context = ssl.create_default_context(cadata=root)
        return httpx.Client(
            base_url=self.web_url,
            timeout=60,
            transport=_Here(verify=context),
            headers={"Origin": self.web_url},
        )

    def person(self) -> SecurePerson:
        return SecurePerson(self)

    def broker_address(self) -> str:
        """Where this machine finds the paper broker, which listens for nobody else outside."""
        networks = self.containers()["broker"]["NetworkSettings"]["Networks"]
        return str(networks[f"{PROJECT}_back"]["IPAddress"])


class _Here(httpx.HTTPTransport):
    """As an entry in /etc/hosts: each connection goes to this machine, by the name that was asked for."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        here = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1"),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": request.url.host},
        )
        return super().handle_request(here)


class SecurePerson(Person):
    csrf_cookie = "__Host-csrftoken"

    def __init__(self, server: OneServer) -> None:
        keys = SimpleNamespace(keys=server.folder / "secrets/keys")
        stack = SimpleNamespace(web_url=server.web_url, folder=keys, broker_port=8002)
        self._server = server
        super().__init__(cast(Stack, stack), server.http())

    def sign_up(self, email: str) -> None:
        """Sign up, and prove the address by the code that the mail server was given."""
        headers = {"X-CSRFToken": self._http.cookies[self.csrf_cookie]}
        form = {"email": email, "password": PASSWORD, "tenant_name": "Flow desk"}
        asked = self._http.post(f"{AUTH}/signup", json=form, headers=headers)
        assert asked.status_code == 401, asked.text
        self.post("/_allauth/browser/v1/auth/email/verify", {"key": self._server.mailbox.code(email)})

    def broker(self) -> BrokerClient:
        return BrokerClient(self._server.broker_address(), 8002)


@contextmanager
def one_server(engine: str, folder: Path) -> Iterator[OneServer]:
    """Build the images, lay the folder out by init.sh, bring the stack up, and take it down at the end."""
    address = f"{EDGE}.1"
    shutil.copytree(
        INFRA, folder / "docker", ignore=shutil.ignore_patterns(".env", "settings.env", "secrets", "active")
    )
    for name in ("grafana", "prometheus"):
        shutil.copytree(INFRA.parent / name, folder / name)
    http, https, prometheus = free_ports(3)
    stand_ins = dockerd.script(engine, INFRA / "local/build.sh")
    _build(engine)
    with mail_server(folder, address) as (mailbox, mail_port, certificate):
        _lay_out(engine, folder / "docker", f"smtp://name:password@{address}:{mail_port}")
        settings = {
            "METAFLEET_HTTP_PORT": http,
            "METAFLEET_HTTPS_PORT": https,
            "METAFLEET_PORT_SUFFIX": f":{https}",
            "METAFLEET_PROMETHEUS_PORT": prometheus,
            "METAFLEET_BIND": "127.0.0.1",
            "METAFLEET_EDGE_SUBNET": f"{EDGE}.0/27",
            "METAFLEET_PROXY_ADDRESS": f"{EDGE}.2",
            "METAFLEET_MARKET_SPEED": 600,
            "METAFLEET_POSTGRES_BUFFERS": "64MB",
        }
        with (folder / "docker/.env").open("a") as file:
            file.write(stand_ins + "".join(f"{name}={value}\n" for name, value in settings.items()))
        _trust(folder / "docker", certificate)
        with docker.APIClient(base_url=engine, version="1.41") as api:
            server = OneServer(folder / "docker", engine, mailbox, mail_port, https, prometheus, api)
            _take_down(server)  # what a test that was killed has left
            try:
                server.compose("up", "-d")
                server.wait_until_healthy()
                yield server
            finally:
                _take_down(server)


def _build(engine: str) -> None:
    """Build the product's images; what they replace goes, or the engine's folder would grow and grow."""
    tags = (IMAGE, f"{IMAGE}-backup")
    with docker.APIClient(base_url=engine, version="1.41") as api:
        known = {image["Id"] for tag in tags for image in api.images(tag)}
        dockerd.script(engine, INFRA / "api/build.sh", IMAGE)
        for former in known - {image["Id"] for tag in tags for image in api.images(tag)}:
            with suppress(APIError):  # something runs of it
                api.remove_image(former)


def _lay_out(engine: str, folder: Path, mail_url: str) -> None:
    chosen = {
        "COMPOSE_PROJECT_NAME": PROJECT,
        "COMPOSE_PROFILES": "blue",
        "METAFLEET_TLS": "internal",
        "METAFLEET_ENGINE_SOCKET": engine.removeprefix("unix://"),
        "METAFLEET_RUNNER_IMAGE": dockerd.IMAGE,
        "METAFLEET_BACKUP_IMAGE": f"{IMAGE}-backup",
        **{f"METAFLEET_{use}_IMAGE": IMAGE for use in ("RELEASE", "BLUE", "GREEN")},
    }
    command = [str(folder / "init.sh"), HOSTNAME, mail_url]
    subprocess.run(command, env=os.environ | chosen, check=True, capture_output=True)


def _trust(folder: Path, certificate: Path) -> None:
    """Let the product trust the mail server's certificate."""
    trusted = folder / "secrets/keys/mail.pem"
    trusted.write_bytes(certificate.read_bytes())
    os.chown(trusted, HUB, HUB)
    with (folder / "settings.env").open("a") as file:
        file.write("SSL_CERT_FILE=/data/keys/mail.pem\n")


def _take_down(server: OneServer) -> None:
    # Whoever starts EAs goes first: their network cannot be removed while one lives on it.
    server.compose("stop", "--timeout", "5")
    for network in server.api.networks(filters={"label": f"com.docker.compose.project={PROJECT}"}):
        if network["Name"].startswith("metafleet-runners-"):
            mark = network["Name"].removeprefix("metafleet-runners-")
            mine = {"label": f"metafleet.installation={mark}"}
            for runner in server.api.containers(all=True, filters=mine):
                server.api.remove_container(runner["Id"], force=True, v=True)
    server.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
