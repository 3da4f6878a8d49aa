"""One server as its guide has it: images and stack for real, an EA trading in it, and after a restart."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from metafleet.hub.fleet.drivers.docker.tests import dockerd
from tests.flows import database_loss, next_version, one_server, releases
from tests.flows.one_server import OneServer
from tests.waiting import wait_until

pytestmark = pytest.mark.flow

BACKUP = f"{one_server.IMAGE}-backup"
MIGRATIONS = Path(__file__).parents[2] / "src/metafleet/hub/kernel/migrations"
PATIENCE_S = 600
"""For a container's start and a deal: the machine may be busy with other tests."""


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OneServer]:
    one_server.compose_command()
    engine = request.getfixturevalue("docker_engine")
    with one_server.one_server(engine, tmp_path_factory.mktemp("one")) as server:
        yield server


def test_strangers_come_by_tls_and_see_what_is_theirs(server: OneServer) -> None:
    with server.http() as http:
        assert wait_until(lambda: http.get("/ready").json()["status"] == "ready", PATIENCE_S, 0.5)
        ready = http.get("/ready")
        assert ready.status_code == 200
        assert ready.headers["strict-transport-security"].startswith("max-age=31536000")
        assert "server" not in ready.headers
        assert http.get("/metrics").status_code == 404
        assert http.get("/webhook/terminal/commands").status_code == 401
        assert "<div id=" in http.get("/").text
        too_long = http.post("/webhook/terminal/heartbeat", content=b"x" * 3_000_000)
        assert too_long.status_code == 413


def test_nothing_of_it_is_unsafe_for_production(server: OneServer) -> None:
    said = server.compose("run", "--rm", "-T", "tools", "check", "--deploy")
    assert "Nothing unsafe was found." in said


def test_each_container_is_confined(server: OneServer) -> None:
    for name, found in server.containers(running=False).items():
        host = found["HostConfig"]
        assert found["Config"]["User"].split(":")[0] not in {"", "0", "root"}, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert host["CapAdd"] in (None, []) or name == "proxy", name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert host["Memory"] > 0, name
        assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "5"}, name
        assert not any("PASSWORD=" in word or "SECRET_KEY=" in word for word in found["Config"]["Env"]), name
        holds_engine = any(mount["Destination"].startswith("/run/engine") for mount in found["Mounts"])
        assert holds_engine == name.startswith("worker-"), name


def test_prometheus_has_its_targets(server: OneServer) -> None:
    def health() -> dict[str, str]:
        answer = httpx.get(f"http://127.0.0.1:{server.prometheus_port}/api/v1/targets").json()
        return {each["labels"]["job"]: each["health"] for each in answer["data"]["activeTargets"]}

    assert wait_until(
        lambda: set(health().values()) == {"up"} and {"metafleet-gateway", "metafleet-web"} <= set(health()),
        60,
    ), health()


def test_a_deployed_ea_trades_and_a_restart_keeps_everything(server: OneServer) -> None:
    email = f"one-{uuid4().hex[:8]}@example.com"
    with server.person() as trader:
        trader.sign_up(email)
        instance_id = trader.deploy(trader.connect(), "trend-following", "EURUSD")
        trader.wait_for_state(instance_id, "running", PATIENCE_S)
        receipt = trader.get(f"/api/instances/{instance_id}/receipt")
        assert (receipt["driver"], receipt["generation"]) == ("docker", 1)
        [runner] = server.runners()
        _sees_gateway_and_broker_alone(server, runner)
        assert wait_until(lambda: trades(trader) > 0, PATIENCE_S, 0.5), trader.instance(instance_id)
        before = trades(trader)

    server.compose("stop")
    server.compose("up", "-d")
    server.wait_until_healthy()
    with server.person() as trader:
        trader.sign_in(email)
        trader.wait_for(instance_id, lambda seen: seen["state"] == "running", PATIENCE_S)
        assert trades(trader) >= before
        assert wait_until(lambda: trades(trader) > before, PATIENCE_S, 0.5), "it trades on"


def test_a_release_goes_on_and_back_while_terminals_and_eas_trade(
    server: OneServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A version with a newer schema and back, under the simulator's load: nothing of it is lost or fails."""
    newest = (MIGRATIONS / "max_migration.txt").read_text().strip()
    next_version.build(server.api, one_server.IMAGE, "metafleet/api:next", newest)
    releases.prepare(server, tmp_path, monkeypatch)
    email = f"release-{uuid4().hex[:8]}@example.com"
    with server.person() as trader:
        trader.sign_up(email)
        instance_id = trader.deploy(trader.connect(), "trend-following", "EURUSD")
        trader.wait_for_state(instance_id, "running", PATIENCE_S)
        before = {runner["Id"] for runner in server.runners()}
        with releases.simulating(server, terminals=30, minutes=20) as simulation:
            assert wait_until(simulation.is_under_way, PATIENCE_S), simulation.log()
            _releases_and_trades_on(server, trader, ("deploy", "next"), "green", monkeypatch)
            _releases_and_trades_on(server, trader, ("rollback",), "blue", monkeypatch)
            figures = simulation.result()
        assert before <= {runner["Id"] for runner in server.runners()}, "an EA was started anew"
    assert figures["holds"], figures
    with capsys.disabled():
        print(releases.summary(tmp_path, figures))
    for attempt in releases.attempts(tmp_path):
        assert attempt.end == "done"
        [watch] = [step.note for step in attempt.steps if step.name == "watch"]
        assert " 0 failed" in watch
        [heard] = [step.note for step in attempt.steps if step.name == "terminals"]
        assert "terminals are heard" in heard


def _releases_and_trades_on(
    server: OneServer, trader: Any, verb: tuple[str, ...], colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = trades(trader)
    releases.metafleet(*verb, "--to", "here", monkeypatch=monkeypatch)
    assert f"web-{colour}:" in (server.folder / "proxy/active/upstreams.caddy").read_text()
    assert wait_until(lambda: trades(trader) > before, PATIENCE_S, 0.5), "it trades on"


def trades(person: Any) -> int:
    return int(person.get("/api/trades")["total"])


def _sees_gateway_and_broker_alone(server: OneServer, runner: dict[str, Any]) -> None:
    """From within an EA's container: what it may reach, and what it may not, this machine among that."""
    edge = server.setting("METAFLEET_PROXY_ADDRESS")
    mine = runner["NetworkSettings"]["Networks"]
    [network] = mine.values()
    first = network["IPAddress"].rsplit(".", 1)[0] + ".1"
    places = [
        ("gateway", 8001),
        ("broker", 8002),
        ("gateway", 8443),
        (edge, 8443),
        (first, 22),
        (f"{one_server.EDGE}.1", 22),
    ]
    code = (
        "import socket\n"
        f"for place in {places!r}:\n"
        "    try: socket.create_connection(place, 2).close(); print('open')\n"
        "    except OSError: print('shut')\n"
    )
    made = server.api.exec_create(runner["Id"], ["python", "-c", code])
    said = server.api.exec_start(made["Id"]).decode().split()
    assert said == ["open", "open", "shut", "shut", "shut", "shut"]


def backups(server: OneServer) -> list[dict[str, Any]]:
    said = server.compose("exec", "-T", "backup", "metafleet", "backup", "list", "--json")
    return list(json.loads(said))


def test_backups_are_taken_and_can_be_restored(server: OneServer) -> None:
    assert wait_until(lambda: bool(backups(server)), PATIENCE_S, 2)
    said = server.compose("exec", "-T", "backup", "metafleet", "backup", "verify", "--json")
    # The newest may be of before the first sign-up.
    assert json.loads(said)["rows"]["public.django_migrations"] > 50
    assert backups(server)[-1]["verifiedRows"] > 0


def test_a_database_that_is_lost_comes_back_as_the_guide_says(
    server: OneServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed and removed while deals come in; every deal of the log that was followed is there again."""
    assert wait_until(lambda: bool(backups(server)), PATIENCE_S, 2)
    taken = len(backups(server))
    email = f"lost-{uuid4().hex[:8]}@example.com"
    before = len(database_loss.deals(server))
    with releases.simulating(server, terminals=10, minutes=10) as simulation:
        with server.person() as trader:
            trader.sign_up(email)
            instance_id = trader.deploy(trader.connect(), "trend-following", "EURUSD")
            trader.wait_for_state(instance_id, "running", PATIENCE_S)
            traded = trades(trader)
        assert wait_until(lambda: len(database_loss.deals(server)) > before + 20, PATIENCE_S, 1), (
            simulation.log()
        )
        acknowledged = database_loss.deals(server)
        database_loss.wait_until_followed(server)
        lost_at = database_loss.lose(server)
    said = database_loss.bring_back(server)
    assert "Restored to /var/lib/postgresql/18/docker, up to the commit of " in said
    with server.http() as http:
        assert wait_until(lambda: _is_ready(http), PATIENCE_S, 0.2)
    rto_s = time.monotonic() - lost_at
    server.wait_until_healthy()
    assert acknowledged - database_loss.deals(server) == set()
    with server.person() as trader:
        trader.sign_in(email)
        trader.wait_for(instance_id, lambda seen: seen["state"] == "running", PATIENCE_S)
        assert wait_until(lambda: trades(trader) > traded, PATIENCE_S, 0.5), "it trades on"
    assert wait_until(lambda: len(backups(server)) > taken, PATIENCE_S, 1), "it is followed on"
    with capsys.disabled():
        print(
            f"\n{len(acknowledged)} deals were acknowledged before the loss, none is gone; RTO {rto_s:.1f} s"
        )


def _is_ready(http: httpx.Client) -> bool:
    with suppress(httpx.TransportError):  # the proxy itself is being started
        return http.get("/ready").status_code == 200
    return False


def test_images_are_of_the_size_that_the_guide_says(server: OneServer) -> None:
    sizes = {
        name: server.api.inspect_image(name)["Size"] // 1_000_000
        for name in (dockerd.BASE, one_server.IMAGE, BACKUP, dockerd.IMAGE)
    }
    print(sizes)
    base = sizes[dockerd.BASE]
    assert sizes[one_server.IMAGE] - base < 640
    assert sizes[BACKUP] - sizes[one_server.IMAGE] < 50
    assert sizes[dockerd.IMAGE] - base < 20
