"""What runners did by themselves at a broken limit, taken over: their word becomes the account's breach."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from metafleet.hub.fleet.models import Run
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import incidents
from metafleet.hub.monitor.incidents import About, Happening
from metafleet.hub.monitor.judge import deeds
from metafleet.hub.monitor.judge.news import DEEDS, News, Subject
from metafleet.hub.monitor.judge.verdicts import WORDS
from metafleet.hub.monitor.models import AccountMark, EventKind, Scope, Severity
from metafleet.hub.monitor.rules.readings import money

_FIRED: Final = """
    SELECT run.tenant_id, run.id FROM fleet_run AS run
    WHERE run.guard IS NOT NULL AND run.guard_told_at IS NULL LIMIT 100
"""

_log = logging.getLogger(__name__)


def fired() -> list[tuple[UUID, UUID]]:
    """Return (tenant, run) of what is to be taken over, in an operator's scope."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRED)
        found: list[tuple[UUID, UUID]] = cursor.fetchall()
        return found


def take_over(tenant_id: UUID, run_id: UUID, now: datetime) -> None:
    """Want of all the account's EAs what the runner has done with its own, and tell it."""
    with tenant_scope(tenant_id):
        runs = Run.objects.select_related("instance__account").filter(id=run_id, guard_told_at=None)
        run = runs.select_for_update(of=("self",)).first()
        if run is None or run.guard is None:
            return
        account, said = run.instance.account, run.guard
        Run.objects.filter(id=run.id).update(guard_told_at=now, updated_at=now)
        mark = AccountMark.objects.select_for_update().filter(account=account).first()
        if mark is None or not mark.verdict or said["kind"] not in WORDS:
            _log.warning(
                "run %s guarded an account that no programme judges",
                run.id,
                extra={
                    "run_id": str(run.id),
                    "instance_id": str(run.instance_id),
                    "tenant_id": str(tenant_id),
                },
            )
            return
        subject = Subject(tenant_id, Scope.ACCOUNT, account.id, account.label, account.id)
        happening = _happening(said, mark, subject.about, account.currency, run.instance.name)
        if mark.verdict.get("breach"):
            _note(tenant_id, happening, now)
            return
        mark.verdict = {**mark.verdict, "breach": _breach(said, mark.verdict, now)}
        mark.save(update_fields=("verdict", "updated_at"))
        wanted = frozenset(deed for deed in DEEDS if deed == said["did"])
        deeds.tell(News(subject, happening, deeds=wanted), now)


def _instant(said: str, now: datetime) -> str:
    """Return when a runner says that it was; now, where it says no time: an EA's code is in its process."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return now.isoformat()
    return at.isoformat() if at.tzinfo is not None and at <= now else now.isoformat()


def _breach(said: Mapping[str, Any], verdict: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the breach as the judge's own would be, by the runner's figures."""
    allowed = next((one["limit"] for one in verdict.get("limits", ()) if one["kind"] == said["kind"]), 0.0)
    return {
        "kind": said["kind"],
        "at": _instant(said["at"], now),
        "equity": said["equity"],
        "floor": said["floor"],
        "limit": allowed,
        "used": round(allowed + said["floor"] - said["equity"], 2),
        "firedBy": "runner",
    }


def _happening(said: dict[str, Any], mark: AccountMark, about: About, currency: str, name: str) -> Happening:
    kind = f"programme_{said['kind']}"
    done = {"flatten": "closes what it holds", "pause": "has paused itself"}.get(said["did"], "goes on")
    return Happening(
        key=f"{kind}:{about.id}:{mark.verdict['since']}",
        kind=kind,
        title=f"{WORDS[said['kind']]} limit broken: {about.label}",
        text=(
            f"The runner of {name} found it by itself and {done}: equity {money(said['equity'], currency)}, "
            f"broken at {money(said['floor'], currency)}."
        ),
        severity=Severity.CRITICAL,
        about=about,
        detail={
            "value": said["equity"],
            "limit": said["floor"],
            "unit": "money",
            "floor": said["floor"],
            "firedBy": "runner",
            "programme": mark.verdict["programme"],
            "phase": mark.verdict["phase"],
        },
    )


def _note(tenant_id: UUID, happening: Happening, now: datetime) -> None:
    """The hub was first: that the runner found it too is a line of the timeline."""
    row, _ = incidents.report(tenant_id=tenant_id, happening=happening, now=now)
    incidents.note(
        incident=row,
        kind=EventKind.ACTED,
        text=happening.text,
        actor=incidents.SYSTEM,
        now=now,
        is_told=False,
    )
