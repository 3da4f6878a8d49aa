"""Fixtures of the flow tests: the whole product, as many times as a test needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.flows.stack import Stack

StartStack = Callable[..., Stack]


@pytest.fixture(scope="module")
def start_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartStack]:
    """Return a function that starts the product with the settings that it is given by keyword.

    `start_stack(METAFLEET_MARKET_SPEED="60")`; all of them are taken down after the module.
    """
    with ExitStack() as stacks:

        def start(**environment: str) -> Stack:
            stack = Stack(tmp_path_factory.mktemp("stack") / "data", environment)
            stacks.enter_context(stack)
            stack.start()
            return stack

        yield start


@pytest.fixture(scope="module")
def stack(start_stack: StartStack) -> Stack:
    """The product with default settings, shared by a module's tests."""
    return start_stack()
