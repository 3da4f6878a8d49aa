"""Why there is no signal, in one sentence each: whoever asked goes by a rule of its own."""

from __future__ import annotations

from typing import Final

from metafleet.hub.kernel.errors import Refused

RETRY_AFTER_S: Final = 5


class NoChampion(Refused):
    """No model is served for this, or none of that name."""

    status = 404


class PlanTooLow(Refused):
    """There is one, for a larger plan than the tenant's."""

    status = 403


class NoBars(Refused):
    """The caller sent none, and the record has none of this market."""


class TooFewBars(Refused):
    """The model looks further back than the bars go."""

    def __init__(self, have: int, need: int, what: str) -> None:
        super().__init__(
            f"{what} looks back over {need:,} closed bars, and there are {have:,}. Send {need:,} or more."
        )


class BarsWrong(Refused):
    """They are no closed bars of one symbol, oldest first; says which is wrong, and how."""

    status = 400


class BarsStale(Refused):
    """A signal of them would be over before it was made."""


class NotFinite(Refused):
    """A feature of these bars is no number, so the model says nothing."""


class NoCalendar(Refused):
    """The model looks at scheduled events, and none are known here, or not so far ahead."""

    status = 409


class SymbolAmbiguous(Refused):
    """A broker's name may mean two symbols; the text names both."""


class NotLoaded(Refused):
    """The model is registered, and cannot be used by this process; an operator must see to it."""

    status = 503
