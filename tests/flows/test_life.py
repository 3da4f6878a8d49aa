"""The life itself: sign up, deploy on real bars, pause, resume, stop; the journal is right to the cent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.conftest import StartStack
from tests.flows.person import BROKER_PASSWORD, Person, assert_journal_equals_broker
from tests.waiting import PATIENCE_S, wait_until

REAL_BARS = Path(__file__).resolve().parents[3] / "shared/data/bars/EURUSD_M1_2018-2019.csv.gz"

pytestmark = pytest.mark.flow


@pytest.mark.skipif(not REAL_BARS.exists(), reason="the real EURUSD bars of shared/data are not here")
def test_an_ea_trades_real_bars_and_the_journal_equals_the_broker_to_the_cent(
    start_stack: StartStack,
) -> None:
    stack = start_stack(
        METAFLEET_DEMO="false",
        METAFLEET_MARKET_SOURCE=str(REAL_BARS),
        METAFLEET_MARKET_CLOCK="source",
        METAFLEET_MARKET_SPEED="1200",
        METAFLEET_HEARTBEAT_SECONDS="1",
        METAFLEET_GATEWAY_LIMITS='{"heartbeat": [600, 100], "trades": [600, 100], "positions": [600, 100]}',
    )
    with Person(stack) as trader:
        trade_a_life(trader)
    assert files_with(stack.folder.root, BROKER_PASSWORD) == []


def trade_a_life(trader: Person) -> None:
    """Everything that one person does from signing up to the stop."""
    trader.sign_up("flow@example.com")
    account = trader.connect()
    instance_id = trader.deploy(account, "trend-following", "EURUSD", fast_period=3, slow_period=8)

    running = trader.wait_for_state(instance_id, "running")
    receipt = running["receipt"]
    assert (receipt["login"], receipt["server"]) == (account["login"], "metafleet-Paper")
    assert receipt["contentHash"] == trader.get("/api/templates/trend-following")["version"]["contentHash"]
    assert receipt["firstTickAt"] is not None

    trader.wait_for(instance_id, lambda seen: seen["tradeCount"] >= 3)

    trader.post(f"/api/instances/{instance_id}/pause")
    trader.wait_for_state(instance_id, "paused")
    entries_when_paused = entries(trader, account["login"])
    bars_seen = len(trader.get(f"/api/instances/{instance_id}/candles", count=5000))
    # A market hour later nothing was entered, though the market went on.
    assert wait_until(
        lambda: len(trader.get(f"/api/instances/{instance_id}/candles", count=5000)) > bars_seen + 60,
        PATIENCE_S,
        0.2,
    )
    assert entries(trader, account["login"]) == entries_when_paused

    trader.post(f"/api/instances/{instance_id}/resume")
    trader.wait_for_state(instance_id, "running")
    assert wait_until(lambda: entries(trader, account["login"]) > entries_when_paused, PATIENCE_S, 0.2)

    # Stop while something is open, so that there is something to close.
    assert wait_until(lambda: trader.positions_at_the_broker(account["login"]) > 0, PATIENCE_S, 0.1)
    trader.post(f"/api/instances/{instance_id}/stop", {"closePositions": True})
    trader.wait_for_state(instance_id, "stopped")
    assert trader.positions_at_the_broker(account["login"]) == 0
    assert_journal_equals_broker(trader, account["login"])


def entries(trader: Person, login: int) -> int:
    return sum(deal.entry == 0 and deal.type in {0, 1} for deal in trader.deals_at_the_broker(login))


def files_with(folder: Path, secret: str) -> list[Path]:
    """Every file of the installation, logs and databases included, that holds this text."""
    return [
        file
        for file in folder.rglob("*")
        if file.is_file() and not file.is_symlink() and secret.encode() in file.read_bytes()
    ]
