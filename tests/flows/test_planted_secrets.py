"""Planted secrets: a whole life, refusals and crashes too, and none of them turns up anywhere."""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
import redis

from metafleet.cli.leftovers import MARK
from tests.flows import hoard
from tests.flows.conftest import StartStack
from tests.flows.person import AUTH, BROKER_PASSWORD, PASSWORD, SERVER, Person
from tests.flows.stack import Stack
from tests.flows.test_live import listen
from tests.waiting import PATIENCE_S, wait_until

ROOT = Path(__file__).resolve().parents[2]
MISSPELT = "misspelt-7f3a-Password-of-nobody"

pytestmark = pytest.mark.flow


def test_planted_secrets_turn_up_nowhere(start_stack: StartStack, tmp_path: Path) -> None:
    planted = {name: f"{name}-{secrets.token_hex(12)}" for name in ("stripe", "webhook", "metrics")}
    files = {
        "METAFLEET_STRIPE_API_KEY_FILE": _file(tmp_path / "stripe", planted["stripe"]),
        "METAFLEET_STRIPE_WEBHOOK_SECRET_FILE": _file(tmp_path / "webhook", planted["webhook"]),
        "METAFLEET_METRICS_TOKEN_FILE": _file(tmp_path / "metrics", planted["metrics"]),
    }
    stack = start_stack(
        **files,
        METAFLEET_BILLING="stripe",
        METAFLEET_STRIPE_API="http://127.0.0.1:9",
        METAFLEET_STRIPE_PRICE_GOLD="price_gold",
        METAFLEET_HEARTBEAT_SECONDS="1",
    )
    planted |= {"person": PASSWORD, "broker": BROKER_PASSWORD, "misspelt": MISSPELT}
    planted |= _keys(stack)
    seen: dict[str, str] = {}
    with Person(stack) as person:
        planted |= _live(stack, person, seen)
        assert hoard.places(stack, planted, seen) == []
        _plant_canaries(stack, planted["broker"])
        with _talkative_process(stack, planted["broker"]):
            found = hoard.places(stack, planted, {"canary": json.dumps({"password": BROKER_PASSWORD})})
    kinds = ("file", "table", "Redis", "reply")
    assert {place.split(" ")[1] for place in found} >= {*kinds, "cmdline", "environ"}
    assert all(place.startswith("broker: ") for place in found)


def _live(stack: Stack, person: Person, seen: dict[str, str]) -> dict[str, str]:
    """Go through a life with its mishaps; note what is shown, and return what was given out once."""
    person.sign_up("planted@example.com")
    _operate(stack, "planted@example.com")
    with listen(stack, person.cookie) as screen:
        account = person.connect()
        instance_id = person.deploy(account, "trend-following", "EURUSD")
        person.wait_for_state(instance_id, "running")
        _be_refused(person, account, seen)
        given = _pair(stack, person, account["id"])
        seen["live stream"] = _heard(screen)
        _crash(stack, person, instance_id)
    person.post(f"/api/instances/{instance_id}/pause")
    _walk(person, {"account_id": account["id"], "instance_id": instance_id}, seen)
    return given


def _be_refused(person: Person, account: dict[str, Any], seen: dict[str, str]) -> None:
    """Send secrets where they are refused: wrong, malformed, too long, in the wrong place."""
    bodies: list[tuple[str, dict[str, Any]]] = [
        (f"{AUTH}/login", {"email": "planted@example.com", "password": MISSPELT}),
        (f"{AUTH}/login", {"email": 7, "password": [MISSPELT]}),
        (f"{AUTH}/signup", {"email": "no address", "password": MISSPELT, "tenant_name": ""}),
        (
            "/api/accounts/connect",
            {"label": "x", "login": 1, "password": MISSPELT, "server": SERVER},
        ),
        ("/api/accounts/connect", {"label": "x", "login": "no", "password": {"a": MISSPELT}, "server": "s"}),
        ("/api/accounts/connect", {"password": MISSPELT * 1000}),
        ("/api/instances", {"password": MISSPELT}),
    ]
    http = person._http
    for number, (path, body) in enumerate(bodies):
        answer = http.post(path, json=body, headers={"X-CSRFToken": http.cookies["csrftoken"]})
        assert answer.status_code >= 400, path
        seen[f"refusal {number} of {path}"] = answer.text + str(answer.headers)
    assert account["id"]


def _pair(stack: Stack, person: Person, account_id: str) -> dict[str, str]:
    """Pair a terminal of one's own; its code and token are shown to it alone, once."""
    account = person.get(f"/api/accounts/{account_id}")
    code = person.post(f"/api/accounts/{account_id}/terminals", {"label": "Mine"})["pairingCode"]
    body = {"pairingCode": code, "platform": "paper", "login": account["login"], "server": account["server"]}
    answer = httpx.post(f"{stack.gateway_url}/webhook/terminal/enrol", json=body)
    assert answer.status_code == 200, answer.text
    return {"pairing code": code, "terminal token": answer.json()["token"]}


def _crash(stack: Stack, person: Person, instance_id: str) -> None:
    """Kill the gateway and a runner, while requests are under way that must fail."""
    killed = stack.kill("gateway")
    for pid in stack.runner_pids():
        subprocess.run(["kill", "-9", str(pid)], check=False)  # noqa: S607
    stack.wait_until_back("gateway", killed)
    person.wait_for_state(instance_id, "running")


def _walk(person: Person, ids: dict[str, str], seen: dict[str, str]) -> None:
    """Read every address of the API that is read, with the ids that we have."""
    document = json.loads((ROOT / "docs/reference/openapi.json").read_text())
    for path, methods in document["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        if "get" not in methods:
            continue
        address = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], str(UUID(int=7))), path)
        answer = person._http.get(address)
        assert answer.status_code < 500, (address, answer.text)
        assert names or answer.status_code in {200, 400, 404, 409}, (address, answer.text)
        seen[f"GET {address}"] = answer.text + str(answer.headers)
    assert len(seen) > 40


def _heard(screen: Any) -> str:
    frames: list[str] = []

    def listen_on() -> bool:
        frames.append(str(screen.recv(timeout=PATIENCE_S)))
        return "heartbeat" in frames[-1]

    assert wait_until(listen_on, PATIENCE_S)
    return "\n".join(frames)


def _operate(stack: Stack, email: str) -> None:
    command = [sys.executable, "-m", "metafleet.cli", "operators", "add", email]
    subprocess.run(command, env=stack.environment, check=True, capture_output=True)


def _keys(stack: Stack) -> dict[str, str]:
    """What the installation made for itself, by the names of its files."""
    found = {}
    for file in stack.folder.keys.iterdir():
        text = file.read_text().strip()
        found[file.name] = json.loads(text)["keys"]["k1"] if text.startswith("{") else text
    return found


def _plant_canaries(stack: Stack, secret: str) -> None:
    """Put a secret where it must not be, so that the search is known to find it there."""
    with (stack.folder.logs / "web.log").open("a") as log:
        log.write(f"signed in with {secret}\n")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE TABLE canary (words bytea)")
        connection.execute("INSERT INTO canary VALUES (%s)", [secret.encode()])
    path = stack.folder.sockets.resolve() / "redis.sock"
    with redis.Redis(unix_socket_path=str(path)) as client:
        client.hset("canary", "password", secret)


@contextmanager
def _talkative_process(stack: Stack, secret: str) -> Iterator[None]:
    """A process of the installation that was started with a secret in its command line and environment."""
    environment = {MARK: str(stack.folder.root), "PASSWORD": secret}
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()", secret]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate()


def _file(path: Path, text: str) -> str:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)
