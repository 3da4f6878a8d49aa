"""Items that could not be recorded: tried again, by the hub or by a person, or discarded.

Where the fault was the hub's it tries by itself, three times and with growing waits; then, and
where the fault is the sender's, the item waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import DataError, connection, transaction
from django.db.models import Count

from metafleet.hub.audit import operations as audit
from metafleet.hub.journal import intake, items
from metafleet.hub.journal.models import FailedItem
from metafleet.hub.kernel.errors import NotFound

MOST_TRIES: Final = 3
AT_ONCE: Final = 50
"""Items that one sweep tries for an account."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try; `detail` is a sentence for people."""

    recorded: bool
    detail: str


def counts(*, tenant_id: UUID) -> dict[UUID, int]:
    """Return how many items wait, by account."""
    found = FailedItem.objects.filter(tenant_id=tenant_id).values_list("account_id")
    return dict(found.annotate(items=Count("id")).order_by())


def retry(*, tenant_id: UUID, item_id: UUID, now: datetime) -> Outcome:
    """Read and record the item once more, in the open transaction of its tenant. Raises NotFound."""
    row = FailedItem.objects.select_for_update().filter(tenant_id=tenant_id, id=item_id).first()
    if row is None:
        raise NotFound("failed item")
    return _try(row, now)


def discard(*, tenant_id: UUID, ids: Sequence[UUID], actor: str, now: datetime) -> int:
    """Forget these items for good; return how many there still were."""
    found = FailedItem.objects.filter(tenant_id=tenant_id, id__in=ids)
    by_account = dict(found.values_list("account_id").annotate(items=Count("id")).order_by())
    discarded, _ = found.delete()
    for account_id, count in by_account.items():
        audit.record(
            tenant_id=tenant_id,
            actor=actor,
            action="failed_items.discarded",
            subject=f"{count} failed items",
            subject_id=account_id,
            now=now,
            detail={"items": count},
        )
    return discarded


def retry_due(*, tenant_id: UUID, account_id: UUID, now: datetime) -> int:
    """Try what is due of the account; return how many were recorded. In the open tenant transaction."""
    due = FailedItem.objects.select_for_update(skip_locked=True).filter(
        tenant_id=tenant_id, account_id=account_id, due_at__lte=now
    )
    return sum(_try(row, now).recorded for row in due.order_by("due_at")[:AT_ONCE])


def _try(row: FailedItem, now: datetime) -> Outcome:
    if row.kind != "deal":
        return _wait(
            row, now, "A candle alone does not say of which symbol it is: fetch the candles again.", False
        )
    deals, bad = items.read_trades([msgspec.Raw(row.item.encode())], row.utc_offset_s)
    if bad:
        return _wait(row, now, bad[0].detail, bad[0].is_ours)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            batch = intake.DealBatch(deals=deals, account_id=row.account_id)
            (done,) = intake.record_in_tenant(cursor, [batch], now)
    except DataError as error:
        return _wait(row, now, str(error).splitlines()[0], True)
    if not done.is_current:
        return _wait(row, now, "Its account was removed.", False)
    row.delete()
    return Outcome(True, "Recorded." if done.tickets else "The journal knew it already.")


def _wait(row: FailedItem, now: datetime, reason: str, is_ours: bool) -> Outcome:
    row.reason, row.is_ours = reason, is_ours
    row.attempt += 1
    is_tried_again = is_ours and row.attempt < MOST_TRIES
    row.due_at = now + intake.FIRST_WAIT * 4**row.attempt if is_tried_again else None
    row.save(update_fields=("reason", "is_ours", "attempt", "due_at", "updated_at"))
    return Outcome(False, reason)
