"""API keys, invitations, support access.

Before deploy.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from metafleet.hub.kernel.fence import door, fence


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0005_addresses'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('name', models.CharField(max_length=60)),
                ('prefix', models.CharField(help_text='the part of the key that may be shown', max_length=12)),
                ('secret_hash', models.BinaryField(max_length=32)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), size=None)),
                ('account_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, help_text='empty: every account', size=None)),
                ('instance_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, help_text='empty: every EA of those', size=None)),
                ('expires_at', models.DateTimeField(help_text='null: never, which somebody chose', null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('last_used_from', models.CharField(default='', max_length=45)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ApiKeyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('requests', models.BigIntegerField(default=0)),
                ('key', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='days', to='identity.apikey')),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('email', models.EmailField(max_length=254)),
                ('role', models.CharField(choices=[('owner', 'Owner'), ('trader', 'Trader'), ('viewer', 'Viewer')], max_length=8)),
                ('token_hash', models.BinaryField(max_length=32)),
                ('invited_by', models.CharField(max_length=254)),
                ('expires_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        migrations.CreateModel(
            name='SupportAccess',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('reason', models.CharField(default='', max_length=300)),
                ('may_act', models.BooleanField(default=False)),
                ('granted_at', models.DateTimeField(null=True)),
                ('granted_by', models.CharField(default='', max_length=254)),
                ('expires_at', models.DateTimeField(help_text='of the request until it is granted, then of the access')),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.CharField(default='', max_length=254)),
                ('operator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='identity.tenant')),
            ],
        ),
        migrations.AddIndex(
            model_name='apikey',
            index=models.Index(fields=['tenant', '-created_at'], name='api_key_newest'),
        ),
        migrations.AddConstraint(
            model_name='apikey',
            constraint=models.UniqueConstraint(fields=('prefix',), name='api_key_prefix_once'),
        ),
        migrations.AddIndex(
            model_name='apikeyday',
            index=models.Index(fields=['tenant', 'day'], name='api_key_day_of_tenant'),
        ),
        migrations.AddConstraint(
            model_name='apikeyday',
            constraint=models.UniqueConstraint(fields=('key', 'day'), name='api_key_day_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(fields=('token_hash',), name='invitation_token_once'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('accepted_at', None), ('revoked_at', None)), fields=('tenant', 'email'), name='invitation_open_once'),
        ),
        migrations.AddIndex(
            model_name='supportaccess',
            index=models.Index(fields=['tenant', '-created_at'], name='support_newest'),
        ),
        *fence("identity_apikey", "identity_apikeyday", "identity_invitation", "identity_supportaccess"),
        # A program knows only its key. That it is over, or whose it was, is looked at in its tenant.
        door(
            "api_key",
            "prefix text, secret_hash bytea",
            "tenant_id uuid, key_id uuid",
            "SELECT k.tenant_id, k.id FROM identity_apikey k "
            "WHERE k.prefix = $1 AND k.secret_hash = $2 AND k.revoked_at IS NULL",
        ),
        # Who was invited knows only their link.
        door(
            "invitation",
            "token_hash bytea",
            "tenant_id uuid, invitation_id uuid",
            "SELECT i.tenant_id, i.id FROM identity_invitation i WHERE i.token_hash = $1 "
            "AND i.accepted_at IS NULL AND i.revoked_at IS NULL",
        ),
    ]
