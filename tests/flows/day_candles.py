"""Give a running product a month of daily candles, from a process that joins it as one of its own.

`python -m tests.flows.day_candles <email> <symbol>…` stores them for every server of the person's accounts.
"""

from __future__ import annotations

import subprocess
import sys

from metafleet.cli.installation import asked_of_the_hub
from tests.flows.stack import Stack

DAYS = 30


def give_day_candles(stack: Stack, email: str, *symbols: str) -> None:
    command = [sys.executable, "-m", "tests.flows.day_candles", email, *symbols]
    subprocess.run(command, env=stack.environment, check=True)


def _main(email: str, *symbols: str) -> None:
    with asked_of_the_hub():
        from datetime import timedelta

        from metafleet.engine.market.symbols import SYMBOLS
        from metafleet.hub.fleet.models import TradingAccount
        from metafleet.hub.identity.models import User
        from metafleet.hub.identity.queries import membership_of
        from metafleet.hub.kernel import clock
        from metafleet.hub.kernel.tenancy import tenant_scope
        from metafleet.hub.market.models import Candle

        membership = membership_of(user_id=User.objects.get(email=email).id, tenant_id=None)
        assert membership is not None
        with tenant_scope(membership.tenant_id):
            servers = set(TradingAccount.objects.values_list("server", flat=True))
            candles = [
                Candle(
                    tenant_id=membership.tenant_id, server=server, symbol=symbol, timeframe="1d",
                    opened_at=clock.midnight() - timedelta(days=day),
                    open=1, high=1 + 800 * SYMBOLS[symbol].point, low=1, close=1,
                )
                for server in servers for symbol in symbols for day in range(1, DAYS + 1)
            ]  # fmt: skip
            Candle.objects.bulk_create(candles, ignore_conflicts=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
