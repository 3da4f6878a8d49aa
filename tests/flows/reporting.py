"""Report incidents to a running product, from a process that joins it as one of its own.

`python -m tests.flows.reporting <email> <key> <severity> [over]` opens one, or says that it is over.
"""

from __future__ import annotations

import subprocess
import sys

from metafleet.cli.installation import asked_of_the_hub
from tests.flows.stack import Stack

TITLES = {"loss": "Down 1,040 USD today", "silence": "Silent for 200 s", "load": "Processor of vps-1 at 96 %"}


def report(stack: Stack, email: str, key: str, severity: str = "warning", *more: str) -> None:
    """Let the product see what `key` names: loss or silence of an account; load of a machine."""
    command = [sys.executable, "-m", "tests.flows.reporting", email, key, severity, *more]
    subprocess.run(command, env=stack.environment, check=True)


def _main(email: str, key: str, severity: str, *more: str) -> None:
    with asked_of_the_hub():
        from metafleet.hub.fleet.models import TradingAccount
        from metafleet.hub.identity.models import User
        from metafleet.hub.identity.queries import membership_of
        from metafleet.hub.kernel import clock
        from metafleet.hub.kernel.tenancy import tenant_scope
        from metafleet.hub.monitor import incidents
        from metafleet.hub.monitor.incidents import About, Happening
        from metafleet.hub.monitor.models import EventKind, Scope, Severity

        membership = membership_of(user_id=User.objects.get(email=email).id, tenant_id=None)
        assert membership is not None
        desk, now = membership.tenant_id, clock.now()
        with tenant_scope(desk):
            if more == ("over",):
                incidents.settle(tenant_id=desk, key=key, text="Back within its limit.", now=now)
                return
            account = TradingAccount.objects.filter(deleted_at=None).order_by("label").first()
            assert account is not None
            about = About(Scope.ACCOUNT, account.id, account.label, account.id)
            details = {
                "loss": {"value": 1040.0, "limit": 1000.0, "unit": "money", "currency": "USD"},
                "silence": {"value": 200.0, "limit": 120.0, "unit": "seconds"},
                "load": {"value": 96.0, "limit": 80.0, "unit": "percent"},
            }
            texts = {
                "loss": "Equity 8,960.00 USD, down 1,040.00 USD since the day's start.",
                "silence": "Silent for 200 s; last heard 2026-07-04 10:00:00 UTC.",
                "load": "Processor of vps-1: 96 % used.",
            }
            kinds = {"loss": "loss", "silence": "heartbeat_late", "load": "host_load"}
            machine = About(Scope.HOST, None, "vps-1")
            happening = Happening(
                key=key, kind=kinds[key], title=TITLES[key], text=texts[key], severity=Severity(severity),
                about=machine if key == "load" else about, detail=details[key],
            )  # fmt: skip
            row, sight = incidents.report(tenant_id=desk, happening=happening, now=now)
            if sight == "new" and key == "loss":
                said = "Paused 2 EAs on this account; its positions are still open."
                incidents.note(
                    incident=row, kind=EventKind.ACTED, text=said, actor=incidents.SYSTEM, now=clock.now()
                )


if __name__ == "__main__":
    _main(*sys.argv[1:])
