"""Items: what is read in one look is what is read field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metafleet.engine.statements.folding import Deal
from metafleet.hub.journal import items, plain

PLAIN: dict[str, Any] = {
    "ticket": 11,
    "symbol": "EURUSD",
    "type": "SELL",
    "volume": 0.1,
    "openPrice": 1.087,
    "openTime": 1_770_000_011,
    "timeMsc": 1_770_000_011_250,
    "commission": "-0.35",
    "swap": -0.1,
    "profit": 20,
    "positionId": 10,
    "orderId": 11,
    "entryType": 1,
    "magic": 77,
    "reason": 5,
    "stopLoss": 0,
    "takeProfit": 1.087,
    "comment": 'a "b"',
}
ODD: list[dict[str, Any]] = [
    {"ticket": "11"},
    {"type": "sell"},
    {"volume": "0.10"},
    {"openTime": "2026-03-02T12:00:00+03:00", "timeMsc": None},
    {"timeMsc": None, "openTime": 1_770_000_011_250},
    {"profit": 1.123456785},
    {"profit": "1e2"},
    {"comment": "x" * 300},
    {"comment": "a\x00b"},
    {"symbol": "GER 40"},
    {"stopLoss": 1e-9},
    {"positionId": 0, "entryType": 0},
    {"positionId": None, "orderId": None},
    {"entryType": None},
    {"price": 1.2, "openPrice": None},
    {"contractSize": 100_000, "unknown": [1, {"x": 2}]},
]


def raw(said: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(said).encode())


UNSAID: dict[str, Any] = {
    **dict.fromkeys(("profit", "commission", "swap", "fee"), 0),
    **dict.fromkeys(("order_id", "magic", "reason", "stop_loss", "take_profit")),
    "comment": "",
}


def as_recorded(rows: str) -> list[Deal]:
    """The rows as the database reads them: numbers to 8 decimals, half away from zero."""
    said = [UNSAID | row for row in msgspec.json.decode(rows, type=list[dict[str, msgspec.Raw]])]
    deals = msgspec.json.decode(msgspec.json.encode(said), type=list[Deal])
    return [msgspec.structs.replace(deal, **_numbers(deal)) for deal in deals]


def _numbers(deal: Deal) -> dict[str, Decimal]:
    found = {name: getattr(deal, name) for name in Deal.__struct_fields__}
    return {
        name: value.quantize(Decimal("1e-8"), "ROUND_HALF_UP")
        for name, value in found.items()
        if isinstance(value, Decimal)
    }


@pytest.mark.parametrize("clock", [0, 10_800, ZoneInfo("Europe/Athens")], ids=str)
@pytest.mark.parametrize("odd", [{}, *ODD], ids=str)
def test_one_look_and_field_by_field_agree(odd: dict[str, Any], clock: Any) -> None:
    item = raw({**PLAIN, **odd})
    deals, bad = items.read_trades([item], clock)
    [(_, (expected,))] = items.read_deals([item], clock).good
    assert bad == []
    assert as_recorded(deals.body) == [msgspec.structs.replace(expected, **_numbers(expected))]


def test_the_ordinary_deal_takes_one_look() -> None:
    (row,) = plain.read_all([raw(PLAIN)], 3600)
    assert row is not None
    assert row.executed_at == datetime.fromtimestamp(1_770_000_011.25 - 3600, UTC)
    assert row.stop_loss is None


@pytest.mark.parametrize(
    "odd",
    [
        *(
            {"profit": text}
            for text in ("", "-", "1e2", "1,2", "1\n2", "1\n", "\u0663", "1.123456789", "123456789012")
        ),
        {"symbol": "GER 40"},
        {"comment": "a\x00b"},
    ],
    ids=str,
)
def test_an_odd_deal_takes_a_closer_look_and_its_neighbours_do_not(odd: dict[str, Any]) -> None:
    first, second, third = plain.read_all([raw(PLAIN), raw({**PLAIN, **odd}), raw(PLAIN)], 0)
    assert first == third is not None
    assert second is None


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["NaN", "1e5"]),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from([*PLAIN, "closePrice", "closeTime", "dealType", "contractSize"]), anything, max_size=4
    )
)
def test_whatever_is_sent_both_ways_say_the_same(odd: dict[str, Any]) -> None:
    item = raw({**PLAIN, **odd})
    deals, bad = items.read_trades([item], 0)
    slowly = items.read_deals([item], 0)
    assert [b.detail for b in bad] == [b.detail for b in slowly.bad]
    assert deals.tickets == [tuple(deal.ticket for deal in made) for _, made in slowly.good]
    assert len(as_recorded(deals.body)) == sum(len(made) for _, made in slowly.good)


def test_a_batch_keeps_its_order_and_sets_the_bad_aside() -> None:
    closed = {**PLAIN, "ticket": 12, "closePrice": 1.1, "closeTime": 1_770_000_100, "comment": "to #13"}
    deals, bad = items.read_trades([raw(PLAIN), raw({**PLAIN, "volume": 0}), raw(closed)], 0)
    assert deals.tickets == [(11,), (12, -12)]
    assert [(b.index, b.ticket) for b in bad] == [(1, 11)]
    assert deals.has_orders
    assert not items.read_trades([raw(PLAIN)], 0)[0].has_orders


def test_an_item_that_we_stumble_over_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(items, "_deal", stumble)
    [bad] = items.read_trades([raw({**PLAIN, "ticket": "11"})], 0)[1]
    assert (bad.is_ours, bad.ticket) == (True, 11)
