"""kill -9 while orders wait, fire, expire and are removed: what was answered is there, and only once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.tests.bench import market
from metafleet.engine.broker.tests.test_request_properties import check
from metafleet.engine.broker.tests.unattended import Told

ROUNDS = 3
ANSWERS = 250


def answers_until_killed(folder: Path, round_: int) -> list[Told]:
    """Return what a house answered until it was killed in the middle of something."""
    command = [sys.executable, "-m", "metafleet.engine.broker.tests.unattended", str(folder), str(round_)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as house:  # noqa: S603 - our own program
        assert house.stdout is not None
        lines = [house.stdout.readline() for _ in range(ANSWERS)]
        house.kill()
        lines += house.stdout.read().splitlines(keepends=True)
    return [msgspec.json.decode(line, type=Told) for line in lines if line.endswith(b"\n")]


def reread(store: Store, quotes: Quotes, tickets: Tickets) -> dict[int, Ledger]:
    """Return the ledgers that a store holds, with all that they ever did."""
    ledgers = {book.login: Ledger(book, quotes, tickets) for book in store.books()}
    for login, ledger in ledgers.items():
        ledger.deals += store.deals(login, limit=100_000)
        ledger.finished += store.finished_orders(login)
    return ledgers


def test_no_answered_order_is_lost_and_none_is_there_twice(tmp_path: Path) -> None:
    told: list[Told] = []
    for round_ in range(ROUNDS):
        told += answers_until_killed(tmp_path, round_)
        with Store(tmp_path) as store:
            ledgers = reread(store, market(), store.tickets())
        for ledger in ledgers.values():
            check(ledger)
        for one in told:
            check_kept(ledgers[one.login], one)
    assert {book.margin_mode for book in (ledger.book for ledger in ledgers.values())} == {
        "hedging",
        "netting",
    }
    states = {order.state for ledger in ledgers.values() for order in ledger.finished}
    # Cancelled, filled and expired.
    assert {2, 4, 6} <= states
    assert any(deal.entry == 2 for ledger in ledgers.values() for deal in ledger.deals)


def check_kept(ledger: Ledger, one: Told) -> None:
    result, action = one.result, one.request.action
    if result.retcode != 10009:
        return
    known = {order.ticket: order for order in (*ledger.finished, *ledger.book.orders)}
    order = known[result.order]
    if action == 1:
        (deal,) = [made for made in ledger.deals if made.ticket == result.deal]
        assert (deal.order, deal.price, deal.volume) == (result.order, result.price, result.volume)
        assert (order.state, order.position_id) == (4, deal.position_id)
    elif action == 5:
        assert (order.price_open, order.volume_initial) == (one.request.price, result.volume)
    elif action == 8:
        assert (order.state, order.position_id) == (2, 0)
