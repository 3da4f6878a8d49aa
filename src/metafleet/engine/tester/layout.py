"""Lay out a test: the past that it runs through, the broker's terms, an account, a seat for the EA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from metafleet.engine.broker.book import Terms, Tickets
from metafleet.engine.broker.charges import Charge
from metafleet.engine.broker.conversion import NoRate, rate_path
from metafleet.engine.broker.dealing import dealing
from metafleet.engine.broker.ledger import NewAccount, open_ledger
from metafleet.engine.broker.quotes import CLOSED_AFTER_MSC, Quotes
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import parse_inputs
from metafleet.engine.market.arrays import count_before
from metafleet.engine.market.records import Tick
from metafleet.engine.market.supplies import Supply
from metafleet.engine.market.symbols import SWAP_DISABLED, SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.contract import WARM_UP_BARS, NoBars, Test, TestRefused
from metafleet.engine.tester.play import Play
from metafleet.engine.tester.tape import Span, Tape, asks_of, check_rates, known_at, span_of, tape_of

LOGIN: Final = 1
MOST_LATENCY_MS: Final = 10_000
_WEEK_S: Final = 7 * 86_400


class Layout(msgspec.Struct, frozen=True):
    """A test that can be run, and again. begin: its first place in the tape of its symbol."""

    cls: type[Expert]
    test: Test
    timeframe: str
    tapes: Mapping[str, Tape]
    span: Span
    begin: int

    def seat(self) -> Play:
        """Open an account and give the EA a seat. Raises TestRefused, InputRefused."""
        cls, test, tapes = self.cls, self.test, self.tapes
        tape = tapes[test.symbol]
        quotes = Quotes([each.spec for each in tapes.values()])
        for name, each in tapes.items():
            length_s = max(each.period_s, PERIODS_S[BY_NAME[self.timeframe]] if test.ticks == "open" else 0)
            quotes.rests_msc[name] = max(length_s * 1000, CLOSED_AFTER_MSC)
        begin_s = int(tape.rates["time"][self.begin])
        _price(quotes, tapes, begin_s)
        _check_rates_to(test.currency, tape.spec, quotes)
        account = NewAccount(
            login=LOGIN,
            name=cls.name or cls.__name__,
            deposit=test.deposit,
            currency=test.currency,
            leverage=test.leverage,
            margin_mode=test.mode,
        )
        return Play(
            cls=cls,
            test=test,
            timeframe=self.timeframe,
            tapes=tapes,
            span=self.span,
            begin=self.begin,
            ledger=open_ledger(account, quotes, Tickets(), begin_s * 1000, _terms(test)),
        )


def lay_out(cls: type[Expert], test: Test, supplies: Mapping[str, Supply]) -> Layout:
    """Lay out a test. supplies: as of `run_test`. Raises TestRefused, InputRefused."""
    if test.symbol not in supplies:
        raise TestRefused(
            f"there are no prices of {test.symbol}; there are of {', '.join(supplies) or 'none'}"
        )
    if not 0 <= test.latency_ms <= MOST_LATENCY_MS:
        raise TestRefused(f"a latency of {test.latency_ms} ms is none: say 0 to {MOST_LATENCY_MS}")
    timeframe = timeframe_of(cls, test)
    warm_up_s = warm_up_of(timeframe)
    tapes = {name: tape_of(_on_terms(supply, test), test, warm_up_s) for name, supply in supplies.items()}
    check_rates(tapes)
    span = span_of(tapes[test.symbol], timeframe)
    begin = _first_place(tapes[test.symbol], span, test)
    span = known_at(span, int(tapes[test.symbol].rates["time"][begin]))
    return Layout(cls, test, timeframe, tapes, span, begin)


def timeframe_of(cls: type[Expert], test: Test) -> str:
    """Return the timeframe of the EA's own bars in a test. Raises TestRefused, InputRefused."""
    timeframe = test.timeframe or str(parse_inputs(cls, test.inputs).get("timeframe", cls.timeframe))
    if timeframe not in BY_NAME:
        raise TestRefused(f"no timeframe {timeframe!r}; there are {', '.join(BY_NAME)}")
    return timeframe


def warm_up_of(timeframe: str) -> int:
    """Return how many seconds of prices before a test are looked at."""
    # Five days of a week have bars.
    return WARM_UP_BARS * PERIODS_S[BY_NAME[timeframe]] * 7 // 5 + _WEEK_S


def _on_terms(supply: Supply, test: Test) -> Supply:
    if test.with_swaps:
        return supply
    spec = msgspec.structs.replace(supply.spec, swap_mode=SWAP_DISABLED)
    return _Respecified(supply, spec)


class _Respecified:
    """A supply under other conditions."""

    def __init__(self, supply: Supply, spec: SymbolSpec) -> None:
        self.spec = spec
        self.timeframe = supply.timeframe
        self.first_s = supply.first_s
        self.last_s = supply.last_s
        self.between = supply.between


def _first_place(tape: Tape, span: Span, test: Test) -> int:
    """Return the place of the first bar of the test: after the warm-up, where no time is given."""
    times = tape.rates["time"]
    if test.from_s is not None:
        place = count_before(times, test.from_s)
    else:
        # All there is: no more than half of it goes into the warm-up.
        warm = min(WARM_UP_BARS, len(span.rates) // 2)
        place = count_before(times, int(span.ends[warm - 1])) if warm else 0
    if test.ticks == "open" and place:
        # The bar that is forming has had its open: the first price is that of the next.
        closed = span.closed_by(int(times[min(place, len(times) - 1)]))
        if closed and times[place - 1] >= span.ends[closed - 1]:
            place = count_before(times, int(span.ends[closed]))
    if len(times) - place < 2:
        raise NoBars(tape.spec.name)
    return place


def _price(quotes: Quotes, tapes: Mapping[str, Tape], now_s: int) -> None:
    """Put each symbol's last price before the test; its first where it has none by then."""
    for name, tape in tapes.items():
        place = max(0, count_before(tape.rates["time"], now_s) - 1)
        row = tape.rates[place : place + 1]
        bid, ask = row["close"], asks_of(row["spread"], tape.spec, row["close"])
        quotes.apply(Tick(name, min(int(row["time"][0]), now_s) * 1000, float(bid[0]), float(ask[0])))


def _check_rates_to(currency: str, spec: SymbolSpec, quotes: Quotes) -> None:
    for needed in {spec.currency_profit, spec.currency_margin}:
        try:
            rate_path(needed, currency, quotes)
        except NoRate:
            raise TestRefused(
                f"{spec.name} is reckoned in {needed} and the account in {currency}: give the prices of a "
                f"pair of the two as well, or take an account in {spec.currency_profit}"
            ) from None


def _terms(test: Test) -> Terms:
    terms = Terms(dealing=dealing(test.dealing, test.seed))
    if test.commission is not None:
        charges = (Charge(amount=test.commission, currency=test.currency),) if test.commission else ()
        terms = msgspec.structs.replace(terms, commissions=charges)
    return terms
