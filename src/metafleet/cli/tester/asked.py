"""What was typed after `metafleet tester run` becomes a Test."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, TypeVar, get_args

import msgspec

from metafleet.cli.refusal import Refused
from metafleet.cli.rehearsal.command import read_currency, read_deposit, read_leverage, read_moment
from metafleet.engine.broker.dealing import DEALINGS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused, InputSpec, InputValue, declared_inputs, parse_inputs
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.engine.tester.contract import Test, TickModel

GENERATED: Final = "generated"
SHARES: Final = {"1/2": 1 / 2, "1/3": 1 / 3, "1/4": 1 / 4}
"""What MetaTrader's tester offers as the forward period: the last so much of the time."""

_END_S: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
"""Where a made-up market ends, which has no end of its own: after its first year, for every test alike."""

_YEAR_S: Final = 365 * 86_400

_YES: Final = {"true", "yes", "on", "1"}
_NO: Final = {"false", "no", "off", "0"}

Word = TypeVar("Word", bound=str)


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """The options as they were typed."""

    ea: str
    symbol: str
    timeframe: str
    begin: str
    end: str
    forward: str
    inputs: Sequence[str]
    ticks: str
    data: str
    deposit: str
    currency: str
    leverage: int
    mode: str
    spread: int | None
    commission: str
    with_swaps: bool
    dealing: str
    latency_ms: int
    ticks_per_bar: int
    seed: int
    close_at_end: bool
    signals: Path | None = None
    model: Path | None = None


def read_test(cls: type[Expert], typed: Typed) -> Test:
    """Return what was asked for; of a forward share, `read_forward` says when it begins. Raises Refused."""
    begin_s, end_s = read_moment("--from", typed.begin), read_moment("--to", typed.end)
    if typed.data == GENERATED:
        end_s = end_s or max(_END_S, (begin_s or 0) + _YEAR_S)
    if begin_s is not None and end_s is not None and begin_s >= end_s:
        raise Refused(f"--from {typed.begin} must come before --to {typed.end}.")
    read_currency(typed.currency)
    read_leverage(typed.leverage)
    forward_s = None if typed.forward in SHARES else read_moment("--forward", typed.forward)
    if forward_s is not None and not (begin_s or 0) < forward_s < (end_s or forward_s + 1):
        raise Refused(f"--forward {typed.forward} must be between --from and --to.")
    return Test(
        symbol=_symbol(cls, typed.symbol),
        timeframe=_one_of("--timeframe", typed.timeframe.upper(), ["", *BY_NAME]),
        from_s=begin_s,
        to_s=end_s,
        forward_s=forward_s,
        inputs=read_inputs(cls, typed.inputs),
        ticks=_one_of("--ticks", typed.ticks, get_args(TickModel)),
        deposit=Decimal(read_deposit(typed.deposit)),
        currency=typed.currency,
        leverage=typed.leverage,
        mode=_one_of("--mode", typed.mode, ("hedging", "netting")),
        spread_points=typed.spread,
        commission=_commission(typed.commission),
        with_swaps=typed.with_swaps,
        dealing=_one_of("--dealing", typed.dealing, tuple(DEALINGS)),
        latency_ms=typed.latency_ms,
        ticks_per_bar=typed.ticks_per_bar,
        seed=typed.seed,
        close_at_end=typed.close_at_end,
    )


def read_forward(share: str, begin_s: int, end_s: int) -> int:
    """Return where the forward period begins that is this share of the tested time."""
    return round(end_s - SHARES[share] * (end_s - begin_s))


def read_inputs(cls: type[Expert], pairs: Sequence[str]) -> dict[str, InputValue]:
    """Return the inputs that were set, `name=value` each, in their types. Raises Refused."""
    specs = declared_inputs(cls)
    given: dict[str, InputValue] = {}
    for pair in pairs:
        name, is_pair, text = pair.partition("=")
        if not is_pair:
            raise Refused(f"an input is said as name=value, not {pair!r}.")
        if name in given:
            raise Refused(f"{name} is set twice: say it once.")
        given[name] = _value(specs[name], text) if name in specs else text
    try:
        parse_inputs(cls, given)
    except InputRefused as refused:
        text = str(refused)
        raise Refused(text if text.endswith("?") else f"{text}.") from refused
    return given


def _value(spec: InputSpec, text: str) -> InputValue:
    """What the text means; what it cannot mean stays a text, and is refused with what was wanted."""
    if spec.type is bool:
        return True if text.lower() in _YES else False if text.lower() in _NO else text
    if spec.type is str:
        return text
    try:
        return spec.type(text)
    except ValueError:
        return text


def _symbol(cls: type[Expert], name: str) -> str:
    if not name:
        if not cls.symbols:
            raise Refused("say what to trade: --symbol EURUSD.")
        return cls.symbols[0]
    return _one_of("--symbol", name, tuple(known_symbols()))


def _one_of(option: str, word: str, words: Sequence[Word]) -> Word:
    for one in words:
        if word == one:
            return one
    near = difflib.get_close_matches(word, words, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it must be {', '.join(filter(None, words))}."
    raise Refused(f"{option} cannot be {word!r}; {hint}")


def _commission(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        money = Decimal(text)
    except InvalidOperation:
        money = Decimal(-1)
    if not money.is_finite() or money < 0:
        raise Refused(f"--commission must be an amount of money, not {text!r}.")
    return money
