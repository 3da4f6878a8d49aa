"""What one currency is worth in another, by the prices of symbols whose currencies are known. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import CALC_FOREX, SymbolSpec

ONE: Final = Decimal(1)

_METALS: Final = ("XAUUSD", "XAGUSD")


@lru_cache(maxsize=1)
def symbols_alike() -> Mapping[str, SymbolSpec]:
    """Return the symbols of which a lot is the same at nearly every broker: the main pairs, gold and silver.

    One lot of an index or of Bitcoin is 1, 10 or 100 of it, as the broker likes.
    """
    known = known_symbols().items()
    return {name: spec for name, spec in known if spec.calc_mode == CALC_FOREX or name in _METALS}


class Rates:
    """Rates between currencies, over the fewest prices that lead from one to the other."""

    def __init__(self, prices: Mapping[str, Decimal]) -> None:
        """prices: in the symbol's profit currency, by symbol; those of unknown symbols say nothing."""
        self._steps: dict[str, dict[str, Decimal]] = defaultdict(dict)
        self._found: dict[str, dict[str, Decimal]] = {}
        symbols = symbols_alike()
        for symbol in sorted(symbols.keys() & prices.keys()):
            spec, price = symbols[symbol], prices[symbol]
            if price > 0:
                self._steps[spec.currency_base][spec.currency_profit] = price
                self._steps[spec.currency_profit][spec.currency_base] = ONE / price

    def rate(self, currency: str, into: str) -> Decimal | None:
        """Return what one unit of the currency is worth; None where no prices lead there."""
        if currency not in self._found:
            self._found[currency] = self._reach(currency)
        return self._found[currency].get(into)

    def _reach(self, currency: str) -> dict[str, Decimal]:
        reached, waiting = {currency: ONE}, deque([currency])
        while waiting:
            here = waiting.popleft()
            for there, price in sorted(self._steps.get(here, {}).items()):
                if there not in reached:
                    reached[there] = reached[here] * price
                    waiting.append(there)
        return reached
