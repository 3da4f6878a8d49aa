"""Real searches: what comes out is what the command line finds, and nothing is tried or counted twice."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from metafleet.cli.tester.tests.test_optimising import runner  # type: ignore[attr-defined]
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester.models import Try
from metafleet.hub.tester.optimising import operations
from metafleet.hub.tester.tests.searches import ask, now_of, work_on
from tests.cast import Person
