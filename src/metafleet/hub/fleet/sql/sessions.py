"""Trading sessions: a terminal's connected time, kept from its heartbeats. In the tenant's scope."""

from __future__ import annotations

from typing import Final

# A silence within a session that nobody swept through ends it where it began.
END: Final = """
    UPDATE fleet_tradingsession AS session
    SET ended_at = session.last_heartbeat_at, updated_at = %(now)s,
        end_reason = CASE WHEN terminal.revoked_at IS NOT NULL THEN 'The terminal was revoked'
                          ELSE %(reason)s END
    FROM fleet_terminal AS terminal
    WHERE terminal.id = session.terminal_id AND session.tenant_id = %(tenant)s AND session.ended_at IS NULL
      AND (terminal.revoked_at IS NOT NULL
           OR session.last_heartbeat_at + %(silence)s < coalesce(
               nullif(terminal.linked_at, session.last_heartbeat_at), %(now)s))
"""
EXTEND: Final = """
    UPDATE fleet_tradingsession AS session SET last_heartbeat_at = terminal.linked_at, updated_at = %(now)s
    FROM fleet_terminal AS terminal
    WHERE terminal.id = session.terminal_id AND session.tenant_id = %(tenant)s AND session.ended_at IS NULL
      AND terminal.linked_at > session.last_heartbeat_at
"""
BEGIN: Final = """
    INSERT INTO fleet_tradingsession (id, tenant_id, account_id, terminal_id, started_at, last_heartbeat_at,
        end_reason, created_at, updated_at)
    SELECT gen_random_uuid(), tenant_id, account_id, id, linked_at, linked_at, '', %(now)s, %(now)s
    FROM fleet_terminal AS terminal
    WHERE tenant_id = %(tenant)s AND revoked_at IS NULL AND linked_at >= %(now)s - %(silence)s
      AND NOT EXISTS (
          SELECT FROM fleet_tradingsession AS session
          WHERE session.terminal_id = terminal.id AND session.ended_at IS NULL)
    ON CONFLICT DO NOTHING
"""
"""One that ended by the same heartbeat does not begin again: `END` has looked at that beat's age."""

# In an operator's scope. A session that is left open for longer ends when its terminal comes back.
TENANTS: Final = """
    SELECT DISTINCT tenant_id FROM fleet_terminal
    WHERE linked_at > %(now)s - interval '1 day' ORDER BY tenant_id
"""
