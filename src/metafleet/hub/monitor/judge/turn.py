"""One turn of the judge: see, think, do what is urgent, tell, write the marks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import InterfaceError, OperationalError

from metafleet.hub.kernel.tenancy import operator_scope
from metafleet.hub.monitor.judge import carrying, clockwork, deeds, news, runners, sight
from metafleet.hub.monitor.judge.bench import Batch, Bench
from metafleet.hub.monitor.judge.carrying import Carried
from metafleet.hub.monitor.judge.news import News, Subject
from metafleet.hub.monitor.judge.sight import Sighting
from metafleet.hub.monitor.judge.verdicts import left_behind, verdict, without_breach
from metafleet.hub.monitor.models import FIRST_PHASE
from metafleet.hub.monitor.rules.contract import AccountLook

ALL_EVERY: Final = timedelta(seconds=1)
"""How often every account is looked at; between those only the ones that were heard of just now …"""
JUST_NOW: Final = timedelta(milliseconds=750)
"""… which is longer than a turn and a heartbeat's way into the database take. A later one waits for the next
look at all of them, as do accounts in doubt."""
BOOK_EVERY: Final = timedelta(seconds=1)
CLOCK_EVERY: Final = timedelta(seconds=5)
"""How often silence and machines are looked at."""
SLOW_EVERY: Final = timedelta(seconds=60)
"""How often EAs' results and failed items are."""
DAYS_EVERY: Final = timedelta(seconds=60)
GUARDS_AT_MOST: Final = 10
"""Accounts whose runners are told other limits in one turn: it costs a transaction, and no breach waits
for many of them. Meanwhile the judge itself enforces what is new."""
RESTS: Final = timedelta(seconds=30)
"""How long a subject rests whose news could not be settled: it holds up no other."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _ToDo:
    """What comes of a look: news to settle, accounts whose runners are told other limits, by tenant, and
    marks that are only written."""

    batches: list[Batch] = field(default_factory=list)
    guarded: defaultdict[UUID, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    rows: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Judge:
    """What is remembered from turn to turn. Nothing of it is lost with the process but seconds."""

    bench: Bench = field(default_factory=Bench)
    _doubts: dict[UUID, datetime] = field(default_factory=dict)
    _days: dict[UUID, tuple[datetime, int]] = field(default_factory=dict)
    _resting: dict[UUID, datetime] = field(default_factory=dict)
    _all_at: datetime = _NEVER
    _book_at: datetime = _NEVER
    _clock_at: datetime = _NEVER
    _slow_at: datetime = _NEVER

    def load(self) -> None:
        """Begin with what the database has. Not inside another scope."""
        with operator_scope():
            self.bench.standings.load()

    def turn(self, now: datetime) -> int:
        """Judge what has changed; return how many accounts were looked at. Not inside another scope."""
        self._take_over(now)
        carried, by_clock = self._see(now)
        todo = self._sorted(carried, now)
        batches = [*by_clock, *todo.batches]
        # Who is to be stopped comes before who is only told of.
        for batch in batches:
            if batch.is_urgent:
                self._settle(batch, now)
        if todo.rows:
            deeds.write_marks(todo.rows, now)
        for tenant_id, changed in todo.guarded.items():
            deeds.guard(tenant_id, changed, now)
        for batch in batches:
            if not batch.is_urgent:
                self._settle(batch, now)
        self.bench.standings.flush()
        return len(carried)

    def _sorted(self, carried: Collection[Carried], now: datetime) -> _ToDo:
        """Judge each account, and sort what comes of it."""
        todo, room = _ToDo(), GUARDS_AT_MOST
        for one in carried:
            try:
                subject, found, row = self._judge(one, now)
            except Exception:  # noqa: BLE001 - as above
                self._let_rest(one.sighting.id, now)
                continue
            told = _terms(one)
            is_told = told == row["verdict"].get("terms")
            if not is_told and not found and room:
                room -= 1
                todo.guarded[subject.tenant_id].append(row)
                continue
            if not is_told and not (found and row["verdict"].get("breach")):
                row["verdict"] = _with_terms(row["verdict"], told)
            if found:
                todo.batches.append(Batch(subject, found, row))
            else:
                todo.rows.append(row)
        return todo

    def _take_over(self, now: datetime) -> None:
        """What runners did by themselves counts before anything else is looked at."""
        with operator_scope():
            found = runners.fired()
        for tenant_id, run_id in found:
            if self._resting.get(run_id, _NEVER) > now:
                continue
            try:
                runners.take_over(tenant_id, run_id, now)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # noqa: BLE001 - whatever it stumbles over is that run's alone
                _log.exception(
                    "what run %s did by itself could not be taken over",
                    run_id,
                    extra={"run_id": str(run_id), "tenant_id": str(tenant_id)},
                )
                self._resting[run_id] = now + RESTS

    def _see(self, now: datetime) -> tuple[list[Carried], list[Batch]]:
        """Read what there is to judge, all in one scope."""
        with operator_scope():
            self._refresh(now)
            seen = [
                one for one in sight.accounts(self._since(now)) if self._resting.get(one.id, _NEVER) <= now
            ]
            carried = list(self._carried(seen, now))
            self._count_days(carried, now)
            by_clock: list[Batch] = []
            if now - self._clock_at >= CLOCK_EVERY:
                self._clock_at = now
                by_clock = list(clockwork.batches(self.bench, now))
            if now - self._slow_at >= SLOW_EVERY:
                self._slow_at = now
                by_clock += clockwork.slow_batches(self.bench, now)
        return carried, [batch for batch in by_clock if self._resting.get(batch.subject.id, _NEVER) <= now]

    def _since(self, now: datetime) -> datetime:
        """Return from when on an account must have been heard of to be looked at in this turn."""
        # A clock that was set back must not put the next look at all of them off.
        if timedelta() <= now - self._all_at < ALL_EVERY:
            return now - JUST_NOW
        self._all_at = now
        return _NEVER

    def _refresh(self, now: datetime) -> None:
        if now - self._book_at < BOOK_EVERY:
            return
        self._book_at = now
        self.bench.refresh()
        if now - self._clock_at >= CLOCK_EVERY:
            self.bench.find_places()

    def _carried(self, seen: Collection[Sighting], now: datetime) -> Iterator[Carried]:
        asked = {one.id: since for one in seen if (since := carrying.asks_for_flows(one)) is not None}
        flows = sight.flows(asked)
        for one in seen:
            programme = self.bench.book.programmes.get(one.programme_id) if one.programme_id else None
            doubted = self._doubts.get(one.id)
            try:
                carried = carrying.carry(one, programme, flows.get(one.id), doubted_since=doubted, now=now)
            except Exception:  # noqa: BLE001 - whatever it stumbles over is that account's alone
                self._let_rest(one.id, now)
                continue
            if carried.is_in_doubt:
                self._doubts.setdefault(one.id, now)
            else:
                self._doubts.pop(one.id, None)
                yield carried

    def _count_days(self, carried: Collection[Carried], now: datetime) -> None:
        """Ask on how many days there were entries, of accounts whose programme wants to know."""
        due = [
            (one.sighting.id, one.marks.since, one.clock)
            for one in carried
            if one.sighting.programme_id in self.bench.book.programmes
            and now - self._days.get(one.sighting.id, (_NEVER, 0))[0] >= DAYS_EVERY
        ]
        for account_id, days in sight.days_traded(due).items():
            self._days[account_id] = (now, days)

    def _judge(self, carried: Carried, now: datetime) -> tuple[Subject, list[News], dict[str, Any]]:
        sighting = carried.sighting
        subject = self.bench.account(sighting.tenant_id, sighting.id, sighting.label, sighting.group_id)
        days = self._days.get(sighting.id, (now, 0))[1]
        document, found = self._by_programme(carried, subject, days)
        found += self.bench.judge("account", subject, _look(carried), now)
        return subject, found, carrying.row(carried, days_traded=days, verdict=document)

    def _by_programme(
        self, carried: Carried, subject: Subject, days: int
    ) -> tuple[Mapping[str, Any], list[News]]:
        sighting = carried.sighting
        programme = self.bench.book.programmes.get(sighting.programme_id) if sighting.programme_id else None
        phase = programme.phase(sighting.phase or FIRST_PHASE) if programme else None
        before: Mapping[str, Any] = sighting.kept.verdict if sighting.kept else {}
        if carried.explains is not None:
            before = without_breach(before, carried.explains)
        document: Mapping[str, Any] = {}
        told: list[News] = []
        if programme is not None and phase is not None:
            document, pieces = verdict(programme, phase, carried.marks, days, before)
            told = [news.of_programme(piece, subject, carried, document, phase.on_breach) for piece in pieces]
        left = [news.of_phase_left(kind, before, subject) for kind in left_behind(before, document)]
        return document, [*left, *told]

    def _let_rest(self, subject_id: UUID, now: datetime) -> None:
        """Say what went wrong with a subject, and leave it alone for a while."""
        _log.exception("%s could not be judged or settled", subject_id)
        self._resting[subject_id] = now + RESTS

    def _settle(self, batch: Batch, now: datetime) -> None:
        try:
            deeds.settle(batch.subject.tenant_id, batch.news, batch.mark, now)
        except (OperationalError, InterfaceError):
            raise  # the database is away: that is nobody's fault, and nobody is to rest for it
        except Exception:  # noqa: BLE001 - whatever it stumbles over is that subject's alone
            self._let_rest(batch.subject.id, now)
            return
        self._resting.pop(batch.subject.id, None)
        for one in batch.news:
            if one.rule_id is not None and one.standing is not None:
                self.bench.standings.set((one.rule_id, one.subject.id), one.standing)


def _terms(carried: Carried) -> str | None:
    """Return what names the terms that the account's runners were told last."""
    return carried.sighting.kept.verdict.get("terms") if carried.sighting.kept else None


def _with_terms(verdict: Mapping[str, Any], told: str | None) -> Mapping[str, Any]:
    """Return the verdict with the terms that runners know: what differs is told after the next look."""
    return {**verdict, "terms": told}


def _look(carried: Carried) -> AccountLook:
    sighting = carried.sighting
    return AccountLook(
        account_id=sighting.id,
        label=sighting.label,
        currency=sighting.currency,
        at=sighting.at,
        balance=float(sighting.balance),
        equity=float(sighting.equity),
        margin=float(sighting.margin),
        marks=carried.marks,
    )
