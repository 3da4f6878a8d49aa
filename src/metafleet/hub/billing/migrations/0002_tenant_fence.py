"""The tenant fence.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import fence


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("kernel", "0001_application_role")]
    operations = [
        *fence("billing_subscription"),
    ]
