"""Live trades against tested ones: which is which, and what the difference cost."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.tester.matching import Traded, match

POINT = 0.00001


def traded(
    name: str,
    at_s: float,
    side: Literal["buy", "sell"] = "buy",
    prices: tuple[float, float | None] = (1.1, 1.101),
    profit: float = 10.0,
) -> Traded:
    return Traded(
        id=name,
        side=side,
        volume=0.1,
        entered_s=at_s,
        entry_price=prices[0],
        exited_s=None if prices[1] is None else at_s + 600,
        exit_price=prices[1],
        profit=profit,
        net=profit - 0.7,
    )


def test_a_worse_entry_and_a_better_exit_are_told_in_points_and_money() -> None:
    live = [traded("l", 1_010, prices=(1.10003, 1.10105), profit=10.2)]
    (pair,) = match(live, [traded("t", 1_000)], point=POINT).pairs
    assert (pair.live.id, pair.tested.id, pair.late_s) == ("l", "t", 10)
    assert (pair.entry_slippage_points, pair.exit_slippage_points) == (3.0, -5.0)
    # 2 points better of 0.1 lots, of which a point is worth a cent of a dollar.
    assert pair.slippage_money == -0.2


def test_a_sell_is_worse_where_it_sold_lower() -> None:
    live = [traded("l", 0, "sell", (1.0998, 1.0990), 8.0)]
    (pair,) = match(live, [traded("t", 0, "sell", (1.1, 1.099))], point=POINT).pairs
    assert (pair.entry_slippage_points, pair.exit_slippage_points, pair.slippage_money) == (20.0, 0.0, 2.0)


def test_an_open_trade_has_no_exit_to_compare_and_money_by_what_others_show() -> None:
    live = [traded("a", 0), traded("b", 5_000, prices=(1.1001, None), profit=0.0)]
    pairs = match(live, [traded("x", 0), traded("y", 5_000)], point=POINT).pairs
    assert (pairs[1].exit_slippage_points, pairs[1].slippage_money) == (None, 1.0)
    alone = match(live[1:], [traded("y", 5_000)], point=POINT).pairs
    assert alone[0].slippage_money is None


def test_the_closest_are_put_together_and_the_rest_is_missed_or_extra() -> None:
    live = [traded("late", 1_200), traded("on time", 1_001), traded("other side", 1_000, "sell")]
    found = match(live, [traded("t", 1_000), traded("never", 9_000)], point=POINT, window_s=300)
    assert [(pair.live.id, pair.tested.id) for pair in found.pairs] == [("on time", "t")]
    assert [one.id for one in found.missed] == ["never"]
    assert [one.id for one in found.extra] == ["late", "other side"]


_trades = st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), max_size=12).map(
    lambda rows: [
        traded(str(place), at, "buy" if is_buy else "sell") for place, (at, is_buy) in enumerate(rows)
    ]
)


@given(live=_trades, tested=_trades)
def test_every_trade_is_somewhere_once(live: list[Traded], tested: list[Traded]) -> None:
    found = match(live, tested, point=POINT)
    assert sorted(int(one.id) for one in [*(pair.live for pair in found.pairs), *found.extra]) == [
        *range(len(live))
    ]
    assert sorted(int(one.id) for one in [*(pair.tested for pair in found.pairs), *found.missed]) == [
        *range(len(tested))
    ]
    assert all(pair.live.side == pair.tested.side and abs(pair.late_s) <= 300 for pair in found.pairs)
    left = {(one.side, one.entered_s) for one in found.missed}
    assert not any(
        one.side == side and abs(one.entered_s - at) <= 300 for one in found.extra for side, at in left
    )
