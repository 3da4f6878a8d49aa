"""How often the product kept its objectives. Before deploy: a table that nobody asks for yet."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_read_migrations")]
    operations = [
        migrations.CreateModel(
            name="ObjectiveCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "objective",
                        "resolution",
                        "at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("objective", models.CharField(max_length=40)),
                (
                    "resolution",
                    models.CharField(
                        choices=[("minute", "Minute"), ("hour", "Hour"), ("ever", "Ever")], max_length=6
                    ),
                ),
                ("at", models.DateTimeField()),
                ("total", models.BigIntegerField()),
                ("bad", models.BigIntegerField()),
            ],
        ),
    ]
