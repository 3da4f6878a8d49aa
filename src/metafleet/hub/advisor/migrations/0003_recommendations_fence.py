"""Before deploy: recommendations are behind the fence, and nobody changes or removes what was said or scored.

Three doors for the sweeps: whose advice is due, what is to be scored, what waits for words; no more than
whose and which.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence

_DUE = """
SELECT t.id FROM identity_tenant AS t
LEFT JOIN advisor_advicestanding AS s ON s.tenant_id = t.id
WHERE s.id IS NULL OR s.due_at <= $1
ORDER BY s.due_at NULLS FIRST LIMIT $2
"""

_UNSCORED = """
SELECT r.tenant_id, r.id, h.days
FROM advisor_recommendation AS r CROSS JOIN (VALUES (7), (28)) AS h (days)
WHERE r.given_at + make_interval(days => h.days) <= $1 AND r.given_at > $1 - interval '120 days'
  AND NOT EXISTS (
    SELECT 1 FROM advisor_recommendationscore AS s
    WHERE s.recommendation_id = r.id AND s.days = h.days
  )
ORDER BY r.given_at DESC, r.id LIMIT $2
"""

_WORDLESS = "SELECT tenant_id, id FROM advisor_explanation WHERE due_at <= $1 ORDER BY due_at LIMIT $2"

_GUARDS = """
CREATE FUNCTION advisor_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'What was recommended, and what became of it, is never changed or removed (%).', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER advisor_guard BEFORE UPDATE OR DELETE ON advisor_recommendation
    FOR EACH ROW EXECUTE FUNCTION advisor_guard();
CREATE TRIGGER advisor_guard BEFORE UPDATE OR DELETE ON advisor_recommendationscore
    FOR EACH ROW EXECUTE FUNCTION advisor_guard();
REVOKE UPDATE, DELETE, TRUNCATE ON advisor_recommendation, advisor_recommendationscore FROM metafleet_app;
"""

_UNGUARD = """
DROP TRIGGER advisor_guard ON advisor_recommendationscore;
DROP TRIGGER advisor_guard ON advisor_recommendation;
DROP FUNCTION advisor_guard();
GRANT UPDATE, DELETE ON advisor_recommendation, advisor_recommendationscore TO metafleet_app;
"""


class Migration(migrations.Migration):
    dependencies = [("advisor", "0002_recommendations"), ("kernel", "0002_operator")]
    operations = [
        *fence(
            "advisor_recommendation",
            "advisor_recommendationscore",
            "advisor_explanation",
            "advisor_advicestanding",
        ),
        migrations.RunSQL(_GUARDS, _UNGUARD),
        door("advisor_due", "at timestamptz, most int", "tenant_id uuid", _DUE),
        door(
            "advisor_unscored",
            "at timestamptz, most int",
            "tenant_id uuid, recommendation_id uuid, days int",
            _UNSCORED,
        ),
        door("advisor_wordless", "at timestamptz, most int", "tenant_id uuid, explanation_id uuid", _WORDLESS),
    ]
