"""MetaTrader's words for sides, directions and operations, as DEAL_TYPE, DEAL_ENTRY and DEAL_REASON.

Terminals of every language that were seen write these in English and translate only the labels
around them; the translations here are for reports that somebody's tool rewrote.
Source: MetaTrader 5, deal properties.
"""

from __future__ import annotations

import re
from typing import Final

from metafleet.engine.statements.folding import BUY, IN, IN_OUT, OUT, OUT_BY, SELL

BALANCE, CREDIT, CHARGE, CORRECTION, BONUS, COMMISSION = 2, 3, 4, 5, 6, 7
INTEREST, DIVIDEND, TAX = 12, 15, 17

_SIDES: Final = {
    BUY: "buy long compra comprar kauf kaufen achat acheter acquisto купить покупка buy_market kupno "
    "买入 買入 買 买 買い 매수 alış satınal beli mua خرید شراء",
    SELL: "sell short venta vender venda verkauf verkaufen vente vendre vendita продать продажа sprzedaż "
    "卖出 賣出 賣 卖 売り 매도 satış jual bán فروش بيع",
}
SIDES: Final = {word: side for side, words in _SIDES.items() for word in words.split()}

DIRECTIONS: Final = {
    "in": IN, "entry in": IN, "out": OUT, "entry out": OUT,
    "in/out": IN_OUT, "inout": IN_OUT, "in / out": IN_OUT, "entry in/out": IN_OUT,
    "out by": OUT_BY, "out_by": OUT_BY, "outby": OUT_BY, "entry out by": OUT_BY,
}  # fmt: skip

OPERATIONS: Final = {
    "balance": BALANCE, "deposit": BALANCE, "withdrawal": BALANCE, "credit": CREDIT, "charge": CHARGE,
    "correction": CORRECTION, "bonus": BONUS, "commission": COMMISSION, "daily commission": 8,
    "commission daily": 8, "monthly commission": 9, "commission monthly": 9, "agent commission": 10,
    "daily agent commission": 10, "commission agent daily": 10, "monthly agent commission": 11,
    "commission agent monthly": 11, "interest": INTEREST, "canceled buy": 13, "buy canceled": 13,
    "buy cancelled": 13, "canceled sell": 14, "sell canceled": 14, "sell cancelled": 14,
    "dividend": DIVIDEND, "franked dividend": 16, "dividend franked": 16, "tax": TAX,
    "so compensation": 18, "so credit compensation": 19,
}  # fmt: skip

_MARKS: Final = re.compile(r"(?:\[|^)(sl|tp|so)\b(?=[\]:\s])", re.IGNORECASE)
_STOPS: Final = {"sl": 4, "tp": 5, "so": 6}
_FUNDING: Final = re.compile(r"\b(deposit|withdraw\w*|transfer|summary)\b", re.IGNORECASE)
_BY_COMMENT: Final = (
    (INTEREST, re.compile(r"\b(interest|financing|rollover)\b", re.IGNORECASE)),
    (DIVIDEND, re.compile(r"\bdividends?\b", re.IGNORECASE)),
    (TAX, re.compile(r"\btax(es)?\b", re.IGNORECASE)),
    (BONUS, re.compile(r"\bbonus\b", re.IGNORECASE)),
    (COMMISSION, re.compile(r"\b(commission|rebate|cashback)\b", re.IGNORECASE)),
)


def reason_of(comment: str) -> int | None:
    """Return why a position closed, from the mark that the server left: stop, target or stop-out."""
    found = _MARKS.search(comment)
    return _STOPS[found[1].lower()] if found else None


def operation_of(comment: str) -> int:
    """Return what a MetaTrader 4 `balance` row is: its comment says it, its type does not."""
    if _FUNDING.search(comment):
        return BALANCE
    return next((kind for kind, words in _BY_COMMENT if words.search(comment)), BALANCE)
