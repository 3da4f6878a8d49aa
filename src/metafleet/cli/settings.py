"""The command's settings, read once from the environment into one record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from urllib.parse import urlsplit

from metafleet.cli.refusal import Refused
from metafleet.wire import secret_setting

LOOPBACK = "127.0.0.1"
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised, not bound


class SettingRefused(Refused):
    """A variable has a value that cannot be used; the sentence names the variable."""


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """Where the paper broker's prices come from and how fast they go."""

    source: str
    speed: str
    seed: int
    clock: str


@dataclass(frozen=True, slots=True)
class DockerSettings:
    """The Docker Engine that runs the EAs. engine: "" for the machine's own, or DOCKER_HOST.

    network and subnet are None where they are ours to choose.
    """

    engine: str
    image: str
    network: str | None
    subnet: str | None
    is_swarm: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation: its folder, its addresses and the servers that it brings or is given.

    database_url and redis_url are None when the embedded servers are to be used, docker unless EAs run in
    containers. runner_gateway_url and runner_broker_host are None where nobody said how EAs find us.
    """

    data_dir: Path
    host: str
    web_port: int
    gateway_port: int
    broker_port: int
    gateway_url: str
    database_url: str | None
    redis_url: str | None
    market: MarketSettings
    docker: DockerSettings | None
    runner_gateway_url: str | None
    runner_broker_host: str | None

    @property
    def reachable_host(self) -> str:
        """The host name by which this machine itself reaches the servers."""
        return LOOPBACK if self.host in EVERY_ADDRESS else self.host

    @property
    def web_url(self) -> str:
        return _http_url(self.reachable_host, self.web_port)


def read_settings(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read every setting of the command.

    cwd: where a relative data folder is looked up.
    Raises SettingRefused with one sentence that names the variable.
    """
    host = _text(environ, "METAFLEET_HOST", LOOPBACK).strip("[]")
    ports = _ports(environ)
    reachable = LOOPBACK if host in EVERY_ADDRESS else host
    gateway_url = _url(environ, "METAFLEET_GATEWAY_URL", ("http", "https"))
    return Settings(
        data_dir=(cwd / Path(_text(environ, "METAFLEET_DATA_DIR", ".metafleet")).expanduser()).resolve(),
        host=host,
        web_port=ports["METAFLEET_WEB_PORT"],
        gateway_port=ports["METAFLEET_GATEWAY_PORT"],
        broker_port=ports["METAFLEET_BROKER_PORT"],
        gateway_url=gateway_url or _http_url(reachable, ports["METAFLEET_GATEWAY_PORT"]),
        database_url=_url(environ, "DATABASE_URL", ("postgresql", "postgres")),
        redis_url=_url(environ, "REDIS_URL", ("redis", "rediss", "unix")),
        market=_market(environ, cwd),
        docker=_docker(environ),
        runner_gateway_url=_url(environ, "METAFLEET_RUNNER_GATEWAY_URL", ("http", "https")) or gateway_url,
        runner_broker_host=_text(environ, "METAFLEET_RUNNER_BROKER_HOST", "")
        or _text(environ, "METAFLEET_BROKER_HOST", "")
        or None,
    )


def _http_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _docker(environ: Mapping[str, str]) -> DockerSettings | None:
    if _text(environ, "METAFLEET_FLEET_DRIVER", "process") != "docker":
        return None
    return DockerSettings(
        engine=_text(environ, "METAFLEET_DOCKER_ENGINE", ""),
        image=_text(environ, "METAFLEET_DOCKER_IMAGE", "metafleet/runner:latest"),
        network=_text(environ, "METAFLEET_DOCKER_NETWORK", "") or None,
        subnet=_subnet(environ),
        is_swarm=_text(environ, "METAFLEET_DOCKER_SWARM", "false").lower() in {"true", "1"},
    )


def _subnet(environ: Mapping[str, str]) -> str | None:
    text = _text(environ, "METAFLEET_DOCKER_SUBNET", "")
    if not text:
        return None
    try:
        return str(IPv4Network(text))
    except ValueError as error:
        raise SettingRefused(
            f"METAFLEET_DOCKER_SUBNET must be a range like 172.31.240.0/20, but is {text!r}: {error}."
        ) from error


def _market(environ: Mapping[str, str], cwd: Path) -> MarketSettings:
    return MarketSettings(
        source=_market_source(environ, cwd),
        speed=_market_speed(environ),
        seed=_whole_number(environ, "METAFLEET_MARKET_SEED", 7, low=0, high=2**63 - 1),
        clock=_one_of(environ, "METAFLEET_MARKET_CLOCK", ("live", "source")),
    )


def _market_source(environ: Mapping[str, str], cwd: Path) -> str:
    source = _text(environ, "METAFLEET_MARKET_SOURCE", "sample")
    if source in {"sample", "generator"}:
        return source
    path = (cwd / Path(source).expanduser()).resolve()
    if not path.exists():
        raise SettingRefused(
            f"METAFLEET_MARKET_SOURCE must be `sample`, `generator` or a file or folder of bars that exists, "
            f"but is {source!r}."
        )
    return str(path)


def _market_speed(environ: Mapping[str, str]) -> str:
    speed = _text(environ, "METAFLEET_MARKET_SPEED", "1")
    if speed == "max":
        return speed
    try:
        value = float(speed)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise SettingRefused(f"METAFLEET_MARKET_SPEED must be a number above 0 or `max`, but is {speed!r}.")
    return speed


def _ports(environ: Mapping[str, str]) -> dict[str, int]:
    defaults = {"METAFLEET_WEB_PORT": 8000, "METAFLEET_GATEWAY_PORT": 8001, "METAFLEET_BROKER_PORT": 8002}
    ports = {name: _whole_number(environ, name, port, low=1, high=65535) for name, port in defaults.items()}
    owners: dict[int, str] = {}
    for name, port in ports.items():
        if port in owners:
            raise SettingRefused(f"{owners[port]} and {name} are both {port}; give each its own port.")
        owners[port] = name
    return ports


def _text(environ: Mapping[str, str], name: str, default: str) -> str:
    return environ.get(name, "").strip() or default


def _whole_number(environ: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = _text(environ, name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise SettingRefused(f"{name} must be a whole number from {low} to {high}, but is {text!r}.")
    return int(text)


def _one_of(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = _text(environ, name, choices[0])
    if text not in choices:
        raise SettingRefused(f"{name} must be {' or '.join(choices)}, but is {text!r}.")
    return text


def _url(environ: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> str | None:
    """Return a URL, wherever the secret setting has it from; the URL itself is never repeated."""
    try:
        text = (secret_setting.read(environ, name) or "").strip()
    except secret_setting.SecretUnreadable as error:
        raise SettingRefused(str(error)) from error
    if not text:
        return None
    scheme = _scheme(text)
    if scheme not in schemes:
        expected = " or ".join(f"{known}://" for known in schemes)
        found = f"starts with {scheme}://" if scheme else "is no URL"
        raise SettingRefused(f"{name} must be a URL that starts with {expected}, but {found}.")
    return text


def _scheme(text: str) -> str:
    """Return the scheme of a URL, "" for what is none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return ""
    return parts.scheme if "://" in text else ""
