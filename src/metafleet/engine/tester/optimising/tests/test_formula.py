"""Formulas of people who mean well are reckoned; others are refused, and none is ever run."""

from __future__ import annotations

import math

import pytest

from metafleet.engine.tester.optimising.formula import MOST_CHARACTERS, Formula, FormulaRefused

FIGURES: dict[str, float | None] = {
    "net_profit": 1000.0,
    "drawdown": 250.0,
    "trades": 16.0,
    "sharpe": None,
    "profit_factor": 1.5,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("net_profit", 1000.0),
        ("net_profit / max(drawdown, 1) * sqrt(trades)", 16.0),
        ("-drawdown", -250.0),
        ("2 ** 3 % 5 + abs(-1)", 4.0),
        ("net_profit if trades >= 10 and drawdown < 300 else 0", 1000.0),
        ("net_profit if trades < 10 or not profit_factor > 1 else -1", -1.0),
        ("1 < profit_factor <= 1.5", 1.0),
        ("log(exp(2)) + min(3, 1, 2)", 3.0),
        ("0 if trades else sharpe", 0.0),
        ("net_profit\n / drawdown", 4.0),
    ],
)
def test_a_formula_is_reckoned(text: str, value: float) -> None:
    assert Formula(text, FIGURES.keys()).value(FIGURES) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "sharpe",
        "sharpe + 1",
        "1 / (trades - 16)",
        "sqrt(-net_profit)",
        "log(0)",
        "(-net_profit) ** 0.5",
        "10.0 ** 400",
        "9 ** 9 ** 9 ** 9",
        "exp(net_profit)",
        "1e308 * 10",
        "1e308 * 10 - 1e308 * 10",
        "trades % 0",
    ],
)
def test_what_cannot_be_said_is_none(text: str) -> None:
    assert Formula(text, FIGURES.keys()).value(FIGURES) is None


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("net_proft / drawdown", "there is no figure net_proft; did you mean net_profit?"),
        ("sqr(trades)", "there is no function sqr; did you mean sqrt?"),
        ("sqrt", "sqrt is a function: sqrt(…)"),
        ("sqrt(trades, 2)", "sqrt takes one value"),
        ("max(trades)", "max takes two values or more"),
        ("max(trades, key=1)", "max takes two values or more"),
        ("max(*trades)", "max takes two values or more"),
        ("net_profit /", "this is no formula"),
        ("", "this is no formula"),
        ("'a' * 1000000", "a formula has numbers and figures only"),
        ("True", "a formula has numbers and figures only"),
        ("1j", "a formula has numbers and figures only"),
        ("1e999", "this number is too large"),
        ("9" * 400, "this number is too large"),
        ("(" * 240 + "1" + ")" * 240, "this is no formula"),
        ("1+" * MOST_CHARACTERS + "1", f"a formula has at most {MOST_CHARACTERS} characters"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, refusal: str) -> None:
    with pytest.raises(FormulaRefused) as refused:
        Formula(text, FIGURES.keys())
    assert refused.value.detail == refusal


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__",
        "net_profit.__class__",
        "trades.real",
        "[x for x in (1,)]",
        "(lambda: 1)()",
        "(x := 1)",
        "f'{trades}'",
        "{1: 2}[1]",
        "trades[0]",
        "trades, drawdown",
        "max(max)(1, 2)",
        "eval('1')",
        "open('x')",
        "print(trades)",
        "trades is drawdown",
        "trades in (1, 2)",
        "trades // 2",
        "trades @ 2",
        "trades << 2",
        "~trades",
        "await trades",
        "yield",
        "import os",
        "1; 2",
        "...",
        "b'x'",
        "None",
        "max(*[1, 2])",
        "ｎet_profit_",  # Python reads full-width letters as the plain ones
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(FormulaRefused):
        Formula(text, FIGURES.keys())


def test_a_refusal_points_at_the_word() -> None:
    with pytest.raises(FormulaRefused) as refused:
        Formula("sqrt(trades)  *  net_proft", FIGURES.keys())
    assert str(refused.value).splitlines()[1:] == [
        "  sqrt(trades) * net_proft",
        "                 ^^^^^^^^^",
    ]


def test_no_value_is_ever_infinite_or_complex() -> None:
    for text in ("net_profit ** trades ** 9", "exp(exp(profit_factor * 9))", "(0 - trades) ** profit_factor"):
        value = Formula(text, FIGURES.keys()).value(FIGURES)
        assert value is None or math.isfinite(value)
