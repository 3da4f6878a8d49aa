"""The order of a release: what is seen before, what is done, what is watched after, and the way back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from metafleet.cli.preparation import Say
from metafleet.cli.refusal import Refused
from metafleet.cli.releases import probing, record, terminals
from metafleet.cli.releases.plan import Environment, Plan
from metafleet.cli.releases.record import Checklist
from metafleet.cli.releases.target import Target

LEAST_WATCHED_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. name: the environment's.

    may_contract: migrations may take away what the version before needs; then there is no way back.
    unvalidated: why it need not be validated where the plan says so; "" where it must be.
    """

    plan: Plan
    name: str
    version: str
    may_contract: bool = False
    unvalidated: str = ""

    @property
    def environment(self) -> Environment:
        return self.plan.of(self.name)


def deploy(order: Order, target: Target, say: Say) -> record.Attempt:
    """Bring a version into service; what goes wrong after it took over brings the former one back.

    Returns the finished checklist. Raises Refused with why the version is not in service.
    """
    checklist = record.begin(order.plan.record, order.name, "deploy", order.version)
    try:
        image = _before(order, target, checklist, say)
        heard = terminals.heard(target)
        with probing.probing(order.environment) as doors:
            _replace(target, checklist, image, say)
            try:
                _watch(order, target, checklist, doors, heard, say)
            except BaseException:
                _back(target, checklist, say)
                raise
        checklist.close("done")  # whatever becomes of the former one, the new one serves
        with _said(checklist, "retire", say) as step:
            step.note = target.retire()
    except BaseException:
        if checklist.attempt.end == "running":
            checklist.close("failed")
        raise
    return checklist.attempt


def roll_back(order: Order, target: Target, say: Say) -> record.Attempt:
    """Bring the version before into service again.

    Raises Refused where there is none, or no way back, or it was brought back already.
    """
    now = record.standing(order.plan.record, order.name)
    if now is None or not now.former_image:
        raise Refused(f"Nothing was in service in {order.name} before what is there now.")
    if now.verb == "rollback":
        # Asked twice, it would bring back what was taken out of service for a reason.
        left = now.former_version or now.former_image
        raise Refused(
            f"The release before this was a rollback already, from {left} to {now.version or now.image}. "
            f"To bring {left} into service again: "
            f"metafleet deploy {now.former_version or 'VERSION'} --to {order.name}"
        )
    if now.contracts:
        raise Refused(
            f"{now.version} took away what {now.former_version or now.former_image} needs. "
            "Go forward with a version that mends what is wrong."
        )
    checklist = record.begin(order.plan.record, order.name, "rollback", now.former_version)
    attempt = checklist.attempt
    attempt.image, attempt.former_image = now.former_image, now.image
    attempt.former_version = now.version
    try:
        heard = terminals.heard(target)
        with probing.probing(order.environment) as doors:
            with _said(checklist, "take back", say) as step:
                step.note = target.take_back(now.former_image, say)
            _watch(order, target, checklist, doors, heard, say)
        checklist.close("done")
        with _said(checklist, "retire", say) as step:
            step.note = target.retire()
    except BaseException:
        if attempt.end == "running":
            checklist.close("failed")
        raise
    return attempt


def _before(order: Order, target: Target, checklist: Checklist, say: Say) -> str:
    """See that the version may come and can; return its image."""
    attempt = checklist.attempt
    former = record.standing(order.plan.record, order.name)
    with _said(checklist, "validated", say) as step:
        step.note = _validated(order)
    with _said(checklist, "in service", say) as step:
        attempt.former_image = target.running()
        if former and former.image == attempt.former_image:
            attempt.former_version = former.version
        step.note = attempt.former_image or "nothing"
    with _said(checklist, "image", say) as step:
        image = attempt.image = step.note = target.fetch(order.version)
    if attempt.former_image == image:
        _take_up(order, attempt)
    with _said(checklist, "settings", say) as step:
        step.note = target.check(image)
    with _said(checklist, "schema", say) as step:
        attempt.contracts |= order.may_contract
        step.note = target.migrate(image, may_contract=order.may_contract)
    return image


def _take_up(order: Order, attempt: record.Attempt) -> None:
    """The image serves already, as after a release that was cut off: the way back is still that one's."""
    for earlier in reversed(record.attempts(order.plan.record, order.name)):
        if earlier.image == attempt.image and earlier.former_image not in {"", attempt.image}:
            attempt.former_image, attempt.former_version = earlier.former_image, earlier.former_version
            attempt.contracts |= earlier.contracts
            return


def _validated(order: Order) -> str:
    after = order.environment.after
    if after is None:
        return "it need not be, by the plan"
    if order.unvalidated:
        return f"it was not: {order.unvalidated}"
    if not record.is_validated(order.plan.record, after, order.version):
        raise Refused(
            f"{order.version} was not validated in {after}: run "
            f"`metafleet validate {order.version} --on {after}`, or say by --unvalidated why it need not be."
        )
    return f"in {after}"


def _replace(target: Target, checklist: Checklist, image: str, say: Say) -> None:
    try:
        with _said(checklist, "replace", say) as step:
            step.note = target.replace(image, say)
    except BaseException:
        _back(target, checklist, say)
        raise


def _watch(
    order: Order, target: Target, checklist: Checklist, doors: probing.Probing, heard: int | None, say: Say
) -> None:
    with _said(checklist, "terminals", say) as step:
        step.note = terminals.wait_until_heard(target, heard, say)
    with _said(checklist, "watch", say) as step:
        ends_at = time.monotonic() + max(order.environment.watch_s, LEAST_WATCHED_S)
        while time.monotonic() < ends_at:
            doors.raise_on_failures()
            time.sleep(probing.EVERY_S)
        probing.ready(order.environment)
        step.note = doors.note


def _back(target: Target, checklist: Checklist, say: Say) -> None:
    """Bring back what was in service before, where something was; what was wrong is raised by the caller."""
    former = checklist.attempt.former_image
    if not former:
        return
    if checklist.attempt.contracts:
        say("The former version cannot come back: the schema took away what it needs.")
        return
    with _said(checklist, "take back", say) as step:
        step.note = target.take_back(former, say)
    checklist.close("taken back")


@contextmanager
def _said(checklist: Checklist, name: str, say: Say) -> Iterator[record.Step]:
    with checklist.step(name) as step:
        yield step
    say(f"{name}: {step.note} ({step.took_s:.1f} s)")
