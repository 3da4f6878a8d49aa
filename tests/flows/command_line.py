"""The command line of a running product, as its operator uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.flows.person import PASSWORD
from tests.flows.stack import Stack

OPERATOR = "operator@example.com"


def metafleet(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `metafleet` with these arguments as the operator, who has signed up by then."""
    environment = stack.environment | {
        "METAFLEET_URL": stack.web_url,
        "METAFLEET_EMAIL": OPERATOR,
        "METAFLEET_PASSWORD": PASSWORD,
    }
    return subprocess.run(
        [sys.executable, "-m", "metafleet.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def told(stack: Stack, *arguments: str) -> Any:
    """Return what the command answers; fails with what it says where it is refused."""
    done = metafleet(stack, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
