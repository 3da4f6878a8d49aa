"""What the watch goes by: every EA that was left as it is wanted, of all tenants, in one look."""

from __future__ import annotations

from typing import Final

# In an operator's scope, which reads all tenants and writes nobody. Only what is not due: the rest is
# looked at by its due time. The generation names the newest run, so its unique index finds it.
SETTLED: Final = """
    SELECT instance.tenant_id, instance.id, run.handle,
           instance.deleted_at IS NULL
           AND instance.state = instance.desired_state
           AND run.state = 'running'
           AND run.reported_status = instance.desired_state
           AND coalesce(run.version_id = instance.version_id, true)
           AND run.heartbeat_at > %(heard_since)s
           AND host.state IS DISTINCT FROM 'gone' AS is_as_wanted,
           run.heartbeat_at > %(fresh_since)s AS is_fresh
    FROM fleet_eainstance AS instance
    JOIN fleet_run AS run ON run.instance_id = instance.id AND run.generation = instance.generation
    LEFT JOIN fleet_host AS host ON host.name = run.host AND host.seen_at < %(heard_since)s
    WHERE instance.reconcile_due_at IS NULL AND run.ended_at IS NULL
"""
