"""How large an optimisation is, before anybody has to wait for it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.formula import FormulaRefused
from metafleet.engine.tester.optimising.job import MarketRef
from metafleet.engine.tester.optimising.optimising import Task
from metafleet.engine.tester.optimising.replaying import most_runs
from metafleet.engine.tester.optimising.searches import search_of
from metafleet.engine.tester.optimising.sources import ExpertRef
from metafleet.engine.tester.optimising.space import Count, Space, SpaceRefused
from metafleet.engine.tester.optimising.windows import WindowsRefused
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.tester import operations as backtests
from metafleet.hub.tester.models import Optimisation
from metafleet.hub.tester.optimising import searching
from metafleet.hub.tester.optimising.records import Search
from metafleet.hub.tester.optimising.spaces import sentence, space_for

MOST_BAYES: Final = 150
"""Its model thinks longer the more it knows: of 400 tries half a minute, each time that it goes on."""
MOST_DIMENSIONS: Final = 10
_DAY_S: Final = 86_400


def space_in(wish: backtests.Wish, search: Search) -> Space:
    """Return what is searched over. Raises Malformed, ReleaseMissing."""
    if len(search.ranges) > MOST_DIMENSIONS:
        raise Malformed(Fault("/ranges", f"At most {MOST_DIMENSIONS} inputs are searched over at once."))
    return space_for(wish.version, search.ranges, wish.test.inputs)


def counted(wish: backtests.Wish, search: Search, space: Space, test: Test) -> tuple[Count, int, int]:
    """Return the combinations, the tries of one search, and all the runs that there are at most.

    Raises Malformed.
    """
    if search.method == "bayes" and (search.tries or 0) > MOST_BAYES:
        raise Malformed(Fault("/tries", f"The method bayes takes at most {MOST_BAYES} tries here."))
    task = Task(
        expert=ExpertRef(name=""),
        market=MarketRef(source="", specs={}),
        test=test,
        space=space,
        criterion=_criterion(search),
        method=search.method,
        tries=search.tries,
        seed=search.seed,
    )
    try:
        # Where the data begins the test does a little later: what is the last word is said by who has it.
        begins = wish.data.from_s if test.from_s is None else test.from_s
        windows = searching.windows_in(search, msgspec.structs.replace(test, from_s=begins))
        most = search_of(task.method, space, tries=task.tries, seed=search.seed).most
        return space.count(), most, most_runs(task, len(windows))
    except SpaceRefused as refusal:
        where = "/method" if "optuna" in str(refusal).lower() else "/tries"
        raise Malformed(Fault(where, sentence(str(refusal)))) from refusal
    except WindowsRefused as refusal:
        raise Malformed(Fault("/windows", sentence(str(refusal)))) from refusal


def settled(search: Search) -> Search:
    """Return the search with as many tries as its method takes here."""
    if search.method == "bayes" and search.tries is None:
        return msgspec.structs.replace(search, tries=MOST_BAYES)
    return search


def _criterion(search: Search) -> Criterion:
    try:
        return Criterion(search.criterion, fewest_trades=search.fewest_trades)
    except FormulaRefused as refusal:
        raise Malformed(Fault("/criterion", sentence(refusal.detail))) from refusal


def seconds_of_one(tenant_id: UUID, wish: backtests.Wish, test: Test) -> float | None:
    """Return about how long one run takes: as the tenant's latest ones of this EA did, by the ticks of each.

    None where there were none yet.
    """
    last = (
        Optimisation.objects.filter(tenant_id=tenant_id, version=wish.version, made__gt=0, spent_s__gt=0)
        .order_by("-created_at")
        .first()
    )
    if last is None:
        return None
    before = searching.sought(last).test
    then, now = (_ticks(wish, one) for one in (before, test))
    return last.spent_s / last.made * now / then if then else None


def _ticks(wish: backtests.Wish, test: Test) -> int:
    begins = wish.data.from_s if test.from_s is None else test.from_s
    return backtests.ticks_of(test, (test.to_s or begins) - begins)
