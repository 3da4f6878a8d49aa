"""A connector on a paper terminal, before the real gateway and its PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID

import pytest

from connectors.harness.compiler import compile_program
from connectors.harness.machine import Carry, Machine, carried
from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.mt5 import Facts, Mt5Terminal
from connectors.harness.running import Running
from connectors.tests.desk import Desk
from connectors.tests.hands import hands_on
from connectors.tests.hub import URL, Hub
from connectors.tests.probing import Probe
from metafleet.engine.mt5.configuration import AccountTerms, Configuration, KnownAccount, MarketTerms
from metafleet.hub.gateway.configuration import connection_arguments
from tests.cast import Person, sign_up

CONNECTORS = Path(__file__).parents[1]
LOGIN, SERVER = 5_001_234, "Broker-Demo"
Kind = TypeVar("Kind", Mt4Terminal, Mt5Terminal)
_HUB_TIMES = re.compile(rb'("(?:serverTime|expiresAt)":")([^"]+)"')
_GENEROUS = ",".join(
    f'"{kind}": [60000, 6000]'
    for kind in ("heartbeat", "trades", "positions", "candles", "commands", "enrol")
)


@pytest.fixture(scope="session")
def compiled() -> Path:
    """Where compiled programs are kept for the session's workers."""
    if shutil.which("g++") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no g++ here")
        pytest.skip("NO g++: the connectors were not run. Install Debian's g++ and repeat.")
    return Path(tempfile.gettempdir()) / f"metafleet-connectors-{os.getuid()}"


@pytest.fixture(scope="session")
def connector5(compiled: Path) -> Path:
    return compile_program(CONNECTORS / "mql5" / "MetafleetConnector.mq5", compiled)


@pytest.fixture(scope="session")
def connector4(compiled: Path) -> Path:
    return compile_program(CONNECTORS / "mql4" / "MetafleetConnector.mq4", compiled)


@pytest.fixture(scope="session")
def echo(compiled: Path) -> Path:
    """A program that writes again what it read of a document."""
    return compile_program(CONNECTORS / "tests" / "programs" / "JsonEcho.mq5", compiled)


@pytest.fixture(scope="session")
def probe5(compiled: Path) -> Path:
    return compile_program(CONNECTORS / "tests" / "programs" / "Probe.mq5", compiled)


@pytest.fixture(scope="session")
def probe4(compiled: Path) -> Path:
    return compile_program(CONNECTORS / "tests" / "programs" / "Probe.mq4", compiled)


@pytest.fixture(params=["mql5", "mql4"])
def probe(request: pytest.FixtureRequest, tmp_path: Path) -> Probe:
    binary: Path = request.getfixturevalue("probe4" if request.param == "mql4" else "probe5")
    return Probe(binary, tmp_path, request.param)


@pytest.fixture(scope="session")
def gateway(django_db_setup: None) -> Iterator[Gateway]:
    """The real gateway, whose limits are those of real time, and time is quick here."""
    from django.conf import settings
    from django.db import connection

    database = connection_arguments(connection.settings_dict, is_pooled=False)
    address = f"postgresql://{database['user']}@/{database['dbname']}?host={database['host']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "REDIS_URL": settings.REDIS_URL,
        "METAFLEET_GATEWAY_LIMITS": f"{{{_GENEROUS}}}",
    }
    gateway = Gateway(_free_port(), environment)
    gateway.start()
    yield gateway
    gateway.kill()


@dataclass
class Gateway:
    """The process; `kill` and `start` as often as a test likes."""

    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "metafleet.hub.gateway", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("no gateway within 30 s")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Scene(Generic[Kind]):
    """Alice's account, its terminal, and a connector on it; what the journal holds of it."""

    alice: Person
    gateway: Gateway
    binary: Path
    folder: Path
    account_id: str
    machine: Machine
    terminal: Kind
    inputs: dict[str, object]
    lives: list[Running] = field(default_factory=list)

    def begin(self, **options: Any) -> Running:
        """Begin a life of the program, as a terminal that starts does: the one before is over."""
        for life in self.lives:
            life.close()
        program = Running(self.binary, self.terminal, self.machine, self.inputs, **options)
        self.lives.append(program)
        return program

    def code(self) -> str:
        """Return a new pairing code for the account."""
        terminals = self.ask(f"/api/accounts/{self.account_id}/terminals")
        if not terminals:
            made = self.alice.client.post(
                f"/api/accounts/{self.account_id}/terminals", {"label": "Desk"}, "application/json"
            )
            return str(made.json()["pairingCode"])
        again = self.alice.client.post(f"/api/terminals/{terminals[0]['id']}/pairing-code")
        return str(again.json()["pairingCode"])

    def ask(self, path: str) -> Any:
        answer = self.alice.client.get(path)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def command(self, kind: str, **payload: Any) -> str:
        """Ask for a command as the screens do; return its id."""
        answer = self.alice.client.post(
            f"/api/accounts/{self.account_id}/commands",
            {"type": kind, "payload": payload},
            "application/json",
        )
        assert answer.status_code == 202, answer.content
        return str(answer.json()["id"])

    def state_of(self, command: str) -> dict[str, Any]:
        [row] = [row for row in self.ask("/api/commands")["items"] if row["id"] == command]
        return dict(row)

    def leases_run_out(self) -> None:
        """Let the half minute pass after which the hub delivers a command again."""
        from metafleet.hub.fleet.models import Command
        from metafleet.hub.kernel import clock
        from metafleet.hub.kernel.tenancy import tenant_scope

        past = clock.now() - timedelta(seconds=1)
        with tenant_scope(self.alice.tenant_id):
            Command.objects.filter(state="leased").update(lease_until=past)
            Command.objects.filter(state__in=("queued", "leased")).update(due_at=past)

    def journal(self) -> Facts:
        """What the journal holds: the money of each deal by its ticket."""
        from metafleet.hub.journal.models import Deal
        from metafleet.hub.kernel.tenancy import tenant_scope

        with tenant_scope(self.alice.tenant_id):
            rows = list(Deal.objects.filter(account_id=UUID(self.account_id)))
        return {
            row.ticket: tuple(
                round(float(value or 0), 2) for value in (row.volume, row.profit, row.commission, row.swap)
            )
            for row in rows
        }

    def times(self) -> dict[int, int]:
        """When each deal of the journal was made: seconds UTC."""
        from metafleet.hub.journal.models import Deal
        from metafleet.hub.kernel.tenancy import tenant_scope

        with tenant_scope(self.alice.tenant_id):
            rows = list(Deal.objects.filter(account_id=UUID(self.account_id)))
        return {row.ticket: int(row.executed_at.timestamp()) for row in rows}

    def history(self) -> Facts:
        """What the terminal's own history holds, in the same words."""
        return self.terminal.facts()


def configured(mode: str = "hedging", zone: str = "Europe/Athens") -> Configuration:
    account = KnownAccount(login=LOGIN, server=SERVER, mode="netting" if mode == "netting" else "hedging")
    return Configuration(
        market=MarketTerms(symbols=("EURUSD", "GBPUSD"), time_zone=zone, seed=7, ticks="open"),
        account=AccountTerms(),
        accounts=(account,),
    )


@pytest.fixture(params=["mt5", "mt4"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    is_four = request.param == "mt4"
    machine = Machine(tmp_path, "mql4" if is_four else "mql5", allowed=(URL,))
    terminal = (Mt4Terminal if is_four else Mt5Terminal)(machine, configured())
    machine.web = hub = Hub(machine)
    binary = request.getfixturevalue("connector4" if is_four else "connector5")
    desk = Desk(binary, machine, terminal, hub, hands_on(terminal))
    desk.live(4)
    yield desk
    faults = [line for life in desk.lives for line in life.faults]
    for life in desk.lives:
        life.close()
    assert faults == []


@pytest.fixture
def scene(
    transactional_db: None, gateway: Gateway, connector5: Path, tmp_path: Path
) -> Iterator[Scene[Mt5Terminal]]:
    """MetaTrader 5."""
    machine = Machine(tmp_path, allowed=(gateway.url,))
    yield from played(gateway, connector5, machine, Mt5Terminal(machine, configured()))


@pytest.fixture
def scene4(
    transactional_db: None, gateway: Gateway, connector4: Path, tmp_path: Path
) -> Iterator[Scene[Mt4Terminal]]:
    """MetaTrader 4."""
    machine = Machine(tmp_path, "mql4", allowed=(gateway.url,))
    yield from played(gateway, connector4, machine, Mt4Terminal(machine, configured()))


def in_time_of(machine: Machine) -> Carry:
    """Bring requests to the gateway and put its answers' times into the machine's, which goes quicker."""

    def carry(method: str, address: str, *rest: Any) -> tuple[int, bytes, bytes]:
        ahead = timedelta(milliseconds=machine.now_msc()) - timedelta(seconds=time.time())

        def moved(found: re.Match[bytes]) -> bytes:
            moment = datetime.fromisoformat(found[2].decode()) + ahead
            return found[1] + moment.isoformat().encode() + b'"'

        status, heads, body = carried(method, address, *rest)
        return status, heads, _HUB_TIMES.sub(moved, body)

    return carry


def played(gateway: Gateway, binary: Path, machine: Machine, terminal: Kind) -> Iterator[Scene[Kind]]:
    machine.carry = in_time_of(machine)
    alice = sign_up("alice@example.com")
    platform = "mt4" if machine.platform == "mql4" else "mt5"
    made = alice.client.post(
        "/api/accounts/register",
        {"label": "Own", "platform": platform, "login": LOGIN, "server": SERVER, "currency": "USD"},
        "application/json",
    )
    assert made.status_code == 201, made.content
    scene = Scene(
        alice=alice,
        gateway=gateway,
        binary=binary,
        folder=machine.folder,
        account_id=made.json()["id"],
        machine=machine,
        terminal=terminal,
        inputs={"InpAddress": gateway.url, "InpMayTrade": True},
    )
    scene.inputs["InpPairingCode"] = scene.code()
    yield scene
    faults = [line for life in scene.lives for line in life.faults]
    for life in scene.lives:
        life.close()
    assert faults == []
