"""The role that everything but migrations works under, and the name of its tenant.

Before deploy. The role owns nothing and cannot log in: connections of the one login
role step down to it (`-c role=metafleet_app`).
"""

from django.db import migrations

_ROLE = """
DO $$ BEGIN
    CREATE ROLE metafleet_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
GRANT metafleet_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO metafleet_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO metafleet_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO metafleet_app;
"""

# Without a tenant the cast fails, and with it the query: a forgotten scope is loud.
_TENANT = """
CREATE FUNCTION app_tenant_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('app.tenant_id')::uuid $$;
CREATE FUNCTION app_user_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.user_id', true), '')::uuid $$;
CREATE FUNCTION app_tenant_id_or_none() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;
"""


class Migration(migrations.Migration):
    run_before = [
        ("contenttypes", "0001_initial"),
        ("sessions", "0001_initial"),
        ("django_celery_results", "0001_initial"),
        ("identity", "0001_initial"),
        ("catalogue", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(_ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(
            _TENANT,
            "DROP FUNCTION app_tenant_id(); DROP FUNCTION app_user_id(); DROP FUNCTION app_tenant_id_or_none()",
        ),
    ]
