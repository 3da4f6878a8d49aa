"""One Docker Engine for all tests of a run that need one.

There is one folder of images, so whoever comes second would wait until the first has done. Files that ask for
it run one after the other, in one process (conftest.py, ENGINE).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[str]:
    """The address of an engine that holds the runner's image. Skips where there can be none."""
    from metafleet.hub.fleet.drivers.docker.tests import dockerd

    with dockerd.running_engine() as address:
        yield address
