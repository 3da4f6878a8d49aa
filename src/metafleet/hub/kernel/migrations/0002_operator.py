"""Whether the transaction is an operator's look over all tenants (`kernel.tenancy.operator_scope`).

Before deploy.
"""

from django.db import migrations

_OPERATOR = """
CREATE FUNCTION app_is_operator() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(current_setting('app.operator', true), '') = 'on' $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_application_role")]
    operations = [migrations.RunSQL(_OPERATOR, "DROP FUNCTION app_is_operator()")]
