"""Everybody's address, where allauth looks for it; unproven until its person has read a mail.

Before deploy.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def copy_addresses(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # migrate works in the owner's connection, which `using` names.
    using = schema_editor.connection.alias
    addresses = apps.get_model("account", "EmailAddress").objects.using(using)
    for user in apps.get_model("identity", "User").objects.using(using).iterator():
        addresses.get_or_create(user_id=user.pk, email=user.email, defaults={"primary": True})


class Migration(migrations.Migration):

    dependencies = [
        ("identity", "0004_platform_roles"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunPython(copy_addresses, migrations.RunPython.noop)]
