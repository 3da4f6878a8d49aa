"""The statements that write for many terminals at once: one round trip, one commit.

Before deploy. Each takes its rows as JSON, numbered by `i`, and answers by that number.
A row names a terminal `t` and its token's version `v`; where that is not the terminal's
current one nothing of it is written. Rows are locked in the order of their ids, whatever order
they came in: statements of different kinds write the same ones at the same time. Nested loops over indexes are the right plan for every
batch, however small the tables were when the plan was made.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import for_the_application, written_door

BY_INDEX = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off"
# Commands come and go: a plan that was made while there were none would read all that there are.
PLANNED_ANEW = f"{BY_INDEX} SET plan_cache_mode = force_custom_plan"

# `runs` first: the reconciler too locks an instance before its terminal and its run.
BEATS = """
#variable_conflict use_column
DECLARE
    news int[] := '{}';
BEGIN
    IF runs IS NOT NULL THEN
        WITH said AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(runs) AS r (i int, t uuid, v int, run uuid, instance uuid,
                generation int, status text, error text, report jsonb, ticked text)
        )
        SELECT coalesce(array_agg(said.i), '{}') INTO news
        FROM said
        JOIN fleet_terminal AS terminal ON terminal.id = said.t AND terminal.token_version = said.v
            AND terminal.revoked_at IS NULL AND terminal.instance_id = said.instance
        JOIN fleet_run AS run ON run.id = said.run AND run.instance_id = said.instance
            AND run.generation = said.generation AND run.ended_at IS NULL
        WHERE (run.reported_status, run.reported_error) IS DISTINCT FROM (said.status, said.error)
           OR (run.first_heartbeat_at IS NULL AND said.report IS NOT NULL)
           OR (run.report ->> 'firstTickAt' IS NULL AND said.ticked IS NOT NULL);

        -- A due time that has come already is left alone, so that beats do not push it ahead.
        WITH said AS MATERIALIZED (
            SELECT instance FROM jsonb_to_recordset(runs) AS r (i int, instance uuid)
            WHERE r.i = ANY(news) ORDER BY instance
        )
        UPDATE fleet_eainstance AS instance SET reconcile_due_at = moment
        FROM said WHERE instance.id = said.instance
          AND (instance.reconcile_due_at IS NULL OR instance.reconcile_due_at > moment);

        -- `report`, the run's proof, is written once, by the first beat that knows the account;
        -- a first tick that comes later is added to it, once. The sealed work has served.
        WITH said AS MATERIALIZED (
            SELECT * FROM jsonb_to_recordset(runs) AS r (i int, t uuid, v int, run uuid, instance uuid,
                generation int, status text, error text, report jsonb, ticked text)
            ORDER BY run
        )
        UPDATE fleet_run AS run
        SET heartbeat_at = moment, updated_at = moment,
            reported_status = said.status, reported_error = said.error,
            assignment_hash = NULL, sealed_assignment = NULL,
            first_heartbeat_at = coalesce(run.first_heartbeat_at,
                CASE WHEN said.report IS NOT NULL THEN moment END),
            report = CASE
                WHEN run.report IS NULL THEN said.report
                WHEN run.report ->> 'firstTickAt' IS NULL AND said.ticked IS NOT NULL
                    THEN run.report || jsonb_build_object('firstTickAt', said.ticked)
                ELSE run.report END
        FROM said
        JOIN fleet_terminal AS terminal ON terminal.id = said.t AND terminal.token_version = said.v
            AND terminal.revoked_at IS NULL AND terminal.instance_id = said.instance
        WHERE run.id = said.run AND run.instance_id = said.instance
          AND run.generation = said.generation AND run.ended_at IS NULL;
    END IF;

    RETURN QUERY
    WITH beat AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(beats) AS b (i int, t uuid, v int, p smallint, build int,
            version text, utc_offset int, allowed boolean,
            balance numeric, equity numeric, margin numeric, free numeric, positions int)
        ORDER BY t
    ), seen AS (
        UPDATE fleet_terminal AS terminal
        SET heartbeat_at = moment, updated_at = moment,
            protocol = beat.p,
            build = coalesce(beat.build, terminal.build),
            version = coalesce(beat.version, terminal.version),
            utc_offset_s = coalesce(beat.utc_offset, terminal.utc_offset_s),
            trade_allowed = coalesce(beat.allowed, terminal.trade_allowed),
            linked_at = CASE WHEN beat.balance IS NULL THEN terminal.linked_at ELSE moment END
        FROM beat
        WHERE terminal.id = beat.t AND terminal.token_version = beat.v AND terminal.revoked_at IS NULL
        RETURNING beat.i, terminal.id, terminal.account_id, terminal.tenant_id, beat.balance, beat.equity, beat.margin,
                  beat.free, beat.positions
    ), observed AS (
        INSERT INTO fleet_accountstate AS state
            (account_id, tenant_id, balance, equity, margin, free_margin, open_positions,
             observed_at, created_at, updated_at)
        SELECT account_id, tenant_id, balance, equity, margin, free,
               coalesce(positions, (SELECT known.open_positions FROM fleet_accountstate AS known
                                    WHERE known.account_id = seen.account_id), 0),
               moment, moment, moment
        FROM seen WHERE balance IS NOT NULL ORDER BY account_id
        ON CONFLICT (account_id) DO UPDATE
        SET balance = excluded.balance, equity = excluded.equity, margin = excluded.margin,
            free_margin = excluded.free_margin, observed_at = excluded.observed_at,
            updated_at = excluded.updated_at, open_positions = excluded.open_positions
        WHERE state.observed_at <= excluded.observed_at
           OR state.observed_at > excluded.observed_at + interval '1 minute'  -- a clock was wrong
    )
    -- Who is not among them has no current token.
    SELECT seen.i, seen.i = ANY(news),
           coalesce((SELECT greatest(max(deal.ticket), 0) FROM journal_deal AS deal
                     WHERE deal.account_id = seen.account_id), 0),
           -- In the order that its index has, so that a plan made while there were few goes by it too.
           coalesce((SELECT true FROM fleet_command AS command
                     WHERE command.terminal_id = seen.id AND command.finished_at IS NULL
                       AND command.due_at <= moment
                       AND (command.state = 'queued' OR command.lease_until <= moment)
                     ORDER BY command.created_at, command.id LIMIT 1), false)
    FROM seen;
END
"""

LEASE = """
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH ask AS MATERIALIZED (
        SELECT b.*, coalesce(terminal.token_version = b.v AND terminal.revoked_at IS NULL, false) AS current
        FROM jsonb_to_recordset(asks) AS b (i int, t uuid, v int, most int, flat boolean)
        LEFT JOIN fleet_terminal AS terminal ON terminal.id = b.t
    ), due AS MATERIALIZED (
        -- Three disjoint parts of what is due, in one look: too old to be delivered, delivered
        -- too often, and the rest, oldest first. What another gateway has locked is skipped.
        SELECT ask.i, ask.flat, command.id, CASE
            WHEN command.expires_at <= moment THEN 'It expired before it was answered'
            WHEN command.attempt >= attempts THEN 'No answer to ' || command.attempt || ' deliveries'
            ELSE '' END AS reason
        FROM ask CROSS JOIN LATERAL (
            SELECT c.id, c.attempt, c.expires_at FROM fleet_command AS c
            WHERE c.terminal_id = ask.t AND c.finished_at IS NULL AND c.due_at <= moment
              AND (c.state = 'queued' OR c.lease_until <= moment)
              AND (NOT ask.flat OR c.type IN ('FETCH_CANDLES', 'SYNC_TRADES'))
            ORDER BY c.created_at, c.id LIMIT ask.most
            FOR UPDATE SKIP LOCKED
        ) AS command
        WHERE ask.current
    ), taken AS (
        UPDATE fleet_command AS command SET
            updated_at = moment,
            state = CASE WHEN due.reason = '' THEN 'leased' ELSE 'dead' END,
            attempt = command.attempt + (due.reason = '')::int,
            lease_until = CASE WHEN due.reason = '' THEN moment + lease END,
            -- Should the lease run out, the next delivery waits twice as long each time.
            due_at = CASE WHEN due.reason = ''
                THEN moment + lease + back_off * (2 ^ command.attempt) ELSE command.due_at END,
            result = CASE WHEN due.reason = '' AND due.flat THEN '{"flat": true}'::jsonb
                          ELSE command.result END,
            error = due.reason,
            finished_at = CASE WHEN due.reason = '' THEN NULL ELSE moment END
        FROM due WHERE command.id = due.id
        RETURNING due.i, command.id, command.type, command.payload, command.attempt, command.expires_at,
                  command.state = 'dead' AS died, command.created_at
    )
    SELECT ask.i, ask.current, taken.id, taken.type::text, taken.payload, taken.attempt, taken.expires_at,
           taken.died
    FROM ask LEFT JOIN taken ON taken.i = ask.i
    ORDER BY ask.i, taken.created_at, taken.id;
END
"""

RESULTS = """
#variable_conflict use_column
BEGIN
    -- The instance before its commands: the reconciler's order of locks.
    WITH said AS MATERIALIZED (
        SELECT DISTINCT terminal.instance_id FROM jsonb_to_recordset(results) AS r (t uuid, v int)
        JOIN fleet_terminal AS terminal ON terminal.id = r.t AND terminal.token_version = r.v
            AND terminal.revoked_at IS NULL
        WHERE terminal.instance_id IS NOT NULL ORDER BY 1
    )
    UPDATE fleet_eainstance AS instance SET reconcile_due_at = moment
    FROM said WHERE instance.id = said.instance_id
      AND (instance.reconcile_due_at IS NULL OR instance.reconcile_due_at > moment);

    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT r.*, coalesce(terminal.token_version = r.v AND terminal.revoked_at IS NULL, false) AS current
        FROM jsonb_to_recordset(results) AS r (i int, t uuid, v int, c uuid, status text, result jsonb,
            error text, retriable boolean)
        LEFT JOIN fleet_terminal AS terminal ON terminal.id = r.t
        ORDER BY r.c
    ), ended AS (
        -- A first result ends the command; a retriable failure with attempts and time left queues it again.
        UPDATE fleet_command AS command SET
            updated_at = moment, lease_until = NULL, result = said.result, error = said.error,
            state = CASE
                WHEN NOT said.retriable THEN said.status
                WHEN command.attempt < attempts AND (command.expires_at IS NULL OR command.expires_at > moment)
                    THEN 'queued'
                ELSE 'dead' END,
            due_at = moment + back_off * (2 ^ command.attempt),
            finished_at = CASE
                WHEN said.retriable AND command.attempt < attempts
                     AND (command.expires_at IS NULL OR command.expires_at > moment) THEN NULL
                ELSE moment END
        FROM said
        WHERE said.current AND command.id = said.c AND command.terminal_id = said.t
          AND (command.finished_at IS NULL
               -- Given up for want of an answer, and here it is: what really happened counts.
               OR (command.state = 'dead' AND command.attempt > 0 AND command.result IS NULL
                   AND (command.error LIKE 'No answer to %' OR command.error LIKE 'It expired before%')
                   AND NOT said.retriable))
        RETURNING said.i
    )
    SELECT said.i, CASE
        WHEN NOT said.current THEN 'fenced'
        WHEN ended.i IS NOT NULL THEN 'changed'
        WHEN EXISTS (SELECT FROM fleet_command AS command
                     WHERE command.id = said.c AND command.terminal_id = said.t) THEN 'known'
        ELSE 'unknown' END
    FROM said LEFT JOIN ended ON ended.i = said.i;
END
"""

# An observation: the last of each quarter of a minute stays.
POINTS = """
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH written AS (
        INSERT INTO journal_equitypoint AS point
            (tenant_id, account_id, at, balance, equity, created_at, updated_at)
        SELECT terminal.tenant_id, terminal.account_id,
               date_bin('15 seconds', p.at, timestamptz '2000-01-01'), p.balance, p.equity, p.at, p.at
        FROM jsonb_to_recordset(points) AS p (t uuid, v int, at timestamptz, balance numeric, equity numeric)
        JOIN fleet_terminal AS terminal ON terminal.id = p.t AND terminal.token_version = p.v
            AND terminal.revoked_at IS NULL
        ORDER BY terminal.account_id
        ON CONFLICT (account_id, at) DO UPDATE
        SET balance = excluded.balance, equity = excluded.equity, updated_at = excluded.updated_at
        WHERE point.updated_at <= excluded.updated_at
        RETURNING 1
    )
    SELECT count(*)::int FROM written;
END
"""

# A version-1 client says nothing of a command; it has done what it was told when its trades come.
FLAT_SYNCS = """
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH done AS (
        UPDATE fleet_command AS command
        SET state = 'done', finished_at = moment, updated_at = moment, lease_until = NULL
        FROM unnest(terminals, versions) AS said (t, v)
        JOIN fleet_terminal AS terminal ON terminal.id = said.t AND terminal.token_version = said.v
            AND terminal.revoked_at IS NULL
        WHERE command.terminal_id = said.t AND command.finished_at IS NULL AND command.type = 'SYNC_TRADES'
          AND command.state = 'leased' AND command.result @> '{"flat": true}'
        RETURNING 1
    )
    SELECT count(*)::int FROM done;
END
"""

TROUBLES = """
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH written AS (
        INSERT INTO fleet_terminaltrouble AS trouble
            (tenant_id, terminal_id, kind, count, detail, last_at, created_at, updated_at)
        SELECT terminal.tenant_id, terminal.id, said.kind, said.count, said.detail, said.at, said.at, said.at
        FROM jsonb_to_recordset(troubles)
            AS said (t uuid, v int, kind text, count bigint, detail text, at timestamptz)
        JOIN fleet_terminal AS terminal ON terminal.id = said.t AND terminal.token_version = said.v
            AND terminal.revoked_at IS NULL
        ORDER BY terminal.id, said.kind
        ON CONFLICT (terminal_id, kind) DO UPDATE
        SET count = trouble.count + excluded.count, detail = excluded.detail,
            last_at = greatest(trouble.last_at, excluded.last_at), updated_at = excluded.updated_at
        RETURNING 1
    )
    SELECT count(*)::int FROM written;
END
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0005_notices"), ("journal", "0004_journal_doors")]

    operations = [
        written_door(
            "gateway_beats",
            "beats jsonb, runs jsonb, moment timestamptz",
            "i int, is_news boolean, known bigint, is_due boolean",
            BEATS,
            options=BY_INDEX,
        ),
        written_door(
            "gateway_lease",
            "asks jsonb, moment timestamptz, attempts int, lease interval, back_off interval",
            "i int, is_current boolean, id uuid, type text, payload jsonb, attempt int, "
            "expires_at timestamptz, died boolean",
            LEASE,
            options=PLANNED_ANEW,
        ),
        written_door(
            "gateway_results",
            "results jsonb, moment timestamptz, attempts int, back_off interval",
            "i int, outcome text",
            RESULTS,
            options=PLANNED_ANEW,
        ),
        written_door(
            "gateway_flat_syncs",
            "terminals uuid[], versions int[], moment timestamptz",
            "ended int",
            FLAT_SYNCS,
            options=PLANNED_ANEW,
        ),
        written_door("gateway_points", "points jsonb", "written int", POINTS, options=BY_INDEX),
        written_door("gateway_troubles", "troubles jsonb", "written int", TROUBLES, options=BY_INDEX),
        # The polls' shared look: which of the waiting terminals have something due.
        migrations.RunSQL(
            """
            CREATE FUNCTION gateway_due(waiting uuid[], moment timestamptz) RETURNS TABLE (terminal_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT DISTINCT c.terminal_id FROM fleet_command AS c
                WHERE c.finished_at IS NULL AND c.due_at <= moment
                  AND (c.state = 'queued' OR c.lease_until <= moment)
                  AND c.terminal_id = ANY(waiting)
            $$
            """,
            "DROP FUNCTION gateway_due(uuid[], timestamptz)",
        ),
        for_the_application("gateway_due(uuid[], timestamptz)"),
        # Counts for the metrics: no tenant's name, no row of anybody.
        migrations.RunSQL(
            """
            CREATE FUNCTION gateway_census(moment timestamptz, interval_s int)
            RETURNS TABLE (name text, label text, amount bigint)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT 'commands', state.name, count(c.id)
                FROM unnest(ARRAY['queued', 'leased']) AS state (name)
                LEFT JOIN fleet_command AS c ON c.state = state.name AND c.finished_at IS NULL
                GROUP BY state.name
                UNION ALL
                SELECT 'commands', 'dead', count(*)
                FROM (SELECT FROM fleet_command
                      WHERE state = 'dead' AND finished_at > moment - interval '7 days' LIMIT 100000) AS found
                UNION ALL
                SELECT 'failed_items', fault.name, count(f.id)
                FROM (VALUES ('ours', true), ('theirs', false)) AS fault (name, is_ours)
                LEFT JOIN journal_faileditem AS f ON f.is_ours = fault.is_ours
                GROUP BY fault.name
                UNION ALL
                SELECT 'terminals', band.name, count(t.id)
                FROM (VALUES ('fresh', 0, 2), ('late', 2, 3), ('stale', 3, 2000000)) AS band (name, low, high)
                LEFT JOIN fleet_terminal AS t ON t.revoked_at IS NULL
                    AND t.heartbeat_at > moment - make_interval(secs => least(band.high * interval_s, 2000000000))
                    AND t.heartbeat_at <= moment - make_interval(secs => band.low * interval_s)
                        + CASE WHEN band.low = 0 THEN interval '1 day' ELSE interval '0' END
                GROUP BY band.name
            $$
            """,
            "DROP FUNCTION gateway_census(timestamptz, int)",
        ),
        for_the_application("gateway_census(timestamptz, int)"),
        # Those from before this was done for each.
        *(
            for_the_application(door)
            for door in (
                "gateway_terminal(uuid)",
                "gateway_assignment(bytea)",
                "fleet_due(timestamptz, int)",
                "gateway_pairing(bytea)",
                "share_page(bytea)",
            )
        ),
    ]
