"""How an EA did, thinned to what a screen can draw. In the tenant's scope."""

from __future__ import annotations

from typing import Final

# The last sample of each step: the primary key finds the span, and each row is looked at once.
PERFORMANCE: Final = """
    SELECT DISTINCT ON (floor(extract(epoch FROM at) / %(step)s))
        at, balance::float, equity::float, profit::float, trades, cpu_percent, memory_mb
    FROM fleet_eaperformance
    WHERE instance_id = %(instance)s AND resolution = %(resolution)s AND at > %(since)s AND at <= %(until)s
    ORDER BY floor(extract(epoch FROM at) / %(step)s), at DESC
"""
