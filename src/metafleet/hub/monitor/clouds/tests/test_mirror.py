"""Phases, groups and closed trades in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import Trade
from metafleet.hub.kernel.amazon import AmazonError
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import profiles
from metafleet.hub.monitor.clouds import mirror
from metafleet.hub.monitor.clouds.aws.tables import BATCH, DynamoTables
from metafleet.hub.monitor.clouds.contract import GROUPS, PHASES, TRADES
from metafleet.hub.vault.tests.amazon import REGION
from tests.cast import NOW, Person, connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tables(amazon: str) -> DynamoTables:
    tables = DynamoTables(REGION, "desk-")
    assert tables.create() == [PHASES, GROUPS, TRADES]
    return tables


def close(account: TradingAccount, count: int, *, first: int = 1, **facts: Any) -> None:
    fields: dict[str, Any] = {
        "symbol": "EURUSD",
        "side": "buy",
        "state": "closed",
        "volume": Decimal("0.10"),
        "closed_volume": Decimal("0.10"),
        "entry_price": Decimal("1.08500000"),
        "entered_at": NOW,
        "exited_at": NOW + timedelta(hours=1),
        "profit": Decimal("12.30"),
        "commission": Decimal("-0.70"),
        "swap": Decimal(0),
        "fee": Decimal(0),
        "net_profit": Decimal("11.60"),
        **facts,
    }
    with tenant_scope(account.tenant_id):
        for number in range(first, first + count):
            Trade.objects.create(tenant_id=account.tenant_id, account=account, position_id=number, **fields)


def run(person: Person, tables: DynamoTables, state: mirror.State, **options: Any) -> tuple[int, int]:
    """Return what a pass has put and deleted."""
    found = list(mirror.mirror(tenant_id=person.tenant_id, tables=tables, state=state, **options))
    return sum(one.put for one in found), sum(one.deleted for one in found)


def items(table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        boto3.resource("dynamodb", region_name=REGION).Table(f"desk-{table}").scan()["Items"]
    )
    return sorted(found, key=lambda one: (one["account"], one.get("position", "")))


def set_profile(person: Person, account: TradingAccount, wish: profiles.Wish) -> None:
    with tenant_scope(person.tenant_id):
        profiles.change(
            tenant_id=person.tenant_id, actor=person.email, account_ids=[account.id], wish=wish, now=NOW
        )


def test_phases_and_groups_are_by_account_and_found_by_group(alice: Person, tables: DynamoTables) -> None:
    first, second = connect(alice, 5001), connect(alice, 5002)
    set_profile(alice, first, {"phase": "funded", "group": "North"})
    set_profile(alice, second, {"group": "North"})
    state = mirror.State()
    assert run(alice, tables, state) == (4, 0)
    assert [(one["account"], one["phase"]) for one in items(PHASES)] == [("5001", "funded"), ("5002", "F1")]
    of_group = boto3.resource("dynamodb", region_name=REGION).Table(f"desk-{GROUPS}").query(
        IndexName="by_group",
        KeyConditionExpression="#group = :north",
        ExpressionAttributeNames={"#group": "group"},
        ExpressionAttributeValues={":north": "North"},
    )["Items"]  # fmt: skip
    assert [one["account"] for one in of_group] == ["5001", "5002"]
    assert run(alice, tables, state) == (0, 0)
    set_profile(alice, first, {"group": ""})
    assert run(alice, tables, state) == (0, 1)
    assert [one["account"] for one in items(GROUPS)] == ["5002"]


def test_a_closed_trade_is_by_account_and_position_in_the_caches_words(
    alice: Person, tables: DynamoTables
) -> None:
    close(connect(alice, 5001), 1, first=77, part=1)
    run(alice, tables, mirror.State())
    (found,) = items(TRADES)
    assert (found["account"], found["position"], found["position_id"]) == ("5001", "77-1", 77)
    assert (found["lot"], found["profit"], found["entry_price"]) == (
        Decimal("0.1"),
        Decimal("12.3"),
        Decimal("1.085"),
    )
    assert found["exit_time"] == "2026-03-02T13:00:00+00:00"
    assert "exit_price" not in found


def test_only_what_changed_is_written_again(alice: Person, tables: DynamoTables) -> None:
    account = connect(alice, 5001)
    close(account, 60)
    state = mirror.State()
    assert run(alice, tables, state) == (61, 0)
    assert run(alice, tables, state) == (0, 0)
    close(account, 2, first=100)
    assert run(alice, tables, state) == (2, 0)
    with tenant_scope(alice.tenant_id):
        late = Trade.objects.get(position_id=100)
        late.state = "open"
        late.save()
    assert run(alice, tables, state) == (0, 1)
    assert len(items(TRADES)) == 61


def test_what_came_into_a_page_late_is_not_missed(
    alice: Person, tables: DynamoTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was written before what is there, and committed after."""
    monkeypatch.setattr(mirror, "PAGE", 7)
    account = connect(alice, 5001)
    close(account, 20)
    state = mirror.State()
    run(alice, tables, state)
    close(account, 1, first=50)
    with tenant_scope(alice.tenant_id):
        before = state.trades_until - timedelta(minutes=2)
        Trade.objects.filter(position_id=50).update(updated_at=before)
    assert run(alice, tables, state) == (1, 0)


def test_a_full_pass_deletes_what_is_no_more_and_repeats_nothing_else(
    alice: Person, tables: DynamoTables
) -> None:
    account = connect(alice, 5001)
    close(account, 30)
    state = mirror.State()
    run(alice, tables, state)
    with tenant_scope(alice.tenant_id):
        Trade.objects.filter(position_id__lte=10).delete()
    before = items(TRADES)
    assert run(alice, tables, state, is_full=True) == (21, 10)
    assert items(TRADES) == [one for one in before if one["position_id"] > 10]


def test_a_pass_that_dies_goes_on_where_it_was(
    alice: Person, tables: DynamoTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror, "PAGE", 10)
    close(connect(alice, 5001), 35)
    state = mirror.State()
    steps: Iterator[mirror.Written] = mirror.mirror(tenant_id=alice.tenant_id, tables=tables, state=state)
    assert [next(steps).put for _ in range(3)] == [1, 10, 10]
    assert run(alice, tables, state) == (15, 0)
    assert len(items(TRADES)) == 35


def test_tables_that_were_made_anew_are_filled_anew(alice: Person, tables: DynamoTables) -> None:
    close(connect(alice, 5001), 3)
    state = mirror.State()
    run(alice, tables, state)
    boto3.client("dynamodb", region_name=REGION).delete_table(TableName=f"desk-{TRADES}")
    with pytest.raises(AmazonError, match=f"There is no table desk-{TRADES}") as missing:
        run(alice, tables, state)
    assert missing.value.permanent
    assert tables.create() == [TRADES]
    assert run(alice, tables, state) == (4, 0)


def test_what_amazon_leaves_unprocessed_is_sent_again(alice: Person, tables: DynamoTables) -> None:
    left: list[int] = []

    def leave(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
        """Twice Amazon takes nothing, as a table that is too busy does."""
        if len(left) == 2:
            return None
        import json

        from botocore.awsrequest import AWSResponse

        wanted = json.loads(params["body"])["RequestItems"]
        left.append(sum(len(one) for one in wanted.values()))
        return AWSResponse("", 200, {}, None), {"UnprocessedItems": wanted, "ResponseMetadata": {}}

    tables._client.meta.events.register("before-call.dynamodb.BatchWriteItem", leave)
    close(connect(alice, 5001), BATCH + 5)
    assert run(alice, tables, mirror.State()) == (BATCH + 6, 0)
    assert left == [1, 1]
    assert len(items(TRADES)) == BATCH + 5


def test_a_login_at_two_servers_is_told_apart_by_server(alice: Person, tables: DynamoTables) -> None:
    connect(alice, 5001)
    other = connect(alice, 5002)
    with tenant_scope(alice.tenant_id):
        TradingAccount.objects.filter(id=other.id).update(login=5001, server="Other-Live")
    with pytest.raises(mirror.SameLogin, match="5001"):
        run(alice, tables, mirror.State())
    run(alice, tables, mirror.State(), by_server=True)
    assert [one["account"] for one in items(PHASES)] == ["5001@Other-Live", "5001@metafleet-Paper"]


def test_a_strangers_trades_are_not_mirrored(alice: Person, charlie: Person, tables: DynamoTables) -> None:
    close(connect(charlie, 6001), 2)
    connect(alice, 5001)
    assert run(alice, tables, mirror.State()) == (1, 0)
    assert items(TRADES) == []
