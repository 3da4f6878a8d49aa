"""How EA instances did: what is too old, and whose runs live."""

from __future__ import annotations

from typing import Final

# In an operator's scope.
LIVING: Final = """
    SELECT DISTINCT instance.tenant_id
    FROM fleet_eainstance AS instance
    JOIN fleet_run AS run ON run.instance_id = instance.id AND run.generation = instance.generation
    WHERE run.ended_at IS NULL ORDER BY instance.tenant_id
"""
OLD: Final = """
    SELECT DISTINCT tenant_id FROM fleet_eaperformance
    WHERE (resolution = 'raw' AND at < %(raw)s) OR (resolution = 'minute' AND at < %(minute)s)
"""
# In the tenant's scope; the rest goes with the next sweep.
FORGET: Final = """
    DELETE FROM fleet_eaperformance WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM fleet_eaperformance
        WHERE tenant_id = %(tenant)s
          AND ((resolution = 'raw' AND at < %(raw)s) OR (resolution = 'minute' AND at < %(minute)s))
        LIMIT %(most)s))
"""
"""Hours are kept for ever."""
