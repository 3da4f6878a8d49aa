"""Orders that commands ask for: marked with the command's id, so that none is sent twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    ENTRY_IN,
    Deal,
    OrderRequest,
    OrderResult,
    Position,
)
from metafleet.engine.experts.desk import DeskLost
from metafleet.runner.desk import NO_CONNECTION, OUTCOME_UNKNOWN
from metafleet.runner.session import Session

MARK_DIGITS: Final = 12
"""Hex digits of the command's id in its mark: 48 bits, and room for a comment beside it."""


class OrderRefused(Exception):
    """The broker did not do what a command asked for; the message is for the person who asked."""


def mark_of(command_id: str) -> str:
    """What the orders of one command carry in their comment."""
    return f"mf:{command_id.replace('-', '')[:MARK_DIGITS]}"


def marked_comment(command_id: str, comment: str = "") -> str:
    """The mark first, so that no broker's cutting of long comments loses it."""
    return f"{mark_of(command_id)} {comment}".strip()[:COMMENT_LENGTH]


def find_opened(session: Session, command_id: str) -> Deal | None:
    """Return the deal that an earlier try of this command made. Raises DeskLost."""
    mark = mark_of(command_id)
    return session.deals.find(lambda deal: deal.entry == ENTRY_IN and deal.comment.startswith(mark))


def has_traded(session: Session, command_id: str) -> bool:
    """Whether any deal of the account bears the command's mark. Raises DeskLost."""
    mark = mark_of(command_id)
    return session.deals.find(lambda deal: deal.comment.startswith(mark)) is not None


def may_have_traded(session: Session, command_id: str) -> bool:
    """Whether an order of this command left and nobody knows yet what became of it."""
    unsettled = session.desk.unsettled
    return unsettled is not None and unsettled.comment.startswith(mark_of(command_id))


def open_once(session: Session, command_id: str, request: OrderRequest) -> dict[str, Any]:
    """Open a position unless the command has done so before. Raises OrderRefused, DeskLost."""
    earlier = find_opened(session, command_id)
    if earlier is not None:
        return {
            "deal": earlier.ticket,
            "order": earlier.order,
            "price": earlier.price,
            "volume": earlier.volume,
        }
    result = session.desk.execute(request)
    _check(result)
    return {"deal": result.deal, "order": result.order, "price": result.price, "volume": result.volume}


def close_once(session: Session, command_id: str, ticket: int, volume: float | None) -> dict[str, Any]:
    """Close a position, or a part of it, unless the command has done so. Raises OrderRefused, DeskLost."""
    mark = mark_of(command_id)
    earlier = session.deals.find(
        lambda deal: deal.position_id == ticket and deal.entry != ENTRY_IN and deal.comment.startswith(mark)
    )
    if earlier is not None:
        return {"deal": earlier.ticket, "price": earlier.price, "volume": earlier.volume}
    result = close_position(session, held(session, ticket), volume, marked_comment(command_id))
    return {"deal": result.deal, "price": result.price, "volume": result.volume}


def held(session: Session, ticket: int) -> Position:
    """Return the open position of this ticket. Raises OrderRefused, DeskLost."""
    for position in session.desk.all_positions():
        if position.ticket == ticket:
            return position
    raise OrderRefused(f"ticket: position {ticket} is not open")


def close_position(
    session: Session, position: Position, volume: float | None = None, comment: str = ""
) -> OrderResult:
    """Close at market; the closing deal is the position's EA's own. Raises OrderRefused."""
    request = OrderRequest(
        action="close",
        symbol=position.symbol,
        position=position.ticket,
        volume=volume or 0.0,
        magic=position.magic,
        comment=comment,
    )
    result = session.desk.execute(request)
    if result.retcode != retcodes.POSITION_CLOSED:
        _check(result)
    return result


def close_all_once(
    session: Session, command_id: str, is_wanted: Callable[[Position], bool]
) -> tuple[list[int], dict[int, str]]:
    """Close every position that fits, as `close_all`; an earlier try of the command is gone on with.

    What was opened after that try had begun is left alone: it was not meant. Raises DeskLost.
    """
    mark = mark_of(command_id)
    made = list(session.deals.search(lambda deal: deal.entry != ENTRY_IN and deal.comment.startswith(mark)))
    wanted = [
        position
        for position in session.desk.all_positions()
        if is_wanted(position) and (not made or position.time_msc <= made[0].time_msc)
    ]
    closed, open_still = close_all(session, wanted, marked_comment(command_id))
    return [deal.position_id for deal in made] + closed, open_still


def close_all(
    session: Session, positions: list[Position], comment: str = ""
) -> tuple[list[int], dict[int, str]]:
    """Close each; return the tickets closed, and for each of the others why it stays open."""
    closed: list[int] = []
    open_still: dict[int, str] = {}
    for position in positions:
        try:
            close_position(session, position, comment=comment)
        except OrderRefused as refused:
            open_still[position.ticket] = str(refused)
        else:
            closed.append(position.ticket)
    return closed, open_still


def modify(session: Session, position: Position, sl: float | None, tp: float | None) -> None:
    """Set both levels; None removes one. Raises OrderRefused."""
    request = OrderRequest(
        action="sltp", symbol=position.symbol, position=position.ticket, sl=sl, tp=tp, magic=position.magic
    )
    result = session.desk.execute(request)
    if result.retcode != retcodes.NO_CHANGES:
        _check(result)


def _check(result: OrderResult) -> None:
    if result.retcode in {OUTCOME_UNKNOWN, NO_CONNECTION}:
        raise DeskLost(result.comment)
    if result.retcode != retcodes.DONE:
        raise OrderRefused(f"{result.retcode} {result.comment}")


def words_for(closed: list[int], open_still: dict[int, str]) -> str:
    """Say in one sentence what was closed and what was not."""
    reasons = ", ".join(f"#{ticket}: {reason}" for ticket, reason in open_still.items())
    return f"closed {len(closed)} of {len(closed) + len(open_still)} positions; still open: {reasons}"
