"""Whether a host's engine was told by us to start nothing more on it, so that we tell it when that ends.

Before deploy. PostgreSQL rewrites nothing for it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0015_longer_limits")]

    operations = [
        migrations.AddField(
            model_name="host",
            name="is_told_closed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="its engine was told here to start nothing more on it",
            ),
        ),
    ]
