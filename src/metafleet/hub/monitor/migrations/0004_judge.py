"""Before deploy: what the judge keeps of accounts, and the ways by which it reads and writes for all tenants.

`monitor_mark` writes marks alone, each under the tenant of its account's own row.
"""

from django.db import migrations, models

from metafleet.hub.kernel.fence import door, written_door

_MARK = """
#variable_conflict use_column
BEGIN
    INSERT INTO monitor_accountmark AS mark
        (account_id, tenant_id, since, first_balance, day, day_began_at, day_balance, day_equity, day_low,
         day_high, peak_equity, peak_balance, eod_peak, last_balance, last_equity, observed_at, days_traded,
         best_day, verdict, initial_balance, flows, flow_wanted_since, created_at, updated_at)
    SELECT account.id, account.tenant_id, m.since, m.first_balance, m.day, m.day_began_at, m.day_balance,
           m.day_equity, m.day_low, m.day_high, m.peak_equity, m.peak_balance, m.eod_peak, m.last_balance,
           m.last_equity, m.observed_at, m.days_traded, m.best_day, m.verdict, m.initial_balance, m.flows,
           m.flow_wanted_since, moment, moment
    FROM jsonb_to_recordset(marks) AS m (
        account uuid, since timestamptz, first_balance numeric, day date, day_began_at timestamptz,
        day_balance numeric, day_equity numeric, day_low numeric, day_high numeric, peak_equity numeric,
        peak_balance numeric, eod_peak numeric, last_balance numeric, last_equity numeric,
        observed_at timestamptz, days_traded int, best_day numeric, verdict jsonb, initial_balance numeric,
        flows numeric, flow_wanted_since timestamptz)
    JOIN fleet_tradingaccount AS account ON account.id = m.account
    ORDER BY account.id
    ON CONFLICT (account_id) DO UPDATE
    SET since = excluded.since, first_balance = excluded.first_balance, day = excluded.day,
        day_began_at = excluded.day_began_at, day_balance = excluded.day_balance,
        day_equity = excluded.day_equity, day_low = excluded.day_low, day_high = excluded.day_high,
        peak_equity = excluded.peak_equity, peak_balance = excluded.peak_balance,
        eod_peak = excluded.eod_peak, last_balance = excluded.last_balance,
        last_equity = excluded.last_equity, observed_at = excluded.observed_at,
        days_traded = excluded.days_traded, best_day = excluded.best_day, verdict = excluded.verdict,
        initial_balance = excluded.initial_balance, flows = excluded.flows,
        flow_wanted_since = excluded.flow_wanted_since, updated_at = excluded.updated_at;
    RETURN QUERY SELECT 1;
END
"""
_FLOWS = """
SELECT asked.account,
       (SELECT coalesce(sum(deal.profit), 0) FROM journal_deal AS deal
        WHERE deal.tenant_id = account.tenant_id AND deal.account_id = account.id
          AND deal.kind >= 2 AND deal.kind = 2),
       EXISTS (SELECT FROM journal_deal AS deal
               WHERE deal.tenant_id = account.tenant_id AND deal.account_id = account.id
                 AND deal.executed_at > asked.since - interval '1 day'
                 AND deal.created_at > asked.since AND deal.kind < 2)
FROM jsonb_to_recordset($1) AS asked (account uuid, since timestamptz)
JOIN fleet_tradingaccount AS account ON account.id = asked.account
"""
_DAYS = """
SELECT asked.account,
       count(DISTINCT ((trade.entered_at AT TIME ZONE asked.zone) - asked.starts_s * interval '1 second')::date)
FROM jsonb_to_recordset($1) AS asked (account uuid, since timestamptz, zone text, starts_s int)
LEFT JOIN journal_trade AS trade ON trade.account_id = asked.account AND trade.entered_at >= asked.since
GROUP BY asked.account
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0003_status_page_door"), ("journal", "0008_key_limits")]
    operations = [
        migrations.AddField(
            "accountmark",
            "initial_balance",
            models.DecimalField(
                max_digits=18, decimal_places=2, null=True, help_text="the profile's, as it was taken last"
            ),
        ),
        migrations.AddField(
            "accountmark",
            "flows",
            models.DecimalField(
                max_digits=20,
                decimal_places=2,
                default=0,
                help_text="all that was paid in, less what was paid out",
            ),
        ),
        migrations.AddField(
            "accountmark",
            "flow_wanted_since",
            models.DateTimeField(
                null=True, help_text="since when the balance has moved by what no deal explains"
            ),
        ),
        migrations.CreateModel(
            name="JudgeLease",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("holder", models.UUIDField()),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.AlterField(
            "rulestate",
            "since",
            models.DateTimeField(
                null=True, help_text="since when what would change it has been so; null: nothing would"
            ),
        ),
        written_door("monitor_mark", "marks jsonb, moment timestamptz", "marked int", _MARK),
        door("monitor_flows", "asked jsonb", "account_id uuid, flows numeric, is_traded boolean", _FLOWS),
        door("monitor_days", "asked jsonb", "account_id uuid, days bigint", _DAYS),
    ]
