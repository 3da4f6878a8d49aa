"""What a parser makes of a file: the account it speaks of, its deals, and the totals that it prints."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from metafleet.engine.statements.folding import Deal

if TYPE_CHECKING:
    from metafleet.hub.journal.imports.documents import Document


class Said(msgspec.Struct, frozen=True):
    """What the file says of the account; empty where it says nothing."""

    login: int | None = None
    server: str = ""
    currency: str = ""
    name: str = ""


class Unreadable(msgspec.Struct, frozen=True):
    """A row that was left out: where it stands, and what is wrong with it."""

    where: str
    detail: str


class History(msgspec.Struct, kw_only=True):
    """An account's history as one file tells it.

    deals: `executed_at` is the broker's server clock, without a zone. Money in account currency,
    each ticket once.
    printed: the file's own totals by the names of `figures.LABELS`, as it prints them.
    positions: position ids whose every deal was derived, by which a file without deal tickets
    is told from what the journal knows; see `derived`.
    start_balance: the balance before the file's first row, where it tells one that is not zero.
    """

    platform: Literal["mt4", "mt5", "any"]
    said: Said = Said()
    deals: list[Deal] = msgspec.field(default_factory=list)
    open_positions: int = 0
    cancelled_orders: int = 0
    start_balance: Decimal | None = None
    printed: dict[str, Decimal] = msgspec.field(default_factory=dict)
    unreadable: list[Unreadable] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)


class Format(msgspec.Struct, frozen=True):
    """A kind of file: its name in the database, its name for people, who knows it, who reads it.

    `read` raises NotAHistory where a file of the kind holds nothing that can be imported.
    """

    name: str
    label: str
    is_mine: Callable[[Document], bool]
    read: Callable[[Document], History]
