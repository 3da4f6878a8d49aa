"""A house that trades by itself until it is killed: `python -m ….tests.unattended FOLDER ROUND`.

Each line that it prints is a result that was committed before: who asked for what, and what became of it.
"""

from __future__ import annotations

import itertools
import random
import sys
from decimal import Decimal
from pathlib import Path

import msgspec

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.house import House
from metafleet.engine.broker.ledger import NewAccount
from metafleet.engine.broker.records import MarginMode, OrderResult
from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import MONDAY_MSC
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS

ROUND_MSC = 3_600_000
"""Each round's market begins so much later than the last one's."""


class Told(msgspec.Struct, frozen=True):
    """One line."""

    login: int
    request: TradeRequest
    result: OrderResult


def main(folder: Path, round_: int) -> None:
    """Trade until the process ends."""
    chance = random.Random(round_)
    with Store(folder, "kill" if round_ % 2 else "power") as store:
        house = House(store, SYMBOLS.values(), Terms(limit_orders=30, max_positions=30))
        logins = [book.login for book in store.books()]
        for symbol, bid in (("EURUSD", 1.09), ("USDJPY", 150.0), ("GBPUSD", 1.22), ("XAUUSD", 2000.0)):
            house.past_tick(Tick(symbol, MONDAY_MSC + round_ * ROUND_MSC, bid, round(bid * 1.0001, 5)))
        if not logins:
            logins = [opened(house, "hedging"), opened(house, "netting")]
        mid = 1.09
        for step in itertools.count(1):
            mid = round(mid + chance.choice((-1, 1)) * 0.0003, 5)
            house.on_tick(Tick("EURUSD", house.quotes.now_msc + 500, mid, round(mid + 0.0001, 5)))
            login = logins[step % 2]
            request = wish(house, login, mid, chance)
            result, _ = house.send(login, request)
            sys.stdout.write(msgspec.json.encode(Told(login, request, result)).decode() + "\n")
            sys.stdout.flush()


def opened(house: House, mode: MarginMode) -> int:
    """Open an account of a kind and return its login."""
    wanted = NewAccount(login=0, name=mode, deposit=Decimal(100_000), margin_mode=mode)
    return house.open_account(wanted, "scrypt$").book.login


def wish(house: House, login: int, mid: float, chance: random.Random) -> TradeRequest:
    """Return what somebody may ask for."""
    book = house.ledger(login).book
    what = chance.random()
    if what < 0.2 and book.orders:
        return TradeRequest(action=8, order=chance.choice(book.orders).ticket)
    if what < 0.4 and book.orders:
        order = chance.choice(book.orders)
        return TradeRequest(
            action=7,
            order=order.ticket,
            price=order.price_open,
            sl=0.0,
            tp=2.0 if order.type % 2 == 0 else 0.5,
        )
    if what < 0.7:
        kind = chance.randrange(2, 6)
        away = -0.0004 if kind in (2, 5) else 0.0004
        ends_s = house.quotes.now_msc // 1000 + 5
        return TradeRequest(
            action=5,
            symbol="EURUSD",
            type=kind,
            volume=0.1,
            price=round(mid + away, 5),
            type_time=2,
            expiration=ends_s,
        )
    if what < 0.85 and book.positions:
        held = chance.choice(book.positions)
        kind = 1 if held.side == "buy" else 0
        return TradeRequest(action=1, symbol=held.symbol, type=kind, volume=held.volume, position=held.ticket)
    return TradeRequest(action=1, symbol="EURUSD", type=chance.randrange(2), volume=0.2, comment="at market")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
