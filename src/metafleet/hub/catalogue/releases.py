"""The life of an uploaded version: upload, trial, decision, release, withdrawal.

Each verb is one transaction and changes a row only from the state that it may be changed from, by
the row's lock. Nothing here imports or runs uploaded code.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction

from metafleet.engine.experts.inputs import InputMisdeclared, specs_of
from metafleet.engine.experts.review import review
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.catalogue import records
from metafleet.hub.catalogue.models import EATemplate, EAVersion, VersionState
from metafleet.hub.kernel import nudges
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused

SYSTEM: Final = "system:review"
TRIAL_LEASE: Final = timedelta(seconds=90)
"""Longer than any trial may take, so that a worker that was killed only makes it begin again."""
MOST_ATTEMPTS: Final = 3
_NUMBERS: Final = re.compile(r"\d+(\.\d+)*")
_SETTLED: Final = (VersionState.APPROVED, VersionState.RELEASED, VersionState.WITHDRAWN)


class VersionWrongState(Refused):
    """The version is in a state in which this cannot be asked of it."""

    def __init__(self, version: EAVersion, wanted: str) -> None:
        words = VersionState(version.state).value.replace("_", " ")
        super().__init__(
            f"{version.template.name} {version.version} is {words}, and only one that is {wanted} can be. "
            "Reload the page to see what may be done now."
        )


class VersionTaken(Refused):
    """The number does not grow, or this very code is known."""


@dataclass(frozen=True, slots=True)
class TrialClaim:
    """The right to try a version out until the lease ends. attempt: from 1."""

    version_id: UUID
    source: str
    lease_until: datetime
    attempt: int


def upload(*, source: bytes, changelog: str, actor: str, now: datetime) -> EAVersion:
    """Take an EA's source as a new version of the template that its slug names, made where there is none.

    What the static checks refuse is kept as refused, with the findings; else a trial is due.
    Raises Malformed where the file does not say which EA and version it is, VersionTaken.
    """
    found = review(source)
    if not (found.slug and found.name and found.version):
        first = next(one for one in found.findings if one.severity == "error")
        raise Malformed(Fault("/file", f"Line {first.line}: {first.detail}" if first.line else first.detail))
    digest = f"sha256:{hashlib.sha256(source).hexdigest()}"
    with transaction.atomic():
        template = _template(found.slug, found.name)
        _check_grows(template, found.version, digest)
        is_refused = found.is_refused
        version = EAVersion(
            template=template,
            version=found.version,
            content_hash=digest,
            changelog=changelog,
            input_schema={},
            state=VersionState.REFUSED if is_refused else VersionState.DRAFT,
            source=source.decode(),
            uploaded_by=actor,
            review=records.write(records.ReviewRecord(findings=list(found.findings))),
            trial_due_at=None if is_refused else now,
        )
        if is_refused:
            version.reviewed_by, version.reviewed_at = SYSTEM, now
            version.decision = "The static checks found what has to be changed first."
        try:
            with transaction.atomic():
                version.save(force_insert=True)
        except IntegrityError as error:
            raise VersionTaken(
                f"This very file was uploaded as {found.slug} {found.version} before."
            ) from error
        if not is_refused:
            nudges.enqueue_on_commit("fleet.try_out", version_id=str(version.id))
    return version


def _template(slug: str, name: str) -> EATemplate:
    """Return the template, its row held, so that two uploads see each other's versions."""
    EATemplate.objects.get_or_create(
        slug=slug,
        defaults={"name": name, "cpu": Decimal("0.25"), "memory_mb": 256, "timeframe": "M1"},
    )
    return EATemplate.objects.select_for_update().get(slug=slug)


def _check_grows(template: EATemplate, number: str, digest: str) -> None:
    for other in template.versions.all():
        what = f"{template.slug} {other.version}"
        if (other.version, other.content_hash) == (number, digest):
            raise VersionTaken(f"This very file is {what} already, which is {_words(other)}.")
        if other.state in _SETTLED and number_of(number) <= number_of(other.version):
            raise VersionTaken(
                f"{what} is {_words(other)}, so the next version needs a larger number than {number}."
            )
        if other.version == number and other.state in {VersionState.DRAFT, VersionState.IN_REVIEW}:
            raise VersionTaken(f"{what} waits for its review. Refuse it, or raise the version's number.")


def number_of(version: str) -> tuple[int, ...]:
    """Return the number to compare versions by; what is none comes before all others."""
    return tuple(int(part) for part in version.split(".")) if _NUMBERS.fullmatch(version) else ()


def claim_trial(*, version_id: UUID, now: datetime) -> TrialClaim | None:
    """Take the lease on a version's trial; None where it is not due or another has it."""
    with transaction.atomic():
        version = EAVersion.objects.select_for_update().filter(id=version_id).first()
        if version is None or version.state != VersionState.DRAFT or version.trial_due_at is None:
            return None
        if version.trial_due_at > now:
            return None
        version.trial_lease_until = version.trial_due_at = now + TRIAL_LEASE
        version.trial_attempts += 1
        version.save(update_fields=("trial_lease_until", "trial_due_at", "trial_attempts", "updated_at"))
    return TrialClaim(version.id, version.source, now + TRIAL_LEASE, version.trial_attempts)


def note_progress(claim: TrialClaim, progress: float) -> None:
    """Write how far a trial is, for who looks on."""
    with transaction.atomic():
        version = _held(claim)
        if version is not None:
            _write(version, trial=records.Trial(progress=min(max(progress, 0.0), 1.0)))
            version.save(update_fields=("review", "updated_at"))


def finish_trial(claim: TrialClaim, outcome: records.Outcome, *, now: datetime) -> EAVersion | None:
    """Write how the trial ended: for a person to decide, or refused. None where the lease is another's."""
    with transaction.atomic():
        version = _held(claim)
        if version is None:
            return None
        error = outcome.error or _misfit(version, outcome)
        trial = records.Trial(progress=1.0, error=error, is_done=True, figures=outcome.figures)
        _write(version, trial=trial, declared=outcome.declared)
        version.trial_due_at = version.trial_lease_until = None
        if error:
            version.state = VersionState.REFUSED
            version.reviewed_by, version.reviewed_at = SYSTEM, now
            version.decision = f"Its trial failed: {error}"[:500]
        else:
            version.state = VersionState.IN_REVIEW
            version.input_schema = dict(outcome.schema)
        version.save()
    return version


def put_trial_off(claim: TrialClaim, why: str, *, now: datetime) -> EAVersion | None:
    """The sandbox itself failed: try again, and after MOST_ATTEMPTS refuse, saying why."""
    if claim.attempt >= MOST_ATTEMPTS:
        return finish_trial(claim, records.Outcome(error=why), now=now)
    with transaction.atomic():
        version = _held(claim)
        if version is not None:
            version.trial_due_at, version.trial_lease_until = now + timedelta(seconds=5 * claim.attempt), None
            _write(version, trial=records.Trial(error=why))
            version.save(update_fields=("trial_due_at", "trial_lease_until", "review", "updated_at"))
    return version


def approve(*, version_id: UUID, actor: str, note: str, now: datetime) -> EAVersion:
    """A person has read it and found it good. Raises NotFound, VersionWrongState."""
    return _decide(version_id, (VersionState.IN_REVIEW,), VersionState.APPROVED, actor, note, now)


def refuse(*, version_id: UUID, actor: str, reason: str, now: datetime) -> EAVersion:
    """It shall not be released, for this reason. Raises NotFound, VersionWrongState."""
    open_ones = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED)
    return _decide(version_id, open_ones, VersionState.REFUSED, actor, reason, now)


def _decide(
    version_id: UUID,
    before: tuple[VersionState, ...],
    after: VersionState,
    actor: str,
    reason: str,
    now: datetime,
) -> EAVersion:
    with transaction.atomic():
        version = _lock(version_id)
        if version.state not in before:
            raise VersionWrongState(version, " or ".join(one.value.replace("_", " ") for one in before))
        version.state, version.decision = after, reason
        version.reviewed_by, version.reviewed_at = actor, now
        version.trial_due_at = version.trial_lease_until = None
        version.save()
    return version


def release(*, version_id: UUID, now: datetime) -> EAVersion:
    """Let customers deploy an approved version: it is the template's newest from now on.

    Raises NotFound, VersionWrongState, VersionTaken where a later number is released already.
    """
    with transaction.atomic():
        version = _lock(version_id)
        if version.state != VersionState.APPROVED:
            raise VersionWrongState(version, "approved")
        for other in version.template.versions.filter(state=VersionState.RELEASED):
            if number_of(other.version) >= number_of(version.version):
                raise VersionTaken(
                    f"{version.template.name} {other.version} is released already, and is no older than "
                    f"{version.version}. Refuse this one, or withdraw that."
                )
        version.state, version.published_at = VersionState.RELEASED, now
        version.save(update_fields=("state", "published_at", "updated_at"))
        declared = records.read(version.review).declared
        if declared is not None:
            _describe(version.template, declared)
    return version


def withdraw(*, version_id: UUID, reason: str) -> EAVersion:
    """Let nobody deploy it any more; what runs goes on. Raises NotFound, VersionWrongState."""
    with transaction.atomic():
        version = _lock(version_id)
        if version.state != VersionState.RELEASED:
            raise VersionWrongState(version, "released")
        version.state, version.decision = VersionState.WITHDRAWN, reason
        version.save(update_fields=("state", "decision", "updated_at"))
    return version


def _lock(version_id: UUID) -> EAVersion:
    """The template first: uploads and releases of one EA wait for each other."""
    known = EAVersion.objects.filter(id=version_id).values_list("template_id", flat=True).first()
    if known is None:
        raise NotFound("EA version")
    EATemplate.objects.select_for_update().get(id=known)
    return EAVersion.objects.select_for_update(of=("self",)).select_related("template").get(id=version_id)


def _held(claim: TrialClaim) -> EAVersion | None:
    return (
        EAVersion.objects.select_for_update(of=("self",))
        .select_related("template")
        .filter(id=claim.version_id, state=VersionState.DRAFT, trial_lease_until=claim.lease_until)
        .first()
    )


def _write(version: EAVersion, *, trial: records.Trial, declared: records.Declared | None = None) -> None:
    known = records.read(version.review)
    version.review = records.write(
        msgspec.structs.replace(known, trial=trial, declared=declared or known.declared)
    )


def _misfit(version: EAVersion, outcome: records.Outcome) -> str:
    """What the sandbox tells is another's word: believe it only as far as it fits."""
    declared = outcome.declared
    if declared is None:
        return "It did not say what it is."
    if (declared.slug, declared.version) != (version.template.slug, version.version):
        return f"It says that it is {declared.slug[:60]} {declared.version[:20]} once it is loaded."
    unknown = [symbol for symbol in declared.symbols if symbol not in SYMBOLS]
    if unknown:
        return f"It says that it trades {', '.join(unknown)}, which this market does not have."
    try:
        specs_of(outcome.schema)
    except InputMisdeclared as wrong:
        return f"Its inputs are not as they must be: {wrong}"
    return ""


def _describe(template: EATemplate, declared: records.Declared) -> None:
    template.name, template.summary = declared.name[:80], declared.summary[:200]
    template.description, template.risk_note = declared.description, declared.risk_note
    template.category, template.timeframe = declared.category[:40], declared.timeframe[:4]
    template.symbols = declared.symbols
    template.cpu, template.memory_mb = Decimal(str(declared.cpu)), declared.memory_mb
    template.save()


def _words(version: EAVersion) -> str:
    return VersionState(version.state).value.replace("_", " ")
