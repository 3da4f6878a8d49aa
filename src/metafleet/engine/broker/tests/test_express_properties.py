"""The short way leads to the ordinary one's end: the same orders are sent both ways, and all is compared."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.charges import Charge, forex_commission
from metafleet.engine.broker.dealing import dealing
from metafleet.engine.broker.express import Express
from metafleet.engine.broker.ledger import Ledger, NewAccount, open_ledger
from metafleet.engine.broker.orders import refused
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import Deal, MarginMode, OrderRequest, OrderResult, Side
from metafleet.engine.broker.requests import ACTION_DEAL, TradeRequest, simple_of, translated
from metafleet.engine.broker.tests.bench import MONDAY_MSC
from metafleet.engine.broker.valuation import position_view
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import SYMBOLS, SymbolSpec

MIDS: Final = {"EURUSD": 1.09, "GBPUSD": 1.227, "USDJPY": 149.5, "XAUUSD": 2000.0}
NAMES: Final = tuple(MIDS)
SPECS: Final = tuple(SYMBOLS[name] for name in NAMES)

CHARGES: Final = {
    "none": (),
    "a lot": forex_commission(Decimal("3.50")),
    "at entry": (Charge(amount=Decimal("7.00"), at_exit=False),),
    "in euros": forex_commission(Decimal("3.11"), "EUR"),
    "turnover": (Charge(amount=Decimal("0.002"), per="turnover"), Charge(amount=Decimal(1), per="deal")),
}
TERMS: Final[Mapping[str, Terms]] = {
    **{name: Terms(commissions=charges) for name, charges in CHARGES.items()},
    "fees": Terms(fees=CHARGES["a lot"]),
    "oldest first": Terms(fifo_close=True),
    "one side": Terms(hedges=False),
    "few": Terms(max_positions=2),
    "slow": Terms(requests_a_second=2),
    "slips": Terms(dealing=dealing("realistic", 7)),
}

sides: st.SearchStrategy[Side] = st.sampled_from(["buy", "sell"])
lots = st.one_of(
    st.sampled_from([0.01, 0.1, 1.0, 0.37]),
    st.sampled_from([0.2, 0.5, 0.6, 0.9]),
    st.integers(0, 12_000).map(lambda steps: steps / 100),
    st.floats(0, 2),
)
_MODES: Final[tuple[MarginMode, MarginMode]] = ("hedging", "netting")
_BOTH: Final[tuple[Side, Side]] = ("buy", "sell")
points = st.one_of(st.none(), st.just(0), st.integers(-30, 2_000))
comments = st.sampled_from(["", "a note", "a note that is longer than a server keeps it"])
magics = st.sampled_from([0, 1, 77, -1, 1 << 63])
times = st.one_of(st.integers(0, 60_000), st.integers(0, 40_000_000))
Step = tuple[object, ...]


def steps(names: tuple[str, ...]) -> st.SearchStrategy[Step]:
    symbols, places = st.sampled_from(names), st.integers(0, 20)
    opening = st.tuples(st.just("open"), symbols, sides, lots, points, points, comments, magics)
    return st.one_of(
        st.tuples(st.just("tick"), symbols, st.integers(-900, 900), st.integers(0, 40), times),
        opening,
        opening,
        st.tuples(
            st.just("program"), symbols, st.integers(0, 2), lots, st.integers(0, 2), points, comments, magics
        ),
        st.tuples(
            st.just("leave"), places, st.one_of(st.none(), lots), st.integers(0, 2), st.integers(0, 5), magics
        ),
        st.tuples(st.just("leave"), places, st.none(), st.just(0), st.just(0), st.sampled_from([0, 77])),
        st.tuples(st.just("close"), places, st.one_of(st.just(0.0), lots), comments, magics),
        st.tuples(st.just("close"), places, st.just(0.0), comments, magics),
        st.tuples(st.just("levels"), places, points, points),
    )


def opened(
    terms: Terms, mode: MarginMode, currency: str, deposit: str, specs: tuple[SymbolSpec, ...]
) -> Ledger:
    quotes = Quotes(specs)
    for spec in specs:
        bid = MIDS[spec.name]
        quotes.apply(Tick(spec.name, MONDAY_MSC, bid, round(bid + 10 * spec.point, spec.digits)))
    account = NewAccount(
        login=1, name="Alice", deposit=Decimal(deposit), currency=currency, leverage=100, margin_mode=mode
    )
    return open_ledger(account, quotes, Tickets(), MONDAY_MSC, terms)


def sent_ordinarily(ledger: Ledger, order: OrderRequest | TradeRequest) -> OrderResult:
    """Send an order as it is sent where it is not so simple."""
    request = order if isinstance(order, TradeRequest) else translated(order, ledger.book, ledger.quotes)
    if isinstance(request, int):
        return refused(request)
    outcome = ledger.plan_ordinarily(request)
    ledger.adopt(outcome)
    assert outcome.result is not None
    return outcome.result


def ticked_ordinarily(ledger: Ledger, tick: Tick) -> list[Deal]:
    """Let a ledger take a tick and look at it exactly, whether something can happen or not."""
    ledger.quotes.apply(tick)
    outcome = ledger.plan_tick_ordinarily(tick)
    if outcome is None:
        return []
    ledger.adopt(outcome)
    return list(outcome.deals)


def sent(ledger: Ledger, order: OrderRequest | TradeRequest) -> OrderResult:
    return ledger.send(order) if isinstance(order, TradeRequest) else ledger.order_send(order)


def level(points: object, base: float, way: int, spec: SymbolSpec) -> float | None:
    """Return the level that lies so many points from a price; 0 and None for themselves."""
    if not isinstance(points, int) or not points:
        return None if points is None else 0.0
    return round(base + way * points * spec.point, spec.digits)


def order_of(step: Step, ledger: Ledger) -> OrderRequest | TradeRequest | None:
    match step:
        case ("open", str() as symbol, "buy" | "sell" as side, float() as volume, sl, tp, text, magic):
            spec, tick = ledger.quotes.specs[symbol], ledger.quotes.last(symbol)
            assert tick is not None
            sign, base = (1, tick.bid) if side == "buy" else (-1, tick.ask)
            fields = {"sl": level(sl, base, -sign, spec), "tp": level(tp, base, sign, spec), "comment": text}
            common = OrderRequest(action="deal", symbol=symbol, side=side, volume=volume)
            return msgspec.structs.replace(common, magic=magic, **fields)
        case (
            "program",
            str() as symbol,
            int() as kind,
            float() as volume,
            int() as filling,
            sl,
            text,
            int() as magic,
        ):
            spec, tick = ledger.quotes.specs[symbol], ledger.quotes.last(symbol)
            assert tick is not None
            base, way = (tick.ask, 1) if kind else (tick.bid, -1)
            wanted = TradeRequest(action=ACTION_DEAL, symbol=symbol, type=kind, volume=volume, magic=magic)
            stop = level(sl, base, way, spec) or 0.0
            return msgspec.structs.replace(wanted, type_filling=filling, sl=stop, comment=str(text))
        case ("close", int() as place, float() as volume, str() as text, int() as magic):
            held = ledger.book.positions
            ticket = held[place % len(held)].ticket if held else place
            return OrderRequest(action="close", position=ticket, volume=volume, comment=text, magic=magic)
        case ("leave", int() as place, lots, int() as filling, int() as fault, int() as magic):
            return leaving(place, lots, filling, fault, magic, ledger)
        case ("levels", int() as place, sl, tp) if ledger.book.positions:
            position = ledger.book.positions[place % len(ledger.book.positions)]
            point = ledger.quotes.specs[position.symbol].point
            low, high = (
                None if not isinstance(each, int) else position.price_open + each * point for each in (sl, tp)
            )
            return OrderRequest(action="sltp", position=position.ticket, sl=low, tp=high)
    return None


def leaving(
    place: int, lots: object, filling: int, fault: int, magic: int, ledger: Ledger
) -> TradeRequest | None:
    """Return what a program sends to close a position, whole where lots is None, with one fault or none."""
    if not ledger.book.positions:
        return None
    held = ledger.book.positions[place % len(ledger.book.positions)]
    wanted = TradeRequest(
        action=ACTION_DEAL,
        symbol="" if fault == 1 else "GBPUSD" if fault == 2 else held.symbol,
        type=int((held.side == "buy") ^ (fault == 3)),
        volume=lots if isinstance(lots, float) else held.volume,
        position=held.ticket + 1000 * (fault == 4),
        type_filling=filling,
        magic=magic,
    )
    level = held.price_open if fault == 5 else 0.0
    return msgspec.structs.replace(wanted, sl=level, tp=level, comment=held.comment)


def state(ledger: Ledger) -> bytes:
    """Return all that there is of a ledger, as written: a zero of other places is another one."""
    whole = (ledger.book, ledger.deals, ledger.finished, ledger.account(), ledger.positions(), ledger.version)
    return msgspec.json.encode(whole)


def check_kept(kept: Purse, ledger: Ledger) -> None:
    """What is kept from one book to the next is what is found anew: sums, and positions as they are shown."""
    book, quotes = ledger.book, ledger.quotes
    shown = [position_view(held, book.currency, quotes) for held in book.positions]
    assert msgspec.json.encode(ledger.positions()) == msgspec.json.encode(shown)
    anew = Purse(book, quotes)
    for name in quotes.specs:
        tick = quotes.last(name)
        assert tick is not None
        assert kept.lots(book, name) == pytest.approx(anew.lots(book, name), abs=1e-6)
        bids, expected = (each.quiet_between(book, tick, 0.0002, ledger.terms) for each in (kept, anew))
        assert bids == (expected if expected is None else pytest.approx(expected))


def check_story(story: list[Step], short: Ledger, ordinary: Ledger) -> None:
    kept = Purse(short.book, short.quotes)
    for step in story:
        match step:
            case ("tick", str() as symbol, int() as moved, int() as spread, int() as passed_msc):
                spec = short.quotes.specs[symbol]
                bid = round(MIDS[symbol] + moved * spec.point, spec.digits)
                ask = round(bid + spread * spec.point, spec.digits)
                tick = Tick(symbol, short.quotes.now_msc + passed_msc, bid, ask)
                assert short.on_tick(tick) == ticked_ordinarily(ordinary, tick)
            case _:
                order = order_of(step, ordinary)
                if order is not None:
                    assert sent(short, order) == sent_ordinarily(ordinary, order)
        assert state(short) == state(ordinary)
        check_kept(kept, short)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(steps(NAMES), max_size=30),
    st.sampled_from(list(TERMS)),
    st.sampled_from(["hedging", "netting"]),
    st.sampled_from(["USD", "EUR", "GBP", "JPY"]),
    st.sampled_from(["500", "10000", "1000000"]),
)
def test_both_ways_lead_to_the_same_book(
    story: list[Step], terms: str, mode: Literal["hedging", "netting"], currency: str, deposit: str
) -> None:
    short, ordinary = (opened(TERMS[terms], mode, currency, deposit, SPECS) for _ in range(2))
    check_story(story, short, ordinary)


ODD: Final[Mapping[str, dict[str, object]]] = {
    "close only": {"trade_mode": 3},
    "instant": {"execution": 1},
    "exchange": {"execution": 3},
    "no targets": {"order_flags": 1 | 16},
    "no fill or kill": {"filling_flags": 2},
    "frozen": {"freeze_level_points": 50},
    "near stops": {"stops_level_points": 0},
    "by last price": {"chart_mode": 1},
    "coarse": {"tick_size": 0.00005},
    "limited": {"volume_limit": 1.0},
    "initial margin": {"margin_initial": 1_500.0},
    "maintenance": {"margin_maintenance": 900.0, "margin_initial": 1_500.0},
    "dear shorts": {"margin_rates": (1.0, 1.7, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)},
    "a CFD": {"calc_mode": 2},
    "futures": {"calc_mode": 1, "tick_value": 1.3, "margin_initial": 800.0},
    "small lots": {"contract_size": 33.0},
    "without swaps": {"swap_mode": 0},
    "levels for a day": {"gtc_mode": 1, "swap_mode": 0},
}


@pytest.mark.parametrize("name", ODD)
@settings(max_examples=25, deadline=None)
@given(
    st.lists(steps(NAMES[:2]), max_size=20),
    st.sampled_from(["hedging", "netting"]),
    st.sampled_from(["USD", "JPY"]),
)
def test_both_ways_lead_to_the_same_book_whatever_the_symbol(
    name: str, story: list[Step], mode: Literal["hedging", "netting"], currency: str
) -> None:
    specs = tuple(msgspec.structs.replace(spec, **ODD[name]) for spec in SPECS)
    short, ordinary = (opened(TERMS["a lot"], mode, currency, "10000", specs) for _ in range(2))
    check_story(story, short, ordinary)


def test_the_most_lots_of_a_side_are_the_same_both_ways() -> None:
    specs = (msgspec.structs.replace(SPECS[0], volume_limit=1.0),)
    short, ordinary = (opened(TERMS["a lot"], "hedging", "USD", "1000000", specs) for _ in range(2))
    whole = [("open", "EURUSD", side, lots, None, None, "", 1) for lots in (0.6, 0.4, 0.01) for side in _BOTH]
    check_story(list(whole), short, ordinary)
    assert [position.volume for position in short.book.positions] == [0.6, 0.6, 0.4, 0.4]


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("fault", range(6))
@pytest.mark.parametrize("symbol", [None, "exchange", "no fill or kill"])
def test_programs_leave_alike_both_ways(mode: MarginMode, fault: int, symbol: str | None) -> None:
    odd = ODD[symbol] if symbol else {}
    specs = tuple(msgspec.structs.replace(spec, **odd) for spec in SPECS[:2])
    for lots, filling, magic in itertools.product((None, 0.0, 0.05, 0.2), range(4), (0, 5, -1)):
        short, ordinary = (opened(TERMS["a lot"], mode, "USD", "10000", specs) for _ in range(2))
        story: list[Step] = [
            ("open", "EURUSD", "buy", 0.1, 500, 500, "", 77),
            ("program", "GBPUSD", 1, 0.1, filling, 500, "", 77),
            ("tick", "EURUSD", 40, 9, 3_000),
            ("leave", 0, lots, filling, fault, magic),
        ]
        check_story(story, short, ordinary)


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
@pytest.mark.parametrize("passed_msc", [3_000, 40_000_000])
def test_parts_are_closed_alike_both_ways(mode: MarginMode, currency: str, passed_msc: int) -> None:
    """Also of what has a swap by then, and by the other side alone where the account nets."""
    for first, second in itertools.product((0.01, 0.05, 0.29, 0.3, 0.31), repeat=2):
        short, ordinary = (opened(TERMS["a lot"], mode, currency, "100000", SPECS) for _ in range(2))
        story: list[Step] = [
            ("open", "USDJPY", "sell", 0.3, 900, 900, "", 77),
            ("program", "EURUSD", 1, 0.3, 1, None, "", 78),
            ("tick", "EURUSD", 40, 9, passed_msc),
            ("leave", 0, first, 1, 0, 5),
            ("close", 0, second, "a note", 0),
            ("program", "EURUSD", 0, first, 0, 30, "", 79),
            ("open", "EURUSD", "sell", second, None, None, "", 0),
        ]
        check_story(story, short, ordinary)


def test_parts_and_what_nets_go_the_short_way() -> None:
    hedging, netting = (opened(TERMS["a lot"], mode, "USD", "10000", SPECS) for mode in _MODES)
    for ledger in (hedging, netting):
        held = ledger.order_send(OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.3)).order
        assert is_short(ledger, OrderRequest(action="close", position=held, volume=0.1))
        assert not is_short(ledger, OrderRequest(action="close", position=held, volume=0.301))
    for volume, short in ((0.1, True), (0.3, True), (0.4, False)):
        other = OrderRequest(action="deal", symbol="EURUSD", side="sell", volume=volume)
        assert is_short(netting, other, filling=1) == short
    assert not is_short(netting, OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1))


@pytest.mark.parametrize("mode", ["hedging", "netting"])
@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
@pytest.mark.parametrize("terms", ["none", "a lot", "turnover"])
def test_the_common_order_goes_the_short_way(mode: MarginMode, currency: str, terms: str) -> None:
    ledger = opened(TERMS[terms], mode, currency, "1000000", SPECS)
    for name in NAMES:
        bid = MIDS[name]
        asked = OrderRequest(action="deal", symbol=name, side="buy", volume=0.1, sl=bid * 0.5, magic=1)
        asked = msgspec.structs.replace(asked, sl=round(bid * 0.5, 2))
        assert is_short(ledger, asked)
        ticket = ledger.order_send(asked).order
        leaving = OrderRequest(action="close", symbol=name, position=ticket, magic=1)
        assert is_short(ledger, leaving)
        ledger.order_send(leaving)
        again = ledger.order_send(asked).order
        request = TradeRequest(action=ACTION_DEAL, symbol=name, type=1, volume=0.1, position=again)
        simple = simple_of(request)
        assert simple is not None
        assert is_short(ledger, simple, filling=0)
        ledger.send(request)
    assert not ledger.book.positions


@pytest.mark.parametrize(
    ("symbol", "short"), [(None, [0, 1]), ("exchange", [0, 1, 2]), ("no fill or kill", [1]), ("instant", [])]
)
def test_every_filling_mode_that_there_is_goes_the_short_way(symbol: str | None, short: list[int]) -> None:
    spec = msgspec.structs.replace(SPECS[0], **(ODD[symbol] if symbol else {}))
    ledger = opened(TERMS["none"], "hedging", "USD", "10000", (spec,))
    order = OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1)
    assert [filling for filling in range(5) if is_short(ledger, order, filling)] == short


@pytest.mark.parametrize("currency", ["USD", "EUR", "JPY"])
def test_a_level_that_is_reached_goes_the_short_way(currency: str) -> None:
    ledger = opened(TERMS["a lot"], "hedging", currency, "1000000", SPECS)
    for sl, tp in ((1.08, None), (None, 1.1), (1.07, 1.11)):
        ledger.order_send(
            OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1, sl=sl, tp=tp, magic=1)
        )
    for bid, left in ((1.09, 3), (1.1, 2), (1.08, 1)):
        tick = Tick("EURUSD", MONDAY_MSC, bid, bid)
        ledger.quotes.apply(tick)
        short = Express(ledger.quotes, Tickets(1000, 1000)).left(ledger.book, tick, ledger.terms)
        assert (short is None) == (left == 3)
        ledger.on_tick(tick)
        assert len(ledger.book.positions) == left


@pytest.mark.parametrize("terms", ["fees", "oldest first", "one side", "slow", "slips"])
def test_rare_terms_go_the_ordinary_way(terms: str) -> None:
    ledger = opened(TERMS[terms], "hedging", "USD", "1000000", SPECS)
    assert not is_short(ledger, OrderRequest(action="deal", symbol="EURUSD", side="buy", volume=0.1))


def is_short(ledger: Ledger, order: OrderRequest, filling: int | None = None) -> bool:
    """Say whether an order is planned the short way; nothing changes."""
    express = Express(ledger.quotes, Tickets(1000, 1000))
    purse = Purse(ledger.book, ledger.quotes)
    return express.planned(ledger.book, order, ledger.terms, purse, filling=filling) is not None
