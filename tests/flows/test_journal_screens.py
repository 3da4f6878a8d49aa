"""The evening at the journal in a browser: import, review, share, pair a terminal, give an order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from metafleet.hub.journal.imports.tests import samples
from tests.browser import find_browser
from tests.flows.browsing import launch, skip_without_browser, sign_in_to_demo, watch
from tests.flows.conftest import StartStack
from tests.flows.stack import Stack

pytestmark = [pytest.mark.flow, pytest.mark.browser]

SOON_MS = 20_000
LOGIN, SERVER = 9000001, "Broker-Demo"
"""The account that the statement of `samples` names."""


@pytest.fixture(scope="module")
def stack(start_stack: StartStack) -> Stack:
    return start_stack(METAFLEET_HEARTBEAT_SECONDS="1")
