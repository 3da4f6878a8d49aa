"""Commands on their way to a terminal and back. All run in a transaction of the terminal's tenant."""

from __future__ import annotations

from typing import Final

IS_CURRENT: Final = """
    SELECT token_version = %(token_version)s AND revoked_at IS NULL
    FROM fleet_terminal WHERE id = %(terminal)s
"""

# Three disjoint parts of what is due, in one look: too old to be delivered, delivered
# too often, and the rest, oldest first. What another poll has locked is skipped.
LEASE: Final = """
    WITH due AS MATERIALIZED (
        SELECT id, attempt, expires_at FROM fleet_command
        WHERE terminal_id = %(terminal)s AND due_at <= %(now)s
          AND (state = 'queued' OR (state = 'leased' AND lease_until <= %(now)s))
          AND (%(types)s::text[] IS NULL OR type = ANY(%(types)s))
        ORDER BY created_at, id
        LIMIT %(most)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE fleet_command AS command SET
        updated_at = %(now)s,
        state = CASE WHEN verdict.reason = '' THEN 'leased' ELSE 'dead' END,
        attempt = command.attempt + (verdict.reason = '')::int,
        lease_until = CASE WHEN verdict.reason = '' THEN %(now)s + %(lease)s::interval END,
        -- Should the lease run out, the next delivery waits twice as long each time.
        due_at = CASE WHEN verdict.reason = ''
            THEN %(now)s + %(lease)s::interval + %(back_off)s::interval * (2 ^ command.attempt)
            ELSE command.due_at END,
        result = CASE WHEN verdict.reason = '' THEN %(mark)s::jsonb ELSE command.result END,
        error = verdict.reason,
        finished_at = CASE WHEN verdict.reason = '' THEN NULL ELSE %(now)s END
    FROM (
        SELECT id, CASE
            WHEN expires_at <= %(now)s THEN 'It expired before it was answered'
            WHEN attempt >= %(attempts)s THEN 'No answer to ' || attempt || ' deliveries'
            ELSE '' END AS reason
        FROM due
    ) AS verdict
    WHERE command.id = verdict.id
    RETURNING command.id, command.type, command.payload, command.attempt, command.expires_at,
              command.state, command.created_at
"""

# A first result ends the command; `retriable` with attempts and time left queues it again.
FINISH: Final = """
    UPDATE fleet_command SET
        updated_at = %(now)s, lease_until = NULL, result = %(result)s::jsonb, error = %(error)s,
        state = CASE
            WHEN NOT %(retriable)s THEN %(status)s
            WHEN attempt < %(attempts)s AND (expires_at IS NULL OR expires_at > %(now)s) THEN 'queued'
            ELSE 'dead' END,
        due_at = %(now)s + %(back_off)s::interval * (2 ^ attempt),
        finished_at = CASE
            WHEN %(retriable)s AND attempt < %(attempts)s
                 AND (expires_at IS NULL OR expires_at > %(now)s) THEN NULL
            ELSE %(now)s::timestamptz END
    WHERE id = %(command)s AND terminal_id = %(terminal)s AND state IN ('queued', 'leased')
"""

EXISTS: Final = "SELECT 1 FROM fleet_command WHERE id = %(command)s AND terminal_id = %(terminal)s"

# A version-1 client cannot acknowledge: what it sends next says that it was served.
FINISH_FLAT: Final = """
    UPDATE fleet_command
    SET state = 'done', finished_at = %(now)s, updated_at = %(now)s, lease_until = NULL
    WHERE terminal_id = %(terminal)s AND state = 'leased' AND type = %(type)s
      AND (result ->> 'flat')::boolean
      AND (%(trade)s::text IS NULL OR payload ->> 'tradeId' = %(trade)s)
"""
