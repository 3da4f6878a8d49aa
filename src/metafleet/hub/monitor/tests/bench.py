"""An account before the judge: what is seen of it, what the judge makes of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from metafleet.engine.programmes import terms
from metafleet.hub.fleet.models import AccountState, Command, EAInstance, Run, TradingAccount
from metafleet.hub.journal.models import Deal, FailedItem, Trade
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.judge.turn import Judge
from metafleet.hub.monitor.models import (
    AccountMark,
    AccountProfile,
    Delivery,
    Incident,
    IncidentEvent,
    Programme,
    Rule,
    RuleState,
)
from metafleet.hub.monitor.rules import KINDS
from tests.cast import NOW, Person, connect

SECOND = timedelta(seconds=1)
TWO_STEP = terms.shipped()["two-step"]


@dataclass
class Court:
    """A tenant's account and a judge. `now` goes on with what is seen."""

    person: Person
    account: TradingAccount
    judge: Judge = field(default_factory=Judge)
    now: datetime = NOW

    def see(
        self,
        balance: float,
        equity: float | None = None,
        after: timedelta = SECOND,
        margin: float = 0,
        late: timedelta = timedelta(),
    ) -> None:
        """A heartbeat's figures arrive, and the judge has its turn. late: how long they were on their way."""
        self.now += after
        with tenant_scope(self.person.tenant_id):
            AccountState.objects.update_or_create(
                account=self.account,
                defaults={
                    "tenant_id": self.person.tenant_id,
                    "balance": balance,
                    "equity": balance if equity is None else equity,
                    "margin": margin,
                    "free_margin": 0,
                    "observed_at": self.now - late,
                },
            )
        self.turn()

    def turn(self, after: timedelta = timedelta()) -> None:
        self.now += after
        self.judge.turn(self.now)

    def rule(self, kind: str, *actions: str, **facts: Any) -> UUID:
        """Switch a rule on; facts are of the row, `params` its numbers."""
        facts.setdefault("severity", KINDS[kind].severity)
        with tenant_scope(self.person.tenant_id):
            row = Rule.objects.create(
                tenant_id=self.person.tenant_id,
                kind=kind,
                name=KINDS[kind].title,
                actions=["notify", *actions],
                created_by=self.person.email,
                **facts,
            )
        self.now += 2 * SECOND
        return row.id

    def enter(self, programme: terms.Programme = TWO_STEP, phase: str = "F1") -> None:
        """Put the account into a phase of a programme."""
        import msgspec

        with tenant_scope(self.person.tenant_id):
            row = Programme.objects.create(
                tenant_id=self.person.tenant_id,
                firm=programme.firm,
                name=programme.name,
                document=msgspec.to_builtins(programme, str_keys=True, enc_hook=str),
            )
            AccountProfile.objects.create(
                tenant_id=self.person.tenant_id, account=self.account, programme=row, phase=phase
            )
        self.now += 2 * SECOND

    def deal(self, ticket: int, kind: int, profit: float, *, before: timedelta = timedelta()) -> None:
        """Record a deal. before: how long before now it was executed."""
        with tenant_scope(self.person.tenant_id):
            row = Deal.objects.create(
                tenant_id=self.person.tenant_id,
                account=self.account,
                ticket=ticket,
                kind=kind,
                entry=None if kind >= 2 else 1,
                volume=Decimal(0),
                executed_at=self.now - before,
                profit=profit,
                commission=0,
                swap=0,
                fee=0,
            )
            Deal.objects.filter(pk=row.pk).update(created_at=self.now)

    def incidents(self) -> list[tuple[str, str, str]]:
        """Return (kind, severity, state) of each, the oldest first."""
        with tenant_scope(self.person.tenant_id):
            rows = Incident.objects.order_by("opened_at", "created_at")
            return list(rows.values_list("kind", "severity", "state"))

    def timeline(self) -> list[str]:
        """Return the kinds of all lines, the oldest first."""
        with tenant_scope(self.person.tenant_id):
            return list(IncidentEvent.objects.order_by("at", "created_at").values_list("kind", flat=True))

    def texts(self) -> str:
        with tenant_scope(self.person.tenant_id):
            return "\n".join(IncidentEvent.objects.order_by("at").values_list("text", flat=True))

    def told(self) -> list[str]:
        with tenant_scope(self.person.tenant_id):
            return list(Delivery.objects.order_by("created_at").values_list("message__event", flat=True))

    def mark(self) -> AccountMark:
        with tenant_scope(self.person.tenant_id):
            return AccountMark.objects.get(account=self.account)

    def states(self) -> list[RuleState]:
        with tenant_scope(self.person.tenant_id):
            return list(RuleState.objects.all())

    def instance(self) -> EAInstance:
        with tenant_scope(self.person.tenant_id):
            return EAInstance.objects.get()

    def guards(self) -> list[float | None]:
        """Return the first balance of each guard that its runner was told; None: that there is none."""
        with tenant_scope(self.person.tenant_id):
            told = (
                Command.objects.filter(type="GUARD").order_by("created_at").values_list("payload", flat=True)
            )
            return [float(one["guard"]["marks"]["firstBalance"]) if one["guard"] else None for one in told]

    def run(self, **said: Any) -> None:
        """The EA's runner says this of itself."""
        instance = self.instance()
        facts = {"tenant_id": self.person.tenant_id, "state": "running", "intent": "run", "driver": "process"}
        with tenant_scope(self.person.tenant_id):
            Run.objects.update_or_create(
                instance=instance,
                generation=instance.generation,
                defaults=said,
                create_defaults={**facts, **said},
            )

    def runner_fires(self, fired: dict[str, Any]) -> None:
        """A runner of the account reports that it found a limit broken."""
        self.run(guard=fired)

    def trades(self, results: list[float]) -> None:
        """The EA closes trades with these results, a second apart."""
        instance = self.instance()
        with tenant_scope(self.person.tenant_id):
            for result in results:
                self.now += SECOND
                Trade.objects.create(
                    tenant_id=self.person.tenant_id,
                    account=self.account,
                    position_id=int(self.now.timestamp()),
                    symbol=instance.symbol,
                    magic=instance.magic,
                    side="buy",
                    state="closed",
                    volume=Decimal(1),
                    closed_volume=Decimal(1),
                    **dict.fromkeys(("profit", "commission", "swap", "fee"), Decimal(0)),
                    entered_at=self.now,
                    exited_at=self.now,
                    net_profit=result,
                )

    def fail_items(self, count: int) -> None:
        """So many items of the account could not be recorded."""
        with tenant_scope(self.person.tenant_id):
            for _ in range(count):
                row = FailedItem.objects.create(
                    tenant_id=self.person.tenant_id,
                    account=self.account,
                    terminal_id=uuid4(),
                    kind="deal",
                    digest=uuid4().bytes,
                    item="{}",
                    reason="unreadable",
                )
                FailedItem.objects.filter(id=row.id).update(created_at=self.now)

    def commands(self) -> list[str]:
        with tenant_scope(self.person.tenant_id):
            return list(Command.objects.order_by("created_at").values_list("type", flat=True))


def court(person: Person, login: int = 5001) -> Court:
    account = connect(person, login)
    found = Court(person, account)
    found.judge.load()
    return found
