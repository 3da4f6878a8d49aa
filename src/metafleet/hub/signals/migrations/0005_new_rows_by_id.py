"""Before deploy: what a statement has just written is read by its id, and only what was there before by its key.

At the end of a bar a whole fleet's signals have one version and one bar, and a planner whose figures are of
an earlier time looks for a row among all of them.
"""

from importlib import import_module

from django.db import migrations

from metafleet.hub.kernel.fence import written_door

_written_once = import_module("metafleet.hub.signals.migrations.0002_written_once")
_before = import_module("metafleet.hub.signals.migrations.0004_bar_time")

_OUTCOMES = """
    INSERT INTO signals_signaloutcome AS outcome
        (id, created_at, updated_at, tenant_id, signal_id, state, due_at, attempts, result, reason)
    SELECT gen_random_uuid(), moment, moment, written.tenant_id, written.id, 'waiting', said.due, 0, '', ''
    FROM written JOIN said ON said.id = written.id;
"""
_WRITTEN = """
    , outcomes AS (
        INSERT INTO signals_signaloutcome AS outcome
            (id, created_at, updated_at, tenant_id, signal_id, state, due_at, attempts, result, reason)
        SELECT gen_random_uuid(), moment, moment, written.tenant_id, written.id, 'waiting', said.due, 0,
               '', ''
        FROM written JOIN said ON said.id = written.id
    )
    SELECT coalesce(array_agg(written.id), '{}') INTO fresh FROM written;

    RETURN QUERY
    SELECT said.i, signal.id, signal.side::text, signal.probability, signal.size, signal.valid_until,
           signal.issued_at, true
    FROM jsonb_to_recordset(rows) AS said (i int, id uuid)
    CROSS JOIN LATERAL (SELECT * FROM signals_signal WHERE id = said.id OFFSET 0) AS signal
    WHERE said.id = ANY(fresh);
    IF cardinality(fresh) = jsonb_array_length(rows) THEN
        RETURN;
    END IF;
"""
_KEY_ENDS = "AND signal.is_shadow = said.shadow;"

RECORD = (
    _before.RECORD.replace("\nBEGIN\n", "\nDECLARE\n    fresh uuid[];\nBEGIN\n", 1)
    .replace(_OUTCOMES, _WRITTEN)
    .replace(_KEY_ENDS, "AND signal.is_shadow = said.shadow\n    WHERE said.id <> ALL(fresh);")
)


class Migration(migrations.Migration):
    dependencies = [("signals", "0004_bar_time")]
    operations = [
        written_door(
            "signals_record",
            "rows jsonb, moment timestamptz",
            "i int, id uuid, side text, probability float8, size float8, valid_until timestamptz, "
            "issued_at timestamptz, is_new boolean",
            RECORD,
            options=_written_once.BY_INDEX,
        ),
    ]
