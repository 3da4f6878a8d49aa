"""Where subjects are held against rules: the rules, how each stands, and what belongs to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from metafleet.hub.monitor.judge import news, sight
from metafleet.hub.monitor.judge.book import Book, Rule
from metafleet.hub.monitor.judge.news import News, Subject
from metafleet.hub.monitor.judge.standings import Key, Standings
from metafleet.hub.monitor.models import Scope
from metafleet.hub.monitor.rules.contract import SUBJECTS, Judges, ModelLook, Models, Reading
from metafleet.hub.monitor.standing import WELL, advance


@dataclass(frozen=True, slots=True)
class Batch:
    """A subject's news, settled together; mark: its row, where it is an account that was looked at."""

    subject: Subject
    news: Sequence[News]
    mark: Mapping[str, Any] | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether something is done, and not only told."""
        return any(one.deeds for one in self.news)


def no_models() -> Sequence[ModelLook]:
    """Of an installation that serves none."""
    return ()


@dataclass(slots=True)
class Bench:
    """models: asks how those stand that are served; they are another app's."""

    models: Models = no_models
    book: Book = field(default_factory=Book)
    standings: Standings = field(default_factory=Standings)
    _places: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)

    def refresh(self) -> None:
        """Read rules and programmes again, if they have changed. In an operator's scope."""
        if self.book.refresh():
            self.standings.keep_only({rule.id for rules in self.book.rules.values() for rule in rules})

    def find_places(self) -> None:
        """Read which machine and EAs belong to which account. In an operator's scope."""
        found: dict[UUID, set[UUID]] = defaultdict(set)
        for account_id, place in sight.places():
            found[account_id].add(place)
        self._places = {account_id: frozenset(ids) for account_id, ids in found.items()}

    def account(self, tenant_id: UUID, account_id: UUID, label: str, group_id: UUID | None) -> Subject:
        """Return an account as whom rules judge."""
        within = self._places.get(account_id, frozenset())
        within = within | {group_id} if group_id else within
        return Subject(tenant_id, Scope.ACCOUNT, account_id, label, account_id, within)

    def judge(self, judges: Judges, subject: Subject, look: Any, now: datetime) -> list[News]:
        """Return what is news of a subject by the tenant's rules; what is only carried on is noted."""
        found = []
        for rule in self.book.of(subject.tenant_id, judges):
            if not rule.is_about(subject.id, subject.within):
                found += self._left(rule, subject)
                continue
            reading = rule.kind.read(look, now)
            if reading is not None:
                found += self._advanced(rule, subject, reading, now)
        return found

    def _left(self, rule: Rule, subject: Subject) -> list[News]:
        """What a rule found of one whom it judges no more, as of an account that left a group, is over."""
        if self.standings.of((rule.id, subject.id)) == WELL:
            return []
        return [news.of_one_who_left(rule, subject)]

    def gone(self, keys: Iterable[Key]) -> Iterator[Batch]:
        """Yield that what rules found of subjects which are no longer there is over."""
        rules = {rule.id: rule for rules in self.book.rules.values() for rule in rules}
        for rule_id, subject_id in keys:
            if rule_id in rules:
                rule = rules[rule_id]
                subject = Subject(rule.tenant_id, SUBJECTS[rule.kind.judges], subject_id, "")
                yield Batch(subject, [news.of_one_who_left(rule, subject)])

    def _advanced(self, rule: Rule, subject: Subject, reading: Reading, now: datetime) -> list[News]:
        key = (rule.id, subject.id)
        before = self.standings.of(key)
        after, change = advance(before, rule.kind, reading, now)
        is_calm = bool(before.stage) and not after.stage and not before.is_firing
        if change == "none" and not is_calm:
            self.standings.carry(subject.tenant_id, key, after, reading.value)
            return []
        return [news.of_rule(rule, subject, reading, change, after)]
