"""Before deploy: who was advised before the newest evidence was there is due, too."""

from django.db import migrations


_BEFORE = """
SELECT t.id FROM identity_tenant AS t
LEFT JOIN advisor_advicestanding AS s ON s.tenant_id = t.id
WHERE s.id IS NULL OR s.due_at <= $1
ORDER BY s.due_at NULLS FIRST LIMIT $2
"""

_DUE = """
SELECT t.id FROM identity_tenant AS t
LEFT JOIN advisor_advicestanding AS s ON s.tenant_id = t.id
WHERE s.id IS NULL OR s.due_at <= $1
  OR s.refreshed_at < (SELECT max(finished_at) FROM advisor_evidencestanding WHERE ran > 0)
ORDER BY s.due_at NULLS FIRST LIMIT $2
"""


def _replaced(body: str) -> str:
    return (
        "CREATE OR REPLACE FUNCTION advisor_due(at timestamptz, most int) RETURNS TABLE (tenant_id uuid) "
        f"LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $${body}$$"
    )


class Migration(migrations.Migration):
    dependencies = [("advisor", "0003_recommendations_fence")]
    operations = [migrations.RunSQL(_replaced(_DUE), _replaced(_BEFORE))]
