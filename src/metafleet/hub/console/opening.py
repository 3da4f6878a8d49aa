"""How many accounts a tenant may have opened or connected, and that a double click opens one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from metafleet.hub.fleet.models import Platform, TradingAccount
from metafleet.hub.kernel.errors import Refused

MOST_ACCOUNTS = 20
"""Connected now, or added within the last day: an account costs the broker a book that it keeps for ever."""
MOST_OWN_ACCOUNTS = 500
"""Those that customers' own terminals report of cost nobody a book; this bounds the lists."""
REPEAT = timedelta(seconds=10)
"""A person who means a second account of the same name takes longer."""


class TooManyAccounts(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"There is room for {MOST_ACCOUNTS} paper accounts. Remove one that you no longer need; "
            "one that was added within the last day keeps its place until tomorrow."
        )


class TooManyOwnAccounts(Refused):
    def __init__(self) -> None:
        super().__init__(
            f"There is room for {MOST_OWN_ACCOUNTS} accounts with terminals of your own. "
            "Remove one that you no longer need."
        )


class OpeningAlready(Refused):
    """The answer to the first request is still to come."""

    def __init__(self) -> None:
        super().__init__("An account is being opened for you just now. Wait a moment.")


@contextmanager
def one_at_a_time(tenant_id: UUID) -> Iterator[None]:
    """Hold the tenant's place at the broker. Raises OpeningAlready where another request has it.

    The lock is the transaction's, which stays open while the broker is asked: one of the connection's own
    would be left behind in a pooler that hands each transaction another connection.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"open-account:{tenant_id}"]
        )
        (is_ours,) = cursor.fetchone()
        if not is_ours:
            raise OpeningAlready
        yield


def just_opened(*, tenant_id: UUID, label: str, leverage: int, now: datetime) -> UUID | None:
    """Return the account that this very request has opened moments ago, if it was sent before."""
    same = TradingAccount.objects.filter(
        tenant_id=tenant_id, label=label, leverage=leverage, deleted_at=None, created_at__gt=now - REPEAT
    )
    return same.values_list("id", flat=True).first()


def check_room(*, tenant_id: UUID, now: datetime) -> None:
    """Raises TooManyAccounts."""
    counted = Q(deleted_at=None) | Q(created_at__gt=now - timedelta(days=1))
    papers = TradingAccount.objects.filter(counted, tenant_id=tenant_id, platform=Platform.PAPER)
    if papers.count() >= MOST_ACCOUNTS:
        raise TooManyAccounts


def check_room_for_own(*, tenant_id: UUID) -> None:
    """Raises TooManyOwnAccounts."""
    own = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None)
    if own.exclude(platform=Platform.PAPER).count() >= MOST_OWN_ACCOUNTS:
        raise TooManyOwnAccounts
