"""An account's part of an mt5-monitor's trade_cache.json.

The file maps account numbers to {"trades": [...], "last_sync_time": ...}; a trade has symbol, side, lot,
pips, tp_money, sl_money, commission, profit, entry_time, exit_time, entry_price, exit_price and
position_id. Of deals it tells no tickets: they are derived from the position's (see `orders`). Times are the
server's clock, as text or in seconds since 1970; `profit` is without the commission, as MetaTrader has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from metafleet.engine.statements.folding import ZERO, Deal
from metafleet.hub.journal.imports.documents import Document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History, Said, Unreadable
from metafleet.hub.journal.imports.mt5_api import as_text
from metafleet.hub.journal.imports.orders import Deriver, Order, derived_deals
from metafleet.hub.journal.imports.tables import MOST_ROWS
from metafleet.hub.journal.imports.values import CLOCK_BACK, BadCell, Conventions, epoch, ticket
from metafleet.hub.journal.imports.words import SIDES

_CODES: Final = {"0": "buy", "1": "sell"}
"""As the MetaTrader5 package has a position's type."""
_NO_POSITION: Final = {"", "0"}


def is_cache(document: Document) -> bool:
    return document.kind == "json" and bool(_accounts(document.data))


def read_cache(document: Document) -> History:
    """Read one account's trades. Raises NotAHistory for a file of several, and for one without a trade."""
    accounts = _accounts(document.data)
    if len(accounts) > 1:
        raise NotAHistory(
            f"The file has the trades of {len(accounts)} accounts. Import all of them at once: "
            "metafleet import mt5-monitor --trades trade_cache.json."
        )
    ((name, trades),) = accounts.items()
    if len(trades) > MOST_ROWS:
        raise NotAHistory(f"The file has more than {MOST_ROWS:,} trades. Import a part of them.")
    history = History(platform="mt5", said=Said(login=int(name) if name else None))
    texts = (text for trade in trades[:2000] if isinstance(trade, dict) for text in trade.values())
    reader = _Reader(Conventions.of(text for text in texts if isinstance(text, str)))
    found: dict[int, Deal] = {}
    for number, trade in enumerate(trades, 1):
        try:
            deals = reader.deals(trade)
        except BadCell as error:
            history.unreadable.append(Unreadable(f"trade {number}", str(error)))
            continue
        history.open_positions += len(deals) == 1
        found |= {deal.ticket: deal for deal in deals}
    history.deals = list(found.values())
    return history


class _Reader:
    def __init__(self, conventions: Conventions) -> None:
        self._conventions = conventions
        self._deriver = Deriver()

    def deals(self, trade: Any) -> Sequence[Deal]:
        """Return the entry, and the exit where there is one. Raises BadCell, which names the field."""
        if not isinstance(trade, dict):
            raise BadCell(f"expected an object with symbol, side and lot, found {str(trade)[:40]!r}")
        return derived_deals(self._order(trade), self._deriver)

    def _order(self, trade: Mapping[str, Any]) -> Order:
        said = self._conventions
        opened_at = _field(trade, "entry_time", self._time)
        has_exit = as_text(trade.get("exit_time")) not in {"", "0"}
        closed_at = _field(trade, "exit_time", self._time) if has_exit else None
        if closed_at is not None and closed_at < opened_at - CLOCK_BACK:
            raise BadCell("exit_time: it is before entry_time")
        return Order(
            ticket=_field(trade, "position_id", _position),
            symbol=_field(trade, "symbol", _symbol),
            side=_field(trade, "side", _side),
            volume=_field(trade, "lot", said.volume),
            price=_field(trade, "entry_price", said.price),
            opened_at=opened_at,
            close_price=_field(trade, "exit_price", said.price) if closed_at else None,
            closed_at=closed_at,
            commission=_field(trade, "commission", said.money),
            fee=ZERO,
            swap=ZERO,
            profit=_field(trade, "profit", said.money),
            stop_loss=None,
            take_profit=None,
            magic=None,
            comment="",
        )

    def _time(self, text: str) -> Any:
        try:
            return epoch(Decimal(text))
        except InvalidOperation:
            return self._conventions.time(text)


def _field(trade: Mapping[str, Any], name: str, read: Any) -> Any:
    try:
        return read(as_text(trade.get(name)).strip())
    except BadCell as error:
        raise BadCell(f"{name}: {error}") from None


def _position(text: str) -> int | None:
    return None if text in _NO_POSITION else ticket(text)


def _symbol(text: str) -> str:
    if not text:
        raise BadCell("expected a symbol, found nothing")
    return text


def _side(text: str) -> int:
    word = _CODES.get(text, text.lower())
    if word not in SIDES:
        raise BadCell(f"expected buy or sell, found {text[:30]!r}")
    return SIDES[word]


def _accounts(data: Any) -> dict[str, list[Any]]:
    """Return the trades by account number, "" for those of one account alone; {} of anything else."""
    if not isinstance(data, dict):
        return {}
    if _is_one(data):
        return {"": data["trades"]}
    if data and all(_is_number(name) and _is_one(part) for name, part in data.items()):
        return {name: part["trades"] for name, part in data.items()}
    return {}


def _is_one(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("trades"), list) and not part.keys() - _ITS_KEYS


_ITS_KEYS: Final = {"trades", "last_sync_time"}


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) <= 18


FORMAT: Final = Format("mt5-monitor", "trade cache of an MT5 monitor", is_cache, read_cache)
