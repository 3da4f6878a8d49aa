"""The fence around the new tables, and the door of a terminal that enrols itself.

Before deploy.
"""

from django.db import migrations

from metafleet.hub.kernel.fence import door, fence


class Migration(migrations.Migration):
    dependencies = [("fleet", "0003_terminals_and_troubles")]

    operations = [
        *fence("fleet_pairingcode", "fleet_terminaltrouble"),
        # A terminal that enrols itself knows only its pairing code.
        door(
            "gateway_pairing",
            "code_hash bytea",
            "tenant_id uuid, terminal_id uuid",
            "SELECT p.tenant_id, p.terminal_id FROM fleet_pairingcode p WHERE p.code_hash = $1",
        ),
    ]
