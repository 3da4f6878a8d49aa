from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from metafleet.cli.backups.drill import Outcome, outcome
from metafleet.cli.backups.drill_load import Acknowledged


@pytest.mark.parametrize(("options", "database"), [([], "embedded"), (["--server"], "given")])
def test_nothing_that_was_acknowledged_is_lost_with_the_database(
    options: list[str], database: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "metafleet.cli", "drill", "--positions", "50", "--json"]
    command += ["--in", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["database"] == database
    assert outcome["trades"] >= 50
    assert outcome["deals"] == 2 * outcome["trades"]
    assert (outcome["lostDeals"], outcome["lostTrades"], outcome["rpoSeconds"]) == (0, 0, 0)
    assert outcome["rtoSeconds"] > 0
    assert [json.loads(line) for line in (tmp_path / "drills.jsonl").read_text().splitlines()] == [outcome]


def test_what_is_gone_is_counted_from_the_oldest_of_it() -> None:
    account = uuid4()
    known = Acknowledged({(account, 1): 10.0, (account, 3): 11.0, (account, 5): 12.0})
    deals, trades = {(account, 1), (account, 2), (account, 3)}, {(account, 1)}
    found = outcome(known, deals, trades, lost_at=12.5, rto_s=4.0)
    assert found == Outcome(deals=6, lost_deals=3, trades=3, lost_trades=2, rpo_s=1.5, rto_s=4.0)
