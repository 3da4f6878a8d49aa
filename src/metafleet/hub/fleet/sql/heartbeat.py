"""What a heartbeat writes. All run inside one transaction of the terminal's tenant."""

from __future__ import annotations

from typing import Final

LOOK_AT_RUN: Final = """
    SELECT reported_status, reported_error, first_heartbeat_at IS NOT NULL,
           report ->> 'firstTickAt' IS NOT NULL
    FROM fleet_run
    WHERE id = %(run)s AND instance_id = %(instance)s AND generation = %(generation)s AND ended_at IS NULL
"""

# Before every other row of the fleet: the reconciler locks the instance first too.
# A due time that has come already is left alone, so that beats do not push it ahead.
WAKE_INSTANCE: Final = """
    UPDATE fleet_eainstance SET reconcile_due_at = %(now)s
    WHERE id = %(instance)s AND (reconcile_due_at IS NULL OR reconcile_due_at > %(now)s)
"""

# The version is compared here once more: a cached look at it may be a second old, and
# a runner that was fenced off within that second must not be heard.
SEE_TERMINAL: Final = """
    UPDATE fleet_terminal
    SET heartbeat_at = %(now)s, updated_at = %(now)s,
        build = coalesce(%(build)s, build),
        version = coalesce(%(version)s, version),
        utc_offset_s = coalesce(%(utc_offset_s)s, utc_offset_s)
    WHERE id = %(terminal)s AND token_version = %(token_version)s AND revoked_at IS NULL
"""

# An observation: the latest wins.
OBSERVE_ACCOUNT: Final = """
    INSERT INTO fleet_accountstate AS state
        (account_id, tenant_id, balance, equity, margin, free_margin, open_positions,
         observed_at, created_at, updated_at)
    VALUES (%(account)s, %(tenant)s, %(balance)s, %(equity)s, %(margin)s, %(free_margin)s,
            coalesce(%(open_positions)s, 0), %(now)s, %(now)s, %(now)s)
    ON CONFLICT (account_id) DO UPDATE
    SET balance = excluded.balance, equity = excluded.equity, margin = excluded.margin,
        free_margin = excluded.free_margin,
        open_positions = coalesce(%(open_positions)s, state.open_positions),
        observed_at = excluded.observed_at, updated_at = excluded.updated_at
    WHERE state.observed_at <= excluded.observed_at
"""

# `report`, the run's proof, is written once, by the first beat that knows the account;
# a first tick that comes later is added to it, once. The sealed work has served.
REPORT_RUN: Final = """
    UPDATE fleet_run
    SET heartbeat_at = %(now)s, updated_at = %(now)s,
        reported_status = %(status)s, reported_error = %(error)s,
        assignment_hash = NULL, sealed_assignment = NULL,
        first_heartbeat_at = coalesce(first_heartbeat_at,
            CASE WHEN %(report)s::jsonb IS NOT NULL THEN %(now)s::timestamptz END),
        report = CASE
            WHEN report IS NULL THEN %(report)s::jsonb
            WHEN report ->> 'firstTickAt' IS NULL AND %(first_tick_at)s::text IS NOT NULL
                THEN report || jsonb_build_object('firstTickAt', %(first_tick_at)s::text)
            ELSE report END
    WHERE id = %(run)s AND instance_id = %(instance)s AND generation = %(generation)s AND ended_at IS NULL
"""
