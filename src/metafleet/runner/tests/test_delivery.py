"""Delivery empties the outbox, backs off when it must, and is held up by nothing bad."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from metafleet.runner import delivery
from metafleet.runner.delivery import Delivery
from metafleet.runner.outbox import Outbox
from metafleet.runner.tests.gateway import TERMINAL_ID, Gateway
from metafleet.wire import messages
from metafleet.wire.client import WireClient, WireError


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.log")


@pytest.fixture
def deliver(client: WireClient, box: Outbox) -> Delivery:
    return Delivery(box, client, TERMINAL_ID)


def keep(box: Outbox, *tickets: int) -> None:
    box.append("trades", delivery.trades_body([messages.Deal(ticket=ticket) for ticket in tickets]))


def test_entries_join_into_one_post(gateway: Gateway, box: Outbox, deliver: Delivery) -> None:
    keep(box, 1, 2)
    keep(box, 3)
    assert deliver.deliver(0.0) is None
    assert [tickets for _, tickets in gateway.deal_posts] == [[1, 2, 3]]
    assert box.pending() == []


def test_a_post_has_at_most_500_deals(gateway: Gateway, box: Outbox, deliver: Delivery) -> None:
    for start in (1, 301, 601):
        keep(box, *range(start, start + 300))
    deliver.deliver(0.0)
    assert [len(tickets) for _, tickets in gateway.deal_posts] == [300, 300, 300]
    assert len(gateway.deals) == 900


def test_a_server_fault_keeps_everything_and_backs_off(
    gateway: Gateway, box: Outbox, deliver: Delivery
) -> None:
    keep(box, 1)
    gateway.trouble = lambda _path: (503, {})
    wait_s = deliver.deliver(100.0)
    assert wait_s is not None
    assert 0.1 <= wait_s <= 0.25
    gateway.trouble = lambda _path: None
    assert deliver.deliver(100.01) is not None
    assert gateway.deals == {}
    assert deliver.deliver(101.0) is None
    assert set(gateway.deals) == {1}


def test_retry_after_is_honoured(gateway: Gateway, box: Outbox, deliver: Delivery) -> None:
    keep(box, 1)
    gateway.trouble = lambda _path: (429, {"Retry-After": "7"})
    assert deliver.deliver(50.0) == pytest.approx(7.0)


def test_a_limit_on_results_does_not_hold_up_deals(gateway: Gateway, box: Outbox, deliver: Delivery) -> None:
    box.append("result", delivery.result_body(delivery.Result("c-1", messages.CommandResult(status="done"))))
    keep(box, 1)
    gateway.trouble = lambda path: (429, {"Retry-After": "7"}) if "commands" in path else None
    deliver.deliver(0.0)
    assert set(gateway.deals) == {1}
    assert [entry.kind for entry in box.pending()] == ["result"]


def test_a_poison_entry_is_set_aside_and_the_rest_goes_through(
    gateway: Gateway, client: WireClient, box: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for ticket in range(1, 8):
        keep(box, ticket)
    post = client.trades

    def refuse_five(trades: messages.Trades) -> messages.TradesReply:
        items: list[dict[str, Any]] = [json.loads(bytes(deal)) for deal in trades.trades]
        if any(item["ticket"] == 5 for item in items):
            raise WireError("400: /trades: no good", permanent=True, status=400)
        return post(trades)

    monkeypatch.setattr(client, "trades", refuse_five)
    assert Delivery(box, client, TERMINAL_ID).deliver(0.0) is None
    assert sorted(gateway.deals) == [1, 2, 3, 4, 6, 7]
    rejected = json.loads((tmp_path / "outbox.rejected.jsonl").read_text())
    assert (rejected["reason"], rejected["body"]) == ("400: /trades: no good", [{"ticket": 5}])


def test_an_unauthorised_token_is_raised_and_nothing_is_lost(
    gateway: Gateway, box: Outbox, deliver: Delivery
) -> None:
    keep(box, 1)
    gateway.token = "another"
    with pytest.raises(WireError) as refused:
        deliver.deliver(0.0)
    assert refused.value.is_unauthorised
    assert len(box.pending()) == 1


def test_results_and_candles_carry_what_they_were_given(
    gateway: Gateway, box: Outbox, deliver: Delivery
) -> None:
    bar = msgspec.Raw(b'{"time":60,"open":1,"high":2,"low":1,"close":2}')
    candles = messages.Candles(terminal_id="", command_id="c-1", symbol="EURUSD", candles=[bar])
    box.append("candles", delivery.candles_body(candles))
    failed = messages.CommandResult(status="failed", error="no")
    box.append("result", delivery.result_body(delivery.Result("c-1", failed)))
    assert deliver.deliver(0.0) is None
    assert gateway.candles[0]["terminalId"] == TERMINAL_ID
    assert gateway.candles[0]["candles"] == [{"time": 60, "open": 1, "high": 2, "low": 1, "close": 2}]
    assert gateway.results == [("c-1", {"status": "failed", "error": "no"})]
