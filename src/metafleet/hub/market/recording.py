"""Ask the installation's paper market for what it has that the record has not."""

from __future__ import annotations

import logging
from typing import Final

import numpy as np

from metafleet.engine.broker.errors import BrokerError, NothingThere
from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.broker.terminal_client import TerminalClient
from metafleet.engine.market.arrays import RATES, Array, empty
from metafleet.engine.market.timeframes import M1
from metafleet.hub.market import record

_TIMEOUT_S: Final = 10.0
_FAR_S: Final = 1 << 40
"""Later than any bar."""
_MOST_ANSWERS: Final = 40
"""Of fifty thousand bars each: more than a market shows."""

_log = logging.getLogger(__name__)


def record_paper_market(host: str, port: int) -> int:
    """Keep every closed bar that the paper market has since the newest one kept; return how many were new.

    At first that is all that its charts show. Where the broker is away, 0: the next call goes on from there,
    over whatever it missed. Safe to run twice and at once.
    """
    new = 0
    try:
        with TerminalClient(host, port, timeout_s=_TIMEOUT_S) as market:
            for spec in market.symbols():
                new += record.keep(SERVER_NAME, spec.name, _closed_since(market, spec.name))
    except (BrokerError, OSError) as away:
        _log.warning("the paper market could not be recorded, the next minute goes on: %s", away)
    return new


def _closed_since(market: TerminalClient, symbol: str) -> Array:
    """Return the bars after the newest kept one, but for the last: it may still be forming."""
    known_s = record.newest_s(SERVER_NAME, symbol)
    from_s, to_s = 0 if known_s is None else known_s + 1, _FAR_S
    answers: list[Array] = []
    for _ in range(_MOST_ANSWERS):
        # Of a long span the newest come; what is before them is asked for next.
        try:
            bars = np.frombuffer(market.rates_range(symbol, M1, from_s, to_s), RATES)
        except NothingThere:
            break
        if not len(bars):
            break
        answers.insert(0, bars)
        to_s = int(bars["time"][0]) - 1
        if to_s < from_s or (known_s is not None and to_s <= known_s + 60):
            break
    if not answers:
        return empty(RATES)
    return np.concatenate(answers)[:-1]
