"""The static checks, case by case: what they find, on which line, in words that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from metafleet.engine import experts
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.inputs import InputMisdeclared, declared_inputs, input_schema, specs_of
from metafleet.engine.experts.loading import load_expert
from metafleet.engine.experts.review import MOST_BYTES, Finding, review
from metafleet.engine.experts.tests.uploads import breakout

HOME = Path(experts.__file__).parent


def errors(source: bytes) -> list[Finding]:
    return [finding for finding in review(source).findings if finding.severity == "error"]


def test_a_good_ea_has_no_findings_and_says_what_it_is() -> None:
    found = review(breakout(version="1.2.3"))
    assert found.findings == ()
    assert (found.slug, found.name, found.version) == ("breakout", "Breakout", "1.2.3")
    assert found.symbols == ("EURUSD", "GBPUSD")


def test_an_ea_may_use_charts_lines_and_reasons() -> None:
    head = (
        "from metafleet.engine.experts.charts import Chart, ChartRefused\n"
        "from metafleet.engine.experts.lines import Line, crossed_over"
    )
    body = (
        "fast, slow = self.chart.add(EMA(5)), self.chart_of('H1').add(EMA(9))\n"
        "if crossed_over(fast, 1.1):\n"
        "    self.buy(self.volume, tag='over', note='above the level')"
    )
    head += "\nfrom metafleet.engine.experts.indicators import EMA"
    assert errors(breakout(head=head, body=body)) == []
    assert load_expert(breakout(head=head, body=body).decode()).slug == "breakout"


@pytest.mark.parametrize("module", [cls.__module__.rpartition(".")[2] for cls in EXPERTS.values()])
def test_the_eas_that_ship_would_pass(module: str) -> None:
    assert review((HOME / f"{module}.py").read_bytes()).findings == ()


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ("import os", "import"),
        ("import sys, socket", "import"),
        ("import numpy as np", "import"),
        ("import metafleet.engine.broker.client", "import"),
        ("from metafleet.hub.vault import operations", "import"),
        ("from metafleet.engine.experts import catalogue", "import"),
        ("from metafleet.engine.broker.client import BrokerClient", "import"),
        ("from . import grid", "import"),
        ("from math import *", "import"),
        ("from typing import sys", "import"),
        ("from dataclasses import make_dataclass", "import"),
        ("import typing\nos = typing.sys.modules['os']", "reflection"),
        ("escape = ().__class__.__mro__", "reflection"),
        ("escape = (lambda: 0).__globals__", "reflection"),
        ("escape = __builtins__", "reflection"),
        ("def f():\n    yield\nescape = f().gi_frame.f_back", "reflection"),
        ("escape = '{0.__class__}'.format(1)", "reflection"),
        ("escape = type('X', (), {})", "reflection"),
        ("class Odd(metaclass=dict):\n    pass", "reflection"),
        ("class Odd:\n    def __del__(self):\n        pass", "reflection"),
        ("data = open('/etc/passwd')", "name"),
        ("exec('1')", "name"),
        ("value = eval('1')", "name"),
        ("run = compile", "name"),
        ("word = getattr(1, 'real')", "name"),
        ("value: \"__import__('os')\" = 1", "annotation"),
        ("value: list['int'] = []", "annotation"),
        ("async def f():\n    pass", "async"),
        ("from datetime import datetime\nborn = datetime.now()", "wall-clock"),
    ],
)
def test_what_an_ea_may_not_do_is_found_on_its_line(head: str, rule: str) -> None:
    source = breakout(head=head)
    found = errors(source)
    assert rule in {finding.rule for finding in found}
    lines = source.decode().splitlines()
    first, last = lines.index(head.splitlines()[0]) + 1, lines.index(head.splitlines()[-1]) + 1
    assert all(first <= finding.line <= last for finding in found)
    assert all(finding.detail.endswith((".", "runs.")) for finding in found)


@pytest.mark.parametrize(
    ("head", "rule"),
    [
        ("import random", "random"),
        ("def wait() -> None:\n    while True:\n        pass", "endless"),
        ("def peek(desk: object) -> float:\n    return desk._ledger", "private"),
    ],
)
def test_what_deserves_a_look_is_a_warning_and_stops_nothing(head: str, rule: str) -> None:
    source = breakout(head=head.replace(": object", ""))
    assert errors(source) == []
    assert [finding.rule for finding in review(source).findings] == [rule]


@pytest.mark.parametrize(
    ("old", "new", "rule", "sentence"),
    [
        ('"breakout", "Breakout"', '"Break Out", "Breakout"', "slug", "lower-case words"),
        ('"1.0.0"', '"1.0"', "version", "three numbers"),
        ('"1.0.0"', 'str(1)', "version", "plain text"),
        ('("EURUSD", "GBPUSD")', '("EURUSD", "BTCUSD")', "symbols", "XAUUSD"),
        ('("EURUSD", "GBPUSD")', "()", "symbols", "Name the symbols"),
        ("lookback: int = Input", "lookback = Input", "input", "Say the input's type"),
        ("lookback: int = Input", "lookback: list = Input", "input", "int, float, bool, str"),
        ("class Breakout(Expert)", "class Breakout", "expert", "found none"),
        ('"Buys the break of the highest high."', '"x" * 1', "summary", ""),
        ('"Buys the break of the highest high."', f'"{"x" * 201}"', "summary", "200 characters; it has 201"),
    ],
)  # fmt: skip
def test_the_class_must_say_what_it_is(old: str, new: str, rule: str, sentence: str) -> None:
    found = errors(breakout().decode().replace(old, new).encode())
    if not sentence:
        assert found == []
        return
    assert rule in {finding.rule for finding in found}
    assert any(sentence in finding.detail for finding in found)


def test_of_too_many_findings_the_errors_are_kept_and_the_rest_is_counted() -> None:
    head = "import random\n" * 150 + "import os\n" * 3
    found = review(breakout(head=head)).findings
    assert len(found) == 101
    assert sum(finding.rule == "import" for finding in found) == 3
    assert (found[0].line, "53 findings more" in found[0].detail) == (0, True)


def test_two_eas_in_one_file_are_one_too_many() -> None:
    found = errors(breakout(head="class Other(Expert):\n    slug = 'other'"))
    assert [(finding.rule, "found 2" in finding.detail) for finding in found] == [("expert", True)]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (b"x" * (MOST_BYTES + 1), "size"),
        (b"good = 1\nbad = '\xff'\n", "encoding"),
        (b"\xef\xbb\xbfx = 1\n", "encoding"),
        (b"x = '\0'\n", "encoding"),
        (b"x = (\n", "syntax"),
        (b"(" * 30_000, "syntax"),
        (b"-" * 60_000 + b"1", "syntax"),
        (b"a" + b".b" * 20_000, "syntax"),
        (b"1+" * 30_000 + b"1", "syntax"),
    ],
)
def test_what_cannot_be_read_is_one_finding(source: bytes, rule: str) -> None:
    found = review(source)
    assert [finding.rule for finding in found.findings] == [rule]
    assert found.is_refused


@pytest.mark.parametrize("slug", EXPERTS)
def test_inputs_come_back_from_their_schema_as_they_were_declared(slug: str) -> None:
    schema = json.loads(json.dumps(input_schema(EXPERTS[slug])))
    assert specs_of(schema) == declared_inputs(EXPERTS[slug])


@pytest.mark.parametrize(
    "property_",
    [
        {"type": "object", "default": 1},
        {"type": "integer"},
        {"type": "integer", "default": 1, "minimum": "0"},
        {"type": "integer", "default": 1, "enum": [[]]},
        {"type": "integer", "default": 9, "maximum": 8},
    ],
)
def test_a_schema_that_is_none_is_refused(property_: dict[str, object]) -> None:
    with pytest.raises(InputMisdeclared):
        specs_of({"properties": {"a": property_}})
