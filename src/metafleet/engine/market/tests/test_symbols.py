"""Symbols on the wire."""

from __future__ import annotations

import msgspec

from metafleet.engine.market.symbols import EURUSD, SymbolSpec


def test_clients_of_before_find_the_swaps_by_their_old_names() -> None:
    told = msgspec.msgpack.decode(msgspec.msgpack.encode(EURUSD))
    assert (told["swap_long_points"], told["swap_short_points"]) == (-7.2, 2.9)
    assert msgspec.convert(told, SymbolSpec).swap_long == -7.2
