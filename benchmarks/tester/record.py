"""Write down what peers trade on a few bars of our own, for the test suite, which never sees a peer.

The bars are a walk by a seed, with what makes rules differ: opens that jump, and bars that reach stop and
target. A peer whose trades are not the reference's, by its own rules, is not recorded. What is written are
numbers: `src/metafleet/engine/tester/tests/peers/`, compared by `test_against_peers.py` beside it.

`python -m benchmarks.tester.record`
"""

from __future__ import annotations

import gzip
import json
import math
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.tester import agreement, environment
from benchmarks.tester.bars import FORM
from benchmarks.tester.contestants import CONTESTANTS, Contestant
from benchmarks.tester.rounds import Case, Round
from metafleet.engine.tester.tests import recorded

PEERS: Final = ("backtesting.py", "nautilus_trader")
STRATEGIES: Final = ("reversal", "stops")
BARS: Final = 6_000
SEED: Final = 21
MONDAY_S: Final = 1_704_672_000
"""2024-01-08 00:00."""
WILD: Final = 0.07
"""The share of bars that open far away, and of those that go far."""
SWELL_BARS: Final = 130
"""The walk is carried up and down in so many bars: averages cross in each."""


def main() -> int:
    python = environment.peers_python()
    if python is None:
        return 1
    recorded.FOLDER.mkdir(exist_ok=True)
    _write_bars()
    with tempfile.TemporaryDirectory(prefix="mf-record-") as name:
        folder = Path(name)
        rates = recorded.bars()
        np.save(folder / "m1.npy", rates[list(recorded.COLUMNS)].astype(FORM))
        chosen = [one for one in CONTESTANTS if one.name in PEERS]
        return max(_record(one, Case("m1", each, folder, python)) for one in chosen for each in STRATEGIES)


def _record(peer: Contestant, case: Case) -> int:
    done = Round(case, peer)
    done.run()
    if done.failure is not None:
        print(f"{peer.name}, {case.strategy}: FAILED: {done.failure}")
        return 1
    if not done.agreement(done.rules).is_full:
        print(f"{peer.name}, {case.strategy}: NOT RECORDED: {done.agreement(done.rules).examples}")
        return 1
    trades = [_trade(row) for row in agreement.read(done.trades_path)]
    facts = {
        "peer": peer.name,
        "version": done.measured[0]["version"],
        "strategy": case.strategy,
        "bars_sha256": recorded.bars_sha256(),
    }
    lines = [f'  "{name}": {json.dumps(value)},\n' for name, value in facts.items()]
    rows = ",\n".join(f"    {json.dumps(trade)}" for trade in trades)
    path = recorded.recording_path(peer.name, case.strategy)
    path.write_text("{\n" + "".join(lines) + f'  "trades": [\n{rows}\n  ]\n}}\n')
    print(f"{peer.name} {facts['version']}, {case.strategy}: {len(trades)} trades")
    return 0


def _trade(row: agreement.Row) -> recorded.Trade:
    """Return a trade with its prices in whole points and its profit in whole cents."""
    return recorded.Trade(
        int(row["entered_s"]),
        int(row["exited_s"]),
        int(row["side"]),
        round(row["entry_price"], 5),
        round(row["exit_price"], 5),
        round(row["profit"], 2),
    )


def _write_bars() -> None:
    text = "".join(f"{','.join(map(str, row))}\n" for row in (recorded.COLUMNS, *_walk()))
    recorded.BARS.write_bytes(gzip.compress(text.encode(), mtime=0))


def _walk() -> Iterator[tuple[int, ...]]:
    """Yield bars, prices in whole points; a few minutes are missing."""
    chance, time_s, price = random.Random(SEED), MONDAY_S, 110_000
    for place in range(BARS):
        jump, reach = (60 if chance.random() < WILD else usual for usual in (2, 8))
        carried = 4 * math.sin(2 * math.pi * place / SWELL_BARS)
        opened = price + round(chance.gauss(carried, jump))
        path = [opened, *(opened + round(chance.gauss(0, reach)) for _ in range(4))]
        price = path[-1]
        yield time_s, opened, max(path), min(path), price
        time_s += 60 * (1 if chance.random() > 0.01 else chance.randint(2, 20))


if __name__ == "__main__":
    sys.exit(main())
