"""The document of an optimisation: what was searched, all that was tried, and what is to be thought of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.job import Outcome, engine_version
from metafleet.engine.tester.optimising.luck import Luck
from metafleet.engine.tester.optimising.measuring import FIGURES
from metafleet.engine.tester.optimising.optimising import Optimum, Task, Try
from metafleet.engine.tester.optimising.plateau import Plateau
from metafleet.engine.tester.optimising.sources import ExpertRef, expert_of
from metafleet.engine.tester.optimising.walk_forward import Step, WalkForward
from metafleet.engine.tester.optimising.windows import Window

MOST_ROWS: Final = 20_000
"""Of the page's table; the document has all."""

_PAGE: Final = Path(__file__).with_name("page.html")
_DIGITS: Final = 6

Days = list[tuple[int, float]]
"""Unix seconds of the server's clock, and equity in the account's currency; oldest first."""


class DimensionShown(msgspec.Struct, frozen=True, rename="camel"):
    """An input that was searched over."""

    name: str
    title: str
    unit: str
    values: list[InputValue]
    is_number: bool


class CriterionShown(msgspec.Struct, frozen=True, rename="camel"):
    """What was looked for."""

    text: str
    title: str
    is_less_better: bool
    fewest_trades: int


class Row(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One try. at: for each dimension the place of its value. figures: in the order of the document's names.

    value: the criterion's; None where it has no score (failed: error says why; or too few trades).
    sharpe_day: the Sharpe ratio of its days, not annual. forward: figures of the forward period.
    """

    at: list[int]
    value: float | None
    figures: list[float | None]
    sharpe_day: float | None
    forward: list[float | None] | None = None
    error: str = ""


class BestShown(msgspec.Struct, frozen=True, rename="camel"):
    """The best, and its equity. inputs: all of them; forward_days: of the forward period, beginning anew."""

    inputs: dict[str, InputValue]
    value: float | None
    figures: dict[str, float | None]
    days: Days
    forward: dict[str, float | None] | None
    forward_value: float | None
    forward_days: Days


class StepShown(msgspec.Struct, frozen=True, rename="camel"):
    """A window of the walk-forward. chosen: the inputs that were searched over. None: nothing had a score."""

    window: Window
    tries: int
    chosen: dict[str, InputValue] | None
    value: float | None
    before: dict[str, float | None]
    after: dict[str, float | None]
    before_annual_percent: float | None
    after_annual_percent: float | None
    efficiency: float | None


class WalkForwardShown(msgspec.Struct, frozen=True, rename="camel"):
    """All windows, and their stitched out-of-sample equity."""

    manner: str
    steps: list[StepShown]
    days: Days
    efficiency: float | None
    net_profit: float
    growth_percent: float
    drawdown_percent: float
    sharpe: float | None
    won: int
    luck: Luck


class Document(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """All of it. figures: name to title, in the order of the rows' figures. rows: the best first.

    Money in the test's currency. rows_left_out: how many more there were than are shown.
    """

    form: int = 1
    title: str
    expert: ExpertRef
    version: str
    market: str
    market_sha256: str
    engine: str
    test: Test
    method: str
    seed: int
    criterion: CriterionShown
    dimensions: list[DimensionShown]
    combinations: int
    refused: int
    is_count_exact: bool
    tried: int
    failed: int
    without_score: int
    figures: dict[str, str]
    rows: list[Row]
    rows_left_out: int = 0
    best: BestShown | None
    luck: Luck
    plateau: Plateau | None
    walk_forward: WalkForwardShown | None
    notes: list[str]


class Named(NamedTuple):
    """What the EA is called."""

    title: str
    version: str


def document_of(
    task: Task, optimum: Optimum, walked: WalkForward | None = None, *, named: Named | None = None
) -> Document:
    """Return the document of an optimisation.

    named: of an EA that cannot be loaded here. Raises ExpertMissing without it.
    """
    criterion, count = task.criterion, task.space.count()
    called = named or _named(task.expert)
    failed = sum(one.outcome.state == "failed" for one in optimum.tries)
    scored = sum(one.worth.score is not None for one in optimum.tries)
    return Document(
        title=called.title,
        # Who is sent a report need not know where things lie here.
        expert=msgspec.structs.replace(task.expert, name=Path(task.expert.name).name),
        version=called.version,
        market=Path(task.market.source).name,
        market_sha256=task.market.sha256,
        engine=engine_version(),
        test=msgspec.structs.replace(task.test, inputs=task.space.fixed),
        method=task.method,
        seed=task.seed,
        criterion=CriterionShown(
            criterion.text, criterion.title, criterion.is_less_better, criterion.fewest_trades
        ),
        dimensions=[
            DimensionShown(one.name, one.title, one.unit, list(one.values), one.is_number)
            for one in task.space.dimensions
        ],
        combinations=count.combinations,
        refused=count.refused,
        is_count_exact=count.is_exact,
        tried=len(optimum.tries),
        failed=failed,
        without_score=len(optimum.tries) - failed - scored,
        figures={name: one.title for name, one in FIGURES.items()},
        rows=[_row(one) for one in optimum.tries],
        best=_best(task, optimum),
        luck=optimum.luck,
        plateau=optimum.plateau,
        walk_forward=None if walked is None else _walked(task, walked),
        notes=_notes(task, optimum, walked),
    )


def as_json(document: Document) -> bytes:
    """Return the document as JSON: the same search, the same bytes."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def as_page(document: Document) -> str:
    """Return the document as an HTML page that needs nothing beside itself."""
    left_out = max(0, len(document.rows) - MOST_ROWS)
    shown = msgspec.structs.replace(document, rows=document.rows[:MOST_ROWS], rows_left_out=left_out)
    # Nothing in a title or an error may end the element that the data stands in.
    data = msgspec.json.encode(shown).decode().replace("<", "\\u003c")
    return _PAGE.read_text(encoding="utf-8").replace("__DATA__", data)


def _named(expert: ExpertRef) -> Named:
    cls = expert_of(expert)
    return Named(cls.name or cls.__name__, cls.version)


def _row(one: Try) -> Row:
    returns = one.outcome.returns
    return Row(
        at=list(one.point),
        value=None if one.worth.score is None else _short(one.worth.value),
        figures=_figures(one.outcome),
        sharpe_day=None if returns is None or returns.deviation <= 0 else _short(returns.sharpe),
        forward=None if one.forward is None else _figures(one.forward),
        error=one.outcome.error,
    )


def _figures(outcome: Outcome) -> list[float | None]:
    return [_short(outcome.figures.get(name)) for name in FIGURES] if outcome.figures else []


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _shortened(figures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: _short(value) for name, value in figures.items()}


def _days(days: Sequence[tuple[int, float]]) -> Days:
    return [(at, round(equity, 2)) for at, equity in days]


def _best(task: Task, optimum: Optimum) -> BestShown | None:
    best = optimum.best
    if best is None:
        return None
    later = None if best.forward is None else best.forward.figures
    return BestShown(
        inputs=task.space.inputs_at(best.point),
        value=_short(best.worth.value),
        figures=_shortened(best.outcome.figures),
        days=_days(optimum.days),
        forward=None if later is None else _shortened(later),
        forward_value=None if later is None else _short(task.criterion.of(later).value),
        forward_days=_days(optimum.forward_days),
    )


def _walked(task: Task, walked: WalkForward) -> WalkForwardShown:
    return WalkForwardShown(
        manner=walked.manner,
        steps=[_step(task, step) for step in walked.steps],
        days=_days(walked.days),
        efficiency=_short(walked.efficiency),
        net_profit=round(walked.net_profit, 2),
        growth_percent=round(walked.growth_percent, 4),
        drawdown_percent=round(walked.drawdown_percent, 4),
        sharpe=_short(walked.sharpe),
        won=walked.won,
        luck=walked.luck,
    )


def _step(task: Task, step: Step) -> StepShown:
    chosen = step.chosen
    return StepShown(
        window=step.window,
        tries=step.tries,
        chosen=None if chosen is None else task.space.varied_at(chosen.point),
        value=None if chosen is None else _short(chosen.worth.value),
        before={} if chosen is None else _shortened(chosen.outcome.figures),
        after={} if step.after is None else _shortened(step.after.figures),
        before_annual_percent=_percent(step.before_annual),
        after_annual_percent=_percent(step.after_annual),
        efficiency=_short(step.efficiency),
    )


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 4)


def _notes(task: Task, optimum: Optimum, walked: WalkForward | None) -> list[str]:
    notes = [
        "Past results, chosen as the best of many, say little of the future: see how likely they are luck.",
        "Sharpe ratios for luck are those of the days' returns, Monday to Friday, a year having 252 of them.",
    ]
    if task.method in {"genetic", "bayes"}:
        notes.append(
            f"The method {task.method} seeks where it was good before: its tries are more alike than those "
            "of chance, so noise would reach further than is said here."
        )
    doubted = [one.outcome for one in optimum.tries if one.outcome.doubt]
    if doubted:
        names = (one.name for one in task.space.dimensions)
        inputs = ", ".join(f"{name} {doubted[0].inputs[name]}" for name in names)
        notes.append(f"At {len(doubted)} tries, first with {inputs}: {doubted[0].doubt}")
    if walked is not None:
        notes.append(
            "Walk-forward: each window begins with the same deposit; the stitched equity multiplies what "
            "they made."
        )
    return notes
