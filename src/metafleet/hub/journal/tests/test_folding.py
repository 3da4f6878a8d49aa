"""Folding: the same deals make the same trades, whatever order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.statements.folding import BUY, IN, IN_OUT, OUT, OUT_BY, SELL, Deal, TradeRow, fold

START = datetime(2026, 3, 2, tzinfo=UTC)
D = Decimal


def made(ticket: int, entry: int | None, kind: int, volume: str, price: str, **said: Any) -> Deal:
    """A deal of position 1, a second after the one before, unless said otherwise."""
    facts: dict[str, Any] = {
        "position_id": 1,
        "order_id": ticket,
        "symbol": "EURUSD",
        "executed_at": START + timedelta(seconds=ticket),
        "profit": D(0),
        "commission": D(0),
        "swap": D(0),
        "fee": D(0),
        "magic": 7,
        "reason": 3,
        "stop_loss": None,
        "take_profit": None,
        "comment": "",
    }
    return Deal(ticket=ticket, entry=entry, kind=kind, volume=D(volume), price=D(price), **{**facts, **said})


def only(deals: list[Deal]) -> TradeRow:
    (trade,) = fold(deals)
    return trade


def test_a_round_trip() -> None:
    trade = only(
        [
            made(1, IN, BUY, "0.10", "1.10", commission=D("-0.35"), stop_loss=D("1.09"), comment="go"),
            made(2, OUT, SELL, "0.10", "1.12", profit=D(20), commission=D("-0.35"), swap=D("-1.1"), reason=5),
        ]
    )
    assert (trade.side, trade.state, trade.volume, trade.closed_volume) == (
        "buy",
        "closed",
        D("0.1"),
        D("0.1"),
    )
    assert (trade.entry_price, trade.exit_price, trade.exit_reason) == (D("1.1"), D("1.12"), "tp")
    assert (trade.net_profit, trade.commission, trade.magic) == (D("18.20"), D("-0.70"), 7)
    assert (trade.entered_at, trade.exited_at) == (START + timedelta(seconds=1), START + timedelta(seconds=2))
    assert (trade.stop_loss, trade.comment) == (D("1.09"), "go")


def test_partial_closes_weigh_their_prices() -> None:
    opened = [made(1, IN, SELL, "0.30", "1.10"), made(2, OUT, BUY, "0.10", "1.08", profit=D(20))]
    partly = only(opened)
    assert (partly.side, partly.state, partly.closed_volume) == ("sell", "open", D("0.1"))
    assert (partly.exited_at, partly.exit_reason, partly.exit_price) == (None, "", D("1.08"))
    whole = only([*opened, made(3, OUT, BUY, "0.20", "1.11", profit=D(-20), reason=4)])
    assert (whole.state, whole.exit_price, whole.exit_reason) == ("closed", D("1.10"), "sl")
    assert whole.profit == 0


def test_entries_are_averaged_by_volume() -> None:
    trade = only([made(1, IN, BUY, "0.1", "1.10"), made(2, IN, BUY, "0.3", "1.20", stop_loss=D("1.15"))])
    assert (trade.entry_price, trade.volume, trade.stop_loss) == (D("1.175"), D("0.4"), D("1.15"))


def test_close_by_closes_both_positions() -> None:
    trades = fold(
        [
            made(1, IN, BUY, "0.2", "1.10", position_id=1),
            made(2, IN, SELL, "0.1", "1.11", position_id=2),
            made(3, OUT_BY, SELL, "0.1", "1.11", position_id=1, profit=D(10)),
            made(4, OUT_BY, BUY, "0.1", "1.10", position_id=2),
        ]
    )
    assert [(t.position_id, t.state, t.closed_volume) for t in trades] == [
        (1, "open", D("0.1")),
        (2, "closed", D("0.1")),
    ]


def test_a_reversal_closes_the_old_and_opens_the_next() -> None:
    trades = fold(
        [
            made(1, IN, BUY, "0.10", "1.10"),
            made(2, IN_OUT, SELL, "0.40", "1.12", profit=D(20), commission=D("-1.00"), fee=D("-0.01")),
            made(3, IN_OUT, BUY, "0.50", "1.11", profit=D(30), swap=D(-1)),
            made(4, OUT, SELL, "0.20", "1.13", profit=D(40)),
        ]
    )
    assert [(t.part, t.side, t.state, t.volume, t.entry_price, t.exit_price) for t in trades] == [
        (0, "buy", "closed", D("0.10"), D("1.10"), D("1.12")),
        (1, "sell", "closed", D("0.30"), D("1.12"), D("1.11")),
        (2, "buy", "closed", D("0.20"), D("1.11"), D("1.13")),
    ]
    assert [t.commission for t in trades] == [D("-0.25"), D("-0.75"), D(0)]
    assert [t.net_profit for t in trades] == [D("19.75"), D("28.24"), D("40.00")]


@pytest.mark.parametrize("entry", [OUT, OUT_BY])
def test_an_exit_without_its_entry_is_an_orphan(entry: int) -> None:
    trade = only([made(2, entry, SELL, "0.1", "1.12", profit=D(20), reason=6)])
    assert (trade.side, trade.state, trade.entry_price, trade.entered_at) == ("buy", "orphan", None, None)
    assert (trade.volume, trade.closed_volume, trade.exit_reason) == (D("0.1"), D("0.1"), "so")


def test_a_reversal_of_the_unknown_leaves_an_orphan_behind() -> None:
    orphan, opened = fold([made(2, IN_OUT, SELL, "0.4", "1.12", profit=D(20))])
    assert (orphan.state, orphan.side, orphan.profit) == ("orphan", "buy", D(20))
    assert (opened.state, opened.side, opened.volume) == ("open", "sell", D("0.4"))


def test_cash_and_cancelled_deals_are_no_trades() -> None:
    cash = [made(n, None, kind, "0", "1", position_id=None) for n, kind in enumerate((2, 3, 5, 13, 14), 1)]
    assert fold(cash) == []
    assert fold([]) == []


def test_reasons_that_are_unknown_or_missing_are_no_words() -> None:
    for reason in (None, 42):
        deals = [made(1, IN, BUY, "1", "1"), made(2, OUT, SELL, "1", "1", reason=reason)]
        assert only(deals).exit_reason == ""


cents = st.integers(-100_000, 100_000).map(lambda n: D(n) / 100)
lots = st.integers(1, 50).map(lambda n: D(n) / 100)
prices = st.integers(100_000, 130_000).map(lambda n: D(n) / 100_000)


@st.composite
def histories(draw: st.DrawFn) -> list[Deal]:
    """Any deals at all of a few positions: valid lives, and ones with holes."""
    return [
        Deal(
            ticket=ticket,
            position_id=draw(st.integers(1, 3)),
            order_id=None,
            symbol="EURUSD",
            kind=draw(st.sampled_from([BUY, SELL, BUY, SELL, 2])),
            entry=draw(st.sampled_from([IN, IN, OUT, OUT, IN_OUT, OUT_BY])),
            volume=draw(lots),
            price=draw(prices),
            executed_at=START + timedelta(seconds=draw(st.integers(0, 5))),
            profit=draw(cents),
            commission=draw(cents),
            swap=draw(cents),
            fee=draw(cents),
            magic=draw(st.sampled_from([None, 7])),
            reason=draw(st.sampled_from([None, 3, 4, 5])),
            stop_loss=None,
            take_profit=None,
            comment=draw(st.sampled_from(["", "a"])),
        )
        for ticket in draw(st.lists(st.integers(1, 99), unique=True, max_size=14))
    ]


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_makes_the_same_trades(deals: list[Deal], random: Any) -> None:
    shuffled = list(deals)
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(deals)


@given(histories())
def test_money_and_volume_add_up(deals: list[Deal]) -> None:
    trading = [deal for deal in deals if deal.kind in (BUY, SELL)]
    trades = fold(deals)
    for name in ("profit", "commission", "swap", "fee"):
        assert sum(getattr(t, name) for t in trades) == sum(getattr(d, name) for d in trading)
    assert sum(t.net_profit for t in trades) == sum(d.profit + d.commission + d.swap + d.fee for d in trading)
    assert all(t.closed_volume <= t.volume for t in trades)
    assert all((t.state == "closed") <= (t.closed_volume == t.volume) for t in trades)
    assert len({(t.position_id, t.part) for t in trades}) == len(trades)


@given(histories(), st.data())
def test_positions_fold_by_themselves(deals: list[Deal], data: st.DataObject) -> None:
    """What arrives of one position never changes another's trades: only the touched ones are folded."""
    chosen = data.draw(st.integers(1, 3))
    alone = fold(deal for deal in deals if deal.position_id == chosen)
    assert alone == [trade for trade in fold(deals) if trade.position_id == chosen]
