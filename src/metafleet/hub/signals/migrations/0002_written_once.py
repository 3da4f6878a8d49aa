"""Before deploy: signals are behind the fence, written once by the door alone; a version's file is frozen.

Not only the application's role is refused: a trigger says no to whoever would change a signal, or a file.
The sweeps look over all tenants through doors: what is due, and the sums of how a version does.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence, written_door

_FROZEN = """
CREATE FUNCTION signals_frozen() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a row of % never changes', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER signals_frozen BEFORE UPDATE OR DELETE ON signals_signal
    FOR EACH ROW EXECUTE FUNCTION signals_frozen();
CREATE TRIGGER signals_frozen BEFORE DELETE OR UPDATE OF
    id, model_id, number, content_hash, symbols, timeframe, spec, card, file, size, origin, made_by,
    is_promoted_by_gate, created_at
    ON signals_modelversion FOR EACH ROW EXECUTE FUNCTION signals_frozen();
REVOKE INSERT, UPDATE, DELETE ON signals_signal FROM metafleet_app;
REVOKE INSERT, DELETE ON signals_signaloutcome FROM metafleet_app;
REVOKE UPDATE, DELETE ON signals_modelversion FROM metafleet_app;
GRANT UPDATE (state, promoted_at, promoted_by, retired_at, note, updated_at)
    ON signals_modelversion TO metafleet_app;
"""
_THAWED = """
GRANT INSERT, UPDATE, DELETE ON signals_signal, signals_signaloutcome, signals_modelversion TO metafleet_app;
DROP TRIGGER signals_frozen ON signals_modelversion;
DROP TRIGGER signals_frozen ON signals_signal;
DROP FUNCTION signals_frozen();
"""

# Rows are written in the order of their key, so that two gateways never wait for each other in a circle.
# What another one has just written is waited for, and then read: each statement sees it.
RECORD = """
#variable_conflict use_column
BEGIN
    WITH said AS MATERIALIZED (
        SELECT r.*, terminal.tenant_id, terminal.account_id
        FROM jsonb_to_recordset(rows) AS r (i int, t uuid, v int, id uuid, version uuid, server text,
            symbol text, timeframe text, bar timestamptz, hash text, features text, side text,
            probability float8, size float8, shadow boolean, until timestamptz, due timestamptz)
        JOIN fleet_terminal AS terminal ON terminal.id = r.t AND terminal.token_version = r.v
            AND terminal.revoked_at IS NULL
    ), written AS (
        INSERT INTO signals_signal
            (id, created_at, updated_at, tenant_id, version_id, terminal_id, account_id, server, symbol,
             timeframe, bar_at, inputs_hash, features, side, probability, size, is_shadow, valid_until,
             issued_at)
        SELECT id, moment, moment, tenant_id, version, t, account_id, server, symbol, timeframe, bar,
               decode(hash, 'hex'), decode(features, 'hex'), side, probability, size, shadow, until, moment
        FROM said
        ORDER BY tenant_id, version, server, symbol, timeframe, bar, hash, shadow
        ON CONFLICT (tenant_id, version_id, server, symbol, timeframe, bar_at, inputs_hash, is_shadow)
            DO NOTHING
        RETURNING id, tenant_id
    )
    INSERT INTO signals_signaloutcome AS outcome
        (id, created_at, updated_at, tenant_id, signal_id, state, due_at, attempts, result, reason)
    SELECT gen_random_uuid(), moment, moment, written.tenant_id, written.id, 'waiting', said.due, 0, '', ''
    FROM written JOIN said ON said.id = written.id;

    RETURN QUERY
    SELECT said.i, signal.id, signal.side::text, signal.probability, signal.size, signal.valid_until,
           signal.issued_at, signal.id = said.id
    FROM jsonb_to_recordset(rows) AS said (i int, t uuid, v int, id uuid, version uuid, server text,
        symbol text, timeframe text, bar timestamptz, hash text, shadow boolean)
    JOIN fleet_terminal AS terminal ON terminal.id = said.t AND terminal.token_version = said.v
        AND terminal.revoked_at IS NULL
    JOIN signals_signal AS signal ON signal.tenant_id = terminal.tenant_id
        AND signal.version_id = said.version AND signal.server = said.server
        AND signal.symbol = said.symbol AND signal.timeframe = said.timeframe
        AND signal.bar_at = said.bar AND signal.inputs_hash = decode(said.hash, 'hex')
        AND signal.is_shadow = said.shadow;
END
"""

_DUE = """
SELECT outcome.tenant_id, outcome.signal_id FROM signals_signaloutcome AS outcome
WHERE outcome.due_at <= $1 ORDER BY outcome.due_at LIMIT $2
"""

# Of many tenants that were told the same of the same bar, one: it is the model that is judged.
_SEEN = """
SELECT DISTINCT ON (signal.bar_at, signal.server, signal.symbol, signal.inputs_hash)
       signal.bar_at, signal.features, signal.side::text, signal.probability, outcome.state::text,
       outcome.is_up, outcome.is_hit, outcome.return_ratio
FROM signals_signal AS signal
LEFT JOIN signals_signaloutcome AS outcome ON outcome.signal_id = signal.id
WHERE signal.version_id = $1 AND signal.bar_at > $2
ORDER BY signal.bar_at DESC, signal.server, signal.symbol, signal.inputs_hash, outcome.state
LIMIT $3
"""
BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off"


class Migration(migrations.Migration):
    dependencies = [
        ("signals", "0001_initial"),
        ("kernel", "0002_operator"),
        ("fleet", "0023_deployments_minute"),
    ]
    operations = [
        *fence("signals_signal", "signals_signaloutcome"),
        migrations.RunSQL(_FROZEN, _THAWED),
        written_door(
            "signals_record",
            "rows jsonb, moment timestamptz",
            "i int, id uuid, side text, probability float8, size float8, valid_until timestamptz, "
            "issued_at timestamptz, is_new boolean",
            RECORD,
            options=BY_INDEX,
        ),
        door("signals_due", "at timestamptz, most int", "tenant_id uuid, signal_id uuid", _DUE),
        door(
            "signals_seen",
            "of_version uuid, since timestamptz, most int",
            "bar_at timestamptz, features bytea, side text, probability float8, state text, is_up boolean, "
            "is_hit boolean, return_ratio float8",
            _SEEN,
        ),
    ]
