"""The generator's market: repeatable, closed at weekends, bounded, alive."""

from __future__ import annotations

from itertools import islice, pairwise
from statistics import pstdev

import msgspec
import pytest

from metafleet.engine.market.generator import CHARACTERS, FIRST_WEEK, Generator, NoCharacter
from metafleet.engine.market.sessions import is_open, session
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import EURUSD, SYMBOLS, XAUUSD


def test_the_same_seed_gives_the_same_bars() -> None:
    assert Generator(EURUSD, 3).week(FIRST_WEEK) == Generator(EURUSD, 3).week(FIRST_WEEK)
    assert Generator(EURUSD, 3).week(FIRST_WEEK) != Generator(EURUSD, 4).week(FIRST_WEEK)


@pytest.mark.parametrize("name", list(SYMBOLS))
def test_bars_are_sound_and_prices_stay_near_their_mean(name: str) -> None:
    spec, mean = SYMBOLS[name], CHARACTERS[name].level
    for week in (FIRST_WEEK, FIRST_WEEK + 400):
        bars = Generator(spec, 7).week(week)
        assert all(
            bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars
        )
        assert all(is_open(spec, bar.time_s) for bar in bars)
        assert all(a.time_s < b.time_s and abs(b.open / a.close - 1) < 1e-4 for a, b in pairwise(bars))
        assert 0.85 * mean < min(bar.low for bar in bars) < max(bar.high for bar in bars) < 1.15 * mean


def test_weeks_join_without_a_jump() -> None:
    generator = Generator(XAUUSD, 7)
    for week in range(FIRST_WEEK, FIRST_WEEK + 3):
        last, first = generator.week(week)[-1], generator.week(week + 1)[0]
        assert abs(first.open - last.close) <= XAUUSD.point * 1.5


def test_a_week_has_its_hours_even_when_the_clocks_change() -> None:
    assert len(Generator(EURUSD, 7).week(FIRST_WEEK)) == 7_200
    assert len(Generator(XAUUSD, 7).week(FIRST_WEEK)) == 6_900
    assert {len(Generator(EURUSD, 7).week(week)) for week in range(FIRST_WEEK + 5, FIRST_WEEK + 12)} == {
        7_200
    }


def test_london_and_new_york_move_more_than_asia() -> None:
    moves: dict[str, list[float]] = {}
    for week in range(FIRST_WEEK, FIRST_WEEK + 3):
        for bar in Generator(EURUSD, 7).week(week):
            moves.setdefault(session(bar.time_s), []).append(bar.close - bar.open)
    assert pstdev(moves["overlap"]) > 1.5 * pstdev(moves["asia"])


def test_any_time_is_reached_at_once() -> None:
    generator = Generator(EURUSD, 7)
    from_s = generator.week(FIRST_WEEK + 40)[3_000].time_s
    assert [bar.time_s for bar in islice(generator.bars(from_s), 3)] == [from_s, from_s + 60, from_s + 120]
    assert next(generator.bars(0)) == next(generator.bars()) == generator.week(FIRST_WEEK)[0]


def test_every_known_symbol_moves() -> None:
    for spec in known_symbols().values():
        bars = Generator(spec, 7).week(FIRST_WEEK)
        days = 7 if spec.name == "BTCUSD" else 5
        assert len(bars) >= days * 23 * 60
        assert all(
            bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars
        )


def test_a_cross_is_its_legs() -> None:
    """No way round three pairs earns more than rounding."""
    symbols = known_symbols()
    for cross, first, second, sign in (("EURJPY", "EURUSD", "USDJPY", 1), ("AUDNZD", "AUDUSD", "NZDUSD", -1)):
        bars, one, other = (Generator(symbols[name], 7).week(FIRST_WEEK) for name in (cross, first, second))
        for bar, a, b in zip(bars, one, other, strict=True):
            assert abs(bar.close / (a.close * b.close**sign) - 1) < 4e-5


def test_an_unknown_symbol_needs_a_file() -> None:
    spec = msgspec.structs.replace(EURUSD, name="EURTRY", currency_profit="TRY")
    with pytest.raises(NoCharacter, match="how EURTRY moves"):
        Generator(spec, 7)
