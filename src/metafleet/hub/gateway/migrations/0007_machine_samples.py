"""A machine's report leaves a sample of every five minutes, and its terminals' experts and log lines.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

# The tenant is the terminal's. A machine's id was made up by its agent: one that another tenant has is
# not touched, and one tenant cannot fill the table. What an older agent does not say stays as it was.
# A new machine is called as the terminal that speaks first: its owner named it so.
# A machine whose terminals were all revoked is back with the first of them that speaks again.
MACHINE = """
#variable_conflict use_column
DECLARE
    spoke record;
    at timestamptz := (report ->> 'at')::timestamptz;
    machine uuid := (report -> 'machine' ->> 'id')::uuid;
BEGIN
    SELECT terminal.id, terminal.tenant_id, terminal.label INTO spoke FROM fleet_terminal AS terminal
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
    SELECT machine, spoke.tenant_id, at, at, left(coalesce(nullif(spoke.label, ''), said.name), 60), 1, at, at,
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
        clock_skew_ms = excluded.clock_skew_ms, started_at = excluded.started_at, revoked_at = NULL
    WHERE agent.tenant_id = excluded.tenant_id;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'other';
        RETURN;
    END IF;

    INSERT INTO fleet_agentsample AS sample (tenant_id, agent_id, at, cpu_percent, memory_used_mb, disk_free_mb)
    SELECT spoke.tenant_id, machine, date_bin('5 minutes', at, 'epoch'), said.cpu_percent,
           said.memory_used_mb, said.disk_free_mb
    FROM jsonb_to_record(report -> 'machine') AS said (cpu_percent float8, memory_used_mb int, disk_free_mb int)
    ON CONFLICT (agent_id, at) DO UPDATE SET
        cpu_percent = greatest(sample.cpu_percent, excluded.cpu_percent),
        memory_used_mb = greatest(sample.memory_used_mb, excluded.memory_used_mb),
        disk_free_mb = coalesce(excluded.disk_free_mb, sample.disk_free_mb);
    DELETE FROM fleet_agentsample AS old
    WHERE old.agent_id = machine
      AND old.at < (report ->> 'at')::timestamptz - make_interval(hours => (report ->> 'kept_h')::int);

    INSERT INTO fleet_agentterminal AS seen
        (terminal_id, tenant_id, agent_id, created_at, updated_at, observed_at, experts, log_lines,
         path, process_state, is_connected, is_algo_trading, last_tick_at, latency_ms,
         log_errors, last_log_error, restarts)
    SELECT spoke.id, spoke.tenant_id, machine, at, at, at, coalesce(nullif(said.experts, 'null'), '[]'),
           coalesce(nullif(said.log_lines, 'null'), '[]'), said.path, said.process_state, said.is_connected,
           said.is_algo_trading, said.last_tick_at, said.latency_ms, said.log_errors, said.last_log_error,
           said.restarts
    FROM jsonb_to_record(report -> 'terminal') AS said
        (path text, process_state text, is_connected bool, is_algo_trading bool, last_tick_at timestamptz,
         latency_ms float8, log_errors int, last_log_error text, restarts int, experts jsonb,
         log_lines jsonb)
    ON CONFLICT (terminal_id) DO UPDATE SET
        agent_id = excluded.agent_id, updated_at = excluded.updated_at, observed_at = excluded.observed_at,
        path = excluded.path, process_state = excluded.process_state,
        is_connected = excluded.is_connected, is_algo_trading = excluded.is_algo_trading,
        last_tick_at = excluded.last_tick_at, latency_ms = excluded.latency_ms,
        log_errors = excluded.log_errors, last_log_error = excluded.last_log_error,
        restarts = excluded.restarts,
        experts = coalesce(nullif(report -> 'terminal' -> 'experts', 'null'), seen.experts),
        log_lines = coalesce(nullif(report -> 'terminal' -> 'log_lines', 'null'), seen.log_lines);
    RETURN QUERY SELECT 'stored';
END
"""


class Migration(migrations.Migration):
    dependencies = [("gateway", "0006_machines"), ("fleet", "0021_agent_samples_fence")]

    operations = [written_door("gateway_machine", "report jsonb", "outcome text", MACHINE)]
