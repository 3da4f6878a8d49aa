"""How accounts stand by their programmes: what the judge wrote, where it still holds. Read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from metafleet.engine.programmes.terms import Phase, Programme, TermsRefused, read
from metafleet.hub.monitor.board import Drawdown, drawdown
from metafleet.hub.monitor.models import AccountMark, AccountProfile

MOST_SHOWN: Final = 500
_DAY: Final = timedelta(days=1)
_FACTS: Final = (
    *("account_id", "account__label", "account__login", "account__currency", "phase", "phase_since"),
    *("programme__firm", "programme__name", "account__mark__since", "account__mark__verdict"),
    "account__mark__last_equity",
)


@dataclass(frozen=True, slots=True)
class Member:
    """An account in a programme. Money in `currency`; near, equity: None while nothing is judged.

    broken_at: when a limit was broken, None while all hold.
    """

    account_id: UUID
    label: str
    login: int
    currency: str
    phase: str
    phase_since: datetime | None
    equity: Decimal | None
    near: Drawdown | None
    broken_at: datetime | None
    is_passed: bool


State: TypeAlias = Literal["judged", "no_programme", "no_such_phase", "not_looked_at"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands. verdict: as the judge wrote it, where `state` is judged.

    resets_at: when the next day begins by the programme's clock. is_today: whether the account was heard
    of in the day that it is there now; else the marks are of an older day.
    """

    state: State
    profile: AccountProfile | None
    terms: Programme | None = None
    phase: Phase | None = None
    resets_at: datetime | None = None
    mark: AccountMark | None = None
    verdict: Mapping[str, Any] = field(default_factory=dict)
    is_today: bool = False


def members(*, tenant_id: UUID, programme_id: UUID) -> list[Member]:
    """Return the accounts of a programme, those that are broken and then the nearest to it first."""
    rows = AccountProfile.objects.filter(
        tenant_id=tenant_id, programme_id=programme_id, account__deleted_at=None
    )
    found = [_member(facts) for facts in rows.values(*_FACTS)]
    return sorted(found, key=lambda one: (-_nearness(one), one.label, one.account_id))


def of_account(*, account_id: UUID, now: datetime) -> Standing:
    """Return how an account stands in its phase, in two queries."""
    profile = AccountProfile.objects.filter(account_id=account_id).select_related("programme").first()
    programme = profile.programme if profile else None
    if profile is None or programme is None:
        return Standing("no_programme", profile)
    try:
        terms = read(programme.document)
    except TermsRefused:
        return Standing("no_such_phase", profile)
    clock = terms.clock
    resets_at = clock.began_at(clock.day_of(now) + _DAY).astimezone(UTC)
    phase = terms.phase(profile.phase)
    if phase is None:
        return Standing("no_such_phase", profile, terms, resets_at=resets_at)
    mark = AccountMark.objects.filter(account_id=account_id).first()
    verdict = standing_verdict(
        mark.verdict if mark else None,
        programme=f"{programme.firm} {programme.name}",
        phase=profile.phase,
        phase_since=profile.phase_since,
        marks_since=mark.since if mark else None,
    )
    if mark is None or verdict is None:
        return Standing("not_looked_at", profile, terms, phase, resets_at)
    is_today = mark.day == clock.day_of(now)
    return Standing("judged", profile, terms, phase, resets_at, mark, verdict, is_today)


def standing_verdict(
    verdict: Mapping[str, Any] | None,
    *,
    programme: str,
    phase: str,
    phase_since: datetime | None,
    marks_since: datetime | None,
) -> Mapping[str, Any] | None:
    """Return the verdict where it is about this phase of this programme; None until the judge has looked."""
    if not verdict or marks_since is None:
        return None
    if (verdict.get("programme"), verdict.get("phase")) != (programme, phase):
        return None
    return verdict if phase_since is None or phase_since <= marks_since else None


def _member(facts: Mapping[str, Any]) -> Member:
    found = standing_verdict(
        facts["account__mark__verdict"],
        programme=f"{facts['programme__firm']} {facts['programme__name']}",
        phase=facts["phase"],
        phase_since=facts["phase_since"],
        marks_since=facts["account__mark__since"],
    )
    breach = (found or {}).get("breach")
    return Member(
        account_id=facts["account_id"],
        label=facts["account__label"],
        login=facts["account__login"],
        currency=facts["account__currency"],
        phase=facts["phase"],
        phase_since=facts["phase_since"],
        equity=facts["account__mark__last_equity"],
        near=drawdown(found),
        broken_at=datetime.fromisoformat(breach["at"]) if breach else None,
        is_passed=bool((found or {}).get("isPassed")),
    )


def _nearness(one: Member) -> float:
    if one.broken_at is not None:
        return float("inf")
    return one.near.percent if one.near else -1.0
