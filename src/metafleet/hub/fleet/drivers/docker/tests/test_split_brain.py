"""A Swarm of two machines: one is cut off from manager and gateway, and its runners still reach the broker.

With the whole product (gateway, worker, PostgreSQL, Redis) and the paper broker; the broker's own books say
who traded when.
"""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from metafleet.engine.broker.client import BrokerClient
from metafleet.hub.fleet.drivers.docker.engine import INSTANCE_LABEL
from metafleet.hub.fleet.drivers.docker.tests import dockerd
from metafleet.hub.fleet.drivers.docker.tests.test_swarm import IMAGE
from metafleet.hub.fleet.drivers.docker.tests.two_nodes import SWARM, Link, Pair, swarm_of_two
from tests.flows.person import Person, assert_journal_equals_broker
from tests.flows.stack import Stack, free_ports
from tests.waiting import wait_until

pytestmark = pytest.mark.flow

INSTANCES = 20
ACTIVE_EACH = 10
"""Of one desk: what its plan allows."""
WITHIN_S = 60.0
NETWORK = "metafleet-split"
GATEWAY = Link("hub0", "10.78.0")
BROKER = Link("broker0", "10.79.0")
SPEED = "40"
EAGER = {"bar_minutes": 1, "fast_period": 2, "slow_period": 3, "atr_period": 2}
SYMBOLS = ("EURUSD", "GBPUSD", "USDJPY", "XAUUSD")

OVERLAPS = """
    SELECT count(*) FROM executions JOIN sign_ins USING (expert)
    WHERE sign_ins.generation > executions.generation AND executions.ticket >= sign_ins.next_deal
"""
"""Deals of an older generation after a newer one had signed in."""


class Desk(Person):
    """A person whose paper broker is not on loopback."""

    broker_port = 0

    def broker(self) -> BrokerClient:
        return BrokerClient(BROKER.here, self.broker_port)


@dataclass
class Fleet:
    """Two desks with twenty EAs. `owners`: whose each is; `accounts`: the logins of each desk."""

    owners: dict[str, Desk]
    accounts: dict[Desk, list[int]]

    def states(self) -> Counter[str]:
        shown = [seen for desk in self.accounts for seen in desk.get("/api/instances")]
        return Counter(seen["state"] for seen in shown if seen["id"] in self.owners)

    def story(self, cut: set[str]) -> list[tuple[Any, ...]]:
        """What the hub says of these, for a test that fails."""
        told = []
        for key in cut:
            seen = self.owners[key].instance(key)
            runs = [(run["generation"], run["startedAt"], run["endReason"]) for run in seen["runs"]]
            told.append((seen["state"], seen["statusText"], seen["heartbeatAt"], runs))
        return told


@dataclass
class Books:
    """The broker's database, read as it is."""

    path: Path

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as books:
            return books.execute(query, values).fetchall()

    def newest(self) -> int:
        return int(self.ask("SELECT coalesce(max(ticket), 0) FROM deals")[0][0])

    def traders(self, generation: int, after: int = 0) -> set[str]:
        """Return whose runs of this generation have dealt after this ticket."""
        query = "SELECT DISTINCT expert FROM executions WHERE generation = ? AND ticket > ?"
        return {str(expert) for (expert,) in self.ask(query, generation, after)}

    def signed_in(self, generation: int) -> set[str]:
        """Return whose runs of this generation were let in."""
        found = self.ask("SELECT expert FROM sign_ins WHERE generation = ?", generation)
        return {str(expert) for (expert,) in found}


@contextmanager
def paper_broker(folder: Path, port: int, key: str) -> Iterator[Books]:
    """The broker at the address that both nodes reach."""
    options = ("--host", BROKER.here, "--port", str(port), "--source", "generator", "--speed", SPEED)
    with (folder / "broker.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "metafleet.engine.broker", "--data", str(folder / "books"), *options],
            stdout=log,
            stderr=log,
            env={"METAFLEET_BROKER_ADMIN_KEY": key, "PATH": ""},
        )
    try:
        assert wait_until(lambda: "ready on" in (folder / "broker.log").read_text(), 60)
        yield Books(folder / "books" / "broker.sqlite3")
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def scene(engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pair, Fleet, Books]]:
    dockerd.refuse_unless_possible()
    folder = tmp_path_factory.mktemp("split")
    gateway_port, broker_port = free_ports(2)
    key = secrets.token_urlsafe()
    with ExitStack() as stack:
        dockerd.build_images(engine, IMAGE)
        pair = stack.enter_context(swarm_of_two(engine, IMAGE, folder, (GATEWAY, BROKER)))
        pair.manager.api.create_network(NETWORK, driver="overlay", attachable=True)
        books = stack.enter_context(paper_broker(folder, broker_port, key))
        environment = {
            "METAFLEET_DEMO": "false",
            "METAFLEET_HOST": "0.0.0.0",  # noqa: S104 - the bridges are among it
            "METAFLEET_GATEWAY_PORT": str(gateway_port),
            "METAFLEET_GATEWAY_URL": f"http://{GATEWAY.here}:{gateway_port}",
            "METAFLEET_BROKER_HOST": BROKER.here,
            "METAFLEET_BROKER_PORT": str(broker_port),
            "METAFLEET_BROKER_ADMIN_KEY": key,
            "METAFLEET_FLEET_DRIVER": "docker",
            "METAFLEET_DOCKER_SWARM": "true",
            "METAFLEET_DOCKER_ENGINE": pair.manager.address,
            "METAFLEET_DOCKER_IMAGE": IMAGE,
            "METAFLEET_DOCKER_NETWORK": NETWORK,
        }
        product = stack.enter_context(Stack(folder / "product", environment))
        product.start()
        Desk.broker_port = broker_port
        desks = [stack.enter_context(Desk(product)) for _ in range(INSTANCES // ACTIVE_EACH)]
        for number, desk in enumerate(desks):
            desk.sign_up(f"split-{number}@example.com")
        allow_many_small(product.database_url)
        yield pair, deploy(desks, key), books


def allow_many_small(database_url: str) -> None:
    """The largest plan, and EAs so small that one node of this machine has room for all of them."""
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE billing_subscription SET plan = 'platinum'")
        owner.execute("UPDATE catalogue_eatemplate SET cpu = 0.05, memory_mb = 64")


def deploy(desks: list[Desk], key: str) -> Fleet:
    """Ten EAs for each desk, on accounts of four symbols."""
    fleet = Fleet({}, {})
    for desk in desks:
        accounts = [desk.connect(key=key) for _ in range(-(-ACTIVE_EACH // len(SYMBOLS)))]
        fleet.accounts[desk] = [account["login"] for account in accounts]
        places = [(account, symbol) for account in accounts for symbol in SYMBOLS]
        for account, symbol in places[:ACTIVE_EACH]:
            fleet.owners[desk.deploy(account, "trend-following", symbol, **EAGER)] = desk
    return fleet


def test_no_ea_trades_twice_when_a_machine_that_still_reaches_the_broker_is_cut_off(
    scene: tuple[Pair, Fleet, Books], record_property: Any
) -> None:
    pair, fleet, books = scene
    everyone = set(fleet.owners)
    assert wait_until(lambda: books.traders(1) == everyone, 180, 0.5), fleet.states()
    cut = everyone & pair.worker.containers(INSTANCE_LABEL)
    assert 0 < len(cut) < INSTANCES, "they were spread"

    pair.worker.cut(SWARM, GATEWAY.name)
    cut_at, newest = time.monotonic(), books.newest()

    def trade_on() -> bool:
        return 2 * len(books.traders(1, newest) & cut) >= len(cut)

    assert wait_until(trade_on, 25, 0.5), "they trade on, unheard: the brain is split"

    def all_run_again() -> bool:
        return books.signed_in(2) == cut and fleet.states() == {"running": INSTANCES}

    assert wait_until(all_run_again, WITHIN_S - (time.monotonic() - cut_at), 1.0), fleet.story(cut)
    took_s = time.monotonic() - cut_at
    assert pair.manager.containers(INSTANCE_LABEL) == everyone
    assert pair.worker.containers(INSTANCE_LABEL) == cut, "the old ones live on over there"
    words = pair.worker.logs(INSTANCE_LABEL)
    assert {key for key in cut if "the trading lease has run out" in words[key]} == cut
    assert wait_until(lambda: books.traders(2) == cut, 60, 0.5), "and the new ones trade"

    # Not one deal of an older generation since the newer one signed in, by the broker's own books.
    assert books.ask(OVERLAPS) == [(0,)]
    assert books.ask("SELECT max(generation) FROM sign_ins") == [(2,)]
    assert everyone - cut <= books.traders(1, newest), "who was not cut off was left alone"
    stood_still_s = min(
        (signed_in - last) / 1000 / float(SPEED)
        for last, signed_in in books.ask(
            """SELECT (SELECT max(deals.time_msc) FROM executions JOIN deals USING (ticket)
                       WHERE executions.expert = sign_ins.expert AND executions.generation = 1), time_msc
               FROM sign_ins WHERE generation = 2"""
        )
    )
    # By the lease alone, before the broker's fence had to: the old one had stopped by itself.
    assert stood_still_s > 0
    record_property("all run again after, s", round(took_s, 1))
    record_property("shortest stand-still of an EA, s", round(stood_still_s, 1))
    sys.stdout.write(f"all run again after {took_s:.1f} s, shortest stand-still {stood_still_s:.1f} s\n")


def test_a_runner_that_comes_back_is_refused_by_the_gateway_and_ends(
    scene: tuple[Pair, Fleet, Books],
) -> None:
    """The Swarm's own wire stays cut: nobody else ends them."""
    pair, _, books = scene
    pair.worker.mend(GATEWAY.name)
    assert wait_until(lambda: not pair.worker.containers(INSTANCE_LABEL), 60, 0.5)
    assert books.ask(OVERLAPS) == [(0,)]


def test_afterwards_the_journal_equals_the_brokers_record(scene: tuple[Pair, Fleet, Books]) -> None:
    _, fleet, books = scene
    for key, desk in fleet.owners.items():
        desk.post(f"/api/instances/{key}/stop", {"closePositions": True})
    for key, desk in fleet.owners.items():
        desk.wait_for_state(key, "stopped", timeout_s=90)
    for desk, logins in fleet.accounts.items():
        assert_journal_equals_broker(desk, *logins)
    assert books.ask("SELECT count(*) FROM positions") == [(0,)]
    assert books.ask(OVERLAPS) == [(0,)]
