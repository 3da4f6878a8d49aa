"""What of the environment goes to the programs that the driver starts."""

from __future__ import annotations

import os
from typing import Final

from metafleet.wire import loglines

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "PYTHONPATH", "VIRTUAL_ENV")
_INSTALLATION: Final = "METAFLEET_INSTALLATION"
"""By this `metafleet down` finds what no supervisor looks after."""


def of_runner() -> dict[str, str]:
    """Only what a Python program needs: the hub's own settings and secrets stay behind."""
    return {name: os.environ[name] for name in (*_KEPT, loglines.SETTING) if name in os.environ} | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
        "MALLOC_ARENA_MAX": "2",
        "METAFLEET_RUNNER": "1",
    }


def of_nursery() -> dict[str, str]:
    """As a runner's, with the mark by which the installation ends its processes."""
    mark = os.environ.get(_INSTALLATION)
    return of_runner() | ({} if mark is None else {_INSTALLATION: mark})
