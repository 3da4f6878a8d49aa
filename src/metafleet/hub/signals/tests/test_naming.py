"""A broker's name for a symbol, and which one it means."""

from __future__ import annotations

import pytest

from metafleet.hub.signals.serving.naming import Names
from metafleet.hub.signals.serving.refusals import SymbolAmbiguous

NAMES = Names({"GOLD": "XAUUSD", "EURUSD.x": "EURGBP", "USDJPY": "EURJPY"})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((name, "EURUSD") for name in ("EURUSD", "EURUSD.m", "mEURUSD", "EURUSD_i", "EURUSDpro")),
        *((name, "EURUSD") for name in ("EURUSD-ECN", "EURUSD#", "#EURUSD", "m.EURUSD", ".EURUSD.raw")),
        ("US500.cash", "US500"),
        ("XAUUSDm", "XAUUSD"),
        # What an operator says goes first, before a name that is known, too.
        *(("GOLD", "XAUUSD"), ("EURUSD.x", "EURGBP"), ("USDJPY", "EURJPY")),
        # Nothing is known in these: they stand for themselves, and no model is of them.
        *(
            (name, name)
            for name in ("eurusd", "EURUSDX", "XEURUSD", "US5000", "EURSEK.m", "EURUSD.far-too-long")
        ),
        *((name, name) for name in ("", "EURUSD.m\n", "EUR USD")),
    ],
)
def test_a_brokers_name_means_a_known_symbol_or_itself(said: str, meant: str) -> None:
    assert NAMES.meant(said) == meant


def test_where_two_could_be_meant_nobody_guesses() -> None:
    with pytest.raises(SymbolAmbiguous, match=r"EURUSD\.GBPUSD may mean EURUSD or GBPUSD"):
        NAMES.meant("EURUSD.GBPUSD")
    assert Names({"EURUSD.GBPUSD": "GBPUSD"}).meant("EURUSD.GBPUSD") == "GBPUSD"
