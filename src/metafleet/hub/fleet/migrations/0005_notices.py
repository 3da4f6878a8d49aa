"""Tell the gateways, from inside the transaction, what changed for terminals.

Before deploy. Channel `commands`: the id of a terminal with a command that is due.
Channel `terminals`: the id of a terminal whose place changed, or `account:` and an account's.
"""

from django.db import migrations, models

from metafleet.hub.kernel.fence import for_the_application

_TELL = """
CREATE FUNCTION fleet_tell_command() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('commands', terminal::text)
    FROM (SELECT DISTINCT terminal_id AS terminal FROM changed WHERE state = 'queued') AS waking;
    RETURN NULL;
END $$;
CREATE TRIGGER tell_queued AFTER INSERT ON fleet_command
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fleet_tell_command();
CREATE TRIGGER tell_queued_again AFTER UPDATE ON fleet_command
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION fleet_tell_command();

CREATE FUNCTION fleet_tell_terminal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('terminals', NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_changed AFTER UPDATE ON fleet_terminal FOR EACH ROW
    WHEN ((OLD.token_version, OLD.revoked_at, OLD.utc_offset_s, OLD.protocol, OLD.instance_id)
        IS DISTINCT FROM (NEW.token_version, NEW.revoked_at, NEW.utc_offset_s, NEW.protocol, NEW.instance_id))
    EXECUTE FUNCTION fleet_tell_terminal();

CREATE FUNCTION fleet_tell_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('terminals', 'account:' || NEW.id::text);
    RETURN NULL;
END $$;
CREATE TRIGGER tell_changed AFTER UPDATE ON fleet_tradingaccount FOR EACH ROW
    WHEN ((OLD.login, OLD.server, OLD.deleted_at, OLD.utc_offset_s, OLD.server_timezone)
        IS DISTINCT FROM (NEW.login, NEW.server, NEW.deleted_at, NEW.utc_offset_s, NEW.server_timezone))
    EXECUTE FUNCTION fleet_tell_account();
"""
_SILENT = """
DROP TRIGGER tell_changed ON fleet_tradingaccount;
DROP TRIGGER tell_changed ON fleet_terminal;
DROP TRIGGER tell_queued_again ON fleet_command;
DROP TRIGGER tell_queued ON fleet_command;
DROP FUNCTION fleet_tell_account(); DROP FUNCTION fleet_tell_terminal(); DROP FUNCTION fleet_tell_command();
"""
# Rows that are rewritten with each heartbeat find room on their own page: no index is touched.
_ROOMY = """
ALTER TABLE fleet_terminal SET (fillfactor = 60);
ALTER TABLE fleet_accountstate SET (fillfactor = 60);
ALTER TABLE fleet_command SET (fillfactor = 70);
"""
_TIGHT = """
ALTER TABLE fleet_terminal RESET (fillfactor);
ALTER TABLE fleet_accountstate RESET (fillfactor);
ALTER TABLE fleet_command RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0004_terminal_doors")]

    operations = [
        migrations.AddField(
            model_name="terminal",
            name="protocol",
            field=models.PositiveSmallIntegerField(null=True, help_text="the version that it spoke last"),
        ),
        migrations.RunSQL(_TELL, _SILENT),
        migrations.RunSQL(_ROOMY, _TIGHT),
        # Many terminals' places in one look.
        migrations.RunSQL(
            """
            CREATE FUNCTION gateway_terminals(wanted uuid[]) RETURNS TABLE (
                id uuid, tenant_id uuid, account_id uuid, instance_id uuid, token_version int,
                revoked boolean, utc_offset_s int, timezone text, login bigint, server text, protocol int)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT t.id, t.tenant_id, t.account_id, t.instance_id, t.token_version,
                       t.revoked_at IS NOT NULL, coalesce(t.utc_offset_s, a.utc_offset_s),
                       CASE WHEN t.utc_offset_s IS NULL THEN a.server_timezone ELSE '' END,
                       a.login, a.server::text, t.protocol
                FROM fleet_terminal t JOIN fleet_tradingaccount a ON a.id = t.account_id
                WHERE t.id = ANY(wanted) AND a.deleted_at IS NULL
            $$
            """,
            "DROP FUNCTION gateway_terminals(uuid[])",
        ),
        for_the_application("gateway_terminals(uuid[])"),
    ]
