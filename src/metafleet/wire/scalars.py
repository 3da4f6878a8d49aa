"""Read the protocol's loose scalars: times, 64-bit whole numbers and decimals.

Source: terminal protocol, "Times and numbers".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

Clock = int | tzinfo
"""Server time: seconds that it is east of UTC, or the zone that says so for each day."""

BIGINT_LOW: Final = -(2**63)
BIGINT_HIGH: Final = 2**63 - 1

MILLISECONDS_FROM: Final = 1e12
"""An epoch value from here on counts milliseconds; as seconds it would be in the year 33658."""

FURTHEST_OFFSET_S: Final = 15 * 3600
"""No server clock is further from UTC than the time zones go (14 hours), a daylight hour added."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_S: Final = 253_370_764_800.0
"""9999-01-01 UTC: what a datetime can hold with any offset added."""
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER: Final = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,4})?")
_EXACT: Final = Context(prec=60)


class ScalarRefused(ValueError):
    """A value is not what the protocol allows; the message says what was expected and found."""


def to_utc(time: int | float | str, clock: Clock = 0) -> datetime:
    """Return the instant that a sender means, in UTC, to the microsecond.

    time: epoch seconds or (from 1e12) milliseconds, a number or numeric text, in server
    time; or ISO-8601 with an offset, which stands for itself.
    clock: what server time is. Of an hour that comes twice in autumn the first is meant.
    Raises ScalarRefused.
    """
    if isinstance(time, str):
        text = time.strip()
        if not _NUMBER.fullmatch(text):
            return _iso(text)
        time = float(text)
    # The comparison also refuses NaN, and integers that no float can hold.
    if not 0 < time < _LATEST_S * 1000:
        raise ScalarRefused(f"expected a time after 1970, found {_shown(time)}")
    seconds = time / 1000 if time >= MILLISECONDS_FROM else time
    if isinstance(clock, int):
        return _EPOCH + timedelta(seconds=seconds - clock)
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=clock).astimezone(UTC)


def server_epoch_s(instant: datetime, clock: Clock = 0) -> int:
    """Return the instant as whole epoch seconds of server time."""
    if isinstance(clock, int):
        return int(instant.timestamp()) + clock
    return int(instant.astimezone(clock).replace(tzinfo=UTC).timestamp())


def utc_offset(seconds: int) -> int:
    """Return a plausible offset of server time, in seconds east of UTC. Raises ScalarRefused."""
    if not -FURTHEST_OFFSET_S <= seconds <= FURTHEST_OFFSET_S:
        raise ScalarRefused(f"expected an offset within 15 hours of UTC, found {seconds} seconds")
    return seconds


def whole(value: int | str, *, low: int = BIGINT_LOW, high: int = BIGINT_HIGH) -> int:
    """Return a whole number from `low` to `high`, both included. Raises ScalarRefused."""
    if isinstance(value, str):
        text = value.strip()
        if not _WHOLE.fullmatch(text):
            raise ScalarRefused(f"expected a whole number, found {_shown(value)}")
        value = int(text)
    if not low <= value <= high:
        raise ScalarRefused(f"expected a whole number from {low} to {high}, found {_shown(value)}")
    return value


def decimal(value: int | float | str, *, places: int, below: int) -> Decimal:
    """Return the number to `places` decimals, its magnitude under `below`; half goes away from zero.

    Raises ScalarRefused for text that is no number, NaN, infinities and larger magnitudes.
    """
    if isinstance(value, str):
        text = value.strip()
        if not _NUMBER.fullmatch(text):
            raise ScalarRefused(f"expected a number, found {_shown(value)}")
        number = Decimal(text)
    else:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number) >= below:
        raise ScalarRefused(f"expected a number of magnitude below {below}, found {_shown(value)}")
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT)
    if abs(rounded) >= below:
        raise ScalarRefused(f"expected a number of magnitude below {below}, found {_shown(value)}")
    return rounded


def _iso(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ScalarRefused(
            f"expected epoch seconds, milliseconds or ISO-8601, found {_shown(text)}"
        ) from None
    if instant.tzinfo is None:
        raise ScalarRefused(f"expected an ISO-8601 time with an offset, found {_shown(text)}")
    # As with epoch values. It leaves room for who reckons with hours before and after it.
    if not _EPOCH < instant < _LATEST:
        raise ScalarRefused(f"expected a time after 1970, found {_shown(text)}")
    return instant.astimezone(UTC)


def _shown(value: object) -> str:
    """The value as an error may show it: short, whatever was sent."""
    # Python refuses to write out an integer of more than 4300 digits; JSON may bring one.
    is_huge = isinstance(value, int) and abs(value) > 10**38
    text = "a number of many digits" if is_huge else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
