"""Who may come in: checking a request for a new account, and slowing down guesses at passwords."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final

from metafleet.engine.broker.errors import AdminRefused
from metafleet.engine.broker.messages import OpenAccount
from metafleet.engine.broker.money import currency_digits
from metafleet.engine.broker.passwords import MAX_PASSWORD_LENGTH
from metafleet.engine.broker.records import MarginMode

MARGIN_MODES: Final[tuple[MarginMode, ...]] = ("hedging", "netting", "exchange")

MIN_PASSWORD_LENGTH: Final = 6
MAX_NAME_LENGTH: Final = 100
MAX_LEVERAGE: Final = 1_000
MAX_DEPOSIT: Final = Decimal(1_000_000_000)

ATTEMPTS: Final = 5
WINDOW_S: Final = 60.0
_REMEMBERED: Final = 10_000


def check_opening(request: OpenAccount, currencies: Collection[str]) -> None:
    """Raise AdminRefused, naming the field, for an account that cannot be opened.

    currencies: those that the market's pairs convert to.
    """
    if not 1 <= len(request.name) <= MAX_NAME_LENGTH:
        raise AdminRefused(f"name: 1 to {MAX_NAME_LENGTH} characters are needed")
    if not MIN_PASSWORD_LENGTH <= len(request.password) <= MAX_PASSWORD_LENGTH:
        raise AdminRefused(f"password: {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} characters are needed")
    if request.currency not in currencies:
        raise AdminRefused(f"currency: {request.currency!r} is none of {', '.join(currencies)}")
    if not 1 <= request.leverage <= MAX_LEVERAGE:
        raise AdminRefused(f"leverage: {request.leverage} is not from 1 to {MAX_LEVERAGE}")
    margin_mode_of(request)
    _check_deposit(request.deposit, currency_digits(request.currency))


def margin_mode_of(request: OpenAccount) -> MarginMode:
    """Return how the account keeps its positions. Raises AdminRefused."""
    for mode in MARGIN_MODES:
        if request.margin_mode == mode:
            return mode
    raise AdminRefused(f"margin_mode: {request.margin_mode!r} is none of {', '.join(MARGIN_MODES)}")


def _check_deposit(deposit: Decimal, digits: int) -> None:
    if not deposit.is_finite() or not 0 < deposit <= MAX_DEPOSIT:
        raise AdminRefused(f"deposit: {deposit} is not above 0 and at most {MAX_DEPOSIT}")
    if deposit != round(deposit, digits):
        raise AdminRefused(f"deposit: {deposit} has more than {digits} decimals")


class Throttle:
    """Counts failed attempts by name: after 5 within a minute, the next wait for the minute to pass."""

    def __init__(self) -> None:
        self._failures: dict[str, list[float]] = {}

    def wait_s(self, name: str, now_s: float) -> float:
        """Return how long the name has to wait before its next attempt; 0 when it may."""
        recent = [at for at in self._failures.get(name, ()) if now_s - at < WINDOW_S]
        return 0.0 if len(recent) < ATTEMPTS else recent[-ATTEMPTS] + WINDOW_S - now_s

    def failed(self, name: str, now_s: float) -> None:
        """Count a failed attempt."""
        recent = [at for at in self._failures.pop(name, ()) if now_s - at < WINDOW_S]
        self._failures[name] = [*recent[-ATTEMPTS:], now_s]
        if len(self._failures) > _REMEMBERED:
            del self._failures[next(iter(self._failures))]

    def succeeded(self, name: str) -> None:
        """Forget the name's failures."""
        self._failures.pop(name, None)
