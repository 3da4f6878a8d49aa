from __future__ import annotations

import pytest

from metafleet.hub.advisor.words import template
from metafleet.hub.advisor.words.checking import fault
from metafleet.hub.advisor.words.tests.facts import FACTS, facts

GOOD = "The evidence supports Mean Reversion on EURUSD while the market is ranging. "


def test_the_templates_own_text_passes() -> None:
    for one in (
        FACTS,
        facts(verdict="against", net_per_trade=-4.2, interval_low=-6.0, interval_high=-1.1),
        facts(
            verdict="thin",
            missing=["12 trades out of sample in a regime like today's; at least 30 are needed."],
            net_per_trade=None,
            interval_low=None,
            interval_high=None,
            more_than_luck_percent=None,
            drawdown_usual=None,
            drawdown_bad=None,
        ),
    ):
        assert fault(template.explain(one), one) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Each of 138 trades made 3.27 USD, between 1.04 and 5.61 USD with 90 % confidence.",
        "Each trade made about 3.3 USD, so some 3 dollars, of 412 trades.",
        "About 62 % of trades won, a share of 0.62, on 10,000 USD.",
        "In a bad month of 28 days expect to be down by 132 USD.",
        "Expect a fall of −131.75 USD at worst, or -48.2 USD usually.",
        "It was compared with 450 others; thirty sets were tried.",
    ],
)
def test_given_numbers_may_be_rounded_and_said_in_per_cent(text: str) -> None:
    assert fault(GOOD + text, FACTS) == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It will make 20 % a year.", "20"),
        ("Each trade made 3.28 USD.", "3.28"),
        ("It won 70 % of the time.", "70"),
        ("It doubled the account twice.", "twice"),
        ("One trade in seven loses everything.", "seven"),
        ("On 10,500 USD it is safe.", "10,500"),
        ("In 2019 it did well.", "2019"),
        ("A bad month costs 1,317.5 USD.", "1,317.5"),
        ("Half of its trades win.", "Half"),
    ],
)
def test_a_number_of_its_own_is_found(text: str, found: str) -> None:
    assert f"it says {found}," in fault(GOOD + text, FACTS)


def test_digits_that_hide_in_words_are_found() -> None:
    assert fault(GOOD + "Set a 5x leverage.", FACTS)
    assert fault(GOOD + "Use v2.7b of it.", FACTS)


def test_names_with_digits_are_no_numbers() -> None:
    named = facts(symbol="US30", ea="Breakout 55")
    assert fault("The evidence supports Breakout 55 on US30 while the market is ranging.", named) == ""
    assert "says 55" in fault(GOOD + "It needs 55 USD.", FACTS)


def test_what_is_no_text_is_refused() -> None:
    assert "characters" in fault("", FACTS)
    assert "characters" in fault("a" * 5_000, FACTS)
    assert "control" in fault(GOOD + "\x1b[31mred", FACTS)
