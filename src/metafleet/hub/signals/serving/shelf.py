"""Which models are served: read again once a second, loaded when there is a new one, swapped whole."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Literal
from uuid import UUID

import numpy as np

from metafleet.brain import features
from metafleet.brain.model import LibraryMissing, Model, ModelRefused, ModelSpec
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.signals import stores
from metafleet.hub.signals.serving.refusals import NoChampion, NotLoaded, PlanTooLow
from metafleet.hub.signals.stores import ModelStore

Ask = Callable[[str, Sequence[Any]], Awaitable[list[Any]]]
Role = Literal["champion", "challenger"]

LOOK_EACH_S: Final = 1.0
AGAIN_AFTER_S: Final = 10.0
"""A store that did not give a file is asked again after so long."""
"""A promotion, and a roll-back, is served after this at the latest."""
_WHICH: Final = """
    SELECT version.id, version.model_id, model.name, model.required_plan, model.created_at, version.number,
           version.state, version.content_hash, version.symbols, version.timeframe
    FROM signals_modelversion AS version JOIN signals_model AS model ON model.id = version.model_id
    WHERE version.state IN ('champion', 'challenger') ORDER BY model.created_at, model.id
"""
_FILE: Final = "SELECT file FROM signals_modelversion WHERE id = %s"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listing:
    """A version that is to be served, as the registry says."""

    version_id: UUID
    model_id: UUID
    name: str
    required_plan: str
    created_at: datetime
    number: int
    role: Role
    content_hash: str
    symbols: Sequence[str]
    timeframe: str


@dataclass(frozen=True)
class Mind:
    """A version that is loaded. look_back: closed bars that it needs, the newest included."""

    version_id: UUID
    name: str
    number: int
    model: Model
    look_back: int
    beside: tuple[str, ...]

    @cached_property
    def has_calendar(self) -> bool:
        """Whether it looks at scheduled events."""
        return any("calendar" in features.about(name).needs for name in self.spec.features)

    @property
    def spec(self) -> ModelSpec:
        return self.model.spec


@dataclass(frozen=True, slots=True)
class Served:
    """A champion, and who challenges it in its shadow. broken: why it could not be loaded."""

    listing: Listing
    mind: Mind | None
    broken: str = ""
    challenger: Mind | None = None


@dataclass(slots=True)
class Shelf:
    """`run` keeps it up to date; `find` says who answers. `is_read`: it has been looked at at all."""

    ask: Ask
    store: ModelStore | None = None
    is_read: asyncio.Event = field(default_factory=asyncio.Event)
    _listings: Sequence[Listing] = ()
    _minds: dict[UUID, Mind | str] = field(default_factory=dict)
    _away: dict[UUID, float] = field(default_factory=dict)
    _served: Sequence[Served] = ()
    _of: Mapping[tuple[str, str], Sequence[Served]] = field(default_factory=dict)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever it is, what is loaded goes on being served
                _log.warning("the registry could not be read: %s", error)
            await asyncio.sleep(LOOK_EACH_S)

    async def look(self) -> None:
        """Read which versions are to be served, and load those that are new."""
        listings = [Listing(*row) for row in await self.ask(_WHICH, [])]
        if listings != self._listings or not self.is_read.is_set() or self._comes_back():
            await self._load(listings)
            self._listings = listings
        self.is_read.set()

    def _comes_back(self) -> bool:
        """Say whether a file that its store did not give is to be asked for again."""
        return any(since < time.monotonic() - AGAIN_AFTER_S for since in self._away.values())

    def find(self, symbol: str, timeframe: str, name: str | None, plan: Plan) -> Served:
        """Return the champion that answers: the named model's, or the oldest model's that the plan is for.

        Raises NoChampion, PlanTooLow, NotLoaded.
        """
        found = self._named(symbol, timeframe, name) if name else self._of.get((symbol, timeframe), ())
        if not found:
            raise NoChampion(f"No model is served for {symbol} {timeframe} here.")
        rank = plan.rank if plan.active_limit else 0
        within = [one for one in found if PLANS[PlanCode(one.listing.required_plan)].rank <= rank]
        if not within:
            if rank == 0:
                raise PlanTooLow("The subscription has ended, so no signal is served. Choose a plan first.")
            needed = PLANS[PlanCode(found[0].listing.required_plan)].name
            raise PlanTooLow(f"{found[0].listing.name} is served from the {needed} plan on.")
        best = next((one for one in within if one.mind is not None), within[0])
        if best.mind is None:
            raise NotLoaded(f"{best.listing.name} cannot be used here: {best.broken}")
        return best

    def _named(self, symbol: str, timeframe: str, name: str) -> Sequence[Served]:
        """Raises NoChampion."""
        of_name = [one for one in self._served if one.listing.name == name]
        if not of_name:
            raise NoChampion(f"There is no model {name} here, or none of its versions is its champion.")
        found = [one for one in self._of.get((symbol, timeframe), ()) if one.listing.name == name]
        if not found:
            raise NoChampion(f"{name} is not of {symbol} {timeframe}.")
        return found

    async def _load(self, listings: Sequence[Listing]) -> None:
        wanted = {one.version_id: one for one in listings}
        for version_id, listing in wanted.items():
            if version_id not in self._minds or version_id in self._away:
                await self._take_down(listing)
        for version_id in self._minds.keys() - wanted.keys():
            del self._minds[version_id]
            self._away.pop(version_id, None)
        challengers = {
            one.model_id: self._minds[one.version_id] for one in listings if one.role != "champion"
        }
        served, by_market = [], dict[tuple[str, str], list[Served]]()
        for listing in listings:
            if listing.role == "champion":
                one = _served(listing, self._minds[listing.version_id], challengers.get(listing.model_id))
                served.append(one)
                for market in _markets(one):
                    by_market.setdefault(market, []).append(one)
        self._served, self._of = served, by_market

    async def _take_down(self, listing: Listing) -> None:
        """Load a version's file, from its row or the store; without one it is not served yet."""
        rows = await self.ask(_FILE, [listing.version_id])
        try:
            content = await asyncio.to_thread(
                stores.file_of, bytes(rows[0][0]), listing.content_hash, self.store
            )
        except stores.StoreRefused as refused:
            _log.error("%s version %d cannot be served: %s", listing.name, listing.number, refused)
            self._minds[listing.version_id] = f"{refused}"[:300]
            self._away[listing.version_id] = time.monotonic()
            return
        self._away.pop(listing.version_id, None)
        self._minds[listing.version_id] = await asyncio.to_thread(_mind, listing, content)


def _served(listing: Listing, mind: Mind | str, challenger: Mind | str | None) -> Served:
    beside = challenger if isinstance(challenger, Mind) else None
    if isinstance(mind, str):
        return Served(listing, None, mind, beside)
    return Served(listing, mind, "", beside)


def _markets(one: Served) -> list[tuple[str, str]]:
    return [(symbol, one.listing.timeframe) for symbol in one.listing.symbols]


def _mind(listing: Listing, content: bytes) -> Mind | str:
    """Load a file and ask it once, so that nobody waits for what it imports; or say why it cannot be used."""
    try:
        model = Model.load(content)
        look_back = features.look_back(model.spec.features)
        beside = _beside(model.spec)
        model.probability(np.zeros((1, len(model.spec.features)), np.float32))
    except (ModelRefused, LibraryMissing, KeyError, ValueError) as error:
        _log.error("%s version %d cannot be served: %s", listing.name, listing.number, error)
        return f"{error}"[:300]
    _log.info("%s version %d is served as %s", listing.name, listing.number, listing.role)
    return Mind(listing.version_id, listing.name, listing.number, model, look_back, beside)


def _beside(spec: ModelSpec) -> tuple[str, ...]:
    """Return the symbols whose bars are needed too. Raises ValueError where it needs what nobody has."""
    needs = {need for name in spec.features for need in features.about(name).needs}
    if spec.timeframe not in BY_NAME:
        raise ValueError(f"{spec.timeframe!r} is no timeframe.")
    if unknown := set(spec.symbols) - known_symbols().keys():
        raise ValueError(f"the symbol {min(unknown)} is not known here.")
    return spec.beside if "beside" in needs else ()


def spec_of(symbol: str) -> SymbolSpec:
    """Return the trading conditions of a symbol that some model is of."""
    return known_symbols()[symbol]
