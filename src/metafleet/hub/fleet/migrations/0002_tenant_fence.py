"""The tenant fence and the three doors through it.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence


class Migration(migrations.Migration):
    dependencies = [("fleet", "0001_initial"), ("kernel", "0001_application_role")]
    operations = [
        *fence(
            "fleet_tradingaccount",
            "fleet_accountstate",
            "fleet_eainstance",
            "fleet_terminal",
            "fleet_run",
            "fleet_receipt",
            "fleet_command",
        ),
        # A terminal's token names the terminal; its tenant is only known after this.
        door(
            "gateway_terminal",
            "wanted uuid",
            "tenant_id uuid, account_id uuid, instance_id uuid, token_version int, revoked boolean, "
            "utc_offset_s int, login bigint, server text",
            """
            SELECT t.tenant_id, t.account_id, t.instance_id, t.token_version, t.revoked_at IS NOT NULL,
                   coalesce(t.utc_offset_s, a.utc_offset_s), a.login, a.server::text
            FROM fleet_terminal t JOIN fleet_tradingaccount a ON a.id = t.account_id
            WHERE t.id = wanted AND a.deleted_at IS NULL
            """,
        ),
        # A starting runner knows only its one-start token.
        door(
            "gateway_assignment",
            "token_hash bytea",
            "tenant_id uuid, run_id uuid",
            "SELECT r.tenant_id, r.id FROM fleet_run r WHERE r.assignment_hash = token_hash",
        ),
        # The sweep looks over all tenants, but only at whose time has come.
        door(
            "fleet_due",
            "at timestamptz, most int",
            "tenant_id uuid, instance_id uuid",
            """
            SELECT i.tenant_id, i.id FROM fleet_eainstance i
            WHERE i.reconcile_due_at <= at AND (i.lease_until IS NULL OR i.lease_until <= at)
            ORDER BY i.reconcile_due_at LIMIT most
            """,
        ),
    ]
