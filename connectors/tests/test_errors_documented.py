"""Whatever a connector prints or the gateway answers stands on the page of errors."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from connectors.harness import machine, models, mt5
from connectors.tests.conftest import CONNECTORS
from metafleet.hub.kernel.errors import Refused

PAGE: Final = (CONNECTORS.parent / "docs" / "reference" / "connector-errors.md").read_text()
FROM_SERVER_OR_PROXY: Final = {405, 408, 431, 500, 502, 504}
_SAID: Final = re.compile(r"(?:Print|PrintFormat|Alert|Note)\((.*)|\.error = (.*)")
_LITERAL: Final = re.compile(r'"((?:\\.|[^"\\])*)"')
NOT_OF_A_FAULT: Final = (
    "risk must be within",
    "did not pass its gate",
    "is a model of",
    "trained to",
    "P(rise)",
)
"""Texts of the inputs and of what goes well, which say by themselves what to do."""


def refusals(of: type[Refused]) -> Iterator[type[Refused]]:
    for kind in of.__subclasses__():
        yield kind
        yield from refusals(kind)


def test_every_status_of_the_gateway_is_explained() -> None:
    for name in ("gateway.application", "fleet.errors", "signals.serving.refusals", "kernel.errors"):
        importlib.import_module(f"metafleet.hub.{name}")
    reached = (
        "metafleet.hub.gateway",
        "metafleet.hub.fleet.errors",
        "metafleet.hub.signals",
        "metafleet.hub.kernel",
    )
    found = {kind.status for kind in refusals(Refused) if kind.__module__.startswith(reached)}
    assert found >= {400, 401, 404, 409, 413, 429, 503}
    rows = {
        int(number)
        for row in re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE)
        for number in row.split(", ")
    }
    assert found | FROM_SERVER_OR_PROXY <= rows, sorted((found | FROM_SERVER_OR_PROXY) - rows)


def numbers_of(module: Any) -> Iterator[int]:
    for name, value in vars(module).items():
        if name.isupper() and isinstance(value, int) and 4_000 <= value < 6_000:
            yield value
        elif name == "NOT_ALLOWED":
            yield from value.values()


@pytest.mark.parametrize("module", [machine, models, mt5], ids=lambda module: module.__name__)
def test_every_error_that_the_harness_can_provoke_is_explained(module: Any) -> None:
    for number in numbers_of(module):
        is_there = str(number) in PAGE or (5801 <= number <= 5808 and "5801 to 5808" in PAGE)
        assert is_there or number == machine.BAD_HANDLE, number


def texts() -> Iterator[str]:
    """Yield each text's longest piece between the numbers and names that are put into it."""
    for path in sorted([*CONNECTORS.glob("mql?/*.mq?"), *CONNECTORS.glob("include/metafleet/*.mqh")]):
        for line in path.read_text().splitlines():
            if match := _SAID.search(line.strip()):
                said = "%s".join(_LITERAL.findall(match[1] or match[2] or "")).removeprefix("metafleet: ")
                pieces = re.split(r"%[.\dI64]*[a-z]|[:;(),]| \.", said)
                longest = max((piece.strip(" .") for piece in pieces), key=len)
                if len(longest) > 12 and not any(one in said for one in NOT_OF_A_FAULT):
                    yield longest


@pytest.mark.parametrize("text", sorted(set(texts())))
def test_every_text_of_a_connector_is_explained(text: str) -> None:
    assert text.lower() in PAGE.lower()
