"""Before deploy: with a whole tenant its advice goes too, as its audit does, by the database's owner alone."""

from django.db import migrations

_GUARD = """
CREATE OR REPLACE FUNCTION advisor_guard() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN{unless}
    RAISE EXCEPTION 'What was recommended, and what became of it, is never changed or removed (%).', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""
_UNLESS = """
    IF TG_OP = 'DELETE' AND current_setting('metafleet.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("advisor", "0004_advise_at_once")]
    operations = [migrations.RunSQL(_GUARD.format(unless=_UNLESS), _GUARD.format(unless=""))]
