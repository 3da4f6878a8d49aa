from __future__ import annotations

import msgspec
import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.engine.tester import Test
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.jobs import spec_of
from metafleet.engine.tester.run import run_test
from metafleet.hub.advisor.evidence.outcomes import outcome_of
from metafleet.hub.advisor.evidence.sets import input_sets
from metafleet.hub.advisor.evidence.tests.made import MONDAY_S, rates_of
from metafleet.hub.advisor.evidence.trying import SIGNAL_BARS, Work, attempt, fits, pieces_of

RATES = rates_of(56)


def work_of(slug: str, count: int) -> Work:
    inputs = input_sets(EXPERTS[slug])[:count]
    return Work(
        key=slug,
        slug=slug,
        symbol="EURUSD",
        timeframe="M15",
        rates="",
        from_s=MONDAY_S + 21 * 86_400,
        to_s=MONDAY_S + 56 * 86_400,
        places=list(range(len(inputs))),
        inputs=inputs,
    )


@pytest.mark.skipif(not compiling.is_there(), reason="metafleet[fast] is not installed")
@pytest.mark.parametrize("slug", [slug for slug, cls in EXPERTS.items() if not fits(cls, "M15")])
def test_evidence_is_what_the_on_bar_of_each_set_did(slug: str) -> None:
    work, cls = work_of(slug, 6), EXPERTS[slug]
    supply, doubts = KeptSupply(spec_of("EURUSD"), RATES, BY_NAME["M15"]), list[str]()
    test = Test(
        symbol="EURUSD",
        timeframe="M15" if slug in SIGNAL_BARS else "",
        from_s=work.from_s,
        to_s=work.to_s,
    )
    made = attempt(cls, RATES, work, doubts.append)
    assert sum(map(len, made)) > 20
    for inputs, found in zip(work.inputs, made, strict=True):
        alone = msgspec.structs.replace(test, inputs=inputs)
        wanted = outcome_of(run_test(cls, alone, {"EURUSD": supply}, kernel_cache=None).deals)
        assert found.packed() == wanted.packed()
    assert doubts == []


def test_sets_of_an_ea_that_declares_stay_together() -> None:
    together, apart = (list(pieces_of(work_of(slug, 25))) for slug in ("momentum", "grid"))
    assert [len(one.places) for one in together] == [25]
    assert [len(one.places) for one in apart] == [10, 10, 5]
