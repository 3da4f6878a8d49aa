"""Before deploy: how markets stood, beside how they stand. Filled at the next look, within five minutes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('advisor', '0003_recommendations_fence'),
    ]

    operations = [
        migrations.AddField(
            model_name='marketview',
            name='past',
            field=models.JSONField(default=dict, help_text='as `analysis.figures.Past`'),
        ),
    ]
