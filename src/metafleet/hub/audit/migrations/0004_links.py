"""Entries are chained by the database as their transaction commits, and nobody changes them.

Before deploy. `audit_text` is what an entry's hash is of: its own columns, its place and the hash
before it, as PostgreSQL writes jsonb (keys by length, then bytes; one space after colon and comma).

A deferred trigger links: the chain's lock is taken last and held for the commit alone, so that it neither
makes tenants' transactions wait for each other nor closes a circle of locks. Where one transaction writes
to two chains, a tenant's comes before the platform's.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence, for_the_application

_TEXT = """
CREATE FUNCTION audit_text(entry audit_auditentry) RETURNS text LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'sequence', entry.sequence,
        'previous', encode(entry.previous_hash, 'hex'),
        'id', entry.id,
        'tenant', entry.tenant_id,
        'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'actor', entry.actor,
        'action', entry.action,
        'subject', entry.subject,
        'subjectId', entry.subject_id,
        'detail', entry.detail,
        'changes', entry.changes,
        'origin', entry.origin
    )::text
$$;
CREATE FUNCTION audit_place(entry_id uuid) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    entry audit_auditentry;
    last audit_auditentry;
BEGIN
    SELECT * INTO STRICT entry FROM audit_auditentry WHERE id = entry_id;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || entry.tenant_id, 0));
    SELECT * INTO last FROM audit_auditentry
        WHERE tenant_id = entry.tenant_id AND sequence IS NOT NULL ORDER BY sequence DESC LIMIT 1;
    entry.sequence := coalesce(last.sequence, 0) + 1;
    entry.previous_hash := coalesce(last.hash, decode(repeat('00', 32), 'hex'));
    UPDATE audit_auditentry
        SET sequence = entry.sequence, previous_hash = entry.previous_hash,
            hash = sha256(convert_to(audit_text(entry), 'UTF8'))
        WHERE id = entry_id;
END $$;
REVOKE EXECUTE ON FUNCTION audit_place(uuid) FROM PUBLIC;
"""

_FILL = """
DO $$ DECLARE entry_id uuid; BEGIN
    FOR entry_id IN SELECT id FROM audit_auditentry WHERE sequence IS NULL ORDER BY at, created_at, id
    LOOP
        PERFORM audit_place(entry_id);
    END LOOP;
END $$;
"""

_TRIGGERS = """
ALTER TABLE audit_auditentry
    ALTER COLUMN changes SET DEFAULT '{}', ALTER COLUMN origin SET DEFAULT '{}';

CREATE FUNCTION audit_unplaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.sequence := NULL; NEW.previous_hash := NULL; NEW.hash := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_unplaced BEFORE INSERT ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_unplaced();

CREATE FUNCTION audit_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM audit_place(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_link AFTER INSERT ON audit_auditentry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_link();

CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'audit_auditentry' AND to_jsonb(OLD) ->> 'hash' IS NULL
       AND to_jsonb(NEW) - '{sequence,previous_hash,hash}'::text[]
         = to_jsonb(OLD) - '{sequence,previous_hash,hash}'::text[] THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' AND current_setting('metafleet.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The record of deeds is never changed or removed (%).', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE ON audit_auditcheckpoint
    FOR EACH ROW EXECUTE FUNCTION audit_guard();
CREATE TRIGGER audit_guard_all BEFORE TRUNCATE ON audit_auditcheckpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_guard();
REVOKE UPDATE, DELETE, TRUNCATE ON audit_auditentry, audit_auditcheckpoint FROM metafleet_app;
"""

_UNDO_TRIGGERS = """
DROP TRIGGER audit_guard_all ON audit_auditcheckpoint; DROP TRIGGER audit_guard ON audit_auditcheckpoint;
DROP TRIGGER audit_guard_all ON audit_auditentry; DROP TRIGGER audit_guard ON audit_auditentry;
DROP TRIGGER audit_link ON audit_auditentry; DROP TRIGGER audit_unplaced ON audit_auditentry;
DROP FUNCTION audit_guard(); DROP FUNCTION audit_link(); DROP FUNCTION audit_unplaced();
"""

# Whose chains there are, and how far they go. For checkpoints and retention.
_HEADS = """
CREATE FUNCTION audit_heads() RETURNS TABLE (tenant_id uuid, sequence bigint, hash bytea, oldest_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT chain.tenant_id, newest.sequence, newest.hash, oldest.at
    FROM (SELECT DISTINCT entry.tenant_id FROM audit_auditentry entry) chain
    CROSS JOIN LATERAL (
        SELECT entry.sequence, entry.hash FROM audit_auditentry entry
        WHERE entry.tenant_id = chain.tenant_id AND entry.sequence IS NOT NULL
        ORDER BY entry.sequence DESC LIMIT 1
    ) newest
    CROSS JOIN LATERAL (
        SELECT entry.at FROM audit_auditentry entry
        WHERE entry.tenant_id = chain.tenant_id AND entry.sequence IS NOT NULL
        ORDER BY entry.sequence LIMIT 1
    ) oldest
$$;
"""

# Takes away only the oldest without a gap, never the newest entry, nothing younger than 90 days, and
# only with an entry of its own that says where the chain begins now. That entry is linked at the commit.
_PRUNE = """
CREATE FUNCTION audit_prune(whose uuid, older_than timestamptz, happens_at timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last_removed audit_auditentry;
    removed bigint;
BEGIN
    IF older_than > clock_timestamp() - interval '90 days' THEN
        RAISE EXCEPTION 'Entries of the last 90 days are kept.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('audit ' || whose, 0));
    SELECT * INTO last_removed FROM audit_auditentry
        WHERE tenant_id = whose
          AND sequence < (SELECT max(sequence) FROM audit_auditentry WHERE tenant_id = whose)
          AND sequence < coalesce(
              (SELECT min(sequence) FROM audit_auditentry WHERE tenant_id = whose AND at >= older_than),
              9223372036854775807)
        ORDER BY sequence DESC LIMIT 1;
    IF last_removed.id IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM set_config('metafleet.audit_retention', 'on', true);
    DELETE FROM audit_auditentry WHERE tenant_id = whose AND sequence <= last_removed.sequence;
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM set_config('metafleet.audit_retention', '', true);
    INSERT INTO audit_auditentry (id, tenant_id, at, actor, action, subject, detail, origin, created_at)
    VALUES (gen_random_uuid(), whose, happens_at, 'system:retention', 'audit.pruned',
            removed || ' entries before ' || to_char(older_than AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
            jsonb_build_object('through', last_removed.sequence, 'hash', encode(last_removed.hash, 'hex'),
                               'entries', removed),
            '{"via": "system"}', happens_at);
    RETURN removed;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_chain"), ("kernel", "0001_application_role")]
    operations = [
        *fence("audit_auditcheckpoint"),
        migrations.RunSQL(
            _TEXT, "DROP FUNCTION audit_place(uuid); DROP FUNCTION audit_text(audit_auditentry);"
        ),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.RunSQL(_TRIGGERS, _UNDO_TRIGGERS),
        migrations.RunSQL(_HEADS, "DROP FUNCTION audit_heads()"),
        for_the_application("audit_heads()"),
        migrations.RunSQL(_PRUNE, "DROP FUNCTION audit_prune(uuid, timestamptz, timestamptz)"),
        for_the_application("audit_prune(uuid, timestamptz, timestamptz)"),
    ]
