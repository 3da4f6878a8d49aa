"""The result types: struct sequences, field by field. Every line is exact."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from metafleet.engine import mt5
from metafleet.engine.mt5 import structs

SIZES = {
    "AccountInfo": 28,
    "TerminalInfo": 22,
    "SymbolInfo": 96,
    "Tick": 8,
    "TradeOrder": 24,
    "TradePosition": 19,
    "TradeDeal": 18,
    "TradeRequest": 17,
    "OrderSendResult": 11,
    "OrderCheckResult": 9,
    "BookInfo": 4,
}
EVERY = [getattr(mt5, name) for name in SIZES]


@pytest.mark.parametrize("kind", EVERY, ids=list(SIZES))
def test_type_has_the_manners_of_a_struct_sequence(kind: Any) -> None:
    size = SIZES[kind.__name__]
    one = kind(range(size))
    assert (kind.n_fields, kind.n_sequence_fields, kind.n_unnamed_fields) == (size, size, 0)
    assert list(one._asdict()) == list(kind.__match_args__)
    assert [getattr(one, name) for name in kind.__match_args__] == list(range(size))
    assert isinstance(one, tuple)
    assert not hasattr(one, "_fields")
    assert not hasattr(one, "_replace")
    assert not hasattr(one, "__dict__")


def test_fields_stand_in_the_packages_order() -> None:
    assert mt5.Tick.__match_args__ == (
        *("time", "bid", "ask", "last", "volume", "time_msc", "flags", "volume_real"),
    )
    assert mt5.TradePosition.__match_args__[7:9] == ("identifier", "reason")
    assert mt5.SymbolInfo.__match_args__[31] == "bid"
    assert mt5.SymbolInfo.__match_args__[95] == "path"
    assert mt5.AccountInfo.__match_args__[10] == "balance"
    assert mt5.OrderSendResult.__match_args__[-1] == "request"


def test_repr_names_the_type_and_its_fields() -> None:
    assert repr(mt5.BookInfo((1, 1.5, 2, 2.0))) == "BookInfo(type=1, price=1.5, volume=2, volume_dbl=2.0)"


def test_struct_compares_hashes_and_slices_as_a_tuple() -> None:
    one = mt5.BookInfo([1, 1.5, 2, 2.0])
    assert one == (1, 1.5, 2, 2.0)
    assert hash(one) == hash((1, 1.5, 2, 2.0))
    assert one[1:3] == (1.5, 2)
    assert type(one[1:3]) is tuple
    assert one < mt5.BookInfo((2, 0.0, 0, 0.0))


def test_struct_cannot_be_changed() -> None:
    one: Any = mt5.BookInfo((1, 1.5, 2, 2.0))
    with pytest.raises(AttributeError):
        one.price = 2.0
    with pytest.raises(AttributeError):
        one.other = 2.0
    with pytest.raises(TypeError):
        one[0] = 2


def test_constructor_takes_one_sequence_of_the_exact_size() -> None:
    kind: Any = mt5.BookInfo
    with pytest.raises(TypeError, match=r"^BookInfo\(\) takes a 4-sequence \(3-sequence given\)$"):
        kind((1, 2, 3))
    with pytest.raises(TypeError, match=r"^BookInfo\(\) takes a 4-sequence \(5-sequence given\)$"):
        kind((1, 2, 3, 4, 5))
    with pytest.raises(TypeError, match=r"^constructor requires a sequence$"):
        kind(1)
    with pytest.raises(TypeError, match=r"^BookInfo\(\) takes a dict as second arg, if any$"):
        kind((1, 2, 3, 4), 5)
    with pytest.raises(TypeError):
        kind()
    with pytest.raises(TypeError):
        kind(1, 2, 3, 4)


def test_asdict_leaves_the_request_a_struct() -> None:
    request = structs.TradeRequest(range(17))
    result = structs.OrderSendResult((10009, 1, 2, 0.1, 1.1, 1.1, 1.2, "", 1, 0, request))
    assert result._asdict()["request"] is request


def test_struct_is_no_base_and_can_be_kept() -> None:
    with pytest.raises(TypeError, match=r"^type 'Tick' is not an acceptable base type$"):
        type("Mine", (mt5.Tick,), {})
    one = mt5.Tick(range(8))
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 -- its own bytes


def test_struct_matches_by_place() -> None:
    match mt5.BookInfo((1, 1.5, 2, 2.0)):
        case mt5.BookInfo(kind, price):
            assert (kind, price) == (1, 1.5)
