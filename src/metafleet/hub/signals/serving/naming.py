"""Which symbol is meant by a broker's name for it: EURUSD.m, mEURUSD and EURUSD_i are EURUSD.

What an operator says goes before all else. Then a name that is known stands for itself. Else one known symbol
must be within it, with at most a few signs before and behind that are no part of a name: a mark and what
follows it (`.m`, `_i`, `-ECN`, `#`), or small letters (`m`, `pro`). Where two known symbols could be meant,
nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from metafleet.engine.market.symbolfile import known_symbols
from metafleet.hub.signals.serving.refusals import SymbolAmbiguous

_BEFORE: Final = re.compile(r"(?:[a-z]{0,4}|[A-Za-z0-9]{0,7}[^A-Za-z0-9])")
_BEHIND: Final = re.compile(r"(?:[a-z]{0,4}|[^A-Za-z0-9][A-Za-z0-9._-]{0,7})")


class Names:
    """`meant` by a broker's name. said: an operator's own pairs, by the broker's name."""

    def __init__(self, said: Mapping[str, str], known: Iterable[str] = ()) -> None:
        self._said = dict(said)
        self._known = frozenset(known or known_symbols())
        self.meant = lru_cache(maxsize=4_096)(self._meant)

    def _meant(self, symbol: str) -> str:
        """Return the known symbol; the name itself where none is meant. Raises SymbolAmbiguous."""
        if symbol in self._said:
            return self._said[symbol]
        if symbol in self._known:
            return symbol
        found = sorted(one for one in self._known if one in symbol and _is_dressed(symbol, one))
        if len(found) > 1:
            raise SymbolAmbiguous(
                f"{symbol} may mean {' or '.join(found)}. An operator says which by METAFLEET_BRAIN_SYMBOLS."
            )
        return found[0] if found else symbol


def _is_dressed(symbol: str, bare: str) -> bool:
    """Whether what stands before and behind a bare name is no more than a broker adds."""
    before, _, behind = symbol.partition(bare)
    return bool(_BEFORE.fullmatch(before) and _BEHIND.fullmatch(behind))
