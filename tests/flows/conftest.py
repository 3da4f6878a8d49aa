"""Fixtures of the flow tests: the whole product, as many times as a test needs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser import find_browser
from tests.flows.browsing import BrowserMissing, launch, watched_page
from tests.flows.migrated import copy_database, migrated_database
from tests.flows.stack import Stack

StartStack = Callable[..., Stack]


@pytest.fixture(scope="module")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStack]:
    """Return a function that starts the product with the settings that it is given by keyword.

    `start_stack(METAFLEET_MARKET_SPEED="60")`; all of them are taken down after the module.
    """
    with ExitStack() as stacks:

        def start(**environment: str) -> Stack:
            data_dir = tmp_path_factory.mktemp("stack") / "data"
            if "DATABASE_URL" not in environment:
                copy_database(migrated_database(tmp_path_factory), data_dir)
            stack = Stack(data_dir, environment)
            stacks.enter_context(stack)
            stack.start()
            return stack

        yield start


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A desk's browser; the test fails if a script of the page fails or breaks the page's own policy."""
    if find_browser() is None:
        if os.environ.get("CI"):
            raise BrowserMissing("The browser tests must run here, and there is no Chromium.")
        pytest.skip("NO CHROMIUM: the browser tests did not run. Install chromium and repeat.")
    with sync_playwright() as playwright, launch(playwright) as browser:
        page, faults = watched_page(browser)
        yield page
        page.screenshot(path=tmp_path / "last.png")
        assert faults == []


@pytest.fixture(scope="module")
def _started() -> list[Stack]:
    """The products that the module's tests have been given, the newest last."""
    return []


@pytest.fixture(scope="module")
def stack_settings() -> dict[str, str]:
    """Settings of `stack`; a module overrides it."""
    return {}


@pytest.fixture
def stack(
    request: pytest.FixtureRequest,
    start_stack: StartStack,
    stack_settings: dict[str, str],
    _started: list[Stack],
) -> Stack:
    """The product, shared by a module's tests.

    A test that is tried again gets a new one: what the failed try left behind would fail it for a reason
    of its own.
    """
    is_tried_again = getattr(request.node, "execution_count", 1) > 1
    if is_tried_again or not _started:
        _started.append(start_stack(**stack_settings))
    return _started[-1]
