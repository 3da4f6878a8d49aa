"""What a MetaTrader program asks over the socket, with the numbers that it may say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.enquiries import Enquiries, trade_request
from metafleet.engine.broker.house import House
from metafleet.engine.broker.messages import CalcMargin, CalcProfit
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC, account, deal, market
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS


@pytest.fixture
def enquiries(tmp_path: Path) -> Iterator[Enquiries]:
    with Store(tmp_path) as store:
        house = House(store, SYMBOLS.values(), Terms())
        house.past_tick(Tick("XAUUSD", MONDAY_MSC, 2000.0, 2000.2))
        yield Enquiries(house, lambda: MONDAY_MSC)


def said(**fields: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(msgspec.structs.replace(deal(0, 0.1), **fields)))


def test_a_magic_has_64_bits_without_a_sign() -> None:
    for magic in (0, (1 << 63) - 1, 1 << 63, (1 << 64) - 1):
        request = trade_request(said(magic=magic))
        assert request is not None
        assert request.magic == magic


@pytest.mark.parametrize(
    "fields",
    [{name: (1 << 64) - 1} for name in ("order", "position", "position_by", "expiration")]
    + [{name: (1 << 64) - 1} for name in ("type", "type_filling", "type_time")]
    + [{name: math.inf} for name in ("volume", "price", "stoplimit", "sl", "tp")],
)
def test_numbers_that_no_book_keeps_are_no_request(fields: dict[str, Any]) -> None:
    assert trade_request(said(**fields)) is None


@pytest.mark.parametrize("price", [1e300, math.inf])
def test_what_is_no_money_is_not_there(enquiries: Enquiries, price: float) -> None:
    ledger = account(market())
    margin = CalcMargin(id=1, kind=0, symbol="XAUUSD", volume=1.0, price=price)
    profit = CalcProfit(id=1, kind=0, symbol="XAUUSD", volume=1.0, price_open=1.0, price_close=price)
    assert enquiries.answer(ledger, margin) is None
    assert enquiries.answer(ledger, profit) is None
