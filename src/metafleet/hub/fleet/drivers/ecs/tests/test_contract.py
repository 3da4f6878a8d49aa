"""The ECS driver keeps the drivers' contract: the records are moto's, the runners are real processes."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.hub.fleet.drivers.tests.contract import DriverContract


class TestContract(DriverContract):
    every = 23  # each cut leaves a task that the next start looks at: few lines apart it would not end
    every_of_others = 3

    @pytest.mark.skip(reason="ECS does not measure tasks; a runner's heartbeats do")
    def test_use_of_processor_and_memory_is_measured(self, rig: Any) -> None: ...
