"""Commands that nobody came for die in their time, and their owner sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from metafleet.hub.kernel import live, nudges

AT_MOST: Final = 500
_EXPIRE: Final = "SELECT tenant_id, command_id, account_id, instance_id FROM fleet_expire_commands(%s, %s)"


def expire_commands(*, now: datetime) -> int:
    """End what is past its time, of every tenant; return how many, AT_MOST in one call.

    A delivered command keeps its lease: an answer that is under way still counts.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_EXPIRE, [now, AT_MOST])
            ended: list[tuple[UUID, UUID, UUID, UUID | None]] = list(cursor.fetchall())
        for tenant_id, command_id, account_id, instance_id in ended:
            live.publish_on_commit(
                tenant_id, "command", id=str(command_id), accountId=str(account_id), state="dead"
            )
            if instance_id:
                nudges.enqueue_on_commit(
                    "fleet.reconcile", tenant_id=str(tenant_id), instance_id=str(instance_id)
                )
    return len(ended)
