"""The fence around the new tables, and the door of a public page.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_reviews_imports_shares")]

    operations = [
        *fence(
            "journal_chainlink",
            "journal_tradereview",
            "journal_tradescreenshot",
            "journal_tradecandles",
            "journal_savedfilter",
            "journal_sharelink",
            "journal_import",
        ),
        # A visitor of a public page knows only its key.
        door(
            "share_page",
            "key_hash bytea",
            "tenant_id uuid, link_id uuid",
            "SELECT s.tenant_id, s.id FROM journal_sharelink s WHERE s.key_hash = $1 AND s.revoked_at IS NULL",
        ),
    ]
