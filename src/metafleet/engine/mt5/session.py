"""Coming to a terminal and leaving it, and what terminal and account say of themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from metafleet.engine.mt5 import arguments as take
from metafleet.engine.mt5 import structs, views
from metafleet.engine.mt5.calls import Connection, no_arguments, with_keywords
from metafleet.engine.mt5.errors import (
    AUTH_FAILED,
    NO_CONNECTION,
    NOT_FOUND,
    TIMED_OUT,
    CallFailed,
    Error,
    invalid,
    invalid_unnamed,
    not_started,
)
from metafleet.engine.mt5.venue import NoTerminal, SignInRefused, Venue

Opener = Callable[[str | None], Venue]
"""Opens the venue of a terminal's path, or of none. Raises NoTerminal and VenueLost."""

_POLL_MS: Final = 100
"""How often the package looks whether the account has connected."""

_VERSION: Final = 500


class Session(Connection):
    """A terminal that is connected or not. open_venue: where `initialize` finds its terminal."""

    def __init__(self, open_venue: Opener) -> None:
        super().__init__()
        self._open = open_venue
        self._begin()

    def _begin(self) -> None:
        """Forget what belongs to the venue that was before."""

    @with_keywords(False)
    def initialize(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        """Connect to a terminal: `initialize([path], *, path, login, password, server, timeout, portable)`.

        What was connected before is dropped first. Without a login, the terminal's own account is used.
        A refused login, or an account that does not connect in `timeout` milliseconds, leaves nothing
        connected.
        """
        self._drop()
        take.count_is(arguments, 0, 1)
        path = take.named(keywords, "path", take.PATH_LENGTH)
        if arguments:
            path = take.text(arguments[0], take.PATH_LENGTH, invalid_unnamed(0))
        who = take.credentials((), keywords)
        timeout_ms = take.timeout_ms(keywords)
        try:
            self._venue = self._open(path or None)
        except NoTerminal as error:
            raise CallFailed(not_started(str(error))) from error
        self._sign_in(self._venue, who, timeout_ms)
        return True

    @with_keywords(False)
    def login(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> bool:
        """Sign in to an account: `login(login, [password], [server], *, login, password, server, timeout)`.

        A refused login leaves nothing connected.
        """
        who = take.credentials(arguments, keywords)
        if who[0] is None:
            raise CallFailed(invalid("login"))
        timeout_ms = take.timeout_ms(keywords)
        if self._venue is None:
            raise CallFailed(NO_CONNECTION)
        self._sign_in(self._venue, who, timeout_ms)
        return True

    @no_arguments
    def shutdown(self) -> bool:
        """Disconnect. True, also when nothing was connected."""
        self._drop()
        return True

    @no_arguments
    def version(self) -> tuple[int, int, str]:
        """Return the terminal's version, build and release date."""
        station = self._connected().station()
        return _VERSION, station.build, station.released

    def last_error(self, /, *arguments: Any, **keywords: Any) -> Error:
        """Return the last call's error, code and text; (1, 'Success') when it went well."""
        if keywords:
            raise TypeError("last_error() takes no keyword arguments")
        if arguments:
            raise TypeError(f"last_error() takes no arguments ({len(arguments)} given)")
        return self._error

    @no_arguments
    def terminal_info(self) -> structs.TerminalInfo:
        """Return what the terminal says of itself."""
        return views.terminal(self._connected().station())

    @no_arguments
    def account_info(self) -> structs.AccountInfo:
        """Return the account as it is now."""
        venue = self._connected()
        return views.account(venue.account(), venue.station())

    def _sign_in(self, venue: Venue, who: tuple[int | None, str | None, str | None], timeout_ms: int) -> None:
        self._begin()
        try:
            venue.sign_in(*who)
        except SignInRefused as error:
            self._drop()
            raise CallFailed(AUTH_FAILED) from error
        except BaseException:  # Ctrl-C and the market's end too: nobody is signed in
            self._drop()
            raise
        for _ in range(max(1, timeout_ms // _POLL_MS)):
            if venue.connected():
                return
            time.sleep(_POLL_MS / 1000)
        self._drop()
        raise CallFailed(TIMED_OUT)

    def _drop(self) -> None:
        venue, self._venue = self._venue, None
        self._begin()
        if venue is not None:
            venue.close()

    def _known(self, venue: Venue, symbol: str, error: Error = NOT_FOUND, value: Any = None) -> None:
        if symbol not in venue.symbols():
            raise CallFailed(error, value)


def filtered(keywords: Mapping[str, Any]) -> str | None:
    """Return the keyword `group`."""
    return take.named(keywords, "group", take.GROUP_LENGTH)
