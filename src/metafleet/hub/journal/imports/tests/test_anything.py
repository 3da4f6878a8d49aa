"""Whatever is uploaded: deals that the journal can keep, or one sentence."""

# ruff: noqa: E501 - pieces of files

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metafleet.engine.statements.folding import Deal
from metafleet.hub.journal.imports import formats, zones
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.tests import samples

FILES = {
    "mt5 page": samples.mt5_html().encode(),
    "mt5 page without positions": samples.mt5_html(positions=None, account="1 (USD, X, demo)").encode(
        "utf-16"
    ),
    "mt5 sheet": samples.xlsx(samples.mt5_rows()),
    "mt4 statement": samples.mt4_html().encode(),
    "signal": samples.SIGNAL.encode(),
    "ftmo": samples.FTMO.encode(),
    "dump": json.dumps({"deals": samples.api_deals(), "orders": []}).encode(),
}
PIECES = st.sampled_from(
    [b"", b"\x00", b"-", b"0", b"9" * 25, b"1e999", b"nan", b"null", b"<td>", b"</tr>", b";", b'"', b",", b"\xff",
     b"in/out", b"buy", b"sell", b"balance", b"2024.02.30 00:00:00", b"0001.01.01", b"9999.12.31 23:59:59",
     b"\xed\xa0\x80", b"&#55296;", b"&#0;", b'colspan="99999999"', b"[", b"{", b"1/0"]
)  # fmt: skip
CUTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), max_size=6)


@pytest.mark.parametrize("name", FILES)
@given(cuts=CUTS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_gives_deals_or_a_sentence(
    name: str, cuts: Sequence[tuple[float, int, bytes]]
) -> None:
    content = bytearray(FILES[name])
    for place, length, piece in cuts:
        first = int(place * len(content))
        content[first : first + length] = piece
    reads_or_refuses(bytes(content))


@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=200, deadline=None)
def test_anything_at_all_gives_deals_or_a_sentence(content: bytes) -> None:
    reads_or_refuses(content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["ticket", "type", "entry", "profit", "time", "deals", "trades", "7"]), inner
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_gives_deals_or_a_sentence(data: object) -> None:
    reads_or_refuses(json.dumps(data).encode())


def reads_or_refuses(content: bytes) -> None:
    try:
        _, history = formats.read(content)
    except NotAHistory as refused:
        sentence = refused.detail
    else:
        sentence = ""
        found = zones.placed(history.deals, zones.zone_of("Europe/Athens"))
        assert len({deal.ticket for deal in found}) == len(found)
        for deal in found:
            fits(deal)
    assert len(sentence) < 500


def fits(deal: Deal) -> None:
    """The columns of the journal take it."""
    assert deal.ticket != 0
    assert all(
        number is None or abs(number) < 2**63
        for number in (deal.ticket, deal.position_id, deal.order_id, deal.magic)
    )
    assert abs(deal.volume) < 10**10
    assert all(
        price is None or 0 < price < 10**10 for price in (deal.price, deal.stop_loss, deal.take_profit)
    )
    assert all(abs(money) < 10**12 for money in (deal.profit, deal.commission, deal.swap, deal.fee))
    assert 0 <= deal.kind <= 99
    assert len(deal.symbol) <= 32
    assert len(deal.comment) <= 255
    assert "\x00" not in deal.comment + deal.symbol
    (deal.comment + deal.symbol).encode()
