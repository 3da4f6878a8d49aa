"""What a host agent says of its machine and of a terminal on it: the latest wins.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

# The tenant is the terminal's. A machine's id was made up by its agent: one that another tenant has is
# not touched, and one tenant cannot fill the table.
MACHINE = """
#variable_conflict use_column
DECLARE
    spoke record;
    at timestamptz := (report ->> 'at')::timestamptz;
    machine uuid := (report -> 'machine' ->> 'id')::uuid;
BEGIN
    SELECT terminal.id, terminal.tenant_id INTO spoke FROM fleet_terminal AS terminal
    WHERE terminal.id = (report ->> 't')::uuid AND terminal.token_version = (report ->> 'v')::int
      AND terminal.revoked_at IS NULL AND terminal.instance_id IS NULL;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'fenced';
        RETURN;
    END IF;

    IF NOT EXISTS (SELECT FROM fleet_agent AS agent WHERE agent.id = machine)
       AND (SELECT count(*) FROM fleet_agent AS agent WHERE agent.tenant_id = spoke.tenant_id)
           >= (report ->> 'most')::int THEN
        RETURN QUERY SELECT 'full';
        RETURN;
    END IF;

    INSERT INTO fleet_agent AS agent
        (id, tenant_id, created_at, updated_at, label, token_version, enrolled_at, heartbeat_at,
         name, system, version, cpu_percent, memory_mb, memory_used_mb, disk_mb, disk_free_mb,
         clock_skew_ms, started_at)
    SELECT machine, spoke.tenant_id, at, at, left(said.name, 60), 1, at, at,
           said.name, said.system, said.version, said.cpu_percent, said.memory_mb, said.memory_used_mb,
           said.disk_mb, said.disk_free_mb, said.clock_skew_ms, said.started_at
    FROM jsonb_to_record(report -> 'machine') AS said
        (name text, system text, version text, cpu_percent float8, memory_mb int, memory_used_mb int,
         disk_mb int, disk_free_mb int, clock_skew_ms int, started_at timestamptz)
    ON CONFLICT (id) DO UPDATE SET
        updated_at = excluded.updated_at, heartbeat_at = excluded.heartbeat_at, name = excluded.name,
        system = excluded.system, version = excluded.version, cpu_percent = excluded.cpu_percent,
        memory_mb = excluded.memory_mb, memory_used_mb = excluded.memory_used_mb,
        disk_mb = excluded.disk_mb, disk_free_mb = excluded.disk_free_mb,
        clock_skew_ms = excluded.clock_skew_ms, started_at = excluded.started_at
    WHERE agent.tenant_id = excluded.tenant_id;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'other';
        RETURN;
    END IF;

    INSERT INTO fleet_agentterminal AS seen
        (terminal_id, tenant_id, agent_id, created_at, updated_at, observed_at, experts,
         path, process_state, is_connected, is_algo_trading, last_tick_at, latency_ms,
         log_errors, last_log_error, restarts)
    SELECT spoke.id, spoke.tenant_id, machine, at, at, at, '[]',
           said.path, said.process_state, said.is_connected, said.is_algo_trading, said.last_tick_at,
           said.latency_ms, said.log_errors, said.last_log_error, said.restarts
    FROM jsonb_to_record(report -> 'terminal') AS said
        (path text, process_state text, is_connected bool, is_algo_trading bool, last_tick_at timestamptz,
         latency_ms float8, log_errors int, last_log_error text, restarts int)
    ON CONFLICT (terminal_id) DO UPDATE SET
        agent_id = excluded.agent_id, updated_at = excluded.updated_at, observed_at = excluded.observed_at,
        path = excluded.path, process_state = excluded.process_state,
        is_connected = excluded.is_connected, is_algo_trading = excluded.is_algo_trading,
        last_tick_at = excluded.last_tick_at, latency_ms = excluded.latency_ms,
        log_errors = excluded.log_errors, last_log_error = excluded.last_log_error,
        restarts = excluded.restarts;
    RETURN QUERY SELECT 'stored';
END
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0005_results"), ("fleet", "0019_agents_fence")]

    operations = [written_door("gateway_machine", "report jsonb", "outcome text", MACHINE)]
