"""Whether deployments were proved within their minute, for the objectives.

A deployment begins when somebody wants an EA to run that was not, or when there is a host for it if there
was none. It is over with the first heartbeat that is signed in to its account. What the receipt asks for
beyond that, the first tick, is the market's to give.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from metafleet.hub.kernel.objectives import counts
from metafleet.hub.kernel.objectives.definitions import DEPLOYMENTS, PROOF_WITHIN

_COUNT: Final = "SELECT proved, late FROM fleet_count_deployments(%s, make_interval(secs => %s))"


def count(*, now: datetime) -> counts.Tally:
    """Count each deployment once that has been proved, or has not within PROOF_WITHIN; return how many.

    One that ended for good before, as its broker or its own code refused it, counts for neither.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COUNT, [now, PROOF_WITHIN.total_seconds()])
        proved, late = cursor.fetchone()
        if proved + late:
            minute = now.replace(second=0, microsecond=0)
            counted = counts.Count(DEPLOYMENTS.name, minute, proved + late, late)
            cursor.execute(counts.ADD, [counts.as_json([counted])])
    return counts.Tally(proved + late, late)
