"""Say how an optimisation goes on: from what is known of its tries to those that are next, or to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.optimising.job import Outcome
from metafleet.engine.tester.optimising.optimising import OptimisationFailed, Optimum, Task
from metafleet.engine.tester.optimising.replaying import Standing, replayed
from metafleet.engine.tester.optimising.report.document import Named, document_of
from metafleet.engine.tester.optimising.space import SpaceRefused
from metafleet.engine.tester.optimising.windows import WindowsRefused
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Refused
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import market_data
from metafleet.hub.tester.models import Optimisation
from metafleet.hub.tester.optimising import looks, prices, queries, searching
from metafleet.hub.tester.optimising.records import Best
from metafleet.hub.tester.optimising.spaces import sentence


def conduct(*, tenant_id: UUID, optimisation_id: UUID) -> None:
    """Look at an optimisation that is due. Safe to run twice and to be killed: only tries are kept."""
    with tenant_scope(tenant_id):
        look = looks.begin(tenant_id=tenant_id, optimisation_id=optimisation_id, now=clock.now())
    if look is None:
        return
    try:
        _go_on(look)
    except (OptimisationFailed, SpaceRefused, TestRefused, WindowsRefused, market_data.DataGone) as fault:
        _fail(look, sentence(str(fault)))
    except Refused as refusal:
        _fail(look, refusal.detail)


def _fail(look: looks.Look, why: str) -> None:
    with tenant_scope(look.row.tenant_id):
        looks.fail(look, why, now=clock.now())


def _go_on(look: looks.Look) -> None:
    row = look.row
    with tenant_scope(row.tenant_id):
        if not row.market_hash and not _noted(look):
            return
        asked = searching.sought(row)
        task = searching.task_of(row, asked)
        known = queries.outcomes_of(tenant_id=row.tenant_id, optimisation_id=row.id)
    windows = searching.windows_in(asked.search, asked.test)

    def play() -> Standing:
        return replayed(task, known, windows, asked.search.manner)

    standing = _with_others(row, known, play)
    if standing.missing:
        with tenant_scope(row.tenant_id):
            looks.hand_out(look, standing.missing, done=standing.done, total=standing.total, now=clock.now())
        return
    result = _result(row, task, standing)
    with tenant_scope(row.tenant_id):
        looks.finish(look, result, now=clock.now())


def _noted(look: looks.Look) -> bool:
    """Say when exactly it is tested and on which prices: where they are, which a form cannot see."""
    asked = searching.sought(look.row)
    test = prices.timed(asked.data, asked.test)
    return looks.note_market(look, test, prices.of(asked.data, test).sha256)


def _with_others(row: Optimisation, known: dict[str, Outcome], play: Callable[[], Standing]) -> Standing:
    """Go on with what was tried for other optimisations too: a test that is the same is not made again."""
    while (standing := play()).missing:
        with tenant_scope(row.tenant_id):
            found = queries.outcomes_by(tenant_id=row.tenant_id, keys=[job.key for job in standing.missing])
        if not found:
            break
        known |= found
    return standing


def _result(row: Optimisation, task: Task, standing: Standing) -> looks.Result:
    optimum = standing.optimum
    assert optimum is not None  # noqa: S101 - nothing is missing
    template = row.version.template
    document = document_of(task, optimum, standing.walked, named=Named(template.name, row.version.version))
    return looks.Result(
        best=_best(task, optimum),
        luck=msgspec.to_builtins(optimum.luck),
        plateau=None if optimum.plateau is None else msgspec.to_builtins(optimum.plateau),
        report=msgspec.json.encode(document),
        done=standing.done,
    )


def _best(task: Task, optimum: Optimum) -> Any:
    best = optimum.best
    if best is None:
        return None
    later = None if best.forward is None else best.forward.figures
    return msgspec.to_builtins(
        Best(
            inputs=dict(optimum.inputs),
            value=best.worth.value,
            figures=best.outcome.figures,
            forward_value=None if later is None else task.criterion.of(later).value,
            forward=later,
        )
    )
