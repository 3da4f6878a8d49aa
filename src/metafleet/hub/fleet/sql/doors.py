"""The narrow doors through the tenant fence: what is asked before the tenant is known."""

from __future__ import annotations

from typing import Final

TERMINALS: Final = """
    SELECT id, tenant_id, account_id, instance_id, token_version, revoked, utc_offset_s, timezone,
           login, server, protocol, crossed, currency, leverage, margin_mode
    FROM gateway_terminals(%s)
"""

CROSS: Final = "SELECT written FROM gateway_cross(%s, %s, %s, %s)"
TERMS: Final = """
    SELECT written FROM gateway_terms_together(%s, %s, %s::text[], %s::int[], %s::text[], %s)
"""

# Inside the terminal's tenant.
CURRENT: Final = """
    SELECT 1 FROM fleet_terminal
    WHERE id = %(terminal)s AND token_version = %(version)s AND revoked_at IS NULL
"""

ASSIGNMENT: Final = "SELECT tenant_id, run_id FROM gateway_assignment(%(token_hash)s)"

# Inside the run's tenant.
# Who asks first takes it: from then on it is theirs alone. False: somebody else has it.
SEALED_ASSIGNMENT: Final = """
    WITH open AS (
        SELECT id, assignment_taken_by FROM fleet_run
        WHERE id = %(run)s AND assignment_hash = %(token_hash)s
          AND assignment_expires_at > %(now)s AND ended_at IS NULL AND sealed_assignment IS NOT NULL
        FOR UPDATE
    ), taken AS (
        UPDATE fleet_run run SET assignment_taken_by = %(taker)s FROM open
        WHERE run.id = open.id AND coalesce(open.assignment_taken_by, %(taker)s) = %(taker)s
        RETURNING run.id, run.sealed_assignment
    )
    SELECT taken.sealed_assignment FROM open LEFT JOIN taken USING (id)
"""
