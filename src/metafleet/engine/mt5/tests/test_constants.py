"""The package's constants. Every line is exact."""

from __future__ import annotations

import zlib

from metafleet.engine import mt5
from metafleet.engine.mt5 import constants

CHECKSUM = 2335805189


def _all() -> dict[str, int]:
    return {name: value for name, value in vars(constants).items() if not name.startswith("_")}


def test_there_are_223_and_nothing_else() -> None:
    found = _all()
    assert len(found) == 223
    assert all(name.isupper() and type(value) is int for name, value in found.items())


def test_values_are_those_read_from_the_package() -> None:
    # The sum of all names and values as they were read out, so that no value is changed unawares.
    text = "\n".join(f"{name}={value}" for name, value in sorted(_all().items()))
    assert zlib.crc32(text.encode()) == CHECKSUM


def test_names_that_clients_use_and_the_package_does_not_have() -> None:
    missing = ("SYMBOL_FILLING_FOK", "SYMBOL_EXPIRATION_GTC", "DEAL_TYPE_DIVIDEND", "DEAL_TYPE_TAX")
    assert not [name for name in missing if hasattr(mt5, name)]
    assert (mt5.DEAL_DIVIDEND, mt5.DEAL_DIVIDEND_FRANKED, mt5.DEAL_TAX) == (15, 16, 17)


def test_order_of_the_hours_is_the_packages() -> None:
    assert (mt5.TIMEFRAME_H1, mt5.TIMEFRAME_H4, mt5.TIMEFRAME_D1) == (16385, 16388, 16408)
    assert (mt5.TIMEFRAME_W1, mt5.TIMEFRAME_MN1, mt5.COPY_TICKS_ALL) == (32769, 49153, -1)
