"""What can go wrong with a broker. `permanent`: trying the same again will not help."""

from __future__ import annotations

from typing import ClassVar


class BrokerError(Exception):
    """Something that the broker, or the way to it, did not do."""

    permanent: ClassVar[bool] = True


class BrokerUnavailable(BrokerError):
    """The broker cannot be reached, went away, or did not answer in time.

    An order that was under way may have been executed: look for its magic and
    comment in `positions()` and `deals()` before sending it again.
    """

    permanent: ClassVar[bool] = False


class BrokerTooOld(BrokerError):
    """The broker is of a version that does not know what was asked, and has hung up."""


class NothingThere(BrokerError):
    """A symbol has no bars or ticks at the place that was asked for."""


class LoginRefused(BrokerError):
    """Wrong login, password or server, or too many failed attempts."""


class Fenced(BrokerError):
    """A newer generation of this EA has signed in: an older one trades no more."""


class AdminRefused(BrokerError):
    """The admin key is wrong, or the account asked for cannot be opened."""


class UnknownSymbol(BrokerError):
    """The market does not quote this symbol."""


class RequestRefused(BrokerError):
    """The broker could not use the request: malformed, too large, or not signed in."""
