"""Symbols as data: ours, and what is said of a file that cannot be used."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from metafleet.engine.market.sessions import trades_at
from metafleet.engine.market.symbolfile import SymbolsRefused, known_symbols, load_symbols
from metafleet.engine.market.symbols import CALC_CFD_LEVERAGE, CALC_FOREX, SYMBOLS

CURRENCIES = ("EUR", "GBP", "AUD", "NZD", "USD", "CAD", "CHF", "JPY")
OTHERS = {"XAUUSD", "XAGUSD", "US30", "US500", "BTCUSD"}
SMALL = """
[kinds.forex]
path = 'Forex\\Minor'
calc_mode = "forex"
contract_size = 100_000
spread_points = 9
swap_long = 0
swap_short = 0
[symbols.EURUSD]
kind = "forex"
digits = 5
"""


def test_there_are_28_pairs_and_five_more() -> None:
    pairs = {first + second for first, second in combinations(CURRENCIES, 2)}
    assert known_symbols().keys() == pairs | OTHERS
    for name in pairs:
        spec = known_symbols()[name]
        assert (spec.currency_base, spec.currency_profit, spec.currency_margin) == (
            name[:3],
            name[3:],
            name[:3],
        )
        assert (spec.calc_mode, spec.digits, spec.path) == (
            CALC_FOREX,
            3 if "JPY" in name else 5,
            f"Forex\\{name}",
        )


def test_the_demos_symbols_are_those_of_the_file() -> None:
    """They stand in Python too, because an EA's code and the runners import them without reading a file."""
    assert {name: known_symbols()[name] for name in SYMBOLS} == SYMBOLS
    assert list(known_symbols())[:3] == list(SYMBOLS)[:3]


def test_bitcoin_trades_at_weekends_and_nothing_else_does() -> None:
    saturday = 2 * 86_400 + 12 * 3_600
    assert [name for name, spec in known_symbols().items() if trades_at(spec, saturday)] == ["BTCUSD"]
    assert known_symbols()["US30"].calc_mode == CALC_CFD_LEVERAGE


def test_what_a_symbol_does_not_say_follows(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(SMALL)
    spec = load_symbols(tmp_path / "own.toml")["EURUSD"]
    assert (spec.point, spec.tick_size, spec.margin_hedged) == (0.00001, 0.00001, 100_000)
    assert (spec.path, spec.currency_margin, spec.description) == (r"Forex\Minor\EURUSD", "EUR", "EURUSD")


def test_words_and_lists_are_metatraders_numbers(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        SMALL + 'swap_mode = "interest_open"\nfilling_flags = ["ioc", "boc"]\nexecution = "instant"\n'
        'swap_rollover3days = "friday"\nsessions = ["Mon-Wed 00:00-24:00", "Thu 09:00-17:30"]\n'
        "expiration_flags = 3\n"
    )
    spec = load_symbols(tmp_path / "own.toml")["EURUSD"]
    assert (spec.swap_mode, spec.filling_flags, spec.execution, spec.swap_rollover3days) == (6, 6, 1, 5)
    assert spec.expiration_flags == 3
    assert spec.sessions == ((86_400, 4 * 86_400), (4 * 86_400 + 9 * 3_600, 4 * 86_400 + 17 * 3_600 + 1_800))


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("digits = 5.5", "symbol EURUSD, digits: 5.5 is not a whole number"),
        ("digits = 11", "symbol EURUSD, digits: 11 is not from 0 to 8"),
        ("digits = true", "symbol EURUSD, digits: True is not a whole number"),
        ("spread_point = 3", "spread_point: there is no such field; meant is perhaps spread_points"),
        ('swap_mode = "interests"', "swap_mode: 'interests' is none of disabled, points"),
        ('filling_flags = ["fok", "return"]', "filling_flags: 'return' is none of fok, ioc, boc"),
        ('sessions = ["Mon-Fri 24:00-01:00"]', "sessions: 'Mon-Fri 24:00-01:00' does not go forward"),
        ('sessions = ["weekdays"]', "sessions: 'weekdays' is not of the form"),
        ('sessions = ["Mon 00:00-10:00", "Mon 09:00-12:00"]', "has hours that overlap"),
        ("volume_min = 200", "volume_min: 200 is more than volume_max, 100"),
        ("tick_size = 0.000015", "tick_size: 1.5e-05 is not a multiple of the point"),
        ('currency_profit = "EUR"', "currency_profit: EUR is the base currency too"),
        ('description = ["a"]', "description: "),
        ('kind = "stock"', "kind: 'stock' is none of forex"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(tmp_path: Path, said: str, says: str) -> None:
    field = said.split(" = ", maxsplit=1)[0]
    lines = [line for line in SMALL.splitlines() if not line.startswith(f"{field} =")]
    (tmp_path / "own.toml").write_text("\n".join([*lines, said]))
    with pytest.raises(SymbolsRefused) as refused:
        load_symbols(tmp_path / "own.toml")
    assert says in str(refused.value)
    assert str(refused.value).startswith(f"{tmp_path / 'own.toml'}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no symbol"),
        ("[symbols", "is not a TOML file"),
        ("[symbols]\nEURUSD = 1", "symbols must be tables"),
        ("[symbol.EURUSD]", "'symbol' is none of kinds, symbols"),
        ("[symbols.EURUSD]\ncontract_size = 1", "symbol EURUSD, digits: is missing"),
        ("[symbols.EURUSD]\ndigits = 5\ncontract_size = 1", "symbol EURUSD, swap_long: is missing"),
        ("[symbols.EURUSD]\ndigits = 5", "symbol EURUSD, contract_size: is missing"),
        ("[symbols.'A B']\ndigits = 5", "symbol A B, name: must be"),
    ],
)
def test_a_file_without_symbols_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(SymbolsRefused, match=says):
        load_symbols(tmp_path / "own.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SymbolsRefused, match="cannot be read: No such file"):
        load_symbols(tmp_path / "own.toml")
