"""The role of a transaction that an API key asks for which is limited to accounts or EAs.

Before deploy. The application role may take it and inherits nothing of it: a policy that
limits it does not limit the application. It is given nothing by default, so that a table which
does not say how it is limited is not there for such a key.
"""

from django.db import migrations

_ROLE = """
DO $$ BEGIN
    CREATE ROLE metafleet_limited NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT metafleet_limited TO metafleet_app WITH INHERIT FALSE, SET TRUE;
GRANT metafleet_limited TO CURRENT_USER WITH INHERIT FALSE, SET TRUE;
GRANT USAGE ON SCHEMA public TO metafleet_limited;
"""

# Null where the key is limited to accounts only.
_LIMITS = """
CREATE FUNCTION app_key_accounts() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('app.key_accounts')::uuid[] $$;
CREATE FUNCTION app_key_instances() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.key_instances'), '')::uuid[] $$;
CREATE FUNCTION app_key_magics() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.key_magics'), '')::bigint[] $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_operator")]
    operations = [
        migrations.RunSQL(_ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(
            _LIMITS,
            "DROP FUNCTION app_key_accounts(); DROP FUNCTION app_key_instances(); DROP FUNCTION app_key_magics()",
        ),
    ]
