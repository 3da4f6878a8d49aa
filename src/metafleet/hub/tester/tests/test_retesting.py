"""An instance's live trades beside those of a test of the same time."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.market.files.store import open_kept
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.sources import SAMPLE_FOLDER
from metafleet.engine.market.supplies import open_supplies
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.fleet.models import EAInstance
from metafleet.hub.journal.models import Trade
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import record
from metafleet.hub.tester import market_data, operations, retesting, running
from metafleet.hub.tester.models import Backtest
from tests.cast import Person, connect, deploy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]

BEGIN = datetime(2024, 1, 11, tzinfo=UTC)
NOW = datetime(2024, 1, 19, tzinfo=UTC)


def traded(
    instance: EAInstance, at: datetime, side: str = "buy", price: float = 1.1, late: int = 600
) -> Trade:
    money = dict.fromkeys(("closed_volume", "profit", "commission", "swap", "fee", "net_profit"), Decimal(1))
    return Trade.objects.create(
        **money, tenant_id=instance.tenant_id, account_id=instance.account_id, magic=instance.magic,
        position_id=Trade.objects.count() + 1, symbol="EURUSD", side=side, state="closed",
        volume=Decimal("0.10"), entered_at=at, exited_at=at + timedelta(seconds=late),
        entry_price=Decimal(str(price)), exit_price=Decimal(str(price)),
    )  # fmt: skip


@pytest.fixture
def instance(alice: Person) -> EAInstance:
    row: EAInstance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=row.id).update(created_at=BEGIN)
    row.created_at = BEGIN
    return row


def real_prices(settings: Any, tmp_path: Path) -> None:
    """Say that the sample was the market that the instance traded."""
    folder = tmp_path / "prices"
    folder.mkdir()
    shutil.copy(SAMPLE_FOLDER / "EURUSD_M1.csv.gz", folder)
    settings.MARKET_DATA_DIR = str(folder)
    market_data.read_folder()


def recorded_prices() -> None:
    """Say that the sample was the paper market, and was recorded."""
    spec = SYMBOLS["EURUSD"]
    supply = open_supplies("sample", {"EURUSD": spec}, cache=Path(settings.DATA_DIR))["EURUSD"]
    record.keep(SERVER_NAME, "EURUSD", np.asarray(supply.between(0, 1 << 40)))


def retest(person: Person, instance: EAInstance) -> Backtest:
    with tenant_scope(person.tenant_id):
        wish = retesting.wish_for(instance, now=NOW)
        row = operations.ask(tenant_id=person.tenant_id, actor=person.email, wish=wish, now=NOW)
    done = running.run(tenant_id=person.tenant_id, backtest_id=row.id)
    assert done is not None
    assert (done.state, done.message) == ("done", "")
    return done


@pytest.mark.parametrize("platform", ["mt5", "paper"])
def test_each_live_trade_is_put_beside_its_tested_one(
    alice: Person, instance: EAInstance, settings: Any, tmp_path: Path, platform: str
) -> None:
    if platform == "paper":
        recorded_prices()
    else:
        real_prices(settings, tmp_path)
        instance.account.platform = platform
    with tenant_scope(alice.tenant_id):
        odd = traded(instance, BEGIN + timedelta(seconds=7))
    row = retest(alice, instance)
    assert row.setup["closeAtEnd"] is False
    tested = json.loads(operations.report_of(row))["trades"]
    assert len(tested) > 2
    zone = Zone("UTC") if platform == "paper" else Zone()
    assert row.data["source"] == ("market" if platform == "paper" else "file")
    with tenant_scope(alice.tenant_id):
        first = tested[0]
        worse = 0.00003 if first["side"] == "buy" else -0.00003
        at = datetime.fromtimestamp(zone.utc_s(first["enteredMsc"] // 1000) + 4, UTC)
        same = traded(instance, at, first["side"], first["entryPrice"] + worse)
        traded(instance, NOW + timedelta(days=3))  # after the test
    found = alice.client.get(f"/api/backtests/{row.id}/live").json()
    (pair,) = found["pairs"]
    assert (pair["live"]["id"], pair["tested"]["id"]) == (str(same.id), str(first["position"]))
    assert (pair["lateS"], pair["entrySlippagePoints"]) == (pytest.approx(4, abs=1), 3.0)
    assert [one["id"] for one in found["extra"]] == [str(odd.id)]
    assert len(found["missed"]) == len(tested) - 1


def test_without_prices_of_its_market_and_time_it_says_so(alice: Person, instance: EAInstance) -> None:
    with tenant_scope(alice.tenant_id):
        with pytest.raises(Refused, match="has not traded yet"):
            retesting.wish_for(instance, now=NOW)
        traded(instance, BEGIN + timedelta(hours=1))
        with pytest.raises(Refused, match="are not recorded"):
            retesting.wish_for(instance, now=NOW)
        instance.account.platform = "mt5"
        with pytest.raises(Refused, match="METAFLEET_MARKET_DATA"):
            retesting.wish_for(instance, now=NOW)


def test_a_templates_backtest_has_nothing_live(alice: Person) -> None:
    with pytest.raises(Refused, match="of a template"):
        retesting.compared(Backtest())


def test_the_recorded_market_is_offered_up_to_its_newest_minute() -> None:
    recorded_prices()
    (own,) = market_data.recorded()
    assert own == market_data.find(source="market", symbol="EURUSD")
    (supplied,) = market_data.supplied(own, "USD")
    rows = open_kept(Path(supplied.path)).rows
    assert rows.tobytes() == record.bars(SERVER_NAME, "EURUSD", "M1").tobytes()
    # The same wish gives the same prices, whatever has come since.
    more = rows[-1:].copy()
    more["time"] += 60
    record.keep(SERVER_NAME, "EURUSD", more)
    assert market_data.supplied(own, "USD") == [supplied]
    assert market_data.recorded()[0].to_s == own.to_s + 60
