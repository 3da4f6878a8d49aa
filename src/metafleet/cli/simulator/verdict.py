"""The proof: the journal against the simulator's own ledger, field by field, and every command's end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from metafleet.cli.simulator import book
from metafleet.cli.simulator.orders import Wish
from metafleet.cli.simulator.rows import Rows
from metafleet.cli.simulator.serving import busy_for, mark_of
from metafleet.cli.simulator.state import Faults, Note, Notes
from metafleet.cli.simulator.terminal import Terminal

_AT_ONCE: Final = 200
"""Accounts whose rows are in memory together."""
DEAL: Final = (
    *("position_id", "order_id", "symbol", "kind", "entry", "volume", "price", "executed_at"),
    *("profit", "commission", "swap", "fee", "magic", "reason", "stop_loss", "take_profit", "comment"),
)
TRADE: Final = (
    *("symbol", "side", "state", "volume", "closed_volume", "entry_price", "exit_price"),
    *("entered_at", "exited_at", "profit", "commission", "swap", "fee", "net_profit", "magic"),
    *("exit_reason", "stop_loss", "take_profit", "initial_stop"),
)
"""Columns of the journal that are compared, in this order."""

Key = TypeVar("Key")
Row = tuple[Any, ...]


@dataclass(slots=True)
class Verdict:
    """What was compared, by count, and every difference. No difference: the proof holds."""

    faults: Faults
    compared: Counter[str] = field(default_factory=Counter)
    command_ends: Counter[str] = field(default_factory=Counter)

    @property
    def holds(self) -> bool:
        return not self.faults.counts


def judge(
    rows: Rows,
    terminals: Sequence[Terminal],
    faults: Faults,
    notes: Notes,
    wishes: Mapping[str, Wish],
    states: Mapping[str, tuple[str, int, bool]],
) -> Verdict:
    """Compare everything. `faults`: what was seen already while the simulation ran."""
    verdict = Verdict(faults)
    executed: Counter[str] = Counter()
    for start in range(0, len(terminals), _AT_ONCE):
        _compare_accounts(verdict, rows, terminals[start : start + _AT_ONCE], executed)
    _compare_machines(verdict, rows, terminals)
    _judge_commands(verdict, notes, wishes, states, executed)
    return verdict


def _compare_machines(verdict: Verdict, rows: Rows, terminals: Sequence[Terminal]) -> None:
    """Each terminal is seen on the machine that it is on, and there is no other."""
    from metafleet.hub.fleet.models import Agent, AgentTerminal
    from metafleet.hub.kernel.tenancy import tenant_scope

    must = {UUID(one.place.terminal_id): UUID(one.watch.machine.id) for one in terminals if one.watch}
    with tenant_scope(rows.tenant_id):
        seen = dict(AgentTerminal.objects.values_list("terminal_id", "agent_id"))
        machines = set(Agent.objects.values_list("id", flat=True))
    compare(
        verdict,
        "watched terminal",
        "terminal",
        ("machine",),
        {terminal: (machine,) for terminal, machine in must.items()},
        {terminal: (machine,) for terminal, machine in seen.items()},
    )
    verdict.compared["machines"] += len(machines)
    if machines != set(must.values()):
        verdict.faults.add("machines differ", f"{len(machines)} instead of {len(set(must.values()))}")


def _compare_accounts(
    verdict: Verdict, rows: Rows, terminals: Sequence[Terminal], executed: Counter[str]
) -> None:
    stored = _Stored(rows.tenant_id, [UUID(terminal.place.account_id) for terminal in terminals])
    for terminal in terminals:
        account = UUID(terminal.place.account_id)
        where = f"terminal {terminal.place.index} ({terminal.habits.mode})"
        deals, trades = stored.deals[account], stored.trades[account]
        compare(verdict, "deal", where, DEAL, _expected_deals(terminal), deals)
        compare(verdict, "trade", where, TRADE, _expected_trades(terminal), trades)
        compare(
            verdict, "position", where, ("volume",), _expected_positions(terminal), stored.positions[account]
        )
        _compare_totals(verdict, where, terminal, deals, trades)
        _compare_balance(verdict, where, terminal, stored.balances.get(account))
        if missing := terminal.spoiled - stored.failed[account]:
            verdict.faults.add("bad item that was not kept", f"{where}: {sorted(missing)[:3]}")
        if extra := stored.failed[account] - terminal.spoiled - terminal.perhaps_spoiled:
            verdict.faults.add("good item that was set aside", f"{where}: {sorted(extra)[:3]}")
        verdict.compared["bad items"] += len(terminal.spoiled)
        if terminal.was_crosswired and UUID(terminal.place.terminal_id) not in stored.mistaken:
            verdict.faults.add("cross-wired terminal that nobody is told of", where)
        for row in deals.values():
            if row[DEAL.index("entry")] == book.IN and row[DEAL.index("comment")].startswith("mf:"):
                executed[row[DEAL.index("comment")]] += 1


def compare(
    verdict: Verdict,
    kind: str,
    where: str,
    names: Sequence[str],
    expected: Mapping[Key, Row],
    found: Mapping[Key, Row],
) -> None:
    """Note every row that is missing, surplus or different. names: of the rows' columns."""
    verdict.compared[f"{kind}s"] += len(expected)
    for key in expected.keys() - found.keys():
        verdict.faults.add(f"{kind} missing", f"{where}: {key} {_shown(names, expected[key])}")
    for key in found.keys() - expected.keys():
        verdict.faults.add(f"{kind} that never was", f"{where}: {key} {_shown(names, found[key])}")
    for key in expected.keys() & found.keys():
        if expected[key] != found[key]:
            differing = [
                f"{name} {is_now!s} instead of {must!s}"
                for name, must, is_now in zip(names, expected[key], found[key], strict=True)
                if must != is_now
            ]
            verdict.faults.add(f"{kind} differs", f"{where}: {key}: {', '.join(differing)}")


def _expected_deals(terminal: Terminal) -> dict[int, Row]:
    return {
        ticket: (
            *(deal.position, deal.order, deal.symbol, deal.kind, deal.entry, book.lots(deal.lots)),
            *(book.price(deal.points), book.instant(deal.at_ms)),
            *(book.money(amount) for amount in (deal.profit, deal.commission, deal.swap, deal.fee)),
            *(deal.magic, deal.reason, book.price(deal.stop), book.price(deal.target), deal.comment),
        )
        for ticket, deal in terminal.broker.book.deals.items()
    }


def _expected_trades(terminal: Terminal) -> dict[tuple[int, int], Row]:
    stories = terminal.broker.book.stories
    return {key: tuple(expected_trade(story).values()) for key, story in stories.items()}


def expected_trade(story: book.Story) -> dict[str, Any]:
    """Return the trade that the journal must have of a position, by column, in the order of `TRADE`."""
    amounts = {name: getattr(story, name) for name in ("profit", "commission", "swap", "fee")}
    is_over = story.state != "open"
    ended_ms = story.exited_ms if is_over else None
    return {
        "symbol": story.symbol,
        "side": story.side,
        "state": story.state,
        "volume": book.lots(max(story.opened, story.closed)),
        "closed_volume": book.lots(story.closed),
        "entry_price": book.mean_price(story.opened_worth, story.opened),
        "exit_price": book.mean_price(story.closed_worth, story.closed),
        "entered_at": None if story.entered_ms is None else book.instant(story.entered_ms),
        "exited_at": None if ended_ms is None else book.instant(ended_ms),
        **{name: book.money(amount) for name, amount in amounts.items()},
        "net_profit": book.money(sum(amounts.values())),
        "magic": story.magic,
        "exit_reason": book.REASONS.get(story.reason, "") if is_over and story.reason is not None else "",
        "stop_loss": book.price(story.stop),
        "take_profit": book.price(story.target),
        "initial_stop": book.price(story.first_stop),
    }


def _expected_positions(terminal: Terminal) -> dict[int, Row]:
    return {held.ticket: (book.lots(held.lots),) for held in terminal.broker.held.values()}


def _compare_totals(
    verdict: Verdict,
    where: str,
    terminal: Terminal,
    deals: Mapping[int, Row],
    trades: Mapping[tuple[int, int], Row],
) -> None:
    """The account's money as a whole, from the deals and from the trades."""
    columns = [DEAL.index(name) for name in ("profit", "commission", "swap", "fee")]
    booked = sum((row[column] for row in deals.values() for column in columns), Decimal(0))
    must = book.money(terminal.broker.book.balance)
    if booked != must:
        verdict.faults.add("totals differ", f"{where}: the deals make {booked} instead of {must}")
    kind = DEAL.index("kind")
    traded = sum((row[column] for row in deals.values() if row[kind] < 2 for column in columns), Decimal(0))
    told = sum((row[TRADE.index("net_profit")] for row in trades.values()), Decimal(0))
    if told != traded:
        verdict.faults.add("totals differ", f"{where}: the trades make {told}, their deals {traded}")


def _compare_balance(verdict: Verdict, where: str, terminal: Terminal, found: Decimal | None) -> None:
    must = Decimal(terminal.balance_cents).scaleb(-2)
    verdict.compared["balances"] += 1
    if found != must:
        verdict.faults.add("balance differs", f"{where}: {found} instead of {must}")


def _judge_commands(
    verdict: Verdict,
    notes: Notes,
    wishes: Mapping[str, Wish],
    states: Mapping[str, tuple[str, int, bool]],
    executed: Counter[str],
) -> None:
    for mark, times in executed.items():
        if times > 1:
            verdict.faults.add("order executed twice", f"{mark}: {times} times")
    for command_id, wish in wishes.items():
        verdict.compared["commands"] += 1
        found = states.get(command_id)
        verdict.command_ends[found[0] if found else "lost"] += 1
        if wrong := wrong_end(notes, command_id, wish, found, executed[mark_of(command_id)]):
            verdict.faults.add("command", f"{wish.type} {command_id} of terminal {wish.terminal}: {wrong}")


def wrong_end(
    notes: Notes, command_id: str, wish: Wish, found: tuple[str, int, bool] | None, executed: int
) -> str:
    """Return what is wrong with a command's end; nothing for what it had to be."""
    if found is None:
        return "lost: there is no such command any more"
    state, attempts, has_expired = found
    note = notes.by_id.get(command_id)
    if state in {"queued", "leased"}:
        return f"forgotten: still {state} after {attempts} deliveries"
    if note is not None and (wrong := _wrong_result(note, wish, state)):
        return wrong
    if state == "dead" and attempts < 3 and not has_expired:
        return f"dead after {attempts} deliveries, before it expired"
    return _wrong_order(wish, state, executed) if wish.type == "OPEN" else ""


def _wrong_result(note: Note, wish: Wish, state: str) -> str:
    """What its terminal knows better."""
    if note.terminal != wish.terminal:
        return f"delivered to terminal {note.terminal}"
    if note.acknowledged and note.acknowledged != state:
        return f"{state}, though the hub took {note.acknowledged} as its result"
    if state in {"done", "failed"} and state not in note.sent:
        return f"{state}, which its terminal never said"
    return ""


def _wrong_order(wish: Wish, state: str, executed: int) -> str:
    is_traded = wish.payload["symbol"] != "NOSUCH"
    if state == "done" and (executed != 1 or not is_traded):
        return f"done, but the journal has {executed} entries with its mark"
    if state == "failed" and (executed or is_traded):
        return f"failed, and the journal has {executed} entries with its mark"
    if state == "dead" and executed and busy_for(wish.payload) >= 3:
        return "executed, though its broker never took it"
    return ""


def _shown(names: Sequence[str], row: Row) -> str:
    return ", ".join(f"{name} {value!s}" for name, value in zip(names, row, strict=True) if value is not None)


class _Stored:
    """What the journal has of some accounts, by account."""

    def __init__(self, tenant_id: UUID, accounts: Sequence[UUID]) -> None:
        from metafleet.hub.fleet.models import AccountState, TerminalTrouble
        from metafleet.hub.journal.models import Deal, FailedItem, Position, Trade
        from metafleet.hub.kernel.tenancy import tenant_scope

        with tenant_scope(tenant_id):
            of_these = {"account_id__in": accounts}
            self.deals: dict[UUID, dict[int, Row]] = _by_account(
                Deal.objects.filter(**of_these).values_list("account_id", "ticket", *DEAL), _second
            )
            self.trades: dict[UUID, dict[tuple[int, int], Row]] = _by_account(
                Trade.objects.filter(**of_these).values_list("account_id", "position_id", "part", *TRADE),
                _second_and_third,
            )
            self.positions: dict[UUID, dict[int, Row]] = _by_account(
                Position.objects.filter(**of_these).values_list("account_id", "ticket", "volume"), _second
            )
            self.failed: dict[UUID, set[str]] = defaultdict(set)
            for account, item in FailedItem.objects.filter(**of_these).values_list("account_id", "item"):
                self.failed[account].add(_mark_in(item))
            self.balances = dict(AccountState.objects.filter(**of_these).values_list("account_id", "balance"))
            troubles = TerminalTrouble.objects.filter(terminal__account_id__in=accounts, kind="identity")
            self.mistaken = set(troubles.values_list("terminal_id", flat=True))


def _by_account(rows: Iterable[Row], key: Callable[[Row], tuple[Any, int]]) -> dict[UUID, dict[Any, Row]]:
    found: dict[UUID, dict[Any, Row]] = defaultdict(dict)
    for row in rows:
        name, width = key(row)
        found[row[0]][name] = row[width:]
    return found


def _second(row: Row) -> tuple[Any, int]:
    return row[1], 2


def _second_and_third(row: Row) -> tuple[Any, int]:
    return (row[1], row[2]), 3


def _mark_in(item: str) -> str:
    """The mark of a spoiled item; the item itself where it has none."""
    _, found, rest = item.partition("bad-")
    return f"bad-{rest.partition('.')[0]}." if found else item[:200]
