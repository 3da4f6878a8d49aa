"""What a private market is opened from: its symbols, where their prices come from, an account's terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.charges import COMMISSION_CURRENCY, forex_commission
from metafleet.engine.broker.dealing import dealing
from metafleet.engine.broker.money import exact
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.modes import Making
from metafleet.engine.market.servertime import Zone, ZoneRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.supplies import GeneratedSupply, Supply, open_supplies
from metafleet.engine.market.symbolfile import SymbolsRefused, known_symbols, load_symbols
from metafleet.engine.market.symbols import SWAP_CURRENCY_SYMBOL, SymbolSpec
from metafleet.engine.mt5.configuration import AccountTerms, ConfigurationRefused, MarketTerms, moment_s
from metafleet.engine.mt5.market import PaperMarket
from metafleet.engine.mt5.reels import FileReel, GeneratorReel, Reel, TickReel

_Reels = Callable[[SymbolSpec], Reel]


def open_market(terms: MarketTerms, now_s: int) -> PaperMarket:
    """Return the market, at this time of its own. Raises ConfigurationRefused."""
    try:
        zone = Zone(terms.time_zone)
        specs, reels = _played(terms, zone, now_s)
    except (SourceRefused, SymbolsRefused, ZoneRefused, MarketFileRefused) as error:
        raise ConfigurationRefused(f"the market cannot be opened: {error}") from error
    return PaperMarket(
        specs,
        reels,
        begin_s=now_s,
        zone=zone,
        live=terms.begin is None,
        end_s=moment_s(terms.end),
    )


def _played(terms: MarketTerms, zone: Zone, now_s: int) -> tuple[dict[str, SymbolSpec], _Reels]:
    """Return the symbols and what makes their reels.

    Raises SourceRefused, SymbolsRefused, MarketFileRefused and ConfigurationRefused.
    """
    supplies = supplies_of(terms)
    making = Making(mode=terms.ticks, seed=terms.seed, ticks_per_bar=terms.ticks_per_bar)

    def reel(spec: SymbolSpec) -> Reel:
        supply = supplies[spec.name]
        if isinstance(supply, GeneratedSupply):
            return GeneratorReel(spec, supply, zone, zone.wall_s(now_s), making)
        rows = supply.between(supply.first_s, (supply.last_s or supply.first_s) + 1)
        if not supply.timeframe:
            return TickReel(spec, rows)
        return FileReel(spec, rows, supply.timeframe, making, live=terms.begin is None)

    return {name: supply.spec for name, supply in supplies.items()}, reel


def supplies_of(terms: MarketTerms) -> dict[str, Supply]:
    """Return where the prices of a market's symbols come from.

    Raises SourceRefused, SymbolsRefused, MarketFileRefused, ZoneRefused and ConfigurationRefused.
    """
    known = load_symbols(Path(terms.symbols_file)) if terms.symbols_file else known_symbols()
    unknown = [name for name in terms.symbols if name not in known]
    if unknown:
        raise ConfigurationRefused(f"the market has no symbol {unknown[0]!r}; it has {', '.join(known)}")
    supplies = open_supplies(
        terms.source,
        {name: known[name] for name in terms.symbols or known},
        cache=Path(terms.cache) if terms.cache else Path.home() / ".cache" / "metafleet" / "market",
        seed=terms.seed,
        zone=terms.time_zone,
        wants_ticks=terms.ticks == "real",
    )
    missing = [name for name in terms.symbols if name not in supplies]
    if missing:
        raise ConfigurationRefused(
            f"{terms.source} has no prices of {missing[0]}; it has {', '.join(supplies)}"
        )
    if terms.ticks == "real" and any(supply.timeframe for supply in supplies.values()):
        raise ConfigurationRefused(f'{terms.source} has bars; ticks = "real" needs a file of ticks')
    return supplies


def account_terms(known: AccountTerms, specs: Mapping[str, SymbolSpec], seed: int) -> Terms:
    """Return an account's terms; its commission is in its own currency where USD cannot be converted."""
    is_reached = known.currency == COMMISSION_CURRENCY or pairs(COMMISSION_CURRENCY, known.currency, specs)
    currency = COMMISSION_CURRENCY if is_reached else known.currency
    return Terms(
        commissions=forex_commission(exact(known.commission), currency),
        margin_call=exact(known.margin_call),
        stop_out=exact(known.stop_out),
        fifo_close=known.fifo_close,
        dealing=dealing(known.dealing, seed),
    )


def currencies_of(spec: SymbolSpec) -> tuple[str, ...]:
    """Return the currencies in which a symbol's profit, margin, swap and commission may be."""
    swap = (spec.currency_base,) if spec.swap_mode == SWAP_CURRENCY_SYMBOL else ()
    return (spec.currency_profit, spec.currency_margin, COMMISSION_CURRENCY, *swap)


def pairs(currency: str, target: str, specs: Mapping[str, SymbolSpec]) -> list[str]:
    """Return the symbols that lead from one currency to another: one, or through USD two."""
    if currency == target:
        return []
    direct = [name for name in (currency + target, target + currency) if name in specs]
    if direct or "USD" in (currency, target):
        return direct
    return pairs(currency, "USD", specs) + pairs("USD", target, specs)
