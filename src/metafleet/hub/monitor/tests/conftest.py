from __future__ import annotations

from collections.abc import Iterator

import pytest

from metafleet.hub.monitor.tests.sink import Sink, listening


@pytest.fixture
def sink() -> Iterator[Sink]:
    with listening() as found:
        yield found
