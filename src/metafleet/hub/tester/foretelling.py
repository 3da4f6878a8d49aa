"""The model whose signals a test is given: which may be chosen, how much it had seen, what it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from uuid import UUID

import msgspec
from django.conf import settings

from metafleet.brain import features
from metafleet.engine.experts.signals import Signal
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.jobs import Supplied
from metafleet.hub.billing.plans import PLANS, Plan, PlanCode
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.signals import queries as signals
from metafleet.hub.signals import stores
from metafleet.hub.signals.foretelling import seen_of
from metafleet.hub.signals.models import ModelVersion
from metafleet.hub.tester.foretelling_job import Job, Told
from metafleet.hub.tester.records import ModelUsed

LONGEST_S = 300.0
"""Twenty years of M15 take half a minute."""
_RENEWED_S = 0.5


class NotForetold(Exception):
    """The model said nothing; the text is a sentence for the person who asked."""


def usable(plan: Plan) -> list[ModelVersion]:
    """Return the versions that a desk may give a test, by model, the newest first."""
    rows = ModelVersion.objects.select_related("model").defer("file")
    found = [row for row in rows.order_by("model__name", "-number") if not why_not(row)]
    return [row for row in found if PLANS[PlanCode(row.model.required_plan)].rank <= plan.rank]


def why_not(row: ModelVersion) -> str:
    """Return why no test can be given its signals, in a sentence; "" where one can."""
    needs = {
        need
        for name in row.spec["features"]
        if name in features.names()
        for need in features.about(name).needs
    }
    if "beside" in needs:
        return f"{row.model.name} looks at other symbols too, whose prices a backtest does not give it."
    if "calendar" in needs:
        return f"{row.model.name} looks at a calendar of events, which a backtest does not give it."
    return ""


def used(plan: Plan, version_id: UUID, test: Test, *, begin_s: int, end_s: int) -> ModelUsed:
    """Return what is kept of the model of a test. Raises NotFound, Malformed naming the field."""
    row = signals.find_version(version_id)
    model = row.model
    needed = PLANS[PlanCode(model.required_plan)]
    why = why_not(row)
    if plan.rank < needed.rank:
        why = f"{model.name} is for the {needed.name} plan and above."
    elif test.symbol not in row.symbols:
        why = f"{model.name} is a model of {', '.join(row.symbols)}, not of {test.symbol}."
    elif test.timeframe != row.timeframe:
        why = f"{model.name} is a model of {row.timeframe}, and the test's bars are {test.timeframe}."
    if why:
        raise Malformed(Fault("/model", why))
    trained_from, trained_to = str(row.card["begin"]), str(row.card["end"])
    return ModelUsed(
        version_id=str(row.id),
        name=model.name,
        number=row.number,
        content_hash=row.content_hash,
        trained_from=trained_from[:10],
        trained_to=trained_to[:10],
        seen=seen_of(begin_s, end_s, trained_to),
    )


def note_of(model: ModelUsed) -> str:
    """Return the sentence that a report has of its signals."""
    told = f"Signals: {model.name} version {model.number} ({model.content_hash[:12]})."
    if model.seen == "none":
        return f"{told} It was made of prices to {model.trained_to}, before this test begins."
    return (
        f"{told} It was made of prices to {model.trained_to}: what it earns before then it has seen, and "
        "says nothing of what it is worth."
    )


def foretold(
    model: ModelUsed, test: Test, supplies: list[Supplied], heed: Callable[[], None]
) -> list[Signal]:
    """Return what a model says of a test's past, asked in a process of its own.

    heed: called twice a second; what it raises ends the process. Raises NotForetold.
    """
    try:
        file = signals.file_of(UUID(model.version_id), stores.store_of(settings.MODEL_STORE))
    except (Refused, stores.StoreRefused) as gone:
        raise NotForetold(f"{model.name} version {model.number} cannot be asked: {gone}") from gone
    command = [sys.executable, "-m", "metafleet.hub.tester.foretelling_job"]
    work: bytes | None = msgspec.msgpack.encode(Job(file=file, test=test, supplies=supplies))
    with subprocess.Popen(  # noqa: S603 - our own module, and nothing of anybody's
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            for _ in range(int(LONGEST_S / _RENEWED_S)):
                try:
                    answer, _ = process.communicate(work, timeout=_RENEWED_S)
                    break
                except subprocess.TimeoutExpired:
                    work = None
                    heed()
            else:
                raise NotForetold(f"{model.name} took longer than {LONGEST_S:.0f} s to be asked.")
        finally:
            if process.poll() is None:
                process.kill()
    if process.returncode or not answer:
        raise NotForetold(f"What asked {model.name} ended before it was done.")
    told = msgspec.msgpack.decode(answer, type=Told)
    if told.error:
        raise NotForetold(told.error)
    return told.signals
