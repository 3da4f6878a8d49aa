"""Gather evidence when that is due: one worker at a time, by lease."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from metafleet.hub.advisor.evidence.trying import TryingFailed
from metafleet.hub.advisor.models import EvidenceStanding
from metafleet.hub.advisor.recommending import gathering
from metafleet.hub.advisor.recommending.gathering import Gathered

NAME: Final = "evidence"
EVERY: Final = timedelta(minutes=5)
FIRST: Final = timedelta(minutes=3)
"""After the first look: what starts up has other things to do."""
LEASE: Final = timedelta(minutes=2)
"""Renewed with each piece of work, which takes seconds."""

_log = logging.getLogger(__name__)


def gather_if_due(*, processes: int, clock: Callable[[], datetime]) -> Gathered | None:
    """Gather what is missing; None where that is not due, is being done, or is switched off (0 processes)."""
    if processes < 1 or not _claim(clock()):
        return None
    rows = EvidenceStanding.objects.filter(name=NAME)

    def told(done: int, total: int) -> None:
        rows.update(done=done, total=total, lease_until=clock() + LEASE)

    try:
        made = gathering.gather(gathering.pairs(), processes=processes, told=told)
    except TryingFailed as failed:
        _log.warning("evidence was not gathered: %s", failed)
        rows.update(error=str(failed)[:400], due_at=clock() + EVERY, lease_until=None)
        return None
    now = clock()
    rows.update(
        done=made.ran,
        total=made.ran,
        ran=made.ran,
        elapsed_s=made.elapsed_s,
        sources=made.sources,
        error="",
        finished_at=now,
        due_at=now + EVERY,
        lease_until=None,
    )
    return made


def _claim(now: datetime) -> bool:
    with transaction.atomic():
        EvidenceStanding.objects.bulk_create(
            [EvidenceStanding(name=NAME, due_at=now + FIRST)], ignore_conflicts=True
        )
        is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        taken = EvidenceStanding.objects.filter(is_free, name=NAME, due_at__lte=now).update(
            lease_until=now + LEASE, begun_at=now, done=0, total=0
        )
    return taken == 1
