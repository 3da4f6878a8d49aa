"""Before deploy: a version's file may be carried out of its row into a store, and nothing else.

What a row has for a file is nothing, or bytes of its hash: the database refuses all else, to its owner too.
"""

from django.db import migrations

_FROZEN = """
DROP TRIGGER signals_frozen ON signals_modelversion;
CREATE TRIGGER signals_frozen BEFORE DELETE OR UPDATE OF
    id, model_id, number, content_hash, symbols, timeframe, spec, card, {file}size, origin, made_by,
    is_promoted_by_gate, created_at
    ON signals_modelversion FOR EACH ROW EXECUTE FUNCTION signals_frozen();
"""
_OUTSIDE = """
CREATE FUNCTION signals_file_of_its_hash() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.file <> ''::bytea AND encode(sha256(NEW.file), 'hex') <> NEW.content_hash THEN
        RAISE EXCEPTION 'a model''s file never changes' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER signals_file_of_its_hash BEFORE UPDATE OF file ON signals_modelversion
    FOR EACH ROW EXECUTE FUNCTION signals_file_of_its_hash();
CREATE FUNCTION signals_keep_outside(version uuid) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    UPDATE signals_modelversion SET file = ''::bytea WHERE id = version
$$;
REVOKE EXECUTE ON FUNCTION signals_keep_outside(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION signals_keep_outside(uuid) TO metafleet_app;
"""
_INSIDE = """
DROP FUNCTION signals_keep_outside(uuid);
DROP TRIGGER signals_file_of_its_hash ON signals_modelversion;
DROP FUNCTION signals_file_of_its_hash();
"""


class Migration(migrations.Migration):
    dependencies = [("signals", "0005_new_rows_by_id")]
    operations = [
        migrations.RunSQL(
            _FROZEN.format(file="") + _OUTSIDE, _INSIDE + _FROZEN.format(file="file, "), elidable=False
        )
    ]
