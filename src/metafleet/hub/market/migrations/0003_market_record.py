"""Before deploy: the record of the installation's own market. No fence: prices are nobody's alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('market', '0002_tenant_fence'),
    ]

    operations = [
        migrations.CreateModel(
            name='MarketDay',
            fields=[
                ('pk', models.CompositePrimaryKey('server', 'symbol', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('server', models.CharField(max_length=64)),
                ('symbol', models.CharField(max_length=32)),
                ('day', models.DateField()),
                ('bars', models.BinaryField(default=bytes)),
                ('count', models.IntegerField(default=0)),
                ('first_s', models.BigIntegerField(default=0)),
                ('last_s', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
    ]
