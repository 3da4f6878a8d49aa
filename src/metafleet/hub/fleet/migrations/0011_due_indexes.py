"""Find pauses that end by the clock, and kill switches that are watched, without reading the others.

Before deploy.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_releases'),
        ('fleet', '0010_crossed_terminals'),
        ('identity', '0003_operators'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='eainstance',
            index=models.Index(condition=models.Q(('paused_until__isnull', False)), fields=['paused_until'], name='instance_pause_end'),
        ),
        migrations.AddIndex(
            model_name='killswitch',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='kill_switch_due'),
        ),
    ]
