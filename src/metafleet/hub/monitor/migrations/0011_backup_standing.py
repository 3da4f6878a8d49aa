"""How the installation's backups stand. Before deploy: a table that nobody asks for yet."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitor", "0010_digests")]
    operations = [
        migrations.CreateModel(
            name="BackupStanding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("slot", models.CharField(max_length=63, unique=True)),
                ("place", models.CharField(help_text="the folder or the bucket's address", max_length=300)),
                ("newest", models.CharField(blank=True, help_text="the newest backup's id", max_length=40)),
                ("newest_at", models.DateTimeField(help_text="when it was complete", null=True)),
                (
                    "verified_of",
                    models.DateTimeField(
                        help_text="when the newest that was verified was complete", null=True
                    ),
                ),
                ("verified_at", models.DateTimeField(help_text="when that was verified", null=True)),
                (
                    "followed_at",
                    models.DateTimeField(help_text="until when the copy has every commit", null=True),
                ),
                ("kept", models.PositiveIntegerField(default=0)),
                ("bytes", models.BigIntegerField(default=0, help_text="of backups and log together")),
                (
                    "problem",
                    models.CharField(
                        blank=True, help_text="what went wrong last, while it lasts", max_length=300
                    ),
                ),
                ("seen_at", models.DateTimeField(help_text="when this was written")),
            ],
            options={"abstract": False},
        ),
    ]
