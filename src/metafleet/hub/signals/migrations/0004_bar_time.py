"""Before deploy: a signal says when its bar opened by the server's clock too, which its record goes by."""

from importlib import import_module

from django.db import migrations, models

from metafleet.hub.kernel.fence import written_door

before = import_module("metafleet.hub.signals.migrations.0002_written_once")

_ROWS = "probability float8, size float8, shadow boolean, until timestamptz, due timestamptz)"
RECORD = (
    before.RECORD.replace(_ROWS, _ROWS.replace(")", ", bar_s bigint)"))
    .replace("timeframe, bar_at, inputs_hash, features,", "timeframe, bar_at, bar_s, inputs_hash, features,")
    .replace("timeframe, bar,\n", "timeframe, bar, coalesce(bar_s, 0),\n")
)


class Migration(migrations.Migration):
    dependencies = [("signals", "0003_calibration")]
    operations = [
        migrations.AddField(
            "signal",
            "bar_s",
            models.BigIntegerField(
                db_default=0, default=0, help_text="when the bar opened, seconds of the server's clock"
            ),
        ),
        written_door(
            "signals_record",
            "rows jsonb, moment timestamptz",
            "i int, id uuid, side text, probability float8, size float8, valid_until timestamptz, "
            "issued_at timestamptz, is_new boolean",
            RECORD,
            options=before.BY_INDEX,
        ),
    ]
