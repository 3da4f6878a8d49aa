"""How an EA did, thinned to what a screen can draw. In the tenant's scope."""

from __future__ import annotations

from typing import Final

# The last sample of each step; steps are as long as what there is of the span allows, so that an EA that
# began minutes ago has its curve. The primary key finds both, and each row is looked at once.
PERFORMANCE: Final = """
    WITH began AS (
        SELECT min(at) AS at FROM fleet_eaperformance
        WHERE instance_id = %(instance)s AND resolution = %(resolution)s AND at > %(since)s
    ), step AS (
        SELECT greatest(1, extract(epoch FROM %(until)s - began.at) / %(points)s) AS seconds FROM began
    )
    SELECT DISTINCT ON (floor(extract(epoch FROM at) / step.seconds))
        at, balance::float, equity::float, profit::float, trades, cpu_percent, memory_mb
    FROM fleet_eaperformance, step
    WHERE instance_id = %(instance)s AND resolution = %(resolution)s AND at > %(since)s AND at <= %(until)s
    ORDER BY floor(extract(epoch FROM at) / step.seconds), at DESC
"""
