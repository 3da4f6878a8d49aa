"""What `last_error()` says, and how a call ends early.

A terminal has one last error, as the package has one in a process. It is a pair that is put in place at once:
two threads never see half of it, but a second thread's call may replace the first one's before it was read,
as in the package. Threads that must know their own error take a `Terminal` each.

Source: texts read from MetaTrader5 5.0.6231.
"""

from __future__ import annotations

from typing import Any, Final

from metafleet.engine.mt5 import constants

Error = tuple[int, str]

NOTHING_CALLED: Final[Error] = (0, "")
SUCCESS: Final[Error] = (constants.RES_S_OK, "Success")
CALL_FAILED: Final[Error] = (constants.RES_E_FAIL, "Terminal: Call failed")
INVALID_PARAMS: Final[Error] = (constants.RES_E_INVALID_PARAMS, "Terminal: Invalid params")
NOT_FOUND: Final[Error] = (constants.RES_E_NOT_FOUND, "Terminal: Not found")
AUTH_FAILED: Final[Error] = (constants.RES_E_AUTH_FAILED, "Terminal: Authorization failed")
TRADE_API_DISABLED: Final[Error] = (
    constants.RES_E_AUTO_TRADING_DISABLED,
    "Auto-Trading using Python API disabled in Terminal",
)
NO_CONNECTION: Final[Error] = (constants.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
TIMED_OUT: Final[Error] = (constants.RES_E_INTERNAL_FAIL_TIMEOUT, "IPC timeout")

ARGUMENT_COUNT: Final[Error] = (constants.RES_E_INVALID_PARAMS, "Invalid number of arguments")
UNNAMED_ARGUMENTS: Final[Error] = (constants.RES_E_INVALID_PARAMS, "Unnamed arguments not allowed")
INVALID_ARGUMENTS: Final[Error] = (constants.RES_E_INVALID_PARAMS, "Invalid arguments")


def invalid(name: str) -> Error:
    """Return the error of an argument, or of a request's field, that cannot be what it is."""
    return constants.RES_E_INVALID_PARAMS, f'Invalid "{name}" argument'


def invalid_unnamed(place: int) -> Error:
    """Return the error of the first, second or third positional argument (place 0, 1, 2)."""
    return constants.RES_E_INVALID_PARAMS, f"Invalid {('1st', '2nd', '3rd')[place]} unnamed argument"


def not_started(detail: str) -> Error:
    """Return the error of a terminal that could not be started."""
    return constants.RES_E_INTERNAL_FAIL_INIT, f"IPC initialize failed, {detail}"


class CallFailed(Exception):
    """Ends a call: it answers `value`, and this becomes the last error."""

    def __init__(self, error: Error, value: Any = None) -> None:
        super().__init__(error[1])
        self.error = error
        self.value = value


class LeftException(Exception):
    """Ends a call that fails while CPython's own exception is pending: its caller sees a SystemError.

    error becomes the last error; cause is the exception that was pending.
    """

    def __init__(self, error: Error, cause: Exception) -> None:
        super().__init__(error[1])
        self.error = error
        self.cause = cause
